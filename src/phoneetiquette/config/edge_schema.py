"""The keys of ``edge``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from phoneetiquette.config.keys import SIP_USER, described
from phoneetiquette.config.kinds import Address, File, Flag, Host, ListOf, Target, Text, Whole, Word

PORT = Whole(1, 65535)
SEAT = Text("a seat as user@address:port", 128, r"[^\s@<>\"\\:;?]+@127\.\d{1,3}\.\d{1,3}\.\d{1,3}:\d{1,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeTlsConfig:
    """TLS of the edge, towards phones and the PBX. The program is the distribution's OpenSSL: TLS 1.2 and 1.3."""

    certificate: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "Certificate of the edge and its chain, PEM.",
            null="one that `edge generate` makes itself, for a first try",
            example="certificate: /etc/phoneetiquette/edge.pem",
        ),
    )
    key: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "Its private key, PEM, without a passphrase; mode 0600.",
            null="made with the certificate",
            example="key: /etc/phoneetiquette/edge.key",
        ),
    )
    ca: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "Certificates of the authorities that may vouch for the PBX, PEM.",
            null="those of the system",
            example="ca: /etc/phoneetiquette/ca.pem",
        ),
    )
    verify: bool = field(
        default=True,
        metadata=described(
            Flag(), "Refuse a PBX whose certificate no trusted authority has signed, or that is not for its name."
        ),
    )
    names: tuple[str, ...] = field(
        default=(),
        metadata=described(
            ListOf(Host()),
            "Names that the PBX's certificate may bear instead of the host by which it is called. Kamailio sees the"
            " first name in the certificate and its common name; if that of the PBX is further down, write the first.",
            example="names: [voip.example]",
        ),
    )
    port: int = field(default=5061, metadata=described(PORT, "Port for TLS.", example="port: 15061"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeConfig:
    """The edge: Kamailio and rtpengine in front of the seats, which then listen on loopback only. What is written
    here is turned into their configuration by `phoneetiquette edge generate`. `sip.peers`, `sip.refer_from` and
    `pickup.auto_answer_from` are kept by the edge, which sees who really sends; the account registers through it."""

    listen: tuple[str, ...] = field(
        metadata=described(
            ListOf(Address(), least=1),
            "Addresses of this machine that phones and the PBX reach; at most one of IPv4 and one of IPv6.",
            example='listen: [192.0.2.20, "2001:db8::20"]',
        )
    )
    port: int = field(
        default=5060, metadata=described(PORT, "Port for UDP and TCP at these addresses.", example="port: 15060")
    )
    transports: tuple[Literal["udp", "tcp", "tls"], ...] = field(
        default=("udp", "tcp", "tls"),
        metadata=described(
            ListOf(Word(("udp", "tcp", "tls")), least=1),
            "What the edge can be called by.",
            example="transports: [tls]",
        ),
    )
    inside_port: int = field(
        default=5066,
        metadata=described(
            PORT, "UDP port on 127.0.0.1 where edge and seats talk to each other.", example="inside_port: 15066"
        ),
    )
    seats: tuple[str, ...] = field(
        default=(),
        metadata=described(
            ListOf(SEAT),
            "The seats behind the edge, in the order in which they are tried. Empty: this one.",
            example='seats: ["desk@127.0.0.1:5070", "porter@127.0.0.1:5072"]',
        ),
    )
    overflow: str | None = field(
        default=None,
        metadata=described(
            Target(),
            "Who gets a call that no seat can take: all lines in use, or no seat alive.",
            null="the caller hears the busy tone",
            example="overflow: 299",
        ),
    )
    strangers: Literal["refused", "desk"] = field(
        default="refused",
        metadata=described(
            Word(("refused", "desk")),
            "What becomes of calls from others than `sip.peers` and the phones: `desk` lets them call the seats, and"
            " nobody else.",
            example="strangers: desk",
        ),
    )
    peers_by_udp: Literal["believed", "password", "refused"] = field(
        default="believed",
        metadata=described(
            Word(("believed", "password", "refused")),
            "Whether who sends by UDP from an address of `sip.peers` is taken for that peer. In the network that the"
            " peer is in, others can forge its address: with `password` it has to show one for each call, with"
            " `refused` it has to come by TCP or TLS. Where `sip.account` registers by TCP or TLS, it calls by these"
            " alone anyhow, unless `sip.peers` lists it.",
            example="peers_by_udp: refused",
        ),
    )
    peer_passwords: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "File with a line `user: password` for each peer, with `peers_by_udp: password`; its mode must be 0600.",
            null="none; `peers_by_udp: password` needs one",
            example="peer_passwords: /etc/phoneetiquette/peers",
        ),
    )
    phones: tuple[str, ...] = field(
        default=(),
        metadata=described(
            ListOf(SIP_USER), "Users of the desk phones that may register at the edge.", example="phones: [301, 302]"
        ),
    )
    phone_passwords: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "File with a line `user: password` for each phone; its mode must be 0600.",
            null="none; `phones` need one",
            example="phone_passwords: /etc/phoneetiquette/phones",
        ),
    )
    media: Literal["relay", "direct"] = field(
        default="relay",
        metadata=described(
            Word(("relay", "direct")),
            "How sound reaches the seats: `relay` through rtpengine, which keeps foreign packets out, speaks SRTP and"
            " joins IPv6 to IPv4; `direct` to the seat itself, at the first address of `listen`.",
            example="media: direct",
        ),
    )
    media_first: int = field(
        default=30000,
        metadata=described(
            Whole(1024, 65534),
            "First UDP port of the relay, even. Open them in the firewall.",
            example="media_first: 40000",
        ),
    )
    media_last: int = field(
        default=30399,
        metadata=described(
            Whole(1025, 65535), "Last UDP port of the relay; four for each call.", example="media_last: 40399"
        ),
    )
    control_port: int = field(
        default=5067,
        metadata=described(
            PORT, "UDP port on 127.0.0.1 where Kamailio commands rtpengine.", example="control_port: 15067"
        ),
    )
    tls: EdgeTlsConfig = field(default_factory=EdgeTlsConfig)
