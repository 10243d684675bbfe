"""A seat that follows a dialplan, with real phones: specialists who answer, are busy, refuse, do not answer; reload."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from phoneetiquette import events as e
from tests.integration.conftest import Phones
from tests.peers.baresip import Baresip
from tests.peers.hearing import tone, wait_heard
from tests.peers.seat import Seat, SeatRefusedError
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import SipCaller
from tests.peers.sipp import Sipp

GUEST, MARIA, AGENT = 1000.0, 1600.0, 700.0
NOW = "alarm"
PLAN = """\
dialplan: 1
name: Test
country: AT
timezone: Europe/Vienna
desk: {{rings: 1, transfer: {transfer}}}
people:
{people}
services:
  office: {{email: office@hotel.example}}
hours: {{day: "24/7"}}
switches:
  closed: {{closes: day}}
topics:
  change: {{label: Change a booking, to: [{to}], otherwise: {{message: office}}}}
  all: {{to: [{{skill: booking, order: all}}], otherwise: {{message: office}}}}
lines:
  full: {{called: [full], rules: [{{do: {{refuse: busy}}}}]}}
  direct: {{called: [direct], rules: [{{do: [{{ring: [{to}]}}, {{message: office}}]}}]}}
  late:
    called: [late]
    rules: [{{do: {{ring: desk}}}}]
    on_deadline: [{{ring: [{to}]}}, {{message: office}}]
  main: {{rules: [{{do: {{ring: desk}}}}], on_deadline: [{{connect: desk}}, {{message: office}}]}}
"""


def write_plan(file: Path, specialists: dict[str, str], transfer: str = "direct") -> None:
    people = "\n".join(f'  {name}: {{call: "{uri}", skills: [booking]}}' for name, uri in specialists.items())
    file.write_text(PLAN.format(transfer=transfer, people=people, to=", ".join(specialists)))


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    folder = tmp_path_factory.mktemp("topics")
    plan = folder / "plan.yaml"
    maria = '  maria: {call: "sip:maria@127.0.0.1:9", skills: [booking]}'
    plan.write_text(PLAN.format(transfer="direct", people=maria, to="maria"))
    settings = {"pickup": {"country": "JP", "emergency_lines": [NOW]}, "dialplan": str(plan)}
    with Seat(folder, settings) as seat:
        yield seat


@pytest.fixture
def plan(seat: Seat) -> Path:
    return seat.folder.parent / "plan.yaml"


@pytest.fixture(autouse=True)
def _ends_idle(seat: Seat, phones: Phones) -> Iterator[None]:
    yield
    seat.hang_up_all()


def calling(seat: Seat, phone: SipCaller) -> tuple[str, PeerCall]:
    guest = phone.call(seat.uri_of(NOW))
    guest.play(tone(GUEST), repeat=True)
    call = seat.wait_call(phone.user)["id"]
    seat.post("lift", call=call)
    guest.wait("answered")
    seat.wait_call(call, state="talking")
    return str(call), guest


def follow(seat: Seat, plan: Path, specialists: dict[str, SipCaller], transfer: str = "direct") -> None:
    follow_uris(seat, plan, {name: phone.contact for name, phone in specialists.items()}, transfer)


def follow_uris(seat: Seat, plan: Path, specialists: dict[str, str], transfer: str = "direct") -> None:
    write_plan(plan, specialists, transfer)
    assert seat.post("reload")["dialplan"] == seat.state()["dialplan"]["version"]


def results(seat: Seat, call: str) -> list[tuple[str, str]]:
    return [(one.who, one.result) for one in seat.journal(e.AttemptEnded, call=call)]


def test_busy_refusing_and_silent_specialists_are_passed_over(seat: Seat, phones: Phones, plan: Path) -> None:
    specialists = {
        "busy": phones("busy", refuse=486),
        "unwilling": phones("unwilling", refuse=603),
        "silent": phones("silent", answer_after_s=None),
        "maria": phones("maria"),
    }
    follow(seat, plan, specialists)
    call, guest = calling(seat, phones("guest"))
    seat.post("topic", topic="change")
    guest.wait("held")
    seat.wait_call(call, state="seeking")
    at_maria = specialists["maria"].wait_call(timeout_s=15)
    at_maria.play(tone(MARIA), repeat=True)
    at_maria.wait("got_ack")
    seat.wait_call(call, state="joined")
    wait_heard(guest, MARIA, among=(GUEST, MARIA, AGENT))
    wait_heard(at_maria, GUEST, among=(GUEST, MARIA, AGENT))
    assert "ended" not in guest.moments
    at_maria.bye()
    guest.wait("ended")
    record = seat.wait_record(call)
    tried = [("busy", "busy"), ("unwilling", "refused"), ("silent", "no_answer"), ("maria", "answered")]
    assert [(one["who"], one["result"]) for one in record["attempts"]] == tried
    assert record["dialplan"] == seat.journal(e.RouteDecided, call=call)[0].plan
    assert [leg["kind"] for leg in record["legs"]] == ["incoming", *["transfer"] * 4]


def test_specialist_is_asked_first_and_then_has_the_customer(seat: Seat, phones: Phones, plan: Path) -> None:
    maria = phones("maria")
    follow(seat, plan, {"maria": maria}, "announced")
    call, guest = calling(seat, phones("guest"))
    seat.post("topic", topic="change")
    at_maria = maria.wait_call()
    at_maria.play(tone(MARIA), repeat=True)
    seat.wait_call(call, state="held")
    seat.wait_call("maria", state="talking")
    wait_heard(guest, 523.0, among=(GUEST, MARIA, 523.0), timeout_s=8)
    seat.post("transfer", call=call)
    guest.wait("ended")  # its phone was told to call maria's, which takes the call over
    record = seat.wait_record(call)
    assert [(one["kind"], one["result"]) for one in record["transfers"]] == [("attended", "succeeded")]
    assert [leg["kind"] for leg in record["legs"]] == ["incoming", "consultation"]


def test_all_at_once(seat: Seat, phones: Phones, plan: Path) -> None:
    slow, quick = phones("slow", answer_after_s=None), phones("quick", answer_after_s=0.5)
    follow(seat, plan, {"slow": slow, "quick": quick})
    call, guest = calling(seat, phones("guest"))
    seat.post("topic", topic="all")
    at_slow = slow.wait_call()
    seat.wait_call(call, state="joined")
    at_slow.wait("ended")
    assert sorted(results(seat, call)) == [("quick", "answered"), ("slow", "withdrawn")]
    assert "ended" not in guest.moments


def test_nobody_takes_it_and_the_receptionist_has_the_customer_back(seat: Seat, phones: Phones, plan: Path) -> None:
    follow(seat, plan, {"busy": phones("busy2", refuse=486)})
    call, guest = calling(seat, phones("guest"))
    seat.post("topic", topic="change")
    shown = seat.wait_call(call, state="held")
    assert (shown["search"]["state"], shown["search"]["offer"]) == ("nobody", ["message office"])
    seat.post("resume", call=call)
    guest.wait("resumed")
    seat.wait_call(call, state="talking")


def test_receptionist_takes_the_customer_back(seat: Seat, phones: Phones, plan: Path) -> None:
    silent = phones("silent2", answer_after_s=None)
    follow(seat, plan, {"silent": silent})
    call, guest = calling(seat, phones("guest"))
    seat.post("topic", topic="change")
    at_silent = silent.wait_call()
    guest.wait("held")
    seat.post("resume", call=call)
    at_silent.wait("ended")
    guest.wait("resumed")
    seat.wait_call(call, state="talking")


def test_line_that_is_refused(seat: Seat, phones: Phones, plan: Path) -> None:
    follow(seat, plan, {"maria": phones("maria")})
    call = phones("guest").call(seat.uri_of("full"))
    call.wait("ended")
    record = seat.wait_record("full")
    assert (record["code"], record["ended_by"], record["answered"]) == (486, "desk", None)


@pytest.mark.parametrize("line", ["direct", "late"])
def test_customer_of_a_line_is_connected_with_the_specialist(seat: Seat, phones: Phones, plan: Path, line: str) -> None:
    """At once in the window, or at the end of the third ring, and never before."""
    unwilling = f"unwilling_{line}"  # who has refused before is not called again so soon
    specialists = {unwilling: phones(unwilling, refuse=603), "maria": phones("maria")}
    follow(seat, plan, specialists)
    guest = phones("guest").call(seat.uri_of(line))
    guest.play(tone(GUEST), repeat=True)
    at_maria = specialists["maria"].wait_call(timeout_s=15)
    at_maria.play(tone(MARIA), repeat=True)
    guest.wait("answered")
    call = seat.wait_call("guest", state="joined")["id"]
    wait_heard(guest, MARIA, among=(GUEST, MARIA, AGENT))
    (ring,), (judged,) = seat.journal(e.RingPlanned, call=call), seat.journal(e.PickupJudged, call=call)
    assert judged.verdict == "diverted"
    assert judged.at_ns >= (ring.closes_ns if line == "late" else ring.opens_ns)
    guest.bye()
    at_maria.wait("ended")
    record = seat.wait_record(call)
    assert [(one["who"], one["result"]) for one in record["attempts"]] == [
        (unwilling, "refused"),
        ("maria", "answered"),
    ]


def test_program_that_is_started_anew_goes_on_calling(seat: Seat, phones: Phones, plan: Path) -> None:
    silent, maria = phones("silent3", answer_after_s=None), phones("maria3", answer_after_s=0.3)
    write_plan(plan, {"silent3": silent.contact, "maria3": maria.contact})
    plan.write_text(plan.read_text().replace("maria3: {", "maria3: {ring: 8, "))  # a slow start may take some of them
    seat.post("reload")
    call, guest = calling(seat, phones("guest"))
    seat.post("topic", topic="change")
    silent.wait_call()
    seat.kill()
    seat.start_again()
    maria.wait_call(timeout_s=15).wait("got_ack")
    seat.wait_call(call, state="joined")
    assert "ended" not in guest.moments
    assert results(seat, call) == [("silent3", "no_answer"), ("maria3", "answered")]


def test_bad_plan_leaves_the_old_one_in_force(seat: Seat, phones: Phones, plan: Path) -> None:
    follow(seat, plan, {"maria": phones("maria")})
    version = seat.state()["dialplan"]["version"]
    good = plan.read_text()
    plan.write_text(good.replace("office@hotel.example}", "office@hotel.example}\nnonsense: 1"))
    with pytest.raises(SeatRefusedError, match="nonsense"):
        seat.post("reload")
    state = seat.state()
    assert state["dialplan"]["version"] == version
    assert "dialplan" in [one["key"] for one in state["troubles"]]
    plan.write_text(good + "\n# another version\n")
    os.kill(seat.process.pid, signal.SIGHUP)
    state = seat.wait_state(lambda state: all(one["key"] != "dialplan" for one in state["troubles"]))
    assert state["dialplan"]["version"] != version


def test_phone_of_the_specialist_rings_at_once(seat: Seat, phones: Phones, plan: Path) -> None:
    maria = phones("maria", answer_after_s=None)
    follow(seat, plan, {"maria": maria})
    call, _ = calling(seat, phones("guest"))
    spans_ms = []
    for _ in range(9):
        started = time.monotonic()
        seat.post("topic", topic="change", call=call)
        maria.wait_call()
        spans_ms.append((time.monotonic() - started) * 1000)
        seat.post("resume", call=call)
        seat.wait_call(call, state="talking")
        seat.wait_gone("maria")
    print(f"topic chosen to ringing: median {statistics.median(spans_ms):.1f} ms, worst {max(spans_ms):.1f} ms")
    assert statistics.median(spans_ms) < 100


def test_plan_is_followed_when_its_file_changes(seat: Seat, phones: Phones, plan: Path) -> None:
    """A bad one leaves the old one in force, and is told of once; a good one ends the trouble."""
    follow(seat, plan, {"maria": phones("maria")})
    version = seat.state()["dialplan"]["version"]
    good = plan.read_text()
    plan.write_text(good + "nonsense: 1\n")
    state = seat.wait_state(lambda state: "dialplan" in [one["key"] for one in state["troubles"]], 15)
    assert state["dialplan"]["version"] == version
    told = len(seat.journal(e.TroubleNoticed, key="dialplan", cleared=False))
    plan.write_text(good + "# mended\n")
    state = seat.wait_state(lambda state: state["dialplan"]["version"] != version, 15)
    assert "dialplan" not in [one["key"] for one in state["troubles"]]
    assert len(seat.journal(e.TroubleNoticed, key="dialplan", cleared=False)) == told


def test_specialist_who_vanishes_while_asked_first_leaves_the_customer_on_hold(
    seat: Seat, phones: Phones, plan: Path
) -> None:
    with Baresip("carl", speech=tone(MARIA, 60)) as carl:
        follow_uris(seat, plan, {"carl": carl.uri}, "announced")
        call, guest = calling(seat, phones("guest"))
        seat.post("topic", topic="change")
        carl.wait("CALL_ESTABLISHED")
        seat.wait_call("carl", state="talking")
        carl.process.kill()
        seat.post("resume", call=call)
        guest.wait("resumed")
        seat.wait_call(call, state="talking")
        assert "ended" not in guest.moments


def test_sipp_as_specialists(seat: Seat, phones: Phones, plan: Path) -> None:
    with (
        Sipp("uas_busy", timeout_s=40) as busy,
        Sipp("uas_unavailable", timeout_s=40) as unavailable,
        Sipp("uas_not_acceptable", timeout_s=40) as unacceptable,
        Sipp("uas_answer", timeout_s=40) as answers,
    ):
        peers = {"p_busy": busy, "p_unavailable": unavailable, "p_unacceptable": unacceptable, "p_answers": answers}
        follow_uris(seat, plan, {name: f"sip:{name}@{peer.uri.partition(':')[2]}" for name, peer in peers.items()})
        call, guest = calling(seat, phones("guest"))
        seat.post("topic", topic="change")
        seat.wait_call(call, 20, state="joined")
        assert "ended" not in guest.moments
        assert results(seat, call) == [
            ("p_busy", "busy"),
            ("p_unavailable", "unreachable"),
            ("p_unacceptable", "refused"),
            ("p_answers", "answered"),
        ]
        seat.post("hangup", call=call)
        for peer in peers.values():
            peer.finish().check()


def test_switches_and_people_outlive_a_restart(seat: Seat, phones: Phones, plan: Path) -> None:
    away, maria = phones("away"), phones("maria5")
    follow(seat, plan, {"away": away, "maria5": maria})
    seat.post("switch", name="closed", on=True)
    seat.post("person", who="away", presence="absent")
    with pytest.raises(SeatRefusedError, match="nobody"):
        seat.post("person", who="nobody", presence="absent")
    seat.kill()
    seat.start_again()
    state = seat.state()
    assert (state["switches"], state["people"]) == (["closed"], {"away": "absent"})
    call, _ = calling(seat, phones("guest"))
    seat.post("topic", topic="change")
    maria.wait_call()
    assert [who for who, _ in results(seat, call)] in ([], ["maria5"])
    seat.post("switch", name="closed", on=False)
    seat.post("person", who="away", presence="present")
    assert (seat.state()["switches"], seat.state()["people"]) == ([], {})


# Last: who has vanished holds a line of the library until the answer to the goodbye is waited for no more (32 s).


def test_baresip_as_specialist(seat: Seat, phones: Phones, plan: Path) -> None:
    """One whose program dies while it rings is given up after its rings; the next one answers, and its program dies in
    the talk: the customer is on hold at the desk, which rings."""
    with Baresip("dying", answers=False) as dying, Baresip("carl", speech=tone(MARIA, 60)) as carl:
        follow_uris(seat, plan, {"dying": dying.uri, "carl": carl.uri})
        call, guest = calling(seat, phones("guest"))
        seat.post("topic", topic="change")
        dying.wait("CALL_INCOMING")
        dying.process.kill()
        carl.wait("CALL_ESTABLISHED", 20)
        seat.wait_call(call, state="joined")
        wait_heard(guest, MARIA, among=(GUEST, MARIA, AGENT))
        assert "ended" not in guest.moments
        assert results(seat, call) == [("dying", "no_answer"), ("carl", "answered")]
        carl.process.kill()
        shown = seat.wait_call(call, 25, state="held")
        assert (shown["returned"], shown["search"]["state"]) == (True, "nobody")
        assert shown["search"]["tried"][-1]["result"] == "vanished"
        assert seat.state()["bell"] == "ringer"
        guest.wait("held")
        seat.post("resume", call=call)
        guest.wait("resumed")
        seat.wait_call(call, state="talking")
        assert seat.state()["bell"] == "off"
