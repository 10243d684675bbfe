"""Specialists whom the PBX tells to be in a call: subscribed to, passed over, shown; over UDP and TCP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from phoneetiquette import events as e
from phoneetiquette.calls.guide import Guide
from phoneetiquette.config import load
from phoneetiquette.dialplan.presence import Package
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.presence.link import Destination, Link
from phoneetiquette.runtime import presence as runtime_presence
from phoneetiquette.runtime.presence import Presence
from tests.integration.conftest import Phones
from tests.integration.test_topics import NOW, calling, results
from tests.peers.kamailio_presence import KamailioPresence
from tests.peers.ports import LOOPBACK, free_port
from tests.peers.presence_server import PresencePbx, dialog_info, pidf
from tests.peers.seat import Seat
from tests.peers.sip_caller import SipCaller
from tests.unit.topic_scenes import guide

PLAN = """\
dialplan: 1
name: Test
country: AT
timezone: Europe/Vienna
desk: {{rings: 1, transfer: direct, presence: dialog}}
people:
  maria: {{call: "201", skills: [booking]}}
  jonas: {{call: "{jonas}", skills: [booking], presence: "no"}}
  hidden: {{call: "203"}}
services: {{office: {{email: office@hotel.example}}}}
topics:
  change: {{to: [maria, jonas], otherwise: {{message: office}}}}
  ask: {{to: hidden, otherwise: {{message: office}}}}
lines: {{main: {{rules: [{{do: {{ring: desk}}}}], on_deadline: {{message: office}}}}}}
"""


@pytest.fixture(scope="module")
def pbx() -> Iterator[PresencePbx]:
    with PresencePbx("secret") as pbx:
        pbx.refused_users.add("203")
        yield pbx


@pytest.fixture(scope="module")
def jonas() -> Iterator[SipCaller]:
    with SipCaller("jonas") as phone:
        yield phone


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory, pbx: PresencePbx, jonas: SipCaller) -> Iterator[Seat]:
    folder = tmp_path_factory.mktemp("presence")
    plan = folder / "plan.yaml"
    plan.write_text(PLAN.format(jonas=jonas.contact))
    account = {"registrar": f"sip:{pbx.host}", "user": "desk", "password": "secret"}
    settings = {
        "pickup": {"country": "JP", "emergency_lines": [NOW]},
        "dialplan": str(plan),
        "sip": {"account": account},
    }
    with Seat(folder, settings) as seat:
        yield seat
        seat.stop()
        pbx.wait(lambda pbx: not pbx.subscribers)  # they are taken back at the end


@pytest.fixture(autouse=True)
def _ends_idle(seat: Seat, phones: Phones) -> Iterator[None]:
    yield
    seat.hang_up_all()


def known(seat: Seat, who: str, state: str) -> None:
    seat.wait_state(lambda seen: seen["seen"][who] == state, 20)


def test_whom_the_pbx_tells_to_be_in_a_call_is_passed_over(seat: Seat, phones: Phones, pbx: PresencePbx) -> None:
    known(seat, "maria", "available")
    pbx.tell("201", busy=True)
    known(seat, "maria", "busy")
    shown = seat.http.get("/api/directory", params={"q": "maria"}).json()
    assert [(one["state"], one["since_ms"] > 0) for one in shown if one["kind"] == "person"] == [("busy", True)]
    call, guest = calling(seat, phones("guest"))
    seat.post("topic", topic="change")
    seat.wait_call(call, state="joined")
    assert results(seat, call) == [("jonas", "answered")]
    seat.post("hangup", call=call)
    guest.wait("ended")
    pbx.tell("201", busy=False)
    known(seat, "maria", "available")
    call, _ = calling(seat, phones("guest"))
    seat.post("topic", topic="change")
    seat.wait_call(call, state="joined")
    assert results(seat, call) == [("maria", "no_answer"), ("jonas", "answered")]
    states = [one.state for one in seat.journal(e.PersonSeen, who="maria")]
    assert states[-3:] == ["available", "busy", "available"]


def test_refused_subscription_is_a_trouble_and_means_unknown(seat: Seat) -> None:
    state = seat.wait_state(lambda state: any(one["key"] == "presence" for one in state["troubles"]), 20)
    (trouble,) = [one for one in state["troubles"] if one["key"] == "presence"]
    assert "of hidden: the PBX refuses to tell: 404" in trouble["what"]
    assert state["seen"]["hidden"] == "unknown"
    assert "jonas" not in state["seen"]
    assert len(seat.journal(e.TroubleNoticed, key="presence", cleared=False)) == 1


def test_what_somebody_else_tells_is_not_heard(seat: Seat, pbx: PresencePbx) -> None:
    known(seat, "maria", "available")
    one = pbx.of("201")
    pbx.busy.add("201")
    told = one.notify(pbx.document(one))
    pbx.busy.discard("201")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind((LOOPBACK, 0))
        stranger.sendto(told.encode(), pbx.subscriber)
    pbx.tell("201", busy=False)  # what comes after it has been taken in
    pbx.wait(lambda pbx: pbx.answers[-1].sequence > told.sequence)
    answered = [one.sequence for one in pbx.answers if one.get("Call-ID") == told.get("Call-ID")]
    assert told.sequence not in answered
    assert seat.state()["seen"]["maria"] == "available"


def test_program_that_is_started_anew_asks_anew(seat: Seat, pbx: PresencePbx) -> None:
    known(seat, "maria", "available")
    pbx.busy.add("201")
    seat.kill()
    pbx.forget()
    seat.start_again()
    known(seat, "maria", "busy")
    pbx.tell("201", busy=False)
    known(seat, "maria", "available")


async def test_link_over_a_connection() -> None:
    """Whole messages, whatever pieces they come in; a connection that ends is noticed, and another one made."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    notify = b"NOTIFY sip:desk@x SIP/2.0\r\nCSeq: 1 NOTIFY\r\nContent-Length: %d\r\n\r\n%s"
    first, second = notify % (2, b"hi"), notify % (0, b"")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in (b"\r\n\r\n" + first[:30], first[30:] + second[:5], second[5:]):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    port = server.sockets[0].getsockname()[1]
    over = asyncio.Event()
    link = Link(Destination(LOOPBACK, port, "tcp"), heard.put_nowait, over.set)
    async with server, asyncio.timeout(20):
        for _ in range(2):
            await link.open()
            assert link.local.startswith(f"{LOOPBACK}:")
            assert link.keep_open()
            assert [await heard.get(), await heard.get()] == [first, second]
            await over.wait()
            over.clear()
            assert not link.local
            assert not link.keep_open()
    with pytest.raises(OSError, match=r"."):
        await link.open()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


@dataclass
class Listening:
    """A seat's side of presence: a plan, and what is told."""

    guide: Guide | None = None
    registered: bool = False
    fails: bool = False
    """The next time that it is told of somebody."""
    told: list[tuple[str, str, str]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def person_seen(self, who: str, state: str, *, package: str, why: str) -> None:
        self.told.append((who, state, package))
        if self.fails:
            self.fails = False
            raise RuntimeError("no")

    def trouble(self, key: str, error: PhoneEtiquetteError | None) -> None:
        self.troubles.append(error.what if error else "")

    async def hears(self, who: str, state: str, package: str = "") -> None:
        await until(lambda: (who, state, package) in self.told)
        self.told.clear()


def asking(
    folder: Path, port: int, transport: str, asked: dict[str, tuple[Package, ...]]
) -> tuple[Listening, Presence]:
    """Presence at a PBX on loopback, of these people, whose names are their numbers."""
    account = f"{{registrar: 'sip:{LOOPBACK}:{port}', user: desk, password: secret, transport: {transport}}}"
    (folder / "seat.yaml").write_text(f"sip: {{listen: {LOOPBACK}, account: {account}}}\n")
    (folder / "seat.yaml").chmod(0o600)
    addresses = {who: f"sip:{who}@{LOOPBACK}:{port}" for who in asked}
    seat = Listening(replace(guide(), watched=asked, addresses=addresses))
    presence = Presence(load(folder / "seat.yaml", {}), seat)
    presence.state_changed()
    return seat, presence


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_kamailio_as_the_pbx(tmp_path: Path, transport: str) -> None:
    with KamailioPresence("secret") as pbx:
        asked: dict[str, tuple[Package, ...]] = {"maria": ("dialog", "presence"), "pia": ("presence",)}
        seat, presence = asking(tmp_path, pbx.port, transport, asked)
        await seat.hears("maria", "unknown")
        pbx.publish("maria", "dialog", dialog_info("confirmed"))
        await seat.hears("maria", "busy", "dialog")
        pbx.publish("maria", "dialog", dialog_info("terminated", version=1))
        await seat.hears("maria", "available", "dialog")
        pbx.publish("pia", "presence", pidf("open", "on-the-phone"))
        await seat.hears("pia", "busy", "presence")
        pbx.publish("pia", "presence", pidf("closed"))
        await seat.hears("pia", "away", "presence")
        await presence.stop()
    assert seat.troubles == []


async def test_presence_goes_on_after_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_presence, "TRY_AGAIN_S", 0.05)
    seat, presence = asking(tmp_path, free_port(), "tcp", {"maria": ("dialog",)})
    seat.fails = True
    await until(lambda: "of maria: the PBX cannot be reached: " in "".join(seat.troubles[-1:]))
    assert not seat.fails
    await presence.stop()


async def test_password_answers_nobody_but_the_registrar(tmp_path: Path) -> None:
    """Another host that a plan names is asked, and its challenge is a refusal."""
    with PresencePbx("secret") as own, PresencePbx("secret") as other:
        seat, presence = asking(tmp_path, int(own.host.partition(":")[2]), "udp", {"maria": ("dialog",)})
        assert seat.guide
        addresses = {**seat.guide.addresses, "bob": f"sip:bob@{other.host}"}
        seat.guide = replace(seat.guide, watched={**seat.guide.watched, "bob": ("dialog",)}, addresses=addresses)
        presence.state_changed()
        await until(lambda: bool(own.subscribers))
        await until(
            lambda: (
                seat.troubles
                == ["whether people are in a call is not known of bob: the PBX refuses to tell: 401 Unauthorized"]
            )
        )
        assert [one.get("Authorization") for one in other.seen] == [""]
        await presence.stop()


async def test_who_has_no_address_any_more_is_unknown(tmp_path: Path) -> None:
    with PresencePbx() as pbx:
        seat, presence = asking(tmp_path, int(pbx.host.partition(":")[2]), "udp", {"maria": ("dialog",)})
        pbx.busy.add("maria")
        await seat.hears("maria", "busy", "dialog")
        assert seat.guide
        seat.guide = replace(seat.guide, addresses={"maria": ""})
        presence.state_changed()
        assert seat.told == [("maria", "unknown", "")]
        await presence.stop()


async def test_connection_ends_with_a_fault_in_what_is_done_with_a_message() -> None:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"NOTIFY sip:desk@x SIP/2.0\r\nContent-Length: 0\r\n\r\n")

    def fail(_message: bytes) -> None:
        raise RuntimeError("no")

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    over = asyncio.Event()
    link = Link(Destination(LOOPBACK, server.sockets[0].getsockname()[1], "tcp"), fail, over.set)
    async with server, asyncio.timeout(20):
        await link.open()
        await over.wait()
        assert not link.local


async def test_pbx_that_cannot_be_reached_is_a_trouble_until_nobody_is_asked_about(tmp_path: Path) -> None:
    seat, presence = asking(tmp_path, free_port(), "tcp", {"maria": ("dialog",)})
    await seat.hears("maria", "unknown")
    (trouble,) = seat.troubles
    assert "of maria: the PBX cannot be reached: " in trouble
    seat.guide = replace(guide(), watched={})
    presence.state_changed()
    assert seat.troubles[1:] == [""]
    await presence.stop()
