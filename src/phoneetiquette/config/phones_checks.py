"""What the keys of ``phones`` and ``provisioning`` need of each other and of the rest.

A seat runs without the phones' passwords, which it does not need: what is wrong with them is a warning here, and an
error for who writes the files.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from phoneetiquette.addresses import parse_sip_uri, same_party
from phoneetiquette.config import files
from phoneetiquette.config.nodes import COMMAND_LINE
from phoneetiquette.config.phones_schema import PhoneConfig
from phoneetiquette.config.reading import Reading
from phoneetiquette.config.zone_files import posix_zone
from phoneetiquette.problems import Severity

PASSWORDS = ("password", "password_file", "password_env")


def run(reading: Reading) -> None:
    """Check the phones and what is written for them."""
    for name, phone in reading.config.phones:
        if reading.usable(f"phones.{name}", "edge", "sip.transports", "sip.srtp"):
            _account(reading, f"phones.{name}", phone)
            _passwords(reading, f"phones.{name}", phone)
            _transport(reading, f"phones.{name}", phone)
    _twice(reading)
    _zone(reading)


def _account(reading: Reading, path: str, phone: PhoneConfig) -> None:
    edge = reading.config.edge
    at_edge = edge is not None and phone.user in edge.phones
    given = _given(phone)
    if at_edge and phone.registrar:
        what = f"{path}.registrar is given, but user {phone.user} is one of edge.phones"
        reading.problem(f"{path}.registrar", what, "leave it out, or take the user out of edge.phones")
    elif at_edge and given:
        what = f"{path}.{given[0]} has no effect: the password of {phone.user} is in edge.phone_passwords"
        reading.problem(f"{path}.{given[0]}", what, "leave it out", Severity.WARNING)
    elif edge and not at_edge and not phone.registrar:
        what = f"{path} registers nowhere: user {phone.user} is none of edge.phones"
        reading.problem(f"{path}.user", what, f"add {phone.user} to edge.phones, or name its registrar")
    elif phone.registrar and not given:
        reading.problem(path, f"{path} registers, but has no password", f"write one of {', '.join(PASSWORDS)}")
    elif phone.registrar and len(given) > 1:
        reading.problem(f"{path}.{given[1]}", f"{path} has {' and '.join(given)}", "keep one of them")
    account = reading.config.sip.account
    if account and phone.registrar and reading.usable("sip.account"):
        seat = _address(account.user, account.registrar)
        if same_party(seat, _address(phone.user, phone.registrar)):
            what = f"{path} registers as the seat itself does, and would be called past it"
            reading.problem(f"{path}.user", what, "give the phone an extension of its own")


def _address(user: str, registrar: str) -> str:
    return str(replace(parse_sip_uri(registrar).bare(), user=user))


def _given(phone: PhoneConfig) -> list[str]:
    return [key for key in PASSWORDS if getattr(phone, key) is not None]


def _passwords(reading: Reading, path: str, phone: PhoneConfig) -> None:
    place = reading.place(f"{path}.password")
    if phone.password is not None and place != COMMAND_LINE:
        _private(reading, f"{path}.password", Path(place.file), Severity.ERROR)
    for key, file in (("password_file", phone.password_file), ("admin_password_file", phone.admin_password_file)):
        if file:
            _private(reading, f"{path}.{key}", file, Severity.WARNING)


def _private(reading: Reading, key: str, file: Path, severity: Severity) -> None:
    try:
        files.private(file)
    except files.UnusableFileError as unusable:
        reading.problem(key, f"{key}: {file} {unusable.what}", unusable.advice, severity)


def _transport(reading: Reading, path: str, phone: PhoneConfig) -> None:
    config = reading.config
    key = f"{path}.transport" if f"{path}.transport" in reading.origins else path
    taken, by = (config.edge.transports, "edge") if config.edge else (config.sip.transports, "sip")
    if not phone.registrar and phone.transport not in taken:
        what = f"{path}.transport is {phone.transport}, which {by}.transports does not have"
        reading.problem(key, what, f"write one of {', '.join(taken)}, or add it there")
    if (phone.srtp or config.sip.srtp) == "mandatory" and phone.transport != "tls":
        what = f"{path} encrypts sound, but the keys travel in SIP that is not encrypted"
        reading.problem(key, what, "write transport: tls", Severity.WARNING)


def _twice(reading: Reading) -> None:
    seen: dict[tuple[str, object], str] = {}
    for name, phone in reading.config.phones:
        for key, what in (("mac", phone.mac), ("user", (phone.user, phone.registrar))):
            if phone.mac is None and key == "mac":
                continue
            other = seen.setdefault((key, what), name)
            if other != name:
                problem = f"phones.{name}.{key} is that of phones.{other}, too"
                reading.problem(f"phones.{name}.{key}", problem, "each phone has its own")


def _zone(reading: Reading) -> None:
    name = reading.config.provisioning.time_zone
    if name is None or not reading.usable("provisioning.time_zone"):
        return
    try:
        posix_zone(name)
    except files.UnusableFileError as unusable:
        key = "provisioning.time_zone"
        reading.problem(key, f"{key}: {name} {unusable.what}", unusable.advice)
