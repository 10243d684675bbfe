"""The keys of ``sip``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from phoneetiquette.config.keys import PORT_OR_ANY, SIP_USER, described
from phoneetiquette.config.kinds import (
    Address,
    File,
    Flag,
    Host,
    ListOf,
    Password,
    Peer,
    Section,
    Text,
    Uri,
    Whole,
    Word,
)
from phoneetiquette.config.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class PortsConfig:
    """UDP ports for sound. Open them in the firewall."""

    first: int = field(
        default=16384, metadata=described(Whole(1024, 65534), "First port, even.", example="first: 20000")
    )
    last: int = field(
        default=16483,
        metadata=described(Whole(1025, 65535), "Last port. Four ports a line are needed.", example="last: 20099"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountConfig:
    """Registration at a PBX or provider. The password comes from exactly one of `password`, `password_file` and
    `password_env`."""

    registrar: str = field(metadata=described(Uri(), "Where to register.", example="registrar: sip:pbx.example"))
    user: str = field(metadata=described(SIP_USER, "User or extension that is registered.", example="user: 205"))
    auth_user: str | None = field(
        default=None,
        metadata=described(
            Text("a user name", 128, r"[^\s\"\\]+"),
            "User name of the digest, where it differs from `user`.",
            null="as `user`",
            example="auth_user: desk-205",
        ),
    )
    password: Secret | None = field(
        default=None,
        metadata=described(
            Password(),
            "The password itself. The file it is written in must have mode 0600.",
            null="taken from elsewhere",
            example='password: "long and random"',
        ),
    )
    password_file: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "File whose first line is the password; its mode must be 0600.",
            null="taken from elsewhere",
            example="password_file: /etc/phoneetiquette/sip-password",
        ),
    )
    password_env: str | None = field(
        default=None,
        metadata=described(
            Text("the name of an environment variable", 64, r"[A-Za-z_][A-Za-z0-9_]*"),
            "Environment variable that holds the password.",
            null="taken from elsewhere",
            example="password_env: PHONEETIQUETTE_SIP_PASSWORD",
        ),
    )
    proxy: str | None = field(
        default=None,
        metadata=described(
            Uri(),
            "Outbound proxy that all requests of the account go through.",
            null="none",
            example="proxy: sip:sbc.example",
        ),
    )
    transport: Literal["udp", "tcp", "tls"] = field(
        default="udp",
        metadata=described(Word(("udp", "tcp", "tls")), "How the registrar is reached.", example="transport: tls"),
    )
    expires_s: int = field(
        default=300,
        metadata=described(
            Whole(60, 86400),
            "Requested lifetime of a registration; it is renewed before.",
            unit="seconds",
            example="expires_s: 600",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsConfig:
    """TLS. Needed with `tls` among `sip.transports`; `ca` and `verify` also count for an account that uses it."""

    certificate: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "Our certificate and its chain, PEM.",
            null="none: nobody can call us by TLS",
            example="certificate: /etc/phoneetiquette/desk.pem",
        ),
    )
    key: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "Its private key, PEM, without a passphrase; mode 0600.",
            null="none",
            example="key: /etc/phoneetiquette/desk.key",
        ),
    )
    ca: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "Certificates of the authorities we trust, PEM.",
            null="those of the system",
            example="ca: /etc/phoneetiquette/ca.pem",
        ),
    )
    verify: bool = field(
        default=True, metadata=described(Flag(), "Refuse a server whose certificate is not valid for its name.")
    )
    port: int = field(
        default=5061, metadata=described(PORT_OR_ANY, "Port for TLS; 0 takes any free one.", example="port: 15061")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SipConfig:
    """Where the seat is called, who may call, and how."""

    listen: str = field(
        default="127.0.0.1",
        metadata=described(
            Address(),
            "Address that SIP and sound are received at. On a loopback address only this machine can call: choose it"
            " behind an edge, or for trying.",
            example="listen: 192.0.2.20",
        ),
    )
    port: int = field(
        default=5060,
        metadata=described(PORT_OR_ANY, "Port for UDP and TCP; 0 takes any free one.", example="port: 15060"),
    )
    advertise: str | None = field(
        default=None,
        metadata=described(
            Host(),
            "Address told to others as ours, when an edge or a router stands in front.",
            null="the address we listen at",
            example="advertise: 203.0.113.5",
        ),
    )
    transports: tuple[Literal["udp", "tcp", "tls"], ...] = field(
        default=("udp",),
        metadata=described(
            ListOf(Word(("udp", "tcp", "tls")), least=1),
            "What we can be called by. Without udp an idle seat wakes up 60 times a second instead of 10.",
            example="transports: [udp, tcp, tls]",
        ),
    )
    user: str = field(
        default="desk", metadata=described(SIP_USER, "The user in our address, `sip:USER@HOST`.", example="user: 205")
    )
    domain: str | None = field(
        default=None,
        metadata=described(
            Host(with_port=True),
            "Where numbers without a host are called, when dialled, in transfers and as `overflow` target.",
            null="where the registrar is",
            example="domain: pbx.example",
        ),
    )
    lines: int = field(
        default=4,
        metadata=described(
            Whole(1, 4),
            "Calls at a time, held ones and outgoing ones included. Further callers hear the busy tone.",
            example="lines: 2",
        ),
    )
    rtp_ports: PortsConfig = field(default_factory=PortsConfig)
    peers: tuple[str, ...] = field(
        default=("127.0.0.1",),
        metadata=described(
            ListOf(Peer()),
            "Who may talk to us: the PBX, the edge. Everybody else is refused. The registrar and the proxy of `account`"
            " are among them anyhow.",
            example="peers: [192.0.2.10, 2001:db8::/64]",
        ),
    )
    refer_from: tuple[str, ...] = field(
        default=(),
        metadata=described(
            ListOf(Peer()),
            "Peers that may make us call somebody: their REFER, and their INVITE with Replaces, are followed.",
            example="refer_from: [192.0.2.10]",
        ),
    )
    account: AccountConfig | None = field(
        default=None, metadata=described(Section(AccountConfig), "", null="no registration: direct calls only")
    )
    srtp: Literal["off", "optional", "mandatory"] = field(
        default="off",
        metadata=described(
            Word(("off", "optional", "mandatory")),
            "Encryption of sound. Its keys travel in SIP: use it with TLS.",
            example="srtp: mandatory",
        ),
    )
    codecs: tuple[Literal["G722", "PCMA", "PCMU", "GSM", "iLBC", "speex"], ...] = field(
        default=("G722", "PCMA", "PCMU"),
        metadata=described(
            ListOf(Word(("G722", "PCMA", "PCMU", "GSM", "iLBC", "speex")), least=1),
            "Codecs offered and accepted, preferred ones first.",
            example="codecs: [PCMA, PCMU]",
        ),
    )
    tls: TlsConfig = field(default_factory=TlsConfig)
