"""What ``doctor`` finds, on real sockets, files and builds."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import events as ev
from phoneetiquette.cli import checks, main
from phoneetiquette.cli.checks import Finding, Level
from phoneetiquette.config import Config, inspect, load
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.journal_reader import files_of
from phoneetiquette.runtime.paths import runtime_dir
from tests.unit.dialplan_files import GOOD


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def config(directory: Path, text: str) -> Config:
    inspection = inspect(written(directory, text), starting=False)
    assert not inspection.failed, inspection.problems
    return inspection.config


def written(directory: Path, text: str) -> Path:
    file = directory / "phoneetiquette.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def levels(findings: Iterator[Finding]) -> list[Level]:
    return [finding.level for finding in findings]


def test_a_machine_that_can_run_a_seat(
    runtime_base: Path, capsys: pytest.CaptureFixture[str], unused_udp_port: int, unused_tcp_port: int
) -> None:
    ports = f"sip: {{port: {unused_udp_port}}}\nconsole: {{port: {unused_tcp_port}}}\n"
    text = f"{ports}records: {{directory: {runtime_base}}}\n"
    assert main(["doctor", "--config", str(written(runtime_base, text))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} <= {"ok", "warn"}
    said = "\n".join(lines)
    for part in ("Python 3.1", "SIP library pjsua2", "configuration: ", "SIP over UDP", "the console", "records: "):
        assert part in said


def test_who_would_speak_the_texts_of_a_dialplan(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(GOOD)
    config = load(written(tmp_path, "dialplan: plan.yaml\nsip: {domain: pbx.example}\n"), {})
    assert levels(checks.voice(config)) == [Level.OK]
    monkeypatch.setenv("PATH", str(tmp_path))
    (missing,) = checks.voice(config)
    assert (missing.level, "espeak-ng" in missing.what, "Debian package" in missing.advice) == (Level.WARN, True, True)
    announcing = load(written(tmp_path, "seat: {announce_caller: yes}\n"), {})
    assert levels(checks.voice(announcing)) == [Level.WARN]
    assert levels(checks.voice(load(None, {}))) == []


def test_a_taken_port_fails_and_says_so_as_json(
    runtime_base: Path, capsys: pytest.CaptureFixture[str], taken_port: int
) -> None:
    text = f"sip: {{port: {taken_port}}}\nconsole: {{port: 0}}\nrecords: {{directory: {runtime_base}}}\n"
    assert main(["doctor", "--json", "--config", str(written(runtime_base, text))]) == 1
    findings: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    failed = [finding for finding in findings if finding["level"] == "fail"]
    assert failed == [
        {
            "level": "fail",
            "what": f"SIP over UDP: 127.0.0.1 port {taken_port} cannot be used: Address already in use",
            "advice": "stop what uses it, or change sip.port",
        }
    ]


def test_the_ports_of_the_running_seat_are_its_own(tmp_path: Path, taken_port: int) -> None:
    seat = config(tmp_path, f"sip: {{port: {taken_port}}}\n")
    assert levels(checks.ports(seat, running=True)) == [Level.OK]
    assert Level.FAIL in levels(checks.ports(seat, running=False))


def test_too_few_media_ports(tmp_path: Path, unused_udp_port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        first = 29000  # below those the kernel gives away
        taken.bind(("127.0.0.1", first))
        seat = config(
            tmp_path,
            f"sip: {{port: {unused_udp_port}, lines: 1, rtp_ports: {{first: {first}, last: {first + 3}}}}}\n"
            "console: {port: 0}\n",
        )
        findings = [finding for finding in checks.ports(seat, running=False) if finding.level is Level.FAIL]
    assert [finding.what for finding in findings] == [
        f"sound: 3 of the UDP ports {first} to {first + 3} are free, 4 are needed"
    ]


def test_problems_of_the_configuration_keep_their_place(tmp_path: Path) -> None:
    file = written(tmp_path, "sip:\n  prot: 5060\n")
    (finding, *others) = checks.configuration(inspect(file, starting=False))
    assert (finding.level, others) == (Level.FAIL, [])
    assert finding.what.startswith(f"{file}:2:3: ")
    assert "port" in finding.advice


def test_records_need_a_directory(runtime_base: Path) -> None:
    (runtime_base / "file").touch()
    seat = config(runtime_base, f"records: {{directory: {runtime_base}/file/desk}}\n")
    findings = list(checks.directories(seat))
    assert [finding.level for finding in findings] == [Level.FAIL, Level.OK]
    assert findings[0].what == f"records: {runtime_base}/file is not writable"
    assert not (runtime_base / "desk").exists()


@pytest.mark.parametrize(
    ("sip", "expected"),
    [
        ("listen: 127.0.0.1", [Level.OK]),
        ("listen: 192.0.2.20, peers: [192.0.2.10]", [Level.WARN]),
        ("listen: 127.0.0.1, peers: [127.0.0.1, 10.0.0.0/8]", [Level.WARN, Level.OK]),
    ],
)
def test_who_is_kept_out(tmp_path: Path, sip: str, expected: list[Level]) -> None:
    assert levels(checks.strangers(config(tmp_path, f"sip: {{{sip}}}\n"))) == expected


@pytest.mark.parametrize(
    ("edge", "more", "said"),
    [
        ("", "", "192.0.2.10 is believed by UDP: who is in its network can send in its name, and make every line ring"),
        ("", "pickup: {auto_answer_from: [192.0.2.10]}", "and have a call answered, and listen"),
        ("peers_by_udp: refused", "", ""),
        ("transports: [tls]", "", ""),
    ],
)
def test_peers_whose_address_can_be_forged(tmp_path: Path, edge: str, more: str, said: str) -> None:
    text = f"sip: {{port: 5070, peers: [192.0.2.10]}}\nedge: {{listen: [192.0.2.20], {edge}}}\n{more}\n"
    told = [one.what for one in checks.strangers(config(tmp_path, text)) if "believed" in one.what]
    assert len(told) == bool(said)
    assert said in "".join(told)


@pytest.mark.parametrize(
    ("peers", "allowed", "expected"),
    [
        (["127.0.0.1", "192.0.2.10"], ["127.0.0.0/8", "::1/128", "192.0.2.10/32"], [Level.OK]),
        (["192.0.2.10"], ["127.0.0.0/8"], [Level.FAIL]),
        (["192.0.2.10"], ["192.0.2.10/32", "198.51.100.0/24"], [Level.WARN]),
        (["192.0.2.10", "2001:db8::/64"], ["192.0.2.11/32", "2001:db8::/64"], [Level.FAIL, Level.WARN]),
    ],
)
def test_the_peers_against_the_filter_of_the_service(
    peers: list[str], allowed: list[str], expected: list[Level]
) -> None:
    findings = checks.peers_against_filter(peers, allowed, "phoneetiquette@desk.service")
    assert levels(findings) == expected


def test_the_build_of_the_sip_library_is_told() -> None:
    findings = list(checks.sip_library())
    assert findings[0].level is Level.OK
    assert "pjsua2 2.15.1 (pjsua2-python 2.15.1.post1; 4 calls; OpenSSL 1.0.2" in findings[0].what
    assert [finding.level for finding in findings[1:]] == [Level.WARN], "the wheel is built with assertions"


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("raise ImportError('wrong ELF class')", "ImportError: wrong ELF class"),
        ("import os; os.abort()", "it ended with -6"),
    ],
)
def test_a_build_that_cannot_be_loaded_does_not_take_the_doctor_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, said: str
) -> None:
    (tmp_path / "pjsua2.py").write_text(module)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (finding,) = checks.sip_library()
    assert (finding.level, finding.what) == (Level.FAIL, f"the SIP library cannot be used: {said}")


# ------------------------------------------------------------------------------------------------ --fix


def fixed(runtime_base: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    text = (
        f"seat: {{name: desk}}\nsip: {{port: 0}}\nconsole: {{port: 0}}\nrecords: {{directory: {runtime_base}/kept}}\n"
    )
    main(["doctor", "--fix", "--json", "--config", str(written(runtime_base, text))])
    return [one["what"] for one in json.loads(capsys.readouterr().out) if one["level"] == "done"]


def test_what_can_be_mended_is_mended_and_told_once(runtime_base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, runtime = runtime_base / "kept", runtime_dir("desk")
    assert fixed(runtime_base, capsys) == [f"made {kept}", f"made {kept}/journal"]

    with Journal.open(kept / "journal", "desk") as journal:
        journal.append(ev.DigitReceived(at_ns=0, call="a", digit="1", method="info"))
    (file,) = files_of(kept / "journal")
    with file.path.open("ab") as stream:
        stream.write(b'{"seq":2')
    (kept / "messages").mkdir(mode=0o755)
    (kept / "messages" / "a.wav").touch(mode=0o644)
    left = kept / ".new-abc"
    left.touch(mode=0o600)
    os.utime(left, (0, 0))
    with socket.socket(socket.AF_UNIX) as killed, socket.socket(socket.AF_UNIX) as alive:
        killed.bind(str(runtime / "engine.sock"))
        killed.close()
        alive.bind(str(runtime / "other.sock"))
        alive.listen()
        (runtime / "seat.json").write_text('{"pid": 999999999, "url": "http://127.0.0.1:1", "seat": "desk"}')
        done = fixed(runtime_base, capsys)
        assert (runtime / "other.sock").exists()
        assert fixed(runtime_base, capsys) == []
    assert [one.partition(f"{runtime_base}")[0] for one in done] == [
        *("closed 2 files and directories in ", "", "removed ", "removed ", "removed "),
    ]
    assert "the journal ended in the middle of an entry; 8 bytes were set aside" in done[1]
    assert not left.exists()
    assert sorted(path.name for path in runtime.iterdir()) == ["other.sock"]
    assert (kept / "messages").stat().st_mode & 0o777 == 0o700


def test_a_seat_that_runs_is_left_its_journal(runtime_base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fixed(runtime_base, capsys)
    journal = runtime_base / "kept" / "journal" / "desk-000000000001.jsonl"
    journal.write_bytes(b'{"seq":1')
    journal.chmod(0o600)
    (runtime_dir("desk") / "seat.json").write_text(json.dumps({"pid": os.getpid(), "url": "http://x", "seat": "desk"}))
    assert fixed(runtime_base, capsys) == []
    assert journal.read_bytes() == b'{"seq":1'
