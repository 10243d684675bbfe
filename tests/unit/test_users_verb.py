"""``phoneetiquette users``: all of it on a machine without a screen."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from phoneetiquette.access.passwords import matches
from phoneetiquette.access.users_file import read
from phoneetiquette.cli import main

PASSWORD = "korb lampe wiese vier"


class Machine:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.config = folder / "phoneetiquette.yaml"
        self.config.write_text("{}\n")
        self.file = folder / "users.json"
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *words: str, typed: str = PASSWORD) -> tuple[int, str]:
        """Exit status, and what was printed."""
        self._monkeypatch.setattr("sys.stdin", io.StringIO(typed + "\n"))
        status = main(["users", *words, "--config", str(self.config)])
        printed = self._capsys.readouterr()
        return status, printed.out + printed.err

    def add(self, name: str, role: str, *more: str) -> tuple[int, str]:
        return self("add", name, "--role", role, "--password-stdin", *more)


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Machine:
    return Machine(tmp_path, monkeypatch, capsys)


def test_users_are_added_listed_changed_and_removed(users: Machine) -> None:
    assert "no users; on this machine the pages want no login" in users("list")[1]
    status, said = users.add("anna", "receptionist", "--seat", "desk", "--seat", "bar")
    assert (status, "From now on the pages want a login." in said) == (0, True)
    assert "From now on" not in users.add("root", "administrator")[1]
    assert users("list")[1].splitlines() == [
        "anna             receptionist, seats desk, bar",
        "root             administrator",
    ]
    assert users("role", "anna", "office-manager")[0] == 0
    told = json.loads(users("list", "--json")[1])
    assert told[0] == {"name": "anna", "role": "office_manager", "seats": ["desk", "bar"]}
    assert users("password", "anna", "--password-stdin", typed="ein ganz anderes wort")[0] == 0
    assert matches("ein ganz anderes wort", read(users.file)["anna"].password)
    assert users("remove", "anna")[0] == 0
    assert list(read(users.file)) == ["root"]


def test_a_role_keeps_its_seats_unless_others_are_given(users: Machine) -> None:
    users.add("anna", "receptionist", "--seat", "desk")
    assert "office manager, seats desk\n" in users("role", "anna", "office-manager")[1]
    assert "receptionist, seats bar\n" in users("role", "anna", "receptionist", "--seat", "bar")[1]
    assert "receptionist\n" in users("role", "anna", "receptionist", "--all-seats")[1]
    assert read(users.file)["anna"].seats == ()


def test_a_seat_that_nobody_knows_is_doubted_and_taken(users: Machine) -> None:
    users.config.write_text("seat: {name: desk}\n")
    assert "neither running" not in users.add("anna", "receptionist", "--seat", "desk")[1]
    status, said = users("role", "anna", "receptionist", "--seat", "dsek")
    assert status == 0
    assert "seat 'dsek' is neither running here nor in the configuration (did you mean 'desk'?)" in said
    assert read(users.file)["anna"].seats == ("dsek",)


def test_that_the_last_user_goes_is_told(users: Machine) -> None:
    users.add("anna", "receptionist")
    users.add("root", "administrator")
    assert "no login" not in users("remove", "anna")[1]
    assert "From now on the pages want no login." in users("remove", "root")[1]
    users.config.write_text("office: {hosts: [office.example]}\n")
    users.add("root", "administrator")
    assert "those that are for other machines (office) let nobody in" in users("remove", "root")[1]


def test_a_password_is_never_printed_or_written(users: Machine) -> None:
    _, said = users.add("anna", "receptionist")
    assert PASSWORD not in said + users.file.read_text()
    assert users.file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("add", "Anna", "--role", "receptionist", "--password-stdin"), PASSWORD, "cannot be the name of a user"),
        (("add", "anna", "--role", "receptionist", "--password-stdin"), "short", "fewer than 12 characters"),
        (("add", "root", "--role", "receptionist", "--password-stdin"), PASSWORD, "there is a user 'root' already"),
        (("remove", "rot"), "", "there is no user 'rot' (did you mean 'root'?)"),
        (("role", "anna", "receptionist"), "", "there is no user 'anna'"),
        (("password", "root", "--password-stdin"), "", "the password has fewer than 12"),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(
    users: Machine, words: tuple[str, ...], typed: str, said: str
) -> None:
    users.add("root", "administrator")
    before = users.file.read_text()
    status, told = users(*words, typed=typed)
    assert status == 2
    assert said in told
    assert users.file.read_text() == before


def test_at_a_terminal_the_password_is_asked_for_twice(users: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([PASSWORD, PASSWORD + "x", PASSWORD, PASSWORD])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    status, told = users("add", "anna", "--role", "receptionist")
    assert (status, "the two are not the same" in told) == (2, True)
    assert users("add", "anna", "--role", "receptionist")[0] == 0
    assert matches(PASSWORD, read(users.file)["anna"].password)


def test_a_role_that_is_none_is_told_with_those_there_are(users: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        users.add("anna", "owner")
    assert "office-manager" in capsys.readouterr().err
