"""Configuration files: found, merged, read with their places; what YAML would have made of them does not matter."""

from __future__ import annotations

import logging
import os
import pickle
from pathlib import Path

import pytest

from phoneetiquette.config import Config, InvalidConfigurationError, check, default_path, inspect, load


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, so that no configuration of this machine counts."""
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def main(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "phoneetiquette.yaml"


def write(file: Path, text: str | bytes, mode: int = 0o644) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(mode)
    return file


def found(main: Path, text: str | bytes) -> list[str]:
    """The problems of a file, without its directory."""
    return [str(problem).replace(f"{main.parent}/", "") for problem in check([write(main, text)])]


def test_words_mean_what_their_key_says(main: Path) -> None:
    write(
        main,
        """
seat: {auto_lift: off, display_name: 12 o'clock, presence: Present}
pickup:
  country: NO
  ring_end: cycle
  enforce: no
  emergency_lines: [112, 0112, alarm, +43 1 555]
sip:
  srtp: off
  user: 0205
  port: 15060
  codecs: [pcma, g722]
  peers: [192.0.2.10/32, 2001:DB8:0::/64]
audio: {backend: null, rate_hz: 8000}
""",
    )
    config = load(main)
    assert (config.seat.auto_lift, config.seat.display_name, config.seat.presence) == ("off", "12 o'clock", "present")
    assert (config.pickup.country, config.pickup.enforce) == ("NO", False)
    assert config.pickup.emergency_lines == ("112", "0112", "alarm", "+43 1 555")
    assert (config.sip.srtp, config.sip.user, config.sip.port) == ("off", "0205", 15060)
    assert config.sip.codecs == ("PCMA", "G722")
    assert config.sip.peers == ("192.0.2.10", "2001:db8::/64")
    assert (config.audio.backend, config.audio.rate_hz) == ("null", 8000)
    assert pickle.loads(pickle.dumps(config)) == config  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    "text", ["", "\n# nothing yet\n", "---\n", "null\n", "seat:\nsip:\n  tls:\n", "\ufeffseat: {}\n"]
)
def test_a_file_that_says_nothing_means_the_defaults(main: Path, text: str) -> None:
    assert load(write(main, text)) == Config()


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("sip:\n  prot: 5060\n", ["2:3: unknown key 'prot' in sip (did you mean 'port'?)"]),
        ("zip: {}\n", ["1:1: unknown key 'zip' (did you mean 'sip'?)"]),
        ("x: 1\n", ["1:1: unknown key 'x' (known here: access, "]),
        ("<<: {sip: {}}\n", ["1:1: unknown key '<<' (known here: "]),
        ("sip: {port: 70000}\n", ["1:13: sip.port is out of range: 70000 (write a whole number from 0 to 65535)"]),
        ("sip: {port: 1:30}\n", ["1:13: sip.port cannot be '1:30' (write a whole number"]),
        ("sip: {port: 0x10}\n", ["1:13: sip.port cannot be '0x10'"]),
        ("sip: {port: 5060.0}\n", ["1:13: sip.port cannot be '5060.0'"]),
        (
            "sip:\n  port:\n",
            ["2:8: sip.port has no value (write a whole number", "or leave the key out)"],
        ),
        ("sip: {port: [1]}\n", ["1:13: sip.port is a list"]),
        ("sip: {port: {a: 1}}\n", ["1:13: sip.port has keys of its own"]),
        ("sip: 5060\n", ["1:6: sip is not a section (write its keys on the following lines, indented)"]),
        ("sip: {peers: 127.0.0.1}\n", ["1:14: sip.peers is not a list"]),
        ("sip:\n  peers:\n", ["2:9: sip.peers has no value (write its items, [] for none, or leave the key out)"]),
        ("sip: {peers: [pbx.example]}\n", ["1:15: sip.peers, item 1, is not an IP address or network: 'pbx.example'"]),
        ("sip: {peers: [10.0.0.1/8]}\n", ["1:15: sip.peers, item 1, is not", "(did you mean 10.0.0.0/8?)"]),
        ("sip: {peers: [10.0.0.1, 10.0.0.1]}\n", ["1:25: sip.peers, item 2, is '10.0.0.1' again (leave it out)"]),
        ("sip: {transports: []}\n", ["1:19: sip.transports is empty"]),
        ("sip: {srtp: offf}\n", ["1:13: sip.srtp cannot be 'offf' (did you mean 'off'?)"]),
        ("sip: {listen: localhost}\n", ["1:15: sip.listen is not an IP address: 'localhost'"]),
        ("sip: {advertise: 'sbc.example:5060'}\n", ["1:18: sip.advertise has a port", "(write sbc.example alone)"]),
        ("sip: {domain: 'a b'}\n", ["1:15: sip.domain is wrong: 'a b' is not a host"]),
        ("pickup: {country: Norwey}\n", ["1:19: pickup.country is unknown", "write NO for Norway"]),
        ("pickup: {country: UK}\n", ["1:19: pickup.country is unknown", "write GB"]),
        ("pickup: {enforce: maybe}\n", ["1:19: pickup.enforce cannot be 'maybe' (write true or false)"]),
        ("seat: {name: The Desk}\n", ["1:14: seat.name cannot be 'The Desk' (write a name of small letters"]),
        ('seat: {display_name: ""}\n', ["1:22: seat.display_name is empty"]),
        ('seat: {display_name: "a\\nb"}\n', ["1:22: seat.display_name holds the control character U+000A"]),
        ('seat: {display_name: "\\ud800"}\n', ["1:22: seat.display_name holds the control character U+D800"]),
        (f"seat: {{display_name: {'x' * 65}}}\n", ["1:22: seat.display_name is 65 characters long (at most 64)"]),
        ("audio: {rate_hz: 44100}\n", ["1:18: audio.rate_hz cannot be '44100' (write 8000 or 16000)"]),
        ("audio: {hold_music: ~nobody-here/x.wav}\n", ["1:21: audio.hold_music names an unknown home directory"]),
        ("sip: {account: {user: a, password: x}}\n", ["1:16: sip.account has no 'registrar' (write registrar: sip:"]),
        ("sip: {account: {registrar: 'http://x', user: a}}\n", ["1:28: sip.account.registrar is wrong: 'http://x'"]),
    ],
)
def test_a_wrong_key_or_value(main: Path, text: str, problems: list[str]) -> None:
    (problem,) = found(main, text)
    assert problem.startswith(f"phoneetiquette.yaml:{problems[0]}")
    assert all(part in problem for part in problems[1:])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("seat: [\n", "2:1: not YAML: expected the node content, but found '<stream end>'"),
        ("seat:\n\tname: desk\n", "2:1: not YAML: a tab stands here (indent with spaces)"),
        ("seat: {name: a: b}\n", "1:15: not YAML: "),
        ("seat:\n  name: desk: x\n", "2:13: not YAML: a colon where none can be"),
        ("seat:\n  name: desk\n port: 5\n", "3:2: not YAML: "),
        ("seat: {}\nseat: {name: desk}\n", "2:1: 'seat' stands here twice (it is already in line 1)"),
        ("sip: &a {port: 1}\n", "1:6: anchors are not used here"),
        ("sip: {user: *secret}\n", "1:13: aliases are not used here"),
        ("sip: !!python/object/apply:os.system [id]\n", "1:6: tags are not used here"),
        ("? [a, b]\n: c\n", "1:3: a key must be a word"),
        ("- seat\n", "1:1: the file is a list"),
        ("hello\n", "1:1: the file is a single text"),
        ("seat: {}\n---\nsip: {}\n", "2:1: a second document starts here"),
        ("a: " + "[" * 40 + "]" * 40 + "\n", "1:16: nested more than 12 deep"),
        ("a: \x07\n", "1:4: the character U+0007 is not allowed in YAML"),
        (b"seat:\n  name: caf\xe9\n", "2:12: byte 0xe9 is not UTF-8 (save the file as UTF-8)"),
        (b"\xff\xfes\0e\0", "1:1: byte 0xff is not UTF-8"),
        ('a: "\\UFFFFFFFF"\n', "1:7: not YAML: a number is out of range"),
        ("%YAML 1." + "9" * 5000 + "\n---\n", "1:9: not YAML: a number is out of range"),
    ],
)
def test_a_file_that_is_not_plain_yaml(main: Path, text: str | bytes, problem: str) -> None:
    problems = found(main, text)
    assert any(told.startswith(f"phoneetiquette.yaml:{problem}") for told in problems)
    assert "secret" not in "".join(problems)


def test_an_alias_bomb_is_refused_before_it_goes_off(main: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert any("aliases are not used" in problem for problem in found(main, bomb))


def test_all_problems_are_told_at_once_and_in_order(main: Path) -> None:
    problems = found(main, "log: {level: loud}\nsip:\n  prot: 1\n  port: -1\n  lines: 5\nseat: {nam: x}\n")
    assert [problem.split(": ")[0] for problem in problems] == [
        "phoneetiquette.yaml:1:14",
        "phoneetiquette.yaml:3:3",
        "phoneetiquette.yaml:4:9",
        "phoneetiquette.yaml:5:10",
        "phoneetiquette.yaml:6:8",
    ]


def test_thousands_of_problems_are_counted(main: Path) -> None:
    problems = found(main, "".join(f"key{n}: 1\n" for n in range(5000)))
    assert len(problems) == 101
    assert problems[-1] == "phoneetiquette.yaml: 4900 more problems (mend these first)"


@pytest.mark.parametrize("kind", ["missing", "directory", "unreadable", "fifo", "too large"])
def test_a_file_that_cannot_be_read(main: Path, kind: str) -> None:
    main.parent.mkdir()
    if kind == "directory":
        main.mkdir()
    elif kind == "fifo":
        os.mkfifo(main)
    elif kind == "too large":
        main.write_text("#" * 70_000)
    elif kind == "unreadable":
        main.symlink_to(main)
    says = {
        "missing": "cannot be read: No such file or directory (check the path)",
        "directory": f"is a directory (name a file, such as {main}/phoneetiquette.yaml)",
        "unreadable": "cannot be read: Too many levels of symbolic links",
        "fifo": "is not a regular file",
        "too large": "is longer than 64 KiB",
    }[kind]
    inspection = inspect(main)
    (problem,) = inspection.problems
    assert str(problem).startswith(f"{main}: {says}")
    assert inspection.unreadable == (() if kind == "too large" else (main,))
    with pytest.raises(InvalidConfigurationError, match=r"phoneetiquette\.yaml"):
        load(main)


def test_a_directory_with_a_dialplan_is_told_its_name(main: Path) -> None:
    write(main / "dialplan.yaml", "")
    assert f"name a file, such as {main}/dialplan.yaml" in str(inspect(main).problems[0])


def test_drop_ins_are_laid_over_the_main_file_in_the_order_of_names(main: Path) -> None:
    write(main, "seat: {name: one, display_name: Front}\nsip: {port: 1, lines: 2, peers: [10.0.0.1, 10.0.0.2]}\n")
    drop_ins = main.parent / "conf.d"
    write(drop_ins / "20-b.yaml", "sip: {port: 3}\nseat:\n")
    write(drop_ins / "10-a.yaml", "sip: {port: 2, peers: [10.0.0.3]}\n")
    write(drop_ins / "ignored.yml", "sip: {port: 4}\n")
    write(drop_ins / ".hidden.yaml", "sip: {port: 5}\n")
    inspection = inspect(main)
    assert inspection.files == (main, drop_ins / "10-a.yaml", drop_ins / "20-b.yaml")
    config = inspection.config
    assert (config.sip.port, config.sip.lines, config.sip.peers) == (3, 2, ("10.0.0.3",))
    assert (config.seat.name, config.seat.display_name) == ("one", "Front")
    assert str(inspection.origins["sip.port"]) == f"{drop_ins / '20-b.yaml'}:1"
    assert str(inspection.origins["sip.lines"]) == f"{main}:2"
    assert "sip.user" not in inspection.origins


def test_a_drop_in_takes_back_what_can_be_none(main: Path) -> None:
    write(main, "sip: {advertise: sbc.example, account: {registrar: sip:pbx.example, user: a, password: b}}\n", 0o600)
    write(main.parent / "conf.d" / "local.yaml", "sip: {advertise: null, account: ~}\n")
    assert load(main) == Config()


def test_a_drop_in_is_checked_with_its_main_file(main: Path) -> None:
    write(main, "pickup: {deadline: {action: overflow}}\n")
    drop_in = write(main.parent / "conf.d" / "a.yaml", "sip: {prot: 1}\n")
    assert [problem.file for problem in check([drop_in])] == [str(drop_in), str(main)]
    assert check([main]) == check([drop_in, main])


def test_overrides_of_the_command_line_win_and_are_checked(main: Path) -> None:
    write(main, "sip: {port: 1, lines: 2}\n")
    config = load(
        main, {"sip.port": 15060, "sip.peers": ["10.0.0.1"], "pickup.enforce": False, "audio.backend": "null"}
    )
    assert (config.sip.port, config.sip.lines, config.sip.peers) == (15060, 2, ("10.0.0.1",))
    assert (config.pickup.enforce, config.audio.backend) == (False, "null")
    assert load(main, {"sip.advertise": None}).sip.advertise is None
    with pytest.raises(InvalidConfigurationError) as refusal:
        load(main, {"sip.port": 70000, "sip.prot": 1})
    assert str(refusal.value).splitlines() == [
        "command line: sip.port is out of range: 70000 (write a whole number from 0 to 65535)",
        "command line: unknown key 'prot' in sip (did you mean 'port'?)",
    ]


def test_paths_start_at_the_file_they_are_written_in(main: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(main, "records: {directory: here, database: ~/db.sqlite}\naudio: {wav: {store: sub/heard.wav}}\n")
    (main.parent / "sub").mkdir()
    monkeypatch.chdir(main.parent)
    config = load(Path("phoneetiquette.yaml"), {"audio.wav.store": "heard.wav"})
    assert config.directory == main.parent / "here"
    assert config.database == home / "db.sqlite"
    assert config.audio.wav.store == main.parent / "heard.wav"
    assert load(main).audio.wav.store == main.parent / "sub" / "heard.wav"


def test_the_usual_places(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = tmp_path / "etc"
    monkeypatch.setattr("phoneetiquette.config.loader.SYSTEM", system)
    assert default_path() is None
    assert load() == Config()
    in_system = write(system / "phoneetiquette.yaml", "sip: {port: 1}")
    assert default_path() == in_system
    in_home = write(home / ".config" / "phoneetiquette" / "phoneetiquette.yaml", "sip: {port: 2}")
    assert default_path() == in_home
    assert load().sip.port == 2
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert default_path() == in_system
    assert default_path() != write(tmp_path / "xdg" / "phoneetiquette" / "phoneetiquette.yaml", "")
    assert load() == Config()


def test_where_records_are_kept(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load(None, {"seat.name": "night"})
    assert config.directory == home / ".local" / "state" / "phoneetiquette" / "night"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert config.database == tmp_path / "state" / "phoneetiquette" / "night" / "records.sqlite"


def test_where_numbers_are_called() -> None:
    assert load(None, {"sip.domain": "127.0.0.1:15080"}).dial("205") == "sip:205@127.0.0.1:15080"
    account = {"registrar": "sip:pbx.example:5080;transport=tcp", "user": "desk", "password": "x"}
    assert load(None, {"sip.account": account, "sip.advertise": "a.example"}).dial("205") == "sip:205@pbx.example:5080"


def test_warnings_are_logged_and_do_not_stop(main: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(main, "sip: {srtp: mandatory}\n")
    with caplog.at_level(logging.WARNING):
        assert load(main).sip.srtp == "mandatory"
    assert "phoneetiquette.yaml:1:13: warning: sip.srtp is mandatory" in caplog.text
