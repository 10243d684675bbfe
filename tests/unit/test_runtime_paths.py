"""Where a seat is found, and which directories are not trusted."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from phoneetiquette.errors import ConfigurationError
from phoneetiquette.runtime.paths import announce, only_main, runtime_dir, seat_file, seat_files


def test_the_directory_is_made_for_this_user_alone(runtime_base: Path) -> None:
    directory = runtime_dir("desk")
    assert directory == runtime_base / "phoneetiquette" / "desk"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert directory.parent.stat().st_mode & 0o777 == 0o700
    assert runtime_dir("desk") == directory


def test_without_a_session_it_falls_back(runtime_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime_base / "gone"))
    assert runtime_dir("desk") == runtime_base / "fallback" / "desk"
    seat_file("desk").write_text("{}")
    assert seat_files() == [runtime_base / "fallback" / "desk" / "seat.json"]


def test_a_service_uses_the_directory_that_systemd_made(runtime_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = runtime_base / "system" / "desk"
    given.mkdir(parents=True)
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(given))
    assert seat_file("desk") == given / "seat.json"
    seat_file("desk").write_text("{}")
    monkeypatch.delenv("RUNTIME_DIRECTORY")
    assert seat_files() == [given / "seat.json"]


def test_a_seat_announces_itself_to_all_whom_its_directory_lets_in(runtime_base: Path) -> None:
    mask = os.umask(0o077)
    try:
        file = announce("desk", "http://127.0.0.1:8470/")
    finally:
        os.umask(mask)
    assert seat_files() == [file]
    assert json.loads(file.read_text()) == {"pid": os.getpid(), "url": "http://127.0.0.1:8470/", "seat": "desk"}
    assert file.stat().st_mode & 0o777 == 0o644
    assert announce("desk", "http://127.0.0.1:8471/") == file


def test_a_key_beside_the_certificate_is_not_told(runtime_base: Path, tmp_path: Path) -> None:
    chain = "".join(f"-----BEGIN CERTIFICATE-----\n{one}\n-----END CERTIFICATE-----\n" for one in ("b25l", "dHdv"))
    first, second = chain.split("-----\n-----", 1)
    key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
    both = tmp_path / "both.pem"
    both.write_text(f"{key}a remark\n{first}-----\n{key}-----{second}")
    told = json.loads(announce("desk", "https://127.0.0.1:8470/", both).read_text())
    assert told["certificate"] == chain


@pytest.mark.parametrize("name", ["", ".", "..", "../desk", "a/b", "-desk", "desk\n", "büro"])
def test_a_name_that_is_no_plain_word_is_refused(runtime_base: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be the name of a seat"):
        runtime_dir(name)


def test_a_directory_that_others_can_write_to_is_refused(runtime_base: Path) -> None:
    runtime_dir("desk").chmod(0o770)
    with pytest.raises(ConfigurationError, match="others can write to it"):
        runtime_dir("desk")


def test_a_directory_of_somebody_else_is_refused(runtime_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime_dir("desk")
    somebody = os.getuid() + 1
    monkeypatch.setattr("phoneetiquette.runtime.paths.os.getuid", lambda: somebody)
    with pytest.raises(ConfigurationError, match="it belongs to user"):
        runtime_dir("desk")


def test_a_link_in_its_place_is_refused(runtime_base: Path) -> None:
    (runtime_base / "elsewhere").mkdir()
    (runtime_base / "phoneetiquette").mkdir(mode=0o700)
    (runtime_base / "phoneetiquette" / "desk").symlink_to(runtime_base / "elsewhere")
    with pytest.raises(ConfigurationError, match="not a directory"):
        runtime_dir("desk")


def test_a_path_that_no_socket_can_have_is_refused(runtime_base: Path) -> None:
    with pytest.raises(ConfigurationError, match="too long for the sockets in it"):
        runtime_dir("desk" * 25)


def test_a_seat_has_one_main_process(tmp_path: Path) -> None:
    refused = f"seat 'desk' is already running .process {os.getpid()}"
    with only_main(tmp_path, "desk"), pytest.raises(ConfigurationError, match=refused), only_main(tmp_path, "desk"):
        pass
    with only_main(tmp_path, "desk"):
        pass
