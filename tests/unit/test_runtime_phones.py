"""Where a phone of the configuration registers, and which address it knows this machine by."""

from __future__ import annotations

from pathlib import Path

import pytest

from phoneetiquette.config import InvalidConfigurationError, inspect
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.phones.phone import Phone
from phoneetiquette.runtime.phones import provisioned

PHONE = '{profile: yealink, mac: "00:15:65:0a:0b:0c", user: 301'
LISTENS = "sip: {listen: 192.0.2.20}"
EDGE = "edge: {listen: [192.0.2.20], port: 15060, tls: {port: 15061}, phones: [301], phone_passwords: passwords}"


def phone(folder: Path, text: str) -> Phone:
    (folder / "passwords").write_text("301: secret\n")
    (folder / "passwords").chmod(0o600)
    file = folder / "phoneetiquette.yaml"
    file.write_text(text)
    file.chmod(0o600)
    inspection = inspect(file, starting=False)
    assert not inspection.failed, inspection.problems
    (only,) = provisioned(inspection)
    return only


@pytest.mark.parametrize(
    ("before", "more", "server", "seat_host"),
    [
        (f"sip: {{port: 5070}}\n{EDGE}", "", ("192.0.2.20", 15060), "192.0.2.20"),
        (f"sip: {{port: 5070}}\n{EDGE}", "transport: tls", ("192.0.2.20", 15061), "192.0.2.20"),
        (f"sip: {{port: 5070, advertise: sip.hotel}}\n{EDGE}", "", ("sip.hotel", 15060), "192.0.2.20"),
        (f"sip: {{port: 5070, advertise: 203.0.113.5}}\n{EDGE}", "", ("203.0.113.5", 15060), "203.0.113.5"),
        (LISTENS, "registrar: sip:pbx.example", ("pbx.example", 5060), "192.0.2.20"),
        (LISTENS, "registrar: sip:pbx.example, transport: tls", ("pbx.example", 5061), "192.0.2.20"),
        (
            "sip: {listen: 0.0.0.0}\nprovisioning: {address: 192.0.2.99}",
            'registrar: "sip:[2001:db8::1]:5070"',
            ("2001:db8::1", 5070),
            "192.0.2.99",
        ),
    ],
)
def test_where_it_registers(tmp_path: Path, before: str, more: str, server: tuple[str, int], seat_host: str) -> None:
    password = ", password: x" if "registrar" in more else ""
    one = phone(tmp_path, f"{before}\nphones: {{desk: {PHONE}{', ' if more else ''}{more}{password}}}}}\n")
    assert ((one.server_host, one.server_port), one.seat_host, one.registers) == (server, seat_host, True)
    assert one.password == ("x" if password else "secret")


def test_one_that_is_called_directly_calls_the_seat(tmp_path: Path) -> None:
    one = phone(tmp_path, f"sip: {{listen: 192.0.2.20, port: 5080}}\nphones: {{desk: {PHONE}}}}}\n")
    assert (one.server_host, one.server_port, one.registers, one.password) == ("192.0.2.20", 5080, False, "")


def test_an_address_that_nobody_says(tmp_path: Path) -> None:
    text = f'sip: {{listen: 0.0.0.0}}\nphones: {{desk: {PHONE}, registrar: "sip:pbx", password: x}}}}\n'
    with pytest.raises(InvalidConfigurationError, match="by which address phones know this machine"):
        phone(tmp_path, text)


def test_what_is_said_of_the_phone_goes_before_what_is_said_of_all(tmp_path: Path) -> None:
    text = f"""\
seat: {{display_name: Hotel}}
sip: {{listen: 192.0.2.20, srtp: "off", codecs: [PCMA]}}
provisioning: {{language: de, time_zone: Europe/Vienna, events: "http://192.0.2.20:8470/phones"}}
phones: {{desk: {PHONE}, label: Desk, language: fr, auth_user: a-301, admin_user: boss, admin_password_file: admin}}}}
"""
    (tmp_path / "admin").write_text("pw\n")
    (tmp_path / "admin").chmod(0o600)
    one = phone(tmp_path, text)
    assert (one.display_name, one.label, one.language, one.auth_user) == ("Hotel", "Desk", "fr", "a-301")
    assert (one.admin_user, one.admin_password, one.codecs, one.srtp) == ("boss", "pw", ("PCMA",), "off")
    assert one.zone
    assert one.zone.name == "Europe/Vienna"
    assert one.people == ()


def test_a_file_of_passwords_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    text = f"sip: {{port: 5070}}\n{EDGE}\nphones: {{desk: {PHONE}}}}}\n"
    phone(tmp_path, text)
    (tmp_path / "passwords").chmod(0o640)
    inspection = inspect(tmp_path / "phoneetiquette.yaml", starting=False)
    with pytest.raises(ConfigurationError) as told:
        provisioned(inspection)
    assert str(told.value).count("is open to others, mode 0640") == 1
