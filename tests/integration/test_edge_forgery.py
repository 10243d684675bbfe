"""UDP packets in the name of the PBX: anybody in its network can write its address on them."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.peers.digest import digest
from tests.peers.edge import Edge
from tests.peers.ports import LOOPBACK
from tests.peers.raw_sip import RawSip
from tests.peers.sip_message import Message

USER, PASSWORD = "pbx", "long and random"


@contextmanager
def edge_and_seat(folder: Path, *, auto_answer: bool = False, **keys: Any) -> Iterator[tuple[Edge, RawSip]]:
    """An edge, and a seat that answers nothing by itself."""
    with Edge(folder, media="direct", **keys) as edge, RawSip(edge.address) as seat:
        edge.section["seats"] = [f"desk@{LOOPBACK}:{seat.port}"]
        whole: dict[str, Any] = {"edge": edge.section, "sip": {"peers": [LOOPBACK], "refer_from": [LOOPBACK]}}
        if auto_answer:
            whole["pickup"] = {"auto_answer_from": [LOOPBACK]}
        configuration = folder / "edge.yaml"
        configuration.write_text(json.dumps(whole))
        edge.start(configuration)
        seat.target = (LOOPBACK, int(edge.section["inside_port"]))
        yield edge, seat


def test_a_peer_that_shows_a_password(tmp_path: Path) -> None:
    """For each call; requests within it show what nobody else can know anyhow."""
    passwords = tmp_path / "peers"
    passwords.write_text(f"{USER}: {PASSWORD}\n")
    passwords.chmod(0o600)
    keys: dict[str, Any] = {"peers_by_udp": "password", "peer_passwords": str(passwords)}
    with edge_and_seat(tmp_path, **keys) as (edge, seat), RawSip(edge.address) as pbx:
        uri = edge.uri()
        call = {"Call-ID": "proven", "From": f"<sip:pbx@{LOOPBACK}>;tag=p"}
        pbx.send(pbx.request(headers=call))
        (challenged,) = pbx.answers()
        assert challenged.code == 407
        assert not seat.answers()
        challenge = challenged.get("Proxy-Authenticate")
        for user, password in ((USER, "wrong"), ("other", PASSWORD)):
            shown = digest(challenge, "INVITE", uri, user, password)
            assert pbx.ask(pbx.request(headers={"Proxy-Authorization": shown, "CSeq": "2 INVITE"})) == 407
        shown = digest(challenge, "INVITE", uri, USER, PASSWORD)
        pbx.send(pbx.request(headers={**call, "Proxy-Authorization": shown, "CSeq": "3 INVITE"}))
        (invite,) = seat.answers()
        assert not invite.get("Proxy-Authorization"), "none of the seat's business"
        contact = ("Contact", f"<sip:desk@{LOOPBACK}:{edge.port}>")
        seat.send(invite.answer(200, "OK", "seat", [contact]).encode())
        answered = next(answer for answer in pbx.answers() if answer.code == 200)
        route = ", ".join(reversed(answered.every("Record-Route")))
        pbx.send(pbx.request("BYE", uri, {**call, "To": answered.get("To"), "Route": route, "CSeq": "4 BYE"}))
        assert "BYE" in [request.method for request in seat.answers()]


def test_a_peer_that_comes_by_connections_alone(tmp_path: Path) -> None:
    """By UDP it is a stranger, who opens no microphone and moves no call, whatever address he writes."""
    with edge_and_seat(tmp_path, auto_answer=True, peers_by_udp="refused", strangers="desk") as (edge, seat):
        with RawSip(edge.address) as forged:
            assert forged.ask(forged.request(headers={"Replaces": "x;to-tag=1;from-tag=2"})) == 403
            forged.send(forged.request(headers={"Answer-Mode": "Auto"}))
            (invite,) = seat.answers()
            assert not invite.get("Answer-Mode")
            seat.send(invite.answer(486, "Busy Here", "seat").encode())
            seat.answers()
        with socket.create_connection(edge.address, timeout=5) as stream:
            stream.sendall(RawSip.over_stream("INVITE", edge.uri(), "TCP", "Answer-Mode: Auto", "Content-Length: 0"))
            (invite,) = seat.answers()
            assert invite.get("Answer-Mode") == "Auto"
            seat.send(invite.answer(486, "Busy Here", "seat").encode())
            said = b""
            while not re.search(rb"SIP/2.0 486.*\r\n\r\n", said, re.DOTALL):
                said += stream.recv(4096)
            assert Message.parse(said[said.index(b"SIP/2.0 486") :]).code == 486
