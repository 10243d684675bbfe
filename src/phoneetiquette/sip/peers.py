"""Who may talk to us: the allow-list of peers. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterable

from phoneetiquette.addresses import AddressError, host_port


class PeerList:
    """Addresses and networks, compared with the source of a SIP message."""

    def __init__(self, entries: Iterable[str], also: Callable[[], Collection[str]] = tuple) -> None:
        """``also`` gives further addresses, which may change."""
        self._networks = [ipaddress.ip_network(entry, strict=False) for entry in entries]
        self._also = also

    def __contains__(self, source: object) -> bool:
        """Whether ``source`` (``address:port``, ``[address]:port`` or an address) is listed."""
        try:
            address = ipaddress.ip_address(host_port(str(source))[0])
        except (AddressError, ValueError):
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._networks) or str(address) in self._also()
