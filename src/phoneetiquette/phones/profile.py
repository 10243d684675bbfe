"""What is known of a family of desk phones. Values; ``profiles.py`` reads the files.

The facts come from manuals, public provisioning projects and traces: each bears an :class:`Evidence`, each profile its
sources and whether any of it was ever tried on a real device.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal
from urllib.parse import quote

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
"""What is filled in, in a template. Other braces stand for themselves, as JSON needs them to."""

NEVER = "never"
"""How ``tried`` begins in a profile that nobody has tried on a real device."""


class Evidence(StrEnum):
    """How well a fact is known."""

    MANUAL = "manual"
    """The vendor's own manual or wiki says so."""
    PROJECTS = "projects"
    """Public provisioning projects write it."""
    TRACE = "trace"
    """Seen in public SIP traces."""
    REPORT = "report"
    """Another project says it has tried it on a real phone."""
    UNCONFIRMED = "unconfirmed"
    """No source says so: try it on the real phone first."""


Talk = Literal["listed", "when_provisioned", "not_seen", "unconfirmed"]
"""Whether the 180 of the phone lists ``talk`` in ``Allow-Events``: by itself; only with the settings that provisioning
writes; not in the traces that are known; nobody has said. Whether it may be sent, the 180 of the very call tells."""

Action = Literal["answer", "hang_up", "hold", "resume", "mute", "unmute", "dnd_on", "dnd_off"]
Authentication = Literal["none", "basic", "digest", "query"]
DirectoryFormat = Literal["poly", "snom", "grandstream"]
Form = Literal[
    "yealink",
    "mitel",
    "avaya",
    "snom",
    "grandstream",
    "grandstream_items",
    "poly",
    "cisco",
    "fanvil",
    "gigaset",
    "gigaset_n510",
]
"""The forms of configuration files; :mod:`phoneetiquette.phones.formats` writes them."""

COMMAND_FACTS = frozenset({"address", "user", "password", "call_id", "call_handle"})
"""What can stand in the URL and the body of a command: where the phone is (``host`` or ``host:port``), the name and
password its web server asks for, the Call-ID of the call, the phone's own handle of the call."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header field of an INVITE that the phone understands. ``{host}`` in the value is the caller's host."""

    name: str
    value: str
    evidence: Evidence

    def filled(self, host: str) -> str:
        """The value as it is sent; ``host`` as it stands in a URI, IPv6 in brackets."""
        return self.value.replace("{host}", host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing that the phone can be told from outside, by HTTP or by a NOTIFY."""

    action: Action
    by: Literal["http", "notify"]
    evidence: Evidence
    method: Literal["GET", "POST"] = "GET"
    url: str = ""
    authentication: Authentication = "none"
    """How the phone's web server knows who commands: ``query`` is a password in the URL itself."""
    event: str = ""
    """``Event`` of the NOTIFY, which is sent outside any dialog."""
    content_type: str = ""
    body: str = ""
    handle_url: str = ""
    """Where the phone tells its own handle of the call that it has, as ``CallHandle`` in JSON; empty: the command
    needs none."""
    needs: str = ""
    """What must be set on the phone, in words; provisioning sets it."""

    @property
    def name(self) -> str:
        """What the command is known by among those of its profile."""
        return self.url or f"NOTIFY {self.event}"

    @property
    def facts(self) -> frozenset[str]:
        """The names of :data:`COMMAND_FACTS` that must be known for it. The phone itself tells its handle of a call."""
        named = frozenset(PLACEHOLDER.findall(self.handle_url + self.url + self.body))
        return named - {"call_handle"} if self.handle_url else named

    def filled(self, facts: Mapping[str, str]) -> tuple[str, str]:
        """URL and body with ``facts`` in their places, percent-encoded in the URL.

        Raises:
            KeyError: one that is needed is missing.
        """
        return _url(self.url, facts), PLACEHOLDER.sub(lambda m: facts[m[1]], self.body)

    def handle_at(self, facts: Mapping[str, str]) -> str:
        """:attr:`handle_url` with ``facts`` in their places."""
        return _url(self.handle_url, facts)


def _url(template: str, facts: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda m: facts[m[1]] if m[1] == "address" else quote(facts[m[1]], safe=""), template)


@dataclass(frozen=True, slots=True)
class CheckSync:
    """The NOTIFY, outside any dialog and without a body, at which the phone reads its configuration again."""

    event: str
    """Value of ``Event``, with its parameters."""
    evidence: Evidence
    reboot: str = ""
    """The same, with a reboot; empty: there is no such form."""
    challenges: bool = False
    """The phone asks for its account's password first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codecs:
    """How the order of codecs is written. A profile uses what its phones need, and leaves the rest empty."""

    names: Mapping[str, str]
    """Our name of a codec -> the phone's. What is missing the phone has not."""
    each: Mapping[str, str] = field(default_factory=dict)
    """Settings for each wanted codec; ``{codec}`` is the phone's name, ``{rank}`` counts from 1."""
    others: Mapping[str, str] = field(default_factory=dict)
    """Settings for each codec of ``names`` that is not wanted."""
    slots: tuple[str, ...] = ()
    """Keys that take a codec each, the preferred one first."""
    unused: str = ""
    """What the remaining slots hold; empty: the last codec again."""
    joined: str = ""
    """Key that takes all, joined by ``separator``."""
    separator: str = ","
    always: tuple[str, ...] = ()
    """What must be in the joined list as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionUrls:
    """How the phone reports to a web server what happens at it."""

    events: Mapping[str, str]
    """What happens, in our word -> the key whose value is the URL to be asked for then."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Our name of a query parameter -> what the phone replaces by the value."""
    longest: int = 0
    """Most characters of a URL; 0: no limit is known."""
    evidence: Evidence = Evidence.UNCONFIRMED


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """How the phone takes a telephone book."""

    format: DirectoryFormat
    file: str = ""
    """Name of a file of its own; empty: it is a part of the phone's configuration file."""
    most: int = 100
    """Entries that it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisioning:
    """The phone's configuration file: its name, its form, its keys.

    Templates name facts in braces. A setting with a fact that is not known for this phone is left out.
    """

    format: Form
    file: str
    """Name of the file; ``{mac}`` and ``{MAC}`` are the phone's address without colons."""
    master: str = ""
    """Name of the file that the phone asks for and that names the other, where it takes two."""
    settings: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Name of a fact -> settings that are written only when it is known."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Name of a fact -> our word -> the phone's."""
    codecs: Codecs | None = None
    action_urls: ActionUrls | None = None
    directory: Directory | None = None
    restricts: str = ""
    """What keeps others from opening the microphone of the phone, in words."""
    remarks: tuple[str, ...] = ()
    """What has to be done by hand, or is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneProfile:
    """A family of phones of one vendor."""

    name: str
    """Name of its file; what the configuration calls it by."""
    vendor: str
    models: str
    """Which phones it is for, in words."""
    tried: str
    """On which real phone it was tried; begins with :data:`NEVER` when on none."""
    sources: tuple[str, ...]
    talk: Talk = "unconfirmed"
    talk_evidence: Evidence = Evidence.UNCONFIRMED
    allow_events: tuple[str, ...] = ()
    """``Allow-Events`` of its 180 as it has been seen."""
    auto_answer: tuple[Header, ...] = ()
    """Each makes it answer an INVITE at once, the best known first. Empty: somebody has to lift."""
    answers_after_delay: bool = False
    """``delay=N`` or ``answer-after=N`` with N above 0: it rings for N seconds and answers then."""
    ring: Header | None = None
    """Makes it ring in the tone that provisioning sets for our calls."""
    commands: tuple[Command, ...] = ()
    check_sync: CheckSync | None = None
    kept_codes: tuple[str, ...] = ()
    """``*`` codes that the phone keeps to itself as delivered, so that they do not reach the seat."""
    admin_user: str = ""
    """Name that its web server knows the administrator by."""
    provisioning: Provisioning | None = None

    @property
    def never_tried(self) -> bool:
        return self.tried.startswith(NEVER)

    def commands_for(self, action: Action) -> tuple[Command, ...]:
        """What can be tried to have the phone do this, in order."""
        return tuple(command for command in self.commands if command.action == action)
