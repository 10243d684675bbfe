"""What the engine has to know of the configuration, as JSON-able values that cross to its process."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

from phoneetiquette.audio.settings import AudioSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """The registration at a PBX. ``password`` crosses to the engine on a pipe only, never in arguments."""

    registrar: str
    user: str
    auth_user: str
    password: str
    proxy: str = ""
    transport: Literal["udp", "tcp", "tls"] = "udp"
    expires_s: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLink:
    """The proxy in front of the seat: all SIP goes through it, and everybody is told its address as ours."""

    inside: str
    """``address:port`` where it talks to seats."""
    host: str
    """Its own address as others see it."""
    port: int
    tls_port: int
    relays_media: bool
    """Sound goes through it, too, and comes to us in the clear on loopback."""
    media_listen: str
    """Where sound comes to us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonePeer:
    """A desk phone of the seat, as its calls are told from those of others."""

    address: str
    """SIP URI, as configured: what events and commands call it by."""
    target: str
    """The SIP URI that is called."""
    user: str
    host: str
    """Where its requests come from; empty: through a peer of ours, with ``user`` in From."""
    by_account: bool = False
    """It is called through the PBX that the account registers at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """Everything an engine process is told at its start."""

    seat: str
    socket: str
    """Path of the Unix socket at which main attaches."""
    user: str
    display_name: str
    listen: str
    port: int
    tls_port: int
    advertise: str
    transports: tuple[Literal["udp", "tcp", "tls"], ...]
    tls_certificate: str
    tls_key: str
    tls_ca: str
    tls_verify: bool
    rtp_first: int
    rtp_last: int
    peers: tuple[str, ...]
    """Addresses and networks that may talk to us."""
    auto_answer_from: tuple[str, ...]
    refer_from: tuple[str, ...]
    """Peers whose REFER and Replaces are obeyed; empty: nobody's."""
    account: AccountSettings | None
    srtp: Literal["off", "optional", "mandatory"]
    codecs: tuple[str, ...]
    lines: int
    ringback: Literal["remote", "early_media"]
    country: str
    hold_music: str
    """Sound file for held parties; empty: the comfort tone."""
    messages_dir: str
    cache_dir: str
    vad_mode: int
    log_level: str
    log_personal_data: bool
    audio: AudioSettings
    edge: EdgeLink | None = None
    phones: tuple[PhonePeer, ...] = ()
    """The receptionist's desk phones; with one, there is no headset."""
    alone_s: float = 30.0
    """How long an engine without calls waits for a main before it ends."""

    def as_object(self) -> dict[str, Any]:
        """JSON-able; holds the password."""
        return dataclasses.asdict(self)

    @classmethod
    def from_object(cls, data: dict[str, Any]) -> EngineSettings:
        """The inverse of :meth:`as_object` after a trip through JSON."""
        tuples = ("transports", "peers", "auto_answer_from", "refer_from", "codecs")
        fields: dict[str, Any] = {name: tuple(value) if name in tuples else value for name, value in data.items()}
        fields["audio"] = AudioSettings(**data["audio"])
        fields["edge"] = EdgeLink(**data["edge"]) if data["edge"] else None
        fields["phones"] = tuple(PhonePeer(**one) for one in data["phones"])
        fields["account"] = AccountSettings(**data["account"]) if data["account"] else None
        return cls(**fields)
