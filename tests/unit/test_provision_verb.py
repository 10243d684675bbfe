"""``phoneetiquette provision`` as an administrator uses it."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from phoneetiquette.cli import checks, main
from phoneetiquette.cli.checks import Finding, Level
from phoneetiquette.config import inspect

PLAN = """\
dialplan: 1
name: Test
country: AT
timezone: Europe/Vienna
languages: [de]
people:
  anna: {name: Anna Berg, call: "201"}
  bert: {name: "Bert <Wald>", call: "+43 1 5550123"}
services: {reception: {email: reception@hotel.example}}
lines:
  every: {called: any, rules: [{do: {ring: desk}}], on_deadline: [{connect: desk}, {message: reception}]}
"""
CONFIG = """\
seat: {name: front, display_name: Hotel Post}
dialplan: plan.yaml
sip: {port: 5070, peers: [192.0.2.10], domain: 192.0.2.10}
edge: {listen: [192.0.2.20], transports: [udp, tcp], phones: [301, 303], phone_passwords: passwords}
provisioning: {output: out, events: "http://192.0.2.20:8470/phones", ntp: 192.0.2.1}
phones:
  desk: {profile: snom, user: 301, mac: "00:04:13:aa:bb:cc", admin_password_file: admin}
  hall: {profile: poly, user: 302, mac: "64167f001122", registrar: sip:192.0.2.10, password_file: hall}
  porter: {profile: yealink, user: 303, seat: other}
"""

Verb = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"passwords": "301: geheim-301\n", "hall": "geheim-302\n", "admin": "admin-pw\n"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "phoneetiquette.yaml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def provision(folder: Path, capsys: pytest.CaptureFixture[str]) -> Verb:
    def run(*words: str) -> tuple[int, str, str]:
        status = main(["provision", "--config", str(folder / "phoneetiquette.yaml"), *words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def changed(folder: Path, old: str, new: str) -> None:
    file = folder / "phoneetiquette.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


FILES = ["000413AABBCC.xml", "64167f001122-directory.xml", "64167f001122-seat.cfg", "64167f001122.cfg"]


def test_files_are_written_for_their_owner_alone(folder: Path, provision: Verb) -> None:
    before = os.umask(0)
    try:
        status, out, err = provision()
    finally:
        os.umask(before)
    assert (status, err) == (0, "")
    assert sorted(path.name for path in (folder / "out").iterdir()) == FILES
    assert mode(folder / "out") == 0o700
    assert {mode(path) for path in (folder / "out").iterdir()} == {0o600}
    assert "tried: never on a real device" in out
    assert "what keeps others from commanding it: filter_registrar" in out
    assert "geheim" not in out
    snom = (folder / "out" / FILES[0]).read_text()
    assert "geheim-301" in snom
    assert "admin-pw" in snom
    assert '<user_outbound idx="1" perm="R">192.0.2.20:5060;transport=udp</user_outbound>' in snom
    assert '<timezone perm="R">AUT+1</timezone>' in snom, "the dialplan's"
    assert '<language perm="R">Deutsch</language>' in snom, "the dialplan's"
    assert "<first_name>Bert &lt;Wald&gt;</first_name>" in snom
    assert "geheim-302" in (folder / "out" / FILES[2]).read_text()
    assert "Anna Berg" in (folder / "out" / FILES[1]).read_text()


def test_what_lay_open_is_replaced_and_told(folder: Path, provision: Verb) -> None:
    (folder / "out").mkdir(mode=0o755)
    old = folder / "out" / FILES[0]
    old.write_text("old")
    old.chmod(0o644)
    reader = old.open()
    elsewhere = folder / "elsewhere"
    elsewhere.write_text("mine")
    (folder / "out" / FILES[3]).symlink_to(elsewhere)
    status, _, err = provision()
    assert status == 0
    assert f"{FILES[0]} is open to others, mode 0644: who has read it knows the passwords in it" in err
    assert f"{FILES[3]} is a link" in err
    assert f"others can see which files are in {folder / 'out'} (chmod 700" in err
    assert mode(old) == 0o600
    assert reader.read() == "old", "who had it open sees nothing of the new one"
    reader.close()
    assert elsewhere.read_text() == "mine"
    assert sorted(path.name for path in (folder / "out").iterdir()) == FILES, "nothing half-written remains"


def test_a_directory_that_others_can_write_to_is_refused(folder: Path, provision: Verb) -> None:
    (folder / "out").mkdir()
    (folder / "out").chmod(0o777)
    status, _, err = provision()
    assert status == 2
    assert "others can write to" in err
    assert list((folder / "out").iterdir()) == []


def test_one_phone_and_another_directory(folder: Path, provision: Verb) -> None:
    status, out, _ = provision("--phone", "desk", "--output", str(folder / "there"))
    assert status == 0
    assert out.startswith(str(folder / "there" / FILES[0]))
    assert [path.name for path in (folder / "there").iterdir()] == FILES[:1]
    status, _, err = provision("--phone", "dask")
    assert (status, err) == (2, "no phone is called 'dask' (known are desk, hall)\n")


def test_printed_files_have_their_secrets_masked_unless_asked_for(folder: Path, provision: Verb) -> None:
    status, out, _ = provision("--stdout")
    assert status == 0
    assert "----- 000413AABBCC.xml\n<?xml" in out
    assert "geheim" not in out + provision("--stdout", "--json")[1]
    assert "admin-pw" not in out
    assert "geheim-301" in provision("--stdout", "--secrets")[1]
    assert set(json.loads(provision("--stdout", "--json")[1])) == set(FILES)
    assert not (folder / "out").exists()
    status, _, err = provision("--secrets")
    assert (status, err) == (2, "--secrets is for --stdout (leave it out, or add --stdout)\n")


def test_check_says_key_by_key_what_differs(folder: Path, provision: Verb) -> None:
    assert provision("--check")[0] == 1, "nothing is there yet"
    provision()
    out = folder / "out"
    assert provision("--check") == (
        0,
        "".join(f"{out / name}: as it should be\n" for name in [FILES[0], FILES[2], FILES[3], FILES[1]]),
        "",
    )
    changed(folder, "ntp: 192.0.2.1", "ntp: 192.0.2.2")
    status, told, _ = provision("--check", str(out / FILES[0]))
    assert (status, told) == (1, f"{out / FILES[0]}: ntp_server is '192.0.2.1', it should be '192.0.2.2'\n")
    (out / FILES[2]).chmod(0o640)
    status, told, _ = provision("--check", str(out), "--json")
    by_name = {Path(one["file"]).name: one["differences"] for one in json.loads(told)}
    assert status == 1
    assert by_name[FILES[3]] == []
    assert [line.partition(":")[0] for line in by_name[FILES[2]]] == [
        "tcpIpApp.sntp.address is '192.0.2.1', it should be '192.0.2.2'",
        "is open to others, mode 0640",
    ]
    (folder / "passwords").write_text("301: another\n")
    assert f"{out / FILES[0]}: user_pass[1] is another secret\n" in provision("--check")[1]


def test_a_copy_of_another_name_is_compared_when_it_is_said_whose_it_is(folder: Path, provision: Verb) -> None:
    provision()
    copy = folder / "from-the-phone.xml"
    copy.write_text((folder / "out" / FILES[0]).read_text())
    copy.chmod(0o600)
    assert provision("--phone", "desk", "--check", str(copy)) == (0, f"{copy}: as it should be\n", "")
    book = folder / "book.xml"
    book.write_text((folder / "out" / FILES[1]).read_text().replace("201", "202"))
    status, told, _ = provision("--phone", "hall", "--check", str(book))
    assert (status, told) == (1, f"{book}: book[Anna Berg] is '202', it should be '201'\n")


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("000413AABBCC.xml", "<settings>", "line 1, column 11: not XML: no element found (mend it there)"),
        ("000413AABBCC.xml", "#!version:1\na = 1\n", "it has the form yealink, not snom"),
        ("stranger.xml", "<settings/>", "no phone of the configuration has a file of this name"),
        ("000413AABBCC.xml", "\x00", "line 1: no form of a configuration file that is known"),
    ],
)
def test_check_of_odd_files(folder: Path, provision: Verb, name: str, content: str, what: str) -> None:
    file = folder / name
    file.write_text(content)
    file.chmod(0o600)
    status, told, _ = provision("--check", str(file))
    assert status == (1 if "form yealink" in what else 2)
    assert told.startswith(f"{file}: {what}")


def test_check_of_what_is_no_file(provision: Verb) -> None:
    assert provision("--check", "/dev/zero")[:2] == (2, "/dev/zero: is not a regular file\n")


def test_a_value_that_a_phone_cannot_take_is_refused_with_its_place_and_nothing_is_written(
    folder: Path, provision: Verb
) -> None:
    changed(folder, "profile: poly", "profile: mitel")
    changed(folder, "password_file: hall}", 'password_file: hall, label: "No 1 # hall"}')
    (folder / "passwords").write_text("301: two\x7fhalves\n")
    for words in ((), ("--stdout",)):
        status, out, err = provision(*words)
        file = folder / "phoneetiquette.yaml"
        assert (status, out) == (2, "")
        desk, hall = err.splitlines()
        assert desk.startswith(f"{file}:7:3: phones.desk (snom): user_pass[1] holds the character U+007F")
        assert hall.startswith(f"{file}:8:3: phones.hall (mitel): sip line1 screen name holds #")
    assert not (folder / "out").exists()


def test_what_a_phone_cannot_do_is_refused(folder: Path, provision: Verb) -> None:
    changed(folder, "profile: poly", "profile: grandstream-grp, srtp: mandatory")
    status, _, err = provision()
    assert status == 2
    assert "phones.hall (grandstream-grp): sip.srtp 'mandatory' has no word that is known" in err
    changed(folder, "profile: grandstream-grp, srtp: mandatory", "profile: gigaset-maxwell")
    assert "no configuration file is known for Gigaset Maxwell" in provision()[2]


def test_everything_that_is_missing_is_told_at_once(folder: Path, provision: Verb) -> None:
    changed(folder, ', mac: "00:04:13:aa:bb:cc"', "")
    (folder / "passwords").write_text("309: x\n")
    (folder / "hall").write_text("\n")
    status, _, err = provision()
    assert status == 2
    lines = [line for line in err.splitlines() if "warning" not in line]
    assert [line.partition(": ")[2].split(" (")[0] for line in lines] == [
        "phones.desk has no mac, by which it would find its file",
        f"{folder / 'passwords'} has no password for 301",
        "phones.hall.password_file: the file has no password",
    ]
    assert lines[0].startswith(f"{folder / 'phoneetiquette.yaml'}:7:3: ")


def test_a_password_from_the_environment(folder: Path, provision: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(folder, "password_file: hall", "password_env: HALL_PASSWORD")
    assert "the environment variable HALL_PASSWORD is not set" in provision()[2]
    monkeypatch.setenv("HALL_PASSWORD", "from-outside")
    assert "from-outside" in provision("--stdout", "--secrets")[1]


def test_passwords_that_the_edge_has_as_a_credential(folder: Path, provision: Verb) -> None:
    changed(
        folder, "phone_passwords: passwords", "phone_passwords: /run/credentials/phoneetiquette-edge.service/phones"
    )
    status, _, err = provision("--phone", "desk")
    assert status == 2
    assert "edge.phone_passwords: /run/credentials/phoneetiquette-edge.service/phones cannot be read" in err
    status, out, _ = provision(
        "--phone", "desk", "--stdout", "--secrets", "--phone-passwords", str(folder / "passwords")
    )
    assert status == 0
    assert "geheim-301" in out


def test_a_time_zone_that_no_phone_can_be_told_is_said(folder: Path, provision: Verb) -> None:
    changed(folder, "ntp: 192.0.2.1", "time_zone: America/Nuuk")
    status, out, _ = provision()
    assert status == 0
    assert "not written: the time zone is not written: the summer time of America/Nuuk changes at no full hour" in out


def test_no_phones_at_all(folder: Path, provision: Verb) -> None:
    file = folder / "phoneetiquette.yaml"
    file.write_text(file.read_text().partition("phones:\n")[0])
    status, _, err = provision()
    assert status == 2
    assert err.startswith("the configuration has no phones for the seat front (write phones: ")


def test_the_profiles_are_listed_with_their_sources(provision: Verb) -> None:
    status, out, _ = provision("--profiles")
    assert status == 0
    assert "yealink          Yealink T2x to T5x, firmware 80 to 86: {mac}.cfg; tried: never on a real device" in out
    assert "https://github.com/fusionpbx/fusionpbx" in out
    assert {one["name"] for one in json.loads(provision("--profiles", "--json")[1])} >= {"snom", "generic"}


def test_as_json_what_was_not_written_is_a_list(folder: Path, provision: Verb) -> None:
    status, out, _ = provision("--json")
    assert status == 0
    desk, hall = json.loads(out)
    assert (desk["phone"], desk["profile"], desk["files"]) == ("desk", "snom", [str(folder / "out" / FILES[0])])
    assert hall["not_written"] == []
    assert desk["tried"].startswith("never")


def test_doctor_says_whose_files_are_stale(folder: Path, provision: Verb) -> None:
    def findings() -> list[Finding]:
        return list(checks.phones(inspect(folder / "phoneetiquette.yaml", starting=False)))

    missing = findings()
    assert {finding.level for finding in missing} == {Level.WARN}
    assert missing[0].what == f"phones.desk: {folder / 'out' / FILES[0]}: is not there"
    provision()
    assert [finding.level for finding in findings()] == [Level.OK, Level.OK]
    changed(folder, "display_name: Hotel Post", "display_name: Hotel Bahn")
    stale = findings()
    assert [finding.level for finding in stale] == [Level.WARN, Level.WARN]
    assert stale[0].what.endswith("user_realname[1] is 'Hotel Post', it should be 'Hotel Bahn' and 1 more")
    assert "provision --resync" in stale[0].advice
    (folder / "hall").chmod(0o644)
    (unreadable,) = findings()
    assert "phones.hall.password_file: the file is open to others" in unreadable.what
