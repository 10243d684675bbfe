"""The edge's configuration: generated from the one file, taken by Kamailio itself, private, steady where it must be."""

from __future__ import annotations

import ipaddress
import json
import random
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import cli
from phoneetiquette.config import inspect
from phoneetiquette.edge import generate, messages, programs
from phoneetiquette.edge.settings import EdgeSettings
from phoneetiquette.runtime.edge_settings import edge_settings
from tests.peers.raw_sip import SDP

SIP: dict[str, Any] = {"port": 5070, "peers": ["192.0.2.10", "2001:db8::/64"], "refer_from": ["192.0.2.10"]}
EDGE: dict[str, Any] = {"listen": ["127.0.0.1", "::1"], "port": 15080, "tls": {"port": 15081}}


def written(folder: Path, edge: dict[str, Any] | None = None, sip: dict[str, Any] | None = None) -> Path:
    file = folder / "p.yaml"
    file.write_text(json.dumps({"sip": {**SIP, **(sip or {})}, "edge": {**EDGE, **(edge or {})}}))
    file.chmod(0o600)
    return file


def settings(folder: Path, edge: dict[str, Any] | None = None, sip: dict[str, Any] | None = None) -> EdgeSettings:
    inspection = inspect(written(folder, edge, sip))
    assert not inspection.failed, inspection.problems
    return edge_settings(inspection, folder / "edge")


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    file = tmp_path / "passwords"
    file.write_text("# of the phones\n301: very secret\n302 : other\n")
    file.chmod(0o600)
    return file


@pytest.mark.parametrize(
    "edge",
    [
        {},
        {"media": "direct"},
        {"transports": ["udp"]},
        {"transports": ["tls"]},
        {"strangers": "desk", "overflow": "sip:299@192.0.2.10"},
        {"seats": ["desk@127.0.0.1:5070", "porter@127.0.0.1:5072"]},
        {"phones": ["301", "302"]},
        {"peers_by_udp": "refused"},
        {"peers_by_udp": "password", "peer_passwords": "passwords"},
        {"tls": {"port": 15081, "verify": False}},
        {"tls": {"port": 15081, "names": ["voip.example", "192.0.2.11"]}},
    ],
    ids=str,
)
def test_kamailio_takes_what_is_generated(
    tmp_path: Path, passwords: Path, capsys: pytest.CaptureFixture[str], edge: dict[str, Any]
) -> None:
    if "phones" in edge:
        edge = {**edge, "phone_passwords": str(passwords)}
    if "peer_passwords" in edge:
        edge = {**edge, "peer_passwords": str(passwords)}
    assert cli.main(["edge", "check", "--config", str(written(tmp_path, edge))]) == 0
    assert "Kamailio takes it" in capsys.readouterr().out


def test_check_would_notice(tmp_path: Path) -> None:
    made = settings(tmp_path)
    generate.write(made)
    broken = made.directory / "kamailio.cfg"
    broken.write_text(broken.read_text().replace("request_route {", "request_route { no_such_function();"))
    (problem, *_) = programs.check(broken)
    assert "no_such_function" in problem or "unknown" in problem.lower() or "parse error" in problem


def test_files_are_private_and_the_secret_stays(tmp_path: Path, passwords: Path) -> None:
    made = settings(tmp_path, {"phones": ["301"], "phone_passwords": str(passwords)})
    names = [path.name for path in generate.write(made)]
    assert names == ["kamailio.cfg", "addresses", "tls.cfg", "rtpengine.conf"]
    before = {path: path.read_bytes() for path in made.directory.iterdir() if path.is_file()}
    assert {stat.S_IMODE(path.stat().st_mode) for path in before} == {0o600}
    assert stat.S_IMODE(made.directory.stat().st_mode) == 0o700
    assert b"very secret" not in b"".join(before.values()), "the digest's hash is enough"
    generate.write(made)
    assert {path: path.read_bytes() for path in before} == before


def test_who_is_who(tmp_path: Path) -> None:
    account = {"registrar": "sip:198.51.100.1", "user": "205", "password": "x"}
    text = generate.files(settings(tmp_path, sip={"account": account}), "secret")["addresses"]
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines == ["1 192.0.2.10 32 0", "1 198.51.100.1 32 0", "1 2001:db8:: 64 0", "2 192.0.2.10 32 0"]


def test_who_is_believed_over_a_connection_alone(tmp_path: Path) -> None:
    account = {"registrar": "sip:198.51.100.1", "user": "205", "password": "x", "transport": "tls"}

    def groups(by_udp: str, peers: list[str]) -> list[str]:
        made = settings(tmp_path, {"peers_by_udp": by_udp}, {"account": account, "peers": peers})
        lines = generate.files(made, "secret")["addresses"].splitlines()
        return [line[:-5] for line in lines if line[:2] in ("1 ", "4 ")]

    assert groups("believed", ["192.0.2.10"]) == ["1 192.0.2.10", "4 198.51.100.1"]
    assert groups("believed", ["198.51.100.1"]) == ["1 198.51.100.1"], "who lists it wants it believed"
    assert groups("refused", ["192.0.2.10"]) == ["4 192.0.2.10", "4 198.51.100.1"]


@pytest.mark.parametrize("text", ["", "# nobody\n", 'a"b: x\n'])
def test_peers_need_a_password_and_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    passwords = tmp_path / "peers"
    passwords.write_text(text)
    passwords.chmod(0o600)
    keys = {"peers_by_udp": "password", "peer_passwords": str(passwords)}
    assert cli.main(["edge", "check", "--config", str(written(tmp_path, keys))]) == 2
    assert ("cannot be one" if text.startswith("a") else "there is none") in capsys.readouterr().err


def test_media_only_needs_no_secret(tmp_path: Path) -> None:
    missing = {"phones": ["301"], "phone_passwords": str(tmp_path / "nowhere")}
    command = ["edge", "generate", "--config", str(written(tmp_path, missing)), "--directory", str(tmp_path / "out")]
    assert cli.main([*command, "--media-only"]) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["rtpengine.conf"]
    assert cli.main(command) == 2


def test_no_section_no_edge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("sip: {port: 5070}\n")
    assert cli.main(["edge", "check", "--config", str(file)]) == 2
    assert "has no section edge" in capsys.readouterr().err


def test_an_edge_that_does_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["edge", "status", "--directory", str(tmp_path)]) == 1
    assert "the edge does not run" in capsys.readouterr().err


def test_ipv6_addresses_are_told_from_what_only_looks_like_them() -> None:
    pattern = re.compile(messages.IPV6, re.IGNORECASE)
    chance = random.Random(5)  # noqa: S311
    seen = set()
    for _ in range(20_000):
        text = "".join(chance.choice(":::0123af.") for _ in range(chance.randint(0, 14)))
        try:
            ipaddress.IPv6Address(text)
            real = True
        except ValueError:
            real = False
        assert bool(pattern.fullmatch(text)) == real, text
        seen.add(real)
    assert seen == {True, False}
    for text in ("2001:db8::10", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "1::8", "fe80::1"):
        assert pattern.fullmatch(text)


@pytest.mark.parametrize(
    ("value", "fine"),
    [
        ('"[extern] Anna" <sip:a@b>', True),
        ("<sip:a@[2001:db8::1]:5060>", True),
        ("<sip:a@[]>", False),
        ("<sip:a@[::1>", False),
        ('"x" <sip:a@[zz]>', False),
        ('"\\"" <sip:a@[]>', False),
        ('"<sip:a@[]>', False),
    ],
)
def test_brackets(value: str, fine: bool) -> None:
    pattern = messages.BRACKETS_HOLD_IPV6  # POSIX, where a bracket needs no backslash
    for posix, ours in (('[^]["]', r'[^\]\["]'), ("[[]", r"\["), ("[]]", r"\]")):
        pattern = pattern.replace(posix, ours)
    assert bool(re.fullmatch(pattern, value, re.IGNORECASE)) is fine


def python(posix: str) -> re.Pattern[str]:
    """A POSIX expression as Kamailio compiles it."""
    for ours, theirs in (("[][]", r"[\]\[]"), ("[:space:]", r"\s"), ("[:blank:]", r" \t")):
        posix = posix.replace(ours, theirs)
    return re.compile(posix, re.IGNORECASE)


PLAIN = SDP.format(host="127.0.0.1")


@pytest.mark.parametrize(
    ("line", "odd"),
    [
        ('From: "Anna" <sip:a@b.example:5060;user=phone>;tag=1', False),
        ("CSeq: 118235211 INVITE", False),
        ("Contact: <sip:a@[2001:db8::1]>", True),
        ("To: <sip:a@[]>", True),
        ("To: <sip:a@>", True),
        ("To: <sip:a@\t>", True),
        ("To: sip:a@", True),
        ("To: <sip:>", True),
        ("To: <sip :a@b>", True),
        ("To: <sips:;x>", True),
        ("Contact: <sip:a@b:123456>", True),
        ("Contact: <sip:a@b: 1234567;x>", True),
        ("Contact: sip:a@b:123456", True),
        ("To: <sip:a@\r\n b>", True),
        ("Replaces:", True),
        ("r : x", True),
    ],
)
def test_messages_with_something_odd_are_gone_through(line: str, odd: bool) -> None:
    message = (
        f"INVITE sip:desk@192.0.2.20 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1;rport\r\n{line}\r\n"
    )
    assert bool(python(messages.ODD).search(message + "Content-Length: 150\r\n\r\n" + PLAIN)) is odd


@pytest.mark.parametrize(
    ("old", "new", "plain"),
    [
        ("", "", True),
        ("\r\n", "\n", True),
        ("t=0 0", "b=AS:64\r\nt=0 0\r\na=sendrecv", True),
        ("c=IN IP4 127.0.0.1", "c=IN IP4 host.example", False),
        ("c=IN IP4 127.0.0.1", "c=IN IP4 127.0.0.256", False),
        ("c=IN IP4 127.0.0.1", "c=IN IP4 " + "1" * 254, False),
        ("c=IN IP4 127.0.0.1\r\n", "", False),
        ("m=audio", "m=audio 1 RTP/AVP 0\r\nm=audio", False),
        ("m=audio 20000", "m=audio 70000", False),
        ("RTP/AVP 8", "RTP/AVP 128", False),
        ("RTP/AVP 8", "RTP/AVP" + 32 * " 8", False),
        ("a=sendrecv", "a=\x01", False),
        ("a=sendrecv", "sendrecv", False),
        ("v=0", "v=1", False),
    ],
)
def test_plain_descriptions(old: str, new: str, plain: bool) -> None:
    assert bool(python(messages.PLAIN_DESCRIPTION).search(PLAIN.replace(old, new, -1 if old else 0))) is plain
