"""Every key of the configuration: its name, meaning, kind, unit, default and an example, in one place.

The dataclasses are what the program gets; reading a file, ``docs/configuration.md`` and the JSON Schema for editors are
derived from them. All values are immutable and can be pickled. Strings that name one of a few words are in the case
written here, addresses in canonical form, paths absolute.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from phoneetiquette.addresses import dial_target, parse_sip_uri
from phoneetiquette.config.access_schema import HOSTS, AccessConfig, PageTlsConfig
from phoneetiquette.config.audio_schema import AudioConfig, ButtonsConfig
from phoneetiquette.config.desk_phone_schema import DeskPhoneConfig
from phoneetiquette.config.edge_schema import EdgeConfig
from phoneetiquette.config.files import SOUNDS
from phoneetiquette.config.keys import PORT_OR_ANY, described
from phoneetiquette.config.kinds import (
    Address,
    Country,
    DatabaseAddress,
    File,
    Flag,
    ListOf,
    Password,
    Peer,
    Section,
    Sections,
    Target,
    Text,
    Whole,
    Word,
)
from phoneetiquette.config.message_schema import HooksConfig, MessagesConfig
from phoneetiquette.config.phones_schema import PHONE_NAME, PhoneConfig, ProvisioningConfig
from phoneetiquette.config.score_card_schema import ScoreCardConfig
from phoneetiquette.config.secret import Secret
from phoneetiquette.config.sip_schema import SipConfig
from phoneetiquette.config.wake_up_schema import WakeUpsConfig

LANGUAGES = ("en", "de", "uk", "nl", "ar", "kk", "ru")
"""Languages that the page speaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatConfig:
    """The receptionist's place. One seat is one process with one configuration."""

    name: str = field(
        default="desk",
        metadata=described(
            Text("a name of small letters, digits, - and _", 32, r"[a-z0-9][a-z0-9_-]*"),
            "Name of the seat in logs, records and directories. Unique on its machine.",
            example="name: front-office",
        ),
    )
    display_name: str = field(
        default="Reception",
        metadata=described(
            Text(), "What called parties and the page show of the seat.", example="display_name: Hotel Post, reception"
        ),
    )
    agent: str | None = field(
        default=None,
        metadata=described(
            Text(),
            "Name of the receptionist, for `{agent}` in greetings.",
            null="nobody's: greetings leave it out",
            example="agent: Ada Moser",
        ),
    )
    wrap_up_s: int = field(
        default=0,
        metadata=described(
            Whole(0, 600),
            "Time to note what came of a call: for so long after its end no other is connected by itself. Who lifts, or"
            " saves the note, ends it.",
            unit="seconds",
            example="wrap_up_s: 30",
        ),
    )
    presence: Literal["present", "absent"] = field(
        default="present",
        metadata=described(
            Word(("present", "absent")),
            "Whether the receptionist is taken to be there when the seat starts. The page changes it.",
        ),
    )
    hardware: Literal["headset", "desk_phone", "none"] = field(
        default="headset",
        metadata=described(
            Word(("headset", "desk_phone", "none")),
            "What lies on the desk: a `headset`, whose call buttons and lamps are used if it has any, a `desk_phone`,"
            " which is rung and lifted, or `none`.",
            example="hardware: desk_phone",
        ),
    )
    auto_lift: Literal["off", "second_ring", "third_ring"] = field(
        default="off",
        metadata=described(
            Word(("off", "second_ring", "third_ring")),
            "Connect the headset without a lift, after a warning tone: at the end of the second ring, or of the third.",
            example="auto_lift: third_ring",
        ),
    )
    announce_caller: bool = field(
        default=False,
        metadata=described(
            Flag(),
            "Whether a receptionist who has lifted before the window hears who is calling, over the waiting tone: the"
            " name in the contacts, else the one that came with the call, else the number, spoken by espeak-ng in the"
            " page's language. The customer hears none of it.",
            example="announce_caller: yes",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineConfig:
    """What happens at the end of the third ring when the receptionist is present and free but has not lifted."""

    action: Literal["connect", "overflow", "message"] = field(
        default="connect",
        metadata=described(
            Word(("connect", "overflow", "message")),
            "`connect` opens the headset after a warning tone, `overflow` passes the call to `target`, `message` takes"
            " a voice message.",
        ),
    )
    target: str | None = field(
        default=None,
        metadata=described(
            Target(),
            "Who gets the call with `overflow`. A number without a host is called at `sip.domain`.",
            null="none; `overflow` needs one",
            example="target: sip:switchboard@pbx.example",
        ),
    )
    prompt: Path | None = field(
        default=None,
        metadata=described(
            File(),
            f"Sound file that the caller hears before a voice message is recorded: {SOUNDS}.",
            null="a built-in English prompt",
            example="prompt: please-leave-a-message.wav",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentConfig:
    """What happens instead when the receptionist is absent or busy at the end of the third ring."""

    action: Literal["overflow", "message", "none"] = field(
        default="message",
        metadata=described(
            Word(("overflow", "message", "none")),
            "`overflow` passes the call to `target`, `message` takes a voice message, `none` goes on ringing.",
        ),
    )
    target: str | None = field(
        default=None,
        metadata=described(
            Target(),
            "Who gets the call with `overflow`. A number without a host is called at `sip.domain`.",
            null="none; `overflow` needs one",
            example="target: 299",
        ),
    )
    prompt: Path | None = field(
        default=None,
        metadata=described(
            File(),
            f"Sound file that the caller hears before a voice message is recorded: {SOUNDS}.",
            null="a built-in English prompt",
            example="prompt: nobody-is-here.wav",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupConfig:
    """When a call may be lifted. Countries and rings, never milliseconds: the window is from the end of the second ring
    to the end of the third."""

    country: str = field(
        default="AT",
        metadata=described(
            Country(),
            "Whose ring pattern counts: the country the callers mostly call from. `ZZ` is the international pattern.",
            example="country: NO",
        ),
    )
    ring_end: Literal["burst", "cycle"] = field(
        default="burst",
        metadata=described(
            Word(("burst", "cycle")),
            "Where a ring ends: with its sound (`burst`), or with the silence after it (`cycle`).",
        ),
    )
    ringback: Literal["remote", "early_media"] = field(
        default="remote",
        metadata=described(
            Word(("remote", "early_media")),
            "Who plays the ringing that the caller hears: the caller's network (`remote`), or we do, in the national"
            " tone (`early_media`).",
        ),
    )
    deadline: DeadlineConfig = field(default_factory=DeadlineConfig)
    when_absent: AbsentConfig = field(default_factory=AbsentConfig)
    overflow_rings: int = field(
        default=5,
        metadata=described(
            Whole(1, 20),
            "For how many rings of `country` the overflow target is called before the caller is asked for a message"
            " instead; also a telephone to which the seat itself puts a call through, before the call comes back.",
            example="overflow_rings: 4",
        ),
    )
    message_limit_s: int = field(
        default=120,
        metadata=described(Whole(5, 1800), "Longest voice message.", unit="seconds", example="message_limit_s: 180"),
    )
    emergency_lines: tuple[str, ...] = field(
        default=(),
        metadata=described(
            ListOf(Target("a called number, user or SIP URI")),
            "Called numbers or users of ours that no pickup rule holds back.",
            example='emergency_lines: [alarm, "112"]',
        ),
    )
    auto_answer_from: tuple[str, ...] = field(
        default=(),
        metadata=described(
            ListOf(Peer()),
            "Peers whose request to be answered at once (`Answer-Mode`, `Call-Info`, `Alert-Info`) is honoured.",
            example="auto_answer_from: [192.0.2.10]",
        ),
    )
    enforce: bool = field(
        default=True,
        metadata=described(
            Flag(),
            "Hold early lifts back until the window opens, and act at the third ring's end. `false` only judges.",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementConfig:
    """Who talks when."""

    vad_mode: int = field(
        default=2,
        metadata=described(
            Whole(0, 3),
            "How much noise is kept from counting as speech: 0 lets most pass, 3 least.",
            example="vad_mode: 3",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsConfig:
    """What remains of calls."""

    directory: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "Where journal, voice messages and the database are kept. On a local disk.",
            null="`$XDG_STATE_HOME/phoneetiquette/SEAT`, else `~/.local/state/phoneetiquette/SEAT`",
            example="directory: /var/lib/phoneetiquette/desk",
        ),
    )
    database: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "SQLite file of the call records.",
            null="`records.sqlite` in `records.directory`",
            example="database: /srv/phoneetiquette/records.sqlite",
        ),
    )
    store: str | None = field(
        default=None,
        metadata=described(
            DatabaseAddress(),
            "PostgreSQL database of the call records, for seats of several machines; see [operation](operation.md)."
            " Its password comes from at most one of `password`, `password_file` and `password_env`.",
            null="SQLite: `database`",
            example="store: postgresql://phoneetiquette@db.hotel.example/phoneetiquette?sslmode=verify-full",
        ),
    )
    password: Secret | None = field(
        default=None,
        metadata=described(
            Password(),
            "The password for `store` itself. The file it is written in must have mode 0600.",
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
            example="password_file: /etc/phoneetiquette/store-password",
        ),
    )
    password_env: str | None = field(
        default=None,
        metadata=described(
            Text("the name of an environment variable", 64, r"[A-Za-z_][A-Za-z0-9_]*"),
            "Environment variable that holds the password.",
            null="taken from elsewhere",
            example="password_env: PHONEETIQUETTE_STORE_PASSWORD",
        ),
    )
    journal_days: int = field(
        default=35,
        metadata=described(
            Whole(0, 3650),
            "How long the journal keeps a finished day: the database, which has its calls, can be filled from it again;"
            " 0 keeps it for ever.",
            unit="days",
            example="journal_days: 90",
        ),
    )
    record_days: int = field(
        default=0,
        metadata=described(
            Whole(0, 3650),
            "How long calls, answered messages and recordings are kept, not less than `journal_days`; the sums that"
            " reports are made of stay. 0 keeps them for ever.",
            unit="days",
            example="record_days: 400",
        ),
    )
    keep_digits: bool = field(
        default=False,
        metadata=described(
            Flag(),
            "Keep the digits (DTMF) that were sent and received in the journal. Otherwise it has a `*` for each:"
            " they may be card numbers or passwords.",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleConfig:
    """The reception page."""

    listen: str = field(
        default="127.0.0.1",
        metadata=described(
            Address(),
            "Address the page is served at. Beyond loopback it needs `tls` and users.",
            example='listen: "::1"',
        ),
    )
    hosts: tuple[str, ...] = field(default=(), metadata=HOSTS)
    tls: PageTlsConfig = field(default_factory=PageTlsConfig)
    port: int = field(
        default=8470, metadata=described(PORT_OR_ANY, "Port of the page; 0 takes any free one.", example="port: 8480")
    )
    history: int = field(
        default=20,
        metadata=described(
            Whole(0, 500), "Ended calls that the page lists, for a look back and redial.", example="history: 50"
        ),
    )
    language: Literal["en", "de", "uk", "nl", "ar", "kk", "ru"] = field(
        default="en",
        metadata=described(
            Word(LANGUAGES), "Language of the page; it can be chosen on the page, too.", example="language: de"
        ),
    )
    hints: bool = field(
        default=True,
        metadata=described(
            Flag(),
            "Hints while talking: interruptions, pace, intonation, length. The page can switch them off for itself.",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteConfig:
    """What the receptionist says of the house at the close of a call."""

    name: str | None = field(
        default=None,
        metadata=described(Text(), "Name of the house.", null="`seat.display_name`", example="name: Hotel Post"),
    )
    address: str | None = field(
        default=None,
        metadata=described(
            Text(longest=200), "Where it is.", null="not shown", example="address: Hauptplatz 1, 1010 Wien"
        ),
    )
    hours: str | None = field(
        default=None,
        metadata=described(
            Text(longest=200),
            "When it is open, as it is said to a caller.",
            null="not shown",
            example="hours: every day from 7 to 23",
        ),
    )
    reception_hours: str | None = field(
        default=None,
        metadata=described(
            Text(longest=200),
            "When the reception can be reached, where that is another time.",
            null="not shown",
            example="reception_hours: day and night",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsConfig:
    """The directory and the guest list: who calls, by number or room."""

    files: tuple[Path, ...] = field(
        default=(),
        metadata=described(
            ListOf(File()),
            "Tables (CSV) and vCards. Read at the start and when the dialplan is loaded anew.",
            example="files: [guests.csv, staff.vcf]",
        ),
    )
    country: str | None = field(
        default=None,
        metadata=described(
            Country(),
            "Where numbers without a country code are dialled.",
            null="`pickup.country`",
            example="country: AT",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeConfig:
    """The pages of `phoneetiquette office`: reports, follow-ups and messages of all seats of this machine."""

    listen: str = field(
        default="127.0.0.1",
        metadata=described(
            Address(),
            "Address the pages are served at. Beyond loopback they need `tls` and users.",
            example='listen: "::1"',
        ),
    )
    hosts: tuple[str, ...] = field(default=(), metadata=HOSTS)
    tls: PageTlsConfig = field(default_factory=PageTlsConfig)
    port: int = field(
        default=8480, metadata=described(PORT_OR_ANY, "Port of the pages; 0 takes any free one.", example="port: 8490")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogConfig:
    """What the program says of itself, on standard error or, as a service, in systemd's journal."""

    level: Literal["debug", "info", "warning", "error"] = field(
        default="info",
        metadata=described(Word(("debug", "info", "warning", "error")), "The least important messages shown."),
    )
    personal_data: bool = field(
        default=False,
        metadata=described(
            Flag(), "Show numbers, SIP users and e-mail addresses in the log. Otherwise it has `***` for each."
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration of a seat."""

    seat: SeatConfig = field(default_factory=SeatConfig)
    pickup: PickupConfig = field(default_factory=PickupConfig)
    dialplan: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "The [dialplan](dialplans.md) that the seat follows. It is checked together with this file.",
            null="none: every call is the desk's, and `pickup` says what happens to it",
            example="dialplan: hotel.yaml",
        ),
    )
    sip: SipConfig = field(default_factory=SipConfig)
    edge: EdgeConfig | None = field(
        default=None, metadata=described(Section(EdgeConfig), "", null="the seat itself faces its peers")
    )
    desk_phone: DeskPhoneConfig | None = field(
        default=None, metadata=described(Section(DeskPhoneConfig), "", null="there is none")
    )
    phones: tuple[tuple[str, PhoneConfig], ...] = field(
        default=(), metadata=described(Sections(PhoneConfig, PHONE_NAME), "")
    )
    provisioning: ProvisioningConfig = field(default_factory=ProvisioningConfig)
    audio: AudioConfig = field(default_factory=AudioConfig)
    headset: ButtonsConfig = field(default_factory=ButtonsConfig)
    measurement: MeasurementConfig = field(default_factory=MeasurementConfig)
    score_card: ScoreCardConfig = field(default_factory=ScoreCardConfig)
    records: RecordsConfig = field(default_factory=RecordsConfig)
    console: ConsoleConfig = field(default_factory=ConsoleConfig)
    site: SiteConfig = field(default_factory=SiteConfig)
    contacts: ContactsConfig = field(default_factory=ContactsConfig)
    office: OfficeConfig = field(default_factory=OfficeConfig)
    access: AccessConfig = field(default_factory=AccessConfig)
    messages: MessagesConfig = field(default_factory=MessagesConfig)
    hooks: HooksConfig = field(default_factory=HooksConfig)
    wakeups: WakeUpsConfig = field(default_factory=WakeUpsConfig)
    log: LogConfig = field(default_factory=LogConfig)

    def dial(self, text: str) -> str:
        """The SIP URI to call for what was typed.

        Raises:
            AddressError: cannot be dialled.
        """
        return dial_target(text, self.domain)

    @property
    def domain(self) -> str:
        """Where numbers without a host are called, ``host`` or ``host:port``; empty if nothing says so."""
        if self.sip.domain or self.sip.account is None:
            return self.sip.domain or ""
        return parse_sip_uri(self.sip.account.registrar).host_and_port

    @property
    def pbx_hosts(self) -> frozenset[str]:
        """Hosts of the PBX as far as they are named: of numbers, registrar and proxy."""
        account = self.sip.account
        named = [f"sip:{self.domain}"] if self.domain else []
        named += [uri for uri in (account.registrar, account.proxy) if uri] if account else []
        return frozenset(parse_sip_uri(uri).host for uri in named)

    @property
    def directory(self) -> Path:
        """Where journal, messages and database of this seat are kept."""
        if self.records.directory:
            return self.records.directory
        state = os.environ.get("XDG_STATE_HOME", "")
        base = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
        return base / "phoneetiquette" / self.seat.name

    @property
    def database(self) -> Path:
        """The SQLite file of the call records, where they are in one."""
        return self.records.database or self.directory / "records.sqlite"

    @property
    def store(self) -> str:
        """The database of the call records as a URL, with its password: not for printing."""
        address, password = self.records.store, self.records.password
        if address is None:
            return f"sqlite:///{self.database}"
        if password is None:
            return address
        parts = urlsplit(address)
        user, _, host = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{user}:{quote(password.reveal(), safe='')}@{host}").geturl()
