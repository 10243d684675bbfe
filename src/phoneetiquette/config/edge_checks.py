"""What the keys of ``edge`` need of each other and of the rest."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from phoneetiquette.addresses import AddressError
from phoneetiquette.config import files
from phoneetiquette.config.reading import Reading
from phoneetiquette.problems import Severity


def run(reading: Reading) -> None:
    """Check the section ``edge``, where there is one, and complete its overflow target to a whole URI."""
    if reading.config.edge is None or not reading.usable("edge", "sip"):
        return
    _addresses(reading)
    _ports(reading)
    _peers(reading)
    _phones(reading)
    _tls(reading)
    _overflow(reading)


def _addresses(reading: Reading) -> None:
    edge, sip = reading.config.edge, reading.config.sip
    assert edge
    families = [ip_address(host).version for host in edge.listen]
    if len(set(families)) < len(families):
        reading.problem(
            "edge.listen", "edge.listen names two addresses of one kind", "keep one IPv4 and one IPv6 address"
        )
    if any(ip_address(host).is_unspecified for host in edge.listen):
        what = "edge.listen must say which address others reach"
        reading.problem("edge.listen", what, "write this machine's own address in place of 0.0.0.0 or ::")
    if not sip.listen.startswith("127."):
        what = f"sip.listen is {sip.listen}: a seat behind an edge listens on loopback only"
        reading.problem("sip.listen" if "sip.listen" in reading.origins else "edge", what, "write listen: 127.0.0.1")
    if sip.port == 0:
        reading.problem(
            "sip.port", "sip.port is 0, but the edge must know where the seat is", "write a port, such as 5070"
        )
    if edge.media == "direct" and not any(version == 4 for version in families):
        what = "edge.media is direct, but edge.listen has no IPv4 address, and seats have no IPv6"
        reading.problem("edge.media", what, "write media: relay")
    if sip.transports != ("udp",):
        what = "sip.transports has no effect: the seat talks to the edge by UDP"
        reading.problem("sip.transports", what, "write edge.transports", Severity.WARNING)


def _ports(reading: Reading) -> None:
    edge, sip = reading.config.edge, reading.config.sip
    assert edge
    inside = {"edge.inside_port": edge.inside_port, "edge.control_port": edge.control_port}
    if not edge.seats:
        inside["sip.port"] = sip.port
    taken: dict[int, str] = {}
    for key, port in inside.items():
        if port in taken:
            reading.problem(
                key if key in reading.origins else "edge",
                f"{key} and {taken[port]} are both {port}",
                "choose another port",
            )
        taken.setdefault(port, key)
    shared = [host for host in edge.listen if host.startswith("127.0.0.1")]
    outside = {"edge.port": edge.port} | ({"edge.tls.port": edge.tls.port} if "tls" in edge.transports else {})
    for key, port in outside.items():
        if shared and port in taken:
            reading.problem(
                key if key in reading.origins else "edge",
                f"{key} and {taken[port]} are both {port}",
                "choose another port",
            )
    if len(set(outside.values())) < len(outside) and {"tcp", "tls"} <= set(edge.transports):
        reading.problem(
            "edge.tls" if "edge.tls" in reading.origins else "edge", "edge.tls.port is edge.port", "choose another"
        )
    if edge.media == "relay" and edge.media_first >= edge.media_last:
        what = f"the relay's ports end at {edge.media_last}, before they begin at {edge.media_first}"
        reading.problem("edge.media_last" if "edge.media_last" in reading.origins else "edge", what, "swap them")


def _peers(reading: Reading) -> None:
    edge, account = reading.config.edge, reading.config.sip.account
    assert edge
    if edge.peers_by_udp == "password" and edge.peer_passwords is None:
        what = "edge.peers_by_udp is password, but there is no edge.peer_passwords"
        reading.problem("edge.peers_by_udp", what, "name a file with a line user: password for each peer")
    if edge.peer_passwords and edge.peers_by_udp != "password":
        what = f"edge.peer_passwords has no effect: edge.peers_by_udp is {edge.peers_by_udp}"
        reading.problem("edge.peer_passwords", what, "write peers_by_udp: password beside it", Severity.WARNING)
    if edge.peers_by_udp == "refused" and account and account.transport == "udp":
        what = "edge.peers_by_udp is refused, but sip.account registers by UDP, and would not be called"
        reading.problem("edge.peers_by_udp", what, "write transport: tls for the account")
    _private(reading, "edge.peer_passwords", edge.peer_passwords)


def _phones(reading: Reading) -> None:
    edge = reading.config.edge
    assert edge
    if edge.phones and edge.phone_passwords is None:
        what = "edge.phones register with passwords, but there is no edge.phone_passwords"
        reading.problem("edge.phones", what, "name a file with a line user: password for each")
    _private(reading, "edge.phone_passwords", edge.phone_passwords)


def _private(reading: Reading, key: str, path: Path | None) -> None:
    if path is None:
        return
    try:
        files.private(path)
    except files.UnusableFileError as unusable:
        # The service may have it as a credential, which the administrator cannot see.
        reading.problem(key, f"{key}: {path} {unusable.what}", unusable.advice, Severity.WARNING)


def _tls(reading: Reading) -> None:
    edge = reading.config.edge
    assert edge
    if bool(edge.tls.certificate) != bool(edge.tls.key):
        reading.problem("edge.tls", "edge.tls needs certificate and key together", "name both or neither")
    if (
        "tls" in edge.transports
        and not edge.tls.certificate
        and not all(ip_address(h).is_loopback for h in edge.listen)
    ):
        what = "the edge has no certificate of its own: phones will not trust the one that it makes itself"
        reading.problem(
            "edge.tls" if "edge.tls" in reading.origins else "edge", what, "name one in edge.tls", Severity.WARNING
        )


def _overflow(reading: Reading) -> None:
    edge = reading.config.edge
    assert edge
    if edge.overflow is None:
        return
    try:
        target = reading.config.dial(edge.overflow)
    except AddressError as error:
        reading.problem("edge.overflow", f"edge.overflow cannot be called: {error.what}", error.advice)
        return
    reading.config = replace(reading.config, edge=replace(edge, overflow=target))
