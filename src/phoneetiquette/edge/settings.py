"""What the edge has to know, free of how it is configured."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

INSIDE_HOST = "127.0.0.1"
"""Where edge and seats talk to each other: plain SIP over UDP, which nobody outside reaches."""


@dataclass(frozen=True, slots=True)
class SeatAddress:
    """A seat behind the edge. ``number`` counts from 1, in the order in which seats are tried."""

    number: int
    user: str
    host: str
    port: int

    @property
    def where(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a phone registers with, or a peer calls. ``ha1``: MD5 of ``user:realm:password`` (RFC 2617, 3.2.2.2)."""

    user: str
    ha1: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeSettings:
    """Everything that goes into the configuration of Kamailio and rtpengine."""

    written_in: str
    """The file an administrator should change, for the comment at the top."""
    directory: Path
    """Where the generated files are and the running edge keeps its socket."""
    listen: tuple[str, ...]
    port: int
    tls_port: int
    transports: tuple[Literal["udp", "tcp", "tls"], ...]
    advertise: str
    """Address told to others in place of the IPv4 one of ``listen``; empty: none."""
    inside_port: int
    seats: tuple[SeatAddress, ...]
    lines: int
    """Of each seat."""
    overflow: str
    """SIP URI; empty: none."""
    strangers: Literal["refused", "desk"]
    peers: tuple[str, ...]
    """Addresses and networks."""
    pbx: tuple[str, ...]
    """Hosts, names among them, that seats register at or call through: peers, too."""
    pbx_by_udp: bool
    """Whether that is done by UDP; else they are believed over a connection alone."""
    peers_by_udp: Literal["believed", "password", "refused"]
    peer_credentials: tuple[Credentials, ...]
    refer_from: tuple[str, ...]
    auto_answer_from: tuple[str, ...]
    realm: str
    phones: tuple[Credentials, ...]
    media: Literal["relay", "direct"]
    media_first: int
    media_last: int
    control_port: int
    srtp: Literal["off", "optional", "mandatory"]
    tls_certificate: str
    """Empty: one is made."""
    tls_key: str
    tls_ca: str
    """Empty: those of the system."""
    tls_verify: bool
    tls_names: tuple[str, ...]
    """What a certificate may bear besides the host it was connected to."""
    log_level: Literal["debug", "info", "warning", "error"]

    @property
    def own_hosts(self) -> tuple[str, ...]:
        """Every host by which the edge is meant, IPv6 in brackets."""
        named = (*self.listen, *([self.advertise] if self.advertise else []))
        return tuple(f"[{host}]" if ":" in host else host for host in named)
