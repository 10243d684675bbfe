"""The keys ``phones`` and ``provisioning``: what is wrong is told with its place, all at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from phoneetiquette.config import Inspection, Secret, check, inspect

BASE = """\
sip: {port: 5070, peers: [192.0.2.10]}
edge:
  listen: [192.0.2.20]
  transports: [udp, tcp]
  phones: [301]
  phone_passwords: passwords
"""


def written(directory: Path, text: str, base: str = BASE) -> Path:
    passwords = directory / "passwords"
    passwords.write_text("301: secret\n")
    passwords.chmod(0o600)
    file = directory / "phoneetiquette.yaml"
    file.write_text(base + text)
    file.chmod(0o600)
    return file


def inspected(directory: Path, text: str, base: str = BASE) -> Inspection:
    return inspect(written(directory, text, base), starting=False)


def problems(directory: Path, text: str, base: str = BASE) -> list[str]:
    file = written(directory, text, base)
    return [str(problem).removeprefix(f"{file}:") for problem in check([file])]


def test_a_phone_is_read(tmp_path: Path) -> None:
    text = (
        'phones:\n  desk: {profile: Yealink, user: 0301, mac: "80-5E-C0-aa.BB:cc", registrar: sip:pbx, password: 7}\n'
    )
    ((name, phone),) = inspected(tmp_path, text).config.phones
    assert (name, phone.profile, phone.user, phone.mac) == ("desk", "yealink", "0301", "805ec0aabbcc")
    assert phone.password == Secret("7")
    assert "7" not in repr(phone)
    assert phone.transport == "udp"


def test_no_phones_and_an_empty_section_are_the_same(tmp_path: Path) -> None:
    assert inspected(tmp_path, "").config.phones == inspected(tmp_path, "phones:\n").config.phones == ()


def test_a_drop_in_adds_to_a_phone(tmp_path: Path) -> None:
    file = written(tmp_path, "phones:\n  desk: {profile: snom, user: 301}\n")
    (tmp_path / "conf.d").mkdir()
    drop_in = tmp_path / "conf.d" / "macs.yaml"
    drop_in.write_text('phones: {desk: {mac: "000413aabbcc"}}\n')
    inspection = inspect(file, starting=False)
    ((_, phone),) = inspection.config.phones
    assert (phone.profile, phone.mac) == ("snom", "000413aabbcc")
    assert inspection.origins["phones.desk.mac"].file == str(drop_in)


def test_every_problem_is_told_with_its_place(tmp_path: Path) -> None:
    text = """\
phones:
  Desk: {profile: snom, user: 301}
  hall: {profile: yelink, user: 302, registrar: "sip:pbx"}
  bar: {user: "3 0 3", mac: 12:34, colour: red}
  lift: [snom]
provisioning: {events: "ftp://x", language: deutsch, ntp: "a b", address: here, time_zone: Europe/Nowhere}
"""
    told = problems(tmp_path, text)
    last = text.splitlines()[-1]
    values = ("ftp", "deutsch", "a b", "here", "Europe")
    assert [line.split(": ")[0] for line in told] == [
        *("8:3", "9:19", "10:8", "10:15", "10:29", "10:36", "11:9"),
        *(f"12:{last.index(value) + 1 - (last[last.index(value) - 1] == chr(34))}" for value in values),
    ]
    assert "a name of small letters" in told[0]
    assert "did you mean 'yealink'?" in told[1]
    assert "phones.bar has no 'profile' (write profile: yealink)" in told[2]
    assert "phones.bar.mac is not a MAC address: '12:34'" in told[4]
    assert "unknown key 'colour' in phones.bar" in told[5]
    assert "phones.lift is not a section" in told[6]
    assert "no time zone that this machine knows" in told[-1]


@pytest.mark.parametrize(
    ("phone", "at", "what"),
    [
        ("user: 302", "user: ", "registers nowhere: user 302 is none of edge.phones (add 302 to edge.phones"),
        ("user: 301, registrar: sip:pbx", "registrar: ", "is given, but user 301 is one of edge.phones"),
        ("user: 301, password: x", "password: ", "has no effect: the password of 301 is in edge.phone_passwords"),
        ("user: 302, registrar: sip:pbx", "", "registers, but has no password"),
        ("user: 302, registrar: sip:pbx, password: x, password_env: Y", "_env: ", "has password and password_env"),
        ("user: 301, transport: tls", "transport: ", "is tls, which edge.transports does not have"),
        ("user: 301, srtp: mandatory", "", "the keys travel in SIP that is not encrypted"),
        ("user: 301, admin_password_file: nowhere", "_file: ", "cannot be read"),
    ],
)
def test_keys_that_need_one_another(tmp_path: Path, phone: str, at: str, what: str) -> None:
    """The place is that of the value behind ``at``, else that of the phone's name."""
    line = f"  desk: {{profile: snom, {phone}}}"
    (told,) = problems(tmp_path, f"phones:\n{line}\n")
    assert told.startswith(f"8:{line.index(at) + len(at) + 1 if at else 3}: ")
    assert what in told


def test_passwords_where_others_can_read_them(tmp_path: Path) -> None:
    open_file = tmp_path / "open"
    open_file.write_text("secret\n")
    os.chmod(open_file, 0o644)
    text = "phones:\n  desk: {profile: snom, user: 302, registrar: sip:pbx, password_file: open}\n"
    (told,) = problems(tmp_path, text)
    assert "warning" in told
    assert "is open to others, mode 0644" in told
    file = written(tmp_path, "phones:\n  desk: {profile: snom, user: 302, registrar: sip:pbx, password: x}\n")
    file.chmod(0o644)
    assert ["is open to others" in str(problem) for problem in check([file])] == [True]


def test_two_phones_with_one_address_or_user(tmp_path: Path) -> None:
    text = """\
phones:
  desk: {profile: snom, user: 301, mac: "000413aabbcc"}
  hall: {profile: snom, user: 301, mac: "00:04:13:AA:BB:CC"}
"""
    told = problems(tmp_path, text)
    assert [line.split(" (")[0] for line in told] == [
        "9:31: phones.hall.user is that of phones.desk, too",
        "9:41: phones.hall.mac is that of phones.desk, too",
    ]


def test_a_phone_that_would_take_the_seats_own_calls(tmp_path: Path) -> None:
    base = "sip: {peers: [192.0.2.10], account: {registrar: sip:127.0.0.1, user: 205, password: x}}\n"
    other = "phones:\n  desk: {profile: snom, user: 206, registrar: sip:127.0.0.1, password: x}\n"
    assert problems(tmp_path, other, base) == []
    (told,) = problems(tmp_path, other.replace("206", "205"), base)
    assert "phones.desk registers as the seat itself does" in told


def test_without_an_edge_the_seat_itself_has_to_take_the_transport(tmp_path: Path) -> None:
    base = "sip: {transports: [udp]}\n"
    assert problems(tmp_path, "phones:\n  desk: {profile: snom, user: 301}\n", base) == []
    (told,) = problems(tmp_path, "phones:\n  desk: {profile: snom, user: 301, transport: tcp}\n", base)
    assert "which sip.transports does not have" in told


def test_what_is_configured_is_shown_with_its_origin_and_secrets_masked(tmp_path: Path) -> None:
    from phoneetiquette.config.description import as_yaml, effective

    text = "phones:\n  desk: {profile: snom, user: 302, registrar: sip:pbx, password: hush}\n"
    inspection = inspected(tmp_path, text)
    shown = as_yaml(effective(inspection.config, inspection.origins))
    assert "hush" not in shown
    assert "phones:\n  desk:\n    profile: snom" in shown
    assert "phones: {}" in as_yaml(effective(inspected(tmp_path, "").config, {}))
