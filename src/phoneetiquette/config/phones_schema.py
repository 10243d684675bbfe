"""The keys of ``phones`` and ``provisioning``: desk phones and what goes into their configuration files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from phoneetiquette.config.keys import SIP_USER, described
from phoneetiquette.config.kinds import (
    Address,
    File,
    Flag,
    Host,
    Password,
    Text,
    UnfitError,
    Uri,
    Word,
    scalar,
    shown,
)
from phoneetiquette.config.nodes import Node
from phoneetiquette.config.secret import Secret

PROFILES = Path(__file__).parents[1] / "hardware" / "phones"
"""One YAML file for each family of phones; its name is what the configuration calls it by."""

PHONE_NAME = Text("a name of small letters, digits, - and _", 32, r"[a-z0-9][a-z0-9_-]*")
_LANGUAGE = Text("a language such as de", 2, r"[a-z]{2}")
_ENVIRONMENT = Text("the name of an environment variable", 64, r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class HardwareAddress:
    """The address that is printed on the underside of a phone."""

    meaning: str = "a MAC address"

    def read(self, node: Node) -> str:
        text = scalar(node, self.meaning)
        digits = re.sub(r"[:.\-]", "", text).lower()
        if not re.fullmatch(r"[0-9a-f]{12}", digits):
            raise UnfitError(
                f"is not a MAC address: {shown(text)}", "write twelve hexadecimal digits: 00:15:65:0a:0b:0c"
            )
        return digits

    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", "number"], "pattern": "^([0-9A-Fa-f]{2}[:.-]?){5}[0-9A-Fa-f]{2}$"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneConfig:
    """A desk phone: what it is, and the account it has. [Desk phones](desk-phones.md) says more."""

    profile: str = field(
        metadata=described(
            Word(tuple(sorted(path.stem for path in PROFILES.glob("*.yaml")))),
            "Which family of phones it is of: a file in `hardware/phones`.",
            example="profile: yealink",
        )
    )
    user: str = field(
        metadata=described(
            SIP_USER,
            "User that it registers as. One of `edge.phones` registers at the edge, with its password in"
            " `edge.phone_passwords`.",
            example="user: 301",
        )
    )
    mac: str | None = field(
        default=None,
        metadata=described(
            HardwareAddress(),
            "Its hardware address, by which it finds its file.",
            null="unknown: no file can be written for it",
            example='mac: "00:15:65:0a:0b:0c"',
        ),
    )
    seat: str | None = field(
        default=None,
        metadata=described(
            PHONE_NAME,
            "The seat it stands at, where seats share this section.",
            null="this one",
            example="seat: porter",
        ),
    )
    registrar: str | None = field(
        default=None,
        metadata=described(
            Uri(),
            "Where it registers, if not at the edge.",
            null="the edge for `edge.phones`; else it does not register, and calls the seat directly",
            example="registrar: sip:192.0.2.10",
        ),
    )
    address: str | None = field(
        default=None,
        metadata=described(
            Host(with_port=True),
            "Where the phone itself is reached.",
            null="where it has registered at the edge",
            example="address: 192.0.2.31",
        ),
    )
    auth_user: str | None = field(
        default=None,
        metadata=described(
            Text("a user name", 128, r"[^\s\"\\]+"),
            "User name of the digest, where it differs from `user`.",
            null="as `user`",
            example="auth_user: phone-301",
        ),
    )
    password: Secret | None = field(
        default=None,
        metadata=described(
            Password(),
            "The password of its account, where it registers elsewhere than at the edge. The file it is written in must"
            " have mode 0600.",
            null="taken from elsewhere",
            example='password: "long and random"',
        ),
    )
    password_file: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "File whose first line is that password; its mode must be 0600.",
            null="taken from elsewhere",
            example="password_file: /etc/phoneetiquette/phone-301",
        ),
    )
    password_env: str | None = field(
        default=None,
        metadata=described(
            _ENVIRONMENT,
            "Environment variable that holds that password.",
            null="taken from elsewhere",
            example="password_env: PHONE_301_PASSWORD",
        ),
    )
    transport: Literal["udp", "tcp", "tls"] = field(
        default="udp",
        metadata=described(
            Word(("udp", "tcp", "tls")),
            "How it reaches the edge, the registrar or the seat. With `tls` it has to trust the certificate there.",
            example="transport: tls",
        ),
    )
    srtp: Literal["off", "optional", "mandatory"] | None = field(
        default=None,
        metadata=described(
            Word(("off", "optional", "mandatory")),
            "Whether it encrypts sound.",
            null="as `sip.srtp`",
            example="srtp: mandatory",
        ),
    )
    label: str | None = field(
        default=None,
        metadata=described(
            Text(), "What the phone shows of itself.", null="`seat.display_name`", example="label: Desk"
        ),
    )
    language: str | None = field(
        default=None,
        metadata=described(
            _LANGUAGE, "Language of its display.", null="`provisioning.language`", example="language: de"
        ),
    )
    admin_user: str | None = field(
        default=None,
        metadata=described(
            Text("a user name", 64, r"[^\s\":\\]+"),
            "Name of the administrator on the phone's own web page.",
            null="the vendor's",
            example="admin_user: admin",
        ),
    )
    admin_password_file: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "File whose first line is the administrator's password on that page; its mode must be 0600. Commands to the"
            " phone by HTTP need it, too.",
            null="the phone's password is left as it is",
            example="admin_password_file: /etc/phoneetiquette/phone-admin",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisioningConfig:
    """What `phoneetiquette provision` writes into the files of all [desk phones](desk-phones.md)."""

    output: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "Directory of the files. Only its owner can look into it.",
            null="`phones` in `records.directory`",
            example="output: /var/lib/phoneetiquette/phones",
        ),
    )
    address: str | None = field(
        default=None,
        metadata=described(
            Address(),
            "Address of this machine as phones see it: who alone may command them.",
            null="`sip.advertise` where that is an address, else the first of `edge.listen`, else `sip.listen`",
            example="address: 192.0.2.20",
        ),
    )
    events: str | None = field(
        default=None,
        metadata=described(
            Text("an http: or https: URL without a query", 200, r"https?://[A-Za-z0-9._~:/\[\]-]+[A-Za-z0-9_~\]-]"),
            "Where phones report what happens at them (lifted, put down, DND ...): their action URLs begin with it.",
            null="no action URLs are written",
            example="events: http://192.0.2.20:8470/phones",
        ),
    )
    ntp: str | None = field(
        default=None,
        metadata=described(
            Host(), "Time server of the phones.", null="what they use by themselves", example="ntp: 192.0.2.1"
        ),
    )
    time_zone: str | None = field(
        default=None,
        metadata=described(
            Text("a time zone such as Europe/Vienna", 64, r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*"),
            "Time zone of the phones.",
            null="that of the dialplan; without one it is not written",
            example="time_zone: Europe/Vienna",
        ),
    )
    language: str | None = field(
        default=None,
        metadata=described(
            _LANGUAGE,
            "Language of their displays.",
            null="the first of the dialplan; without one it is not written",
            example="language: de",
        ),
    )
    directory: bool = field(
        default=True,
        metadata=described(Flag(), "Write the people of the dialplan into the phones' telephone books."),
    )
