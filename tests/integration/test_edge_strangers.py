"""Who may do what at the edge, by where he is; who is banned, and who never is."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import cli
from phoneetiquette import events as e
from tests.integration.conftest import Phones
from tests.integration.ringing import check_pickup, rings
from tests.peers.edge import EdgedSeat
from tests.peers.edge_watch import NOW, Watch
from tests.peers.ports import LOOPBACK
from tests.peers.raw_sip import RawSip
from tests.peers.sip_call import PeerTimeoutError

RATE_HZ = 200
STORM_S = 10


def stranger_address() -> Iterator[str]:
    yield from (f"127.0.1.{number}" for number in range(1, 250))


ADDRESSES = stranger_address()
"""Each test has a stranger of its own: who is banned stays so for a while."""


@pytest.fixture
def stranger(seat: EdgedSeat) -> Iterator[RawSip]:
    with RawSip(seat.edge.address, next(ADDRESSES)) as raw:
        yield raw


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedSeat]:
    settings: dict[str, dict[str, Any]] = {"pickup": {"emergency_lines": [NOW]}}
    with EdgedSeat(tmp_path_factory.mktemp("strangers"), settings) as seat:
        yield seat


@pytest.fixture(scope="module")
def open_seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedSeat]:
    """One that strangers may call."""
    settings: dict[str, dict[str, Any]] = {
        "pickup": {"emergency_lines": [NOW], "auto_answer_from": [LOOPBACK]},
        "edge": {"strangers": "desk"},
        "sip": {"refer_from": [LOOPBACK]},
    }
    with EdgedSeat(tmp_path_factory.mktemp("open"), settings) as seat:
        yield seat


@pytest.mark.parametrize(
    ("method", "code"),
    [
        *(("INVITE", 403), ("OPTIONS", 200), ("REFER", 603), ("XYZ", 501)),
        *((method, 405) for method in ("REGISTER", "SUBSCRIBE", "PUBLISH", "MESSAGE")),
        *((method, 481) for method in ("BYE", "UPDATE", "INFO", "NOTIFY", "PRACK")),
    ],
)
def test_what_a_stranger_is_answered(seat: EdgedSeat, stranger: RawSip, method: str, code: int) -> None:
    assert stranger.ask(stranger.request(method, headers={"Event": "talk"})) == code
    assert not seat.journal(e.CallArrived)


def test_a_call_is_not_reached_into(seat: EdgedSeat, stranger: RawSip, phones: Phones) -> None:
    """By somebody who has seen the dialog's tags, but is not where the call came from."""
    watch = Watch(seat, "anna")
    call = watch.call
    with watch.over():
        for method in ("BYE", "INVITE", "UPDATE", "REFER", "INFO", "NOTIFY"):
            for route in (
                None,
                f"<sip:{LOOPBACK}:{seat.edge.port};lr;ticket=1-{'0' * 32}>",
                call.routes[0].replace("ticket=1-", "ticket=1-0"),
            ):
                headers = {"Call-ID": call.call_id, "CSeq": f"99 {method}", "Route": route, "Event": "refer"}
                headers["From"] = f"<{call.agent.uri}>;tag={call.local_tag}"
                headers["To"] = f"<{call.remote_uri}>;tag={call.remote_tag}"
                headers["Refer-To"] = "<sip:victim@127.0.0.1:9>"
                assert stranger.ask(stranger.request(method, headers=headers)) >= 400
    watch.close()


def test_strangers_who_may_call_move_no_calls_and_open_no_microphone(open_seat: EdgedSeat, phones: Phones) -> None:
    with RawSip(open_seat.edge.address, next(ADDRESSES)) as stranger:
        anna = phones("anna").call(open_seat.edge.uri(NOW))
        open_seat.post("lift", call=open_seat.wait_call("anna")["id"])
        anna.wait("answered")
        replaces = f"{anna.call_id};to-tag={anna.remote_tag};from-tag={anna.local_tag}"
        assert stranger.ask(stranger.request(headers={"Replaces": replaces})) == 403
        wish = {
            "Answer-Mode": "Auto",
            "Call-Info": "<sip:x>;answer-after=0",
            "Alert-Info": "<http://x>;info=alert-autoanswer",
        }
        assert stranger.ask(stranger.request(headers=wish)) == 487, "it rang"
        assert stranger.ask(stranger.request("REFER", headers={"Refer-To": "<sip:victim@127.0.0.1:9>"})) == 603
    bert = phones("bert").call(open_seat.outside, headers=[("Answer-Mode", "Auto")])
    bert.wait("answered")
    asked = {event.peer.split(":")[0]: event.auto_answer for event in open_seat.journal(e.CallArrived)}
    assert asked[LOOPBACK] is True
    assert [wanted for address, wanted in asked.items() if address != LOOPBACK] == [False]
    open_seat.hang_up_all()


def test_scanner_is_banned_at_once_and_heard_again_when_told(
    seat: EdgedSeat, stranger: RawSip, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stranger.ask(stranger.request("OPTIONS")) == 200
    assert stranger.ask(stranger.request("OPTIONS", headers={"User-Agent": "friendly-scanner"}), 0.5) == 0
    assert stranger.ask(stranger.request("OPTIONS"), 0.5) == 0
    where = ["--directory", str(seat.edge.folder / "edge")]
    assert cli.main(["edge", "status", *where]) == 0
    assert f"{stranger.host} is not heard: is a scanner" in capsys.readouterr().out
    assert cli.main(["edge", "unban", stranger.host, *where]) == 0
    assert cli.main(["edge", "unban", stranger.host, *where]) == 1
    assert cli.main(["edge", "status", "--json", *where]) == 0
    assert stranger.host not in capsys.readouterr().out.rpartition("\n{")[2]
    assert stranger.ask(stranger.request("OPTIONS")) == 200


def test_who_is_refused_again_and_again_is_banned(seat: EdgedSeat, stranger: RawSip) -> None:
    codes = [stranger.ask(stranger.request(), 0.5) for _ in range(22)]
    assert codes[:19] == [403] * 19
    assert codes[-1] == 0
    assert stranger.host in [ban.address for ban in seat.edge.running.bans()]


def test_a_new_peer_is_let_in_by_a_reload(
    seat: EdgedSeat, stranger: RawSip, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without a restart: nothing but the list of addresses is read."""
    assert stranger.ask(stranger.request()) == 403
    whole = json.loads((seat.folder / "seat.yaml").read_text())
    whole["sip"]["peers"] = [LOOPBACK, stranger.host]
    changed = tmp_path / "seat.yaml"
    changed.write_text(json.dumps(whole))
    before = seat.edge.pids()
    assert cli.main(["edge", "reload", "--config", str(changed), "--directory", str(seat.edge.folder / "edge")]) == 0
    capsys.readouterr()
    assert stranger.ask(stranger.request()) == 487, "it rang"
    assert seat.edge.pids() == before


def test_peers_are_never_banned(seat: EdgedSeat, phones: Phones) -> None:
    """Not for what others send in their name either."""
    with RawSip(seat.edge.address) as peer:
        for number in range(600):
            peer.send(peer.request("OPTIONS", headers={"User-Agent": "sipvicious"}))
            peer.send(peer.request("BYE" if number % 2 else "XYZ"))
            if number % 50 == 0:
                peer.answers(0.05)
        assert LOOPBACK not in [ban.address for ban in seat.edge.running.bans()]
        assert peer.ask(peer.request("OPTIONS")) == 200


def test_storm_of_a_stranger(seat: EdgedSeat, phones: Phones, stranger: RawSip) -> None:
    """200 INVITE/s for 10 s: the call that is up goes on, and a call of the PBX is answered in its window."""
    watch = Watch(seat)
    over = threading.Event()

    def storm() -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((stranger.host, 0))
        began, number = time.monotonic(), 0
        while number < RATE_HZ * STORM_S and not over.is_set():
            sock.sendto(stranger.request(), seat.edge.address)
            number += 1
            time.sleep(max(0.0, began + number / RATE_HZ - time.monotonic()))
        sock.close()

    storming = threading.Thread(target=storm)
    storming.start()
    try:
        time.sleep(1)
        call = phones("pbx").call(seat.outside)
        ringing = rings(seat, call)
        seat.post("lift", call=ringing)
        call.wait("answered")
        watch.check_alive()
        call.bye()
        call.wait("ended")
        storming.join()
    finally:
        over.set()
        storming.join()
    check_pickup(seat.wait_record(ringing), "on_time", 2)
    watch.check_alive()
    watch.close()
    assert stranger.host in [ban.address for ban in seat.edge.running.bans()]
    assert not [event for event in seat.journal(e.CallArrived) if stranger.host in event.caller]


KNOCK = """
import socket, sys
port = int(sys.argv[1])
server = socket.create_server(("", port), backlog=100)
for source in ("127.0.0.2", "127.0.0.3"):
    open_ones = []
    for _ in range(30):
        try:
            open_ones.append(socket.create_connection(("127.0.0.1", port), 1, (source, 0)))
        except OSError:
            pass
    print(len(open_ones))
"""


def test_firewall_limits_the_connections_of_each_stranger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a network of its own: twenty for a stranger, any number for a peer."""
    configuration = tmp_path / "seat.yaml"
    whole = {"edge": {"listen": [LOOPBACK], "port": 15060, "tls": {"port": 15061}}, "sip": {"peers": ["127.0.0.3"]}}
    configuration.write_text(json.dumps(whole))
    assert cli.main(["edge", "firewall", "--config", str(configuration)]) == 0
    (tmp_path / "rules").write_text(capsys.readouterr().out)
    (tmp_path / "knock.py").write_text(KNOCK)
    script = f"ip link set lo up && nft -f rules && nft -f rules && {sys.executable} knock.py 15060"
    inside = ["unshare", "--map-root-user", "--net", "sh", "-c", script]
    assert subprocess.run(inside, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.split() == [
        "20",
        "30",
    ]


def test_strangers_leave_lines_to_others(open_seat: EdgedSeat, phones: Phones) -> None:
    """However slowly they call and from wherever, half of the lines are not for them; nor more than two for each."""
    first, second, third = (RawSip(open_seat.edge.address, next(ADDRESSES)) for _ in range(3))
    with first, second, third:
        invites = [first.request(), second.request()]
        first.send(invites[0])
        second.send(invites[1])
        assert [answer.code for answer in first.answers() + second.answers()].count(180) == 2
        time.sleep(1.1)
        assert [stranger.ask(stranger.request()) for stranger in (first, second, third)] == [486] * 3
        call = phones("carl").call(open_seat.outside)
        call.wait("180")
        call.cancel()
        call.wait("487")
        first.send(first.cancel(invites[0]))
        assert 487 in [answer.code for answer in first.answers()]
        assert third.ask(third.request()) == 487, "it rang"
        second.send(second.cancel(invites[1]))
        second.answers()
    open_seat.wait_idle()


def test_no_name_that_a_stranger_chose_is_looked_up(open_seat: EdgedSeat) -> None:
    """Neither his Contact nor his Record-Route: what we say within his call goes to where he is."""
    with RawSip(open_seat.edge.address, next(ADDRESSES)) as stranger:
        evil = {"Contact": "<sip:raw@slow.invalid>", "Record-Route": "<sip:slower.invalid;lr>"}
        invite = stranger.request(uri=open_seat.edge.uri(NOW), headers=evil)
        stranger.send(invite)
        call = open_seat.wait_call("raw")["id"]
        open_seat.post("lift", call=call)
        answered = next(answer for answer in stranger.answers() if answer.code == 200)
        route = ", ".join(reversed(answered.every("Record-Route")))
        call_id, own = answered.get("Call-ID"), answered.get("From")
        to = {"From": own, "To": answered.get("To"), "Call-ID": call_id, "Route": route}
        stranger.send(stranger.request("ACK", answered.get("Contact").strip("<>"), to))
        open_seat.wait_call(call, state="talking")
        stranger.answers()
        open_seat.post("hangup", call=call)
        bye = next(request for request in stranger.answers(1.0) if request.method == "BYE")
        stranger.send(bye.answer(200, "OK").encode())
    open_seat.wait_idle()


def test_a_call_that_is_not_acknowledged_is_ended(open_seat: EdgedSeat) -> None:
    """By the PBX, too: who never says that he has heard the answer is not there."""
    with RawSip(open_seat.edge.address) as peer:
        peer.send(peer.request(uri=open_seat.edge.uri(NOW)))
        call = open_seat.wait_call("raw")["id"]
        open_seat.post("lift", call=call)
        open_seat.wait_gone("raw", 20)
    assert open_seat.wait_record(call)["ended_by"] == "customer"


def test_a_call_that_is_acknowledged_goes_on(open_seat: EdgedSeat, phones: Phones) -> None:
    call = phones("anna").call(open_seat.edge.uri(NOW))
    open_seat.post("lift", call=open_seat.wait_call("anna")["id"])
    call.wait("answered")
    with pytest.raises(PeerTimeoutError):
        open_seat.wait_gone("anna", 16)
    call.bye()
    call.wait("bye_200")
