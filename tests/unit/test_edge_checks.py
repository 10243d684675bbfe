"""Problems of the section ``edge``."""

from __future__ import annotations

from pathlib import Path

import pytest

from phoneetiquette.config import inspect


def told(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "p.yaml"
    file.write_text(text)
    return [f"{problem.severity.value}: {problem.what}" for problem in inspect(file).problems]


@pytest.mark.parametrize(
    ("edge", "sip", "problem"),
    [
        ("listen: [192.0.2.1, 192.0.2.2]", "", "edge.listen names two addresses of one kind"),
        ("listen: [0.0.0.0]", "", "edge.listen must say which address others reach"),
        (
            "listen: [192.0.2.1]",
            "listen: 192.0.2.1",
            "sip.listen is 192.0.2.1: a seat behind an edge listens on loopback",
        ),
        ("listen: [192.0.2.1]", "port: 0", "sip.port is 0, but the edge must know where the seat is"),
        ("listen: ['2001:db8::1'], media: direct", "", "edge.media is direct, but edge.listen has no IPv4 address"),
        ("listen: [192.0.2.1], inside_port: 5070", "port: 5070", "sip.port and edge.inside_port are both 5070"),
        ("listen: [127.0.0.1], port: 5066", "port: 5070", "edge.port and edge.inside_port are both 5066"),
        ("listen: [192.0.2.1], tls: {port: 5060}", "", "edge.tls.port is edge.port"),
        ("listen: [192.0.2.1], media_first: 40000, media_last: 39000", "", "the relay's ports end at 39000, before"),
        ("listen: [192.0.2.1], phones: [301]", "", "edge.phones register with passwords, but there is no"),
        ("listen: [192.0.2.1], peers_by_udp: password", "", "password, but there is no edge.peer_passwords"),
        (
            "listen: [192.0.2.1], peers_by_udp: refused",
            "port: 5070, account: {registrar: 'sip:192.0.2.10', user: a, password: b}",
            "sip.account registers by UDP, and would not be called",
        ),
        ("listen: [192.0.2.1], tls: {key: x}", "", "edge.tls needs certificate and key together"),
        ("listen: [192.0.2.1], overflow: 299", "", "edge.overflow cannot be called"),
        ("listen: [192.0.2.1], seats: [desk]", "", "edge.seats, item 1, cannot be 'desk'"),
    ],
)
def test_a_section_that_cannot_stand(tmp_path: Path, edge: str, sip: str, problem: str) -> None:
    lines = told(tmp_path, f"sip: {{{sip}}}\nedge: {{{edge}}}\n")
    assert any(line.startswith("error: ") and problem in line for line in lines), lines


def test_warnings(tmp_path: Path) -> None:
    lines = told(tmp_path, "sip: {transports: [udp, tcp]}\nedge: {listen: [192.0.2.1]}\n")
    assert [line.partition(":")[0] for line in lines] == ["warning", "warning"]
    assert "sip.transports has no effect" in lines[0]
    assert "no certificate of its own" in lines[1]


def test_a_section_that_stands(tmp_path: Path) -> None:
    text = (
        "sip: {port: 5070, domain: pbx.example}\nedge: {listen: [192.0.2.1], transports: [udp, tcp], overflow: 299}\n"
    )
    assert told(tmp_path, text) == []
    config = inspect(tmp_path / "p.yaml").config
    assert config.edge
    assert config.edge.overflow == "sip:299@pbx.example"


def test_the_registrar_reaches_a_seat_behind_an_edge(tmp_path: Path) -> None:
    text = "sip: {port: 5070, account: {registrar: 'sip:192.0.2.10', user: a, password: b}}\n"
    (tmp_path / "p.yaml").touch(mode=0o600)
    assert any("cannot reach this seat" in line for line in told(tmp_path, text))
    assert told(tmp_path, text + "edge: {listen: [192.0.2.1], transports: [udp]}\n") == []
