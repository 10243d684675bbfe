"""The network around the seat: its own address there, name servers, and the addresses of names."""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections.abc import Iterable
from pathlib import Path

log = logging.getLogger(__name__)

LOOK_UP_EVERY_S = 300.0
TRY_AGAIN_AFTER_S = 10.0
SOMEBODY = "192.0.2.1"
"""Nobody's address (RFC 5737), on the far side of the default route."""


def address_toward(host: str) -> str:
    """Our own address, as the IP address ``host`` would see it; nothing is sent.

    Raises:
        OSError: there is no way to it.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, 9))
        return str(probe.getsockname()[0])


def check_free(kind: socket.SocketKind, host: str, port: int) -> None:
    """Whether we could listen there.

    Raises:
        OSError: why not.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        if kind == socket.SOCK_STREAM:
            probe.listen(1)


def is_address(host: str) -> bool:
    """Whether it is an IP address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def first_outside(peers: Iterable[str]) -> str | None:
    """The first of ``peers`` (addresses and networks) that is one address, on another machine."""
    hosts = (ipaddress.ip_network(peer, strict=False) for peer in peers)
    found = next((one for one in hosts if one.num_addresses == 1 and not one.is_loopback), None)
    return None if found is None else str(found.network_address)


def name_servers(names: Iterable[str], hosts: Path = Path("/etc/hosts")) -> list[str]:
    """Servers for the library's own resolver, which does not keep the SIP thread waiting as the system's would.

    None when one of ``names`` is known to this machine without a server: then the library has to ask the system.
    """
    known = {word for line in _lines(hosts) for word in line.split()[1:]}
    if any(name in known or name.endswith((".local", "localhost")) for name in names):
        return []
    words = [line.split() for line in _lines(Path("/etc/resolv.conf"))]
    return [line[1] for line in words if len(line) > 1 and line[0] == "nameserver" and is_address(line[1])]


def _lines(file: Path) -> list[str]:
    try:
        return [line.partition("#")[0] for line in file.read_text(errors="replace").splitlines()]
    except OSError:
        return []


class Names:
    """The addresses of a few hosts. Names are looked up, again and again, by a thread of its own."""

    def __init__(self, hosts: Iterable[str]) -> None:
        hosts = set(hosts)
        self.addresses = frozenset(filter(is_address, hosts))
        """All of them, in one set, as text; replaced as a whole."""
        self._fixed = self.addresses
        self._names = sorted(hosts - self._fixed)
        self._found: dict[str, frozenset[str]] = {}

    def start(self) -> None:
        if self._names:
            threading.Thread(target=self._loop, name="names", daemon=True).start()

    def _loop(self) -> None:
        pause = threading.Event()
        while True:
            done = [self._look_up(name) for name in self._names]
            self.addresses = self._fixed.union(*self._found.values())
            pause.wait(LOOK_UP_EVERY_S if all(done) else TRY_AGAIN_AFTER_S)

    def _look_up(self, name: str) -> bool:
        """What was found earlier stays when a name server fails."""
        try:
            answers = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
        except OSError as error:
            log.warning("%s has no address: %s", name, error)
            return False
        self._found[name] = frozenset(str(answer[4][0]) for answer in answers)
        return True
