"""One desk phone with everything that goes into its configuration file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from phoneetiquette.addresses import SipUri
from phoneetiquette.phones.facts import RING
from phoneetiquette.phones.formats import Entry
from phoneetiquette.phones.profile import PhoneProfile
from phoneetiquette.phones.zones import Zone

DEFAULT_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A desk phone of a seat. What is empty is not written."""

    name: str
    profile: PhoneProfile
    mac: str
    """Twelve hexadecimal digits in lower case."""
    user: str
    auth_user: str
    password: str = field(default="", repr=False)
    registers: bool = True
    """False: it is called at its own address, and calls the seat at ``server_host``."""
    server_host: str
    """Where it registers: a name or an address, IPv6 without brackets."""
    server_port: int
    transport: Literal["udp", "tcp", "tls"] = "udp"
    srtp: Literal["off", "optional", "mandatory"] = "off"
    expires_s: int = 300
    codecs: tuple[str, ...] = ("G722", "PCMA", "PCMU")
    display_name: str
    label: str
    """What the phone shows of itself."""
    seat_host: str
    """The one address that may command it."""
    admin_user: str = ""
    admin_password: str = field(default="", repr=False)
    events: str = ""
    """URL that its action URLs begin with."""
    ntp: str = ""
    language: str = ""
    """ISO 639 code."""
    zone: Zone | None = None
    people: tuple[Entry, ...] = ()
    untold: tuple[str, ...] = ()
    """What no phone can be told of the configuration, in words."""

    def facts(self) -> dict[str, str]:
        """Everything that is known, by the names of :mod:`.facts`."""
        known = {
            "user": self.user,
            "auth_user": self.auth_user,
            "password": self.password,
            "display_name": self.display_name,
            "label": self.label,
            "ring": RING,
            "server": SipUri(self.server_host, port=self.server_port).host_and_port,
            "server_host": SipUri(self.server_host).host_and_port,
            "server_port": str(self.server_port),
            "server_port_hex": hex(self.server_port),
            "mac_upper": self.mac.upper(),
            "transport": self.transport,
            "expires_s": str(self.expires_s),
            "expires_min": str(-(-self.expires_s // 60)),
            "expires_hex": hex(self.expires_s),
            "srtp": self.srtp,
            f"srtp_{self.srtp}": "yes",
            "registered" if self.registers else "unregistered": "yes",
            "tls": "yes" if self.transport == "tls" else "",
            "seat_host": self.seat_host,
            "admin_user": self.admin_user if self.admin_password else "",
            "admin_password": self.admin_password,
            "events": self.events,
            "events_url": self.events and f"{self.events}/{quote(self.name)}",
            "ntp": self.ntp,
            "language": self.language,
        }
        return {name: value for name, value in known.items() if value} | (self.zone.facts() if self.zone else {})

    def event_urls(self) -> Iterator[tuple[str, str]]:
        """(key, URL) of every action URL that its profile knows; its variables stand as the phone wants them."""
        urls = self.profile.provisioning and self.profile.provisioning.action_urls
        if not urls or not self.events:
            return
        asked = "".join(f"&{name}={variable}" for name, variable in urls.variables.items())
        for event, key in urls.events.items():
            yield key, f"{self.events}/{quote(self.name)}?event={event}{asked}"
