"""Who may talk to us: the allow-list of peers. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterable


class PeerList:
    """Addresses and networks, compared with the source of a SIP message."""

    def __init__(self, entries: Iterable[str], also: Callable[[], Collection[str]] = tuple) -> None:
        """``also`` gives further addresses, which may change."""
        self._networks = [ipaddress.ip_network(entry, strict=False) for entry in entries]
        self._also = also

    def __contains__(self, source: object) -> bool:
        """Whether ``source`` (``address:port``, ``[address]:port`` or an address) is listed."""
        try:
            address = ipaddress.ip_address(address_of(str(source)))
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._networks) or str(address) in self._also()


def address_of(source: str) -> str:
    """The address of ``address:port`` or ``[address]:port``."""
    if source.startswith("["):
        return source[1:].partition("]")[0]
    host, colon, port = source.rpartition(":")
    return host if colon and port.isdecimal() and ":" not in host else source
