"""Pages beyond this machine: what the configuration must say, and what doctor tells of who can log in."""

from __future__ import annotations

from pathlib import Path

import pytest

from phoneetiquette.access.users import Role, User
from phoneetiquette.access.users_file import changing
from phoneetiquette.cli.checks import Level
from phoneetiquette.cli.pages import findings
from phoneetiquette.config import Config, InvalidConfigurationError, check, inspect, load
from phoneetiquette.console.wiring import gate_of
from tests.peers.certificates import self_signed

HASH = "$argon2id$v=19$m=19456,t=2,p=1$AAAA$BBBB"


def written(folder: Path, text: str) -> Path:
    file = folder / "phoneetiquette.yaml"
    file.write_text(text)
    return file


def put(folder: Path, role: Role) -> Path:
    path = folder / "users.json"
    with changing(path) as users:
        users[str(role)] = User(name=str(role), role=role, password=HASH)
    return path


def test_everything_that_a_page_beyond_loopback_lacks_is_told(tmp_path: Path) -> None:
    told = [problem.what for problem in check([written(tmp_path, "console: {listen: 0.0.0.0}\n")])]
    assert len(told) == 3
    assert all(what.startswith("console.listen is 0.0.0.0") for what in told)
    for part in ("in the clear", "console.hosts names nothing", "there are no users: nobody gets in"):
        assert sum(part in what for what in told) == 1


def test_with_certificate_name_and_users_a_page_is_served_beyond_loopback(tmp_path: Path) -> None:
    certificate, key, _ = self_signed(tmp_path, "DNS:desk.example", "/CN=desk.example")
    put(tmp_path, Role.ADMINISTRATOR)
    tls = f"hosts: [desk.example], tls: {{certificate: {certificate}, key: {key}}}"
    file = written(tmp_path, f"console: {{listen: 0.0.0.0, {tls}}}\noffice: {{listen: 192.0.2.1, {tls}}}\n")
    assert check([file]) == []
    assert load(file).console.hosts == ("desk.example",)


@pytest.mark.parametrize("section", ["console", "office"])
def test_a_certificate_without_its_key_is_told(tmp_path: Path, section: str) -> None:
    (problem,) = check([written(tmp_path, f"{section}: {{tls: {{certificate: page.pem}}}}\n")])
    assert problem.what == f"{section}.tls needs certificate and key together"


def test_users_lie_beside_the_configuration_unless_it_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(written(tmp_path, "{}\n")).access.users == tmp_path / "users.json"
    named = inspect(written(tmp_path, "access: {users: x/people.json}\n")).config
    assert named.access.users == tmp_path / "x/people.json"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("phoneetiquette.config.loader.SYSTEM", tmp_path / "none")
    assert inspect().config.access.users == tmp_path / "home" / "phoneetiquette" / "users.json"


def test_a_file_of_users_that_is_named_has_to_be_there(tmp_path: Path) -> None:
    file = written(tmp_path, "access: {users: people.json}\n")
    (problem,) = check([file])
    assert f"access.users: {tmp_path / 'people.json'} is not there" in problem.what
    with pytest.raises(InvalidConfigurationError):
        load(file)
    (tmp_path / "people.json").touch()
    assert check([file]) == []
    assert check([written(tmp_path, "access: {users: }\n")]) == []


@pytest.mark.parametrize("section", ["console", "office"])
def test_a_page_behind_a_proxy_wants_a_login_though_there_are_no_users(tmp_path: Path, section: str) -> None:
    file = written(tmp_path, f"{section}: {{hosts: [desk.example]}}\n")
    (problem,) = check([file])
    why = "so a login is needed, and there are no users: nobody gets in"
    assert problem.what == f"{section}.hosts names desk.example, {why}"
    found = inspect(file).config
    assert gate_of(found, getattr(found, section)).is_needed()
    (told,) = findings(found)
    assert (told.level, section in told.what) == (Level.FAIL, True)
    alone = inspect(written(tmp_path, "{}\n")).config
    assert not gate_of(alone, getattr(alone, section)).is_needed()


def test_a_key_in_the_file_of_the_certificate_is_told(tmp_path: Path) -> None:
    certificate, key, _ = self_signed(tmp_path, "DNS:desk.example", "/CN=desk.example")
    both = tmp_path / "both.pem"
    both.write_text(certificate.read_text() + key.read_text())
    (problem,) = check([written(tmp_path, f"console: {{tls: {{certificate: {both}, key: {key}}}}}\n")])
    assert "holds a private key" in problem.what


def config(folder: Path, listen: str = "127.0.0.1") -> Config:
    return inspect(written(folder, f"console: {{listen: {listen}}}\n")).config


def test_doctor_tells_who_can_open_the_pages(tmp_path: Path) -> None:
    (found,) = findings(config(tmp_path))
    assert (found.level, "without a login" in found.what) == (Level.OK, True)
    (found,) = findings(config(tmp_path, "192.0.2.1"))
    assert (found.level, "nobody can log in" in found.what) == (Level.FAIL, True)
    path = put(tmp_path, Role.RECEPTIONIST)
    found, lacking = findings(config(tmp_path))
    assert found.what == f"pages: a login is needed; 1 users in {path}"
    assert (lacking.level, "no user is an administrator" in lacking.what) == (Level.WARN, True)
    put(tmp_path, Role.ADMINISTRATOR)
    path.chmod(0o644)
    _, wide = findings(config(tmp_path))
    assert (wide.level, wide.advice) == (Level.WARN, f"chmod o= {path}")
    path.write_text("{")
    (broken,) = findings(config(tmp_path))
    assert (broken.level, "nobody can log in" in broken.what) == (Level.FAIL, True)
