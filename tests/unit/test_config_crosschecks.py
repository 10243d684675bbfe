"""Keys that need each other, files that must be there, settings that defeat themselves."""

from __future__ import annotations

import os
import subprocess
import wave
from pathlib import Path
from typing import Protocol

import pytest

from phoneetiquette.config import AccountConfig, Config, InvalidConfigurationError, check, inspect, load
from phoneetiquette.config.secret import MASK, Secret


class Told(Protocol):
    """The problems of a configuration, without its name and directory; relative paths start at the test's own."""

    def __call__(self, text: str, mode: int = 0o600) -> list[str]: ...


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)

    def problems(text: str, mode: int = 0o600) -> list[str]:
        file = tmp_path / "p.yaml"
        file.write_text(text)
        file.chmod(mode)
        return [str(problem).replace(f"{file}:", "").replace(f"{tmp_path}/", "") for problem in check([file])]

    return problems


NOT_HERE = "pickup: {deadline: {action: overflow, target: %s}}\nsip: {listen: 192.0.2.1, user: desk}\n"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "pickup: {deadline: {action: overflow}}",
            ["1:29: pickup.deadline.action is overflow, but there is no target (write target: "],
        ),
        (
            "seat: {hardware: desk_phone}\ndesk_phone: {address: 'sip:d@192.0.2.9'}\nwakeups: {call: 'sip:{room}@pbx'}",
            [
                "3:17: warning: wakeups: nothing rings at the desk for a guest whom nobody could wake",
                "audio.ringer.output)",
            ],
        ),
        (
            "pickup: {when_absent: {action: overflow, target: 299}}",
            ["1:50: pickup.when_absent.target cannot be called: nothing says where to call '299' (", "set sip.domain)"],
        ),
        (
            "score_card: {thresholds: {slowest_syll_per_s: 6}}",
            ["1:47: score_card.thresholds.slowest_syll_per_s is 6, no less than fastest", " (write less than 5.5)"],
        ),
        (
            "score_card: {thresholds: {talk_share_most: 65%}}",
            ["1:44: score_card.thresholds.talk_share_most cannot be '65%' (write a number from 0 to 1, with a point)"],
        ),
        (
            "score_card: {weights: {talk: {calm: -1}}}",
            ["1:37: score_card.weights.talk.calm is out of range: -1 (write a number from 0 to 100)"],
        ),
        (
            "pickup: {deadline: {target: a@b.example}}",
            ["1:29: warning: pickup.deadline.target has no effect: pickup.deadline.action is connect ("],
        ),
        (NOT_HERE % "desk@192.0.2.1", ["1:47: pickup.deadline.target is this seat itself (name somebody else)"]),
        (NOT_HERE % "'tel:'", ["1:47: pickup.deadline.target cannot be dialled: 'tel:' holds no telephone number"]),
        ("sip: {rtp_ports: {first: 20001}}", ["1:26: sip.rtp_ports.first is odd: 20001 (RTP uses even ports)"]),
        (
            "sip: {rtp_ports: {first: 20000, last: 10000}}",
            ["1:39: sip.rtp_ports ends at 10000, before it begins at 20000 (swap them)"],
        ),
        (
            "sip: {lines: 2, rtp_ports: {first: 20000, last: 20006}}",
            ["1:49: sip.rtp_ports has 7 ports, 2 lines need 8 (let it end at 20007 or later)"],
        ),
        ("sip: {port: 16400}", ["1:13: sip.port 16400 is one of sip.rtp_ports (move one of them)"]),
        ("sip: {transports: [tcp], port: 8470}", ["1:32: console.port and sip.port are both 8470 (choose another"]),
        (
            "sip: {transports: [tls]}",
            ["1:19: sip.transports has tls, but sip.tls has no certificate and no key (name PEM files in sip.tls, or"],
        ),
        (
            "sip: {tls: {certificate: c.pem}}",
            ["1:7: sip.tls needs certificate and key together (name both or neither)"],
        ),
        (
            "sip: {srtp: mandatory}",
            ["1:13: warning: sip.srtp is mandatory, but its keys travel in SIP that is not enc"],
        ),
        (
            "sip: {listen: 0.0.0.0, peers: [0.0.0.0/0]}",
            ["1:31: warning: sip.peers lets everybody who reaches this machine talk to the seat (name the PBX"],
        ),
        (
            "sip: {refer_from: [10.0.0.1]}",
            ["1:19: warning: sip.refer_from names 10.0.0.1/32, which is not among sip.peers (add it to sip.peers too)"],
        ),
        ("sip: {peers: [10.0.0.0/8], refer_from: [10.1.0.0/16]}", []),
        ("sip: {listen: '::1', peers: ['::/0']}", []),
        (
            "office: {tls: {key: x.pem}}",
            ["1:10: office.tls needs certificate and key together (name both or neither)"],
        ),
        ("console: {listen: '::1'}", []),
        (
            "audio: {hold_music: none.wav}",
            ["1:21: audio.hold_music: none.wav cannot be read: no such file or directory"],
        ),
        ("audio: {hold_music: .}", ["1:21: audio.hold_music: ", "is a directory (name a file)"]),
        ("audio: {hold_music: p.yaml}", ["1:21: audio.hold_music: p.yaml is not a sound file (name a WAV, FLAC"]),
        (f"audio: {{hold_music: {'x' * 300}}}", ["1:21: audio.hold_music: ", "cannot be read: file name too long"]),
        ("audio: {wav: {store: no/heard.wav}}", ["1:22: audio.wav.store: there is no directory no (create it)"]),
    ],
)
def test_settings_that_do_not_go_together(told: Told, text: str, problems: list[str]) -> None:
    found = told(text)
    assert len(found) == min(len(problems), 1)
    assert all(part in found[0] for part in problems)
    assert not problems or found[0].startswith(problems[0])


def test_what_is_wrong_by_itself_is_not_told_again(told: Told) -> None:
    (problem,) = told("sip: {port: no, transports: [tcp]}\nconsole: {port: 5060}\n")
    assert problem.startswith("1:13: sip.port cannot be 'no'")


def test_a_target_is_completed() -> None:
    config = load(
        None, {"sip.domain": "pbx.example:5080", "pickup.when_absent": {"action": "overflow", "target": "299"}}
    )
    assert config.pickup.when_absent.target == "sip:299@pbx.example:5080"


def test_our_own_extension_is_no_place_to_overflow_to() -> None:
    account = {"registrar": "sip:127.0.0.1:15080", "user": "205", "password": "x"}
    inspection = inspect(None, {"sip.account": account, "pickup.deadline": {"action": "overflow", "target": "205"}})
    assert [problem.what for problem in inspection.problems] == ["pickup.deadline.target is this seat itself"]


def test_prompts_are_recognised_by_their_beginning(told: Told, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0")
    for name, start in {"b.flac": b"fLaC", "c.ogg": b"OggS", "d.mp3": b"ID3\4", "e.mp3": b"\xff\xfb\x90"}.items():
        (tmp_path / name).write_bytes(start + bytes(20))
    for name in ("a.wav", "b.flac", "c.ogg", "d.mp3", "e.mp3"):
        assert told(f"pickup: {{deadline: {{prompt: {name}}}, when_absent: {{prompt: {name}}}}}") == []
    (tmp_path / "f.wav").write_bytes(b"RIFF")
    assert "f.wav is not a sound file" in told("audio: {wav: {play: f.wav}}")[0]


ACCOUNT = "sip: {listen: 192.0.2.1, account: {registrar: sip:pbx.example, user: 205%s}}"


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", "1:26: sip.account has no password (write one of password, password_file, password_env)"),
        (", password: a, password_env: B", "1:102: sip.account has password and password_env (keep one of them)"),
        (", password_env: 1B", "1:89: sip.account.password_env cannot be '1B'"),
        (", password_env: UNSET_HERE", "1:89: warning: the environment variable UNSET_HERE is not set (set it where"),
        (", password_file: none", "1:90: sip.account.password_file: none cannot be read: no such file or directory"),
        (
            ", password_file: open",
            "1:90: sip.account.password_file: open is open to others, mode 0644 (chmod 600 open)",
        ),
        (
            ", password_file: empty",
            "1:90: sip.account.password_file: empty has no password (write it in the first line)",
        ),
        (", password_file: latin", "1:90: sip.account.password_file: latin is not UTF-8 text"),
    ],
)
def test_a_password_comes_from_one_good_place(told: Told, tmp_path: Path, password: str, problem: str) -> None:
    for name, content, mode in (("open", b"s3cret", 0o644), ("empty", b"\n", 0o600), ("latin", b"\xe9\n", 0o600)):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(mode)
    (found,) = told(ACCOUNT % password)
    assert found.startswith(problem)
    assert "s3cret" not in found


def test_a_password_in_a_file_that_others_can_read(told: Told) -> None:
    assert told(ACCOUNT % ", password: s3cret") == []
    (problem,) = told(ACCOUNT % ", password: s3cret", mode=0o640)
    assert problem == "1:85: sip.account.password: p.yaml is open to others, mode 0640 (chmod 600 p.yaml)"


def account_of(config: Config) -> AccountConfig:
    assert config.sip.account is not None
    return config.sip.account


def test_the_password_is_fetched_and_never_shows(told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = tmp_path / "keep"
    keep.write_text("s3cret: ü\nsecond line\n")
    keep.chmod(0o400)
    monkeypatch.setenv("PHONE_PASSWORD", "s3cret: ü")
    for source in (", password_file: keep", ", password_env: PHONE_PASSWORD", ", password: 's3cret: ü'"):
        assert told(ACCOUNT % source) == []
        config = load(tmp_path / "p.yaml")
        password = account_of(config).password
        assert password == Secret("s3cret: ü")
        assert password is not None
        assert password.reveal() == "s3cret: ü"
        assert "s3cret" not in f"{config} {config!r} {password} {password!r}"
        assert MASK in repr(config)


def test_the_service_managers_credentials_are_private_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sip-password"
    file.write_text("s3cret")
    file.chmod(0o440)
    account = {"registrar": "sip:127.0.0.1", "user": "205", "password_file": str(file)}
    assert inspect(None, {"sip.account": account}).failed
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert account_of(load(None, {"sip.account": account})).password == Secret("s3cret")


def test_a_seat_does_not_start_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNSET_HERE", raising=False)
    account = {"registrar": "sip:127.0.0.1", "user": "205", "password_env": "UNSET_HERE"}
    with pytest.raises(InvalidConfigurationError, match=r"UNSET_HERE is not set \(set it where the seat is started\)"):
        load(None, {"sip.account": account})


@pytest.mark.parametrize(
    ("sip", "problems"),
    [
        (
            {"registrar": "sip:pbx.example"},
            ["the registrar pbx.example cannot reach this seat at the loopback address"],
        ),
        ({"registrar": "sip:localhost"}, []),
        ({"registrar": "sip:127.0.0.1:5080"}, []),
        (
            {"registrar": "sip:192.0.2.1"},
            ["the registrar 192.0.2.1 cannot reach this seat at the loopback address 127.0.0.1"],
        ),
        ({"registrar": "sip:pbx.example", "proxy": "sip:127.0.0.1"}, []),
    ],
)
def test_incoming_calls_that_could_not_reach_us_are_told(sip: dict[str, str], problems: list[str]) -> None:
    found = inspect(None, {"sip.account": {"user": "205", "password": "x", **sip}}).problems
    assert [problem.severity for problem in found] == ["warning"] * len(problems)
    assert all(problem.what.startswith(what) for problem, what in zip(found, problems, strict=True))


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with two keys and self-signed certificates, ``a`` and ``b``."""
    directory = tmp_path_factory.mktemp("pem")
    for name in ("a", "b"):
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
                *("-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem"),
            ],
            cwd=directory,
            check=True,
            capture_output=True,
        )
    return directory


@pytest.mark.parametrize(
    ("certificate", "key", "ca", "problem"),
    [
        ("a.pem", "a.key", "b.pem", ""),
        ("a.pem", "b.key", "b.pem", "sip.tls.certificate: a.pem does not go with b.key: key values mismatch"),
        ("a.key", "a.key", "b.pem", "sip.tls.certificate: a.key does not go with a.key: "),
        ("a.pem", "none.key", "b.pem", "sip.tls.key: none.key cannot be read: no such file or directory"),
        ("a.pem", "open.key", "b.pem", "sip.tls.key: open.key is open to others, mode 0644"),
        ("a.pem", "a.key", "a.key", "sip.tls.ca: a.key holds no certificates (write them as PEM)"),
    ],
)
def test_tls_files(told: Told, tmp_path: Path, pem: Path, certificate: str, key: str, ca: str, problem: str) -> None:
    for file in pem.iterdir():
        os.link(file, tmp_path / file.name)
    (tmp_path / "open.key").write_text("")
    (tmp_path / "open.key").chmod(0o644)
    found = told(f"sip: {{transports: [tls], tls: {{certificate: {certificate}, key: {key}, ca: {ca}}}}}")
    assert [problem in told_one for told_one in found] == [True] * bool(problem)


def test_encrypted_sound_is_well_with_tls(told: Told, tmp_path: Path, pem: Path) -> None:
    for file in pem.iterdir():
        os.link(file, tmp_path / file.name)
    tls = "tls: {certificate: a.pem, key: a.key}"
    assert told(f"sip: {{srtp: mandatory, transports: [tls], {tls}}}") == []
    assert told(ACCOUNT.replace("{listen", "{srtp: mandatory, listen") % ", transport: tls, password: x") == []
    assert told(f"sip: {{port: 5061, transports: [udp, tls], {tls}}}") == []
    (problem,) = told(f"sip: {{port: 5061, transports: [tcp, tls], {tls}}}")
    assert problem.startswith("1:13: sip.tls.port and sip.port are both 5061")
