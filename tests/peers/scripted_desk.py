"""A desk that plays calls without SIP, so that the console can be developed, tested and photographed by itself.

It follows the real transition table and the real pickup window; only the voices and the network are missing.
``python -m tests.peers.scripted_desk --port 8471`` serves the console with a guest who calls again and again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from phoneetiquette import events as e
from phoneetiquette.calls.states import ACTIONS, State, actions
from phoneetiquette.console.app import create_app
from phoneetiquette.console.desk_port import DeskListener
from phoneetiquette.console.server import ConsoleServer
from phoneetiquette.errors import CallError
from phoneetiquette.etiquette.cadence import Cadence
from phoneetiquette.etiquette.score_rules import card_of
from phoneetiquette.etiquette.window import PickupWindow
from phoneetiquette.events import EndedBy
from phoneetiquette.records.record import CallRecord, Pickup
from phoneetiquette.records.scored import scored_object
from phoneetiquette.units import Ns, to_ms

AUSTRIA = (1000, 5000)
_NAMES = {kind: name for name, kind in ACTIONS.items()}
_IN_TALK = ("talking", "conference")


class ScriptedDesk:
    """A :class:`~phoneetiquette.console.desk_port.DeskPort` whose guests do what the test says. Loop's thread."""

    def __init__(self) -> None:
        self.events: list[e.Event] = []
        """What was submitted, refused ones left out."""
        self.listeners: set[DeskListener] = set()
        self.records: list[dict[str, Any]] = []
        self.seat: dict[str, Any] = {
            "seat": "desk",
            "display_name": "Reception",
            "presence": "present",
            "engine": {"state": "ready", "listening": ["sip:desk@127.0.0.1:5060"]},
            "registration": {
                "account": "sip:desk@pbx.hotel.example",
                "state": "registered",
                "code": 200,
                "reason": "OK",
            },
            "audio": {
                "headset": {"state": "open", "device": "Jabra Engage 75", "backend": "portaudio"},
                "ringer": {"state": "open", "device": "Built-in speaker", "backend": "portaudio"},
            },
            "muted": False,
            "troubles": [],
            "wrap_up": None,
            "dialplan": None,
            "site": {},
        }
        self.known: dict[str, dict[str, Any]] = {}
        """Number -> what the seat knows of whoever has it, as it stands in the snapshot of a call."""
        self.found: list[dict[str, Any]] = []
        """What the directory finds, whatever is asked."""
        self.counts: Callable[[], dict[str, Any] | None] = lambda: None
        """How many messages wait, for the snapshot."""
        self.wake_ups: Callable[[], dict[str, Any] | None] = lambda: None
        """How many guests are to be woken."""
        self._calls: dict[str, dict[str, Any]] = {}

    # ------------------------------------------------------------------------------------------------ DeskPort

    def snapshot(self) -> dict[str, Any]:
        calls = [
            call | {"armed": call["state"] == "armed", "actions": list(actions(State(call["state"])))}
            for call in self._calls.values()
        ]
        seen = {"now_ms": to_ms(self.now_ns()), "messages": self.counts(), "wake_ups": self.wake_ups()}
        return self.seat | seen | {"calls": calls}

    async def submit(self, event: e.Event) -> None:
        match event:
            case e.AgentDialled():
                self._hold_the_talk()
                self._add(event.call, "out", "dialling", event.target, "")
            case e.AgentMuted():
                self.seat["muted"] = event.muted
            case e.PresenceChanged():
                self.seat["presence"] = event.presence
                self.seat["wrap_up"] = None
            case e.AgentWrappedUp():
                self.seat["wrap_up"] = None
            case e.AgentTookMessage() | e.MessageNoted():
                pass  # ScriptedMessages keeps them
            case e.WakeUpSet() | e.WakeUpCalled() | e.WakeUpNoted() | e.WakeUpTried():
                pass  # ScriptedWakeUps does
            case e.SwitchTurned() | e.PersonMarked():
                pass  # it has no dialplan
            case _:
                self._act(event, self._meant(event))
        self.events.append(event)
        self.changed()

    async def reload(self) -> dict[str, Any] | None:
        return None

    def subscribe(self, listener: DeskListener) -> None:
        self.listeners.add(listener)

    def unsubscribe(self, listener: DeskListener) -> None:
        self.listeners.discard(listener)

    def calls(self, limit: int) -> list[dict[str, Any]]:
        return self.records[:limit]

    def last_dialled(self) -> str:
        return next((str(one["called"]) for one in self.records if one["direction"] == "out"), "")

    def directory(self, text: str, limit: int) -> list[dict[str, Any]]:
        return self.found[:limit]

    def new_call_id(self) -> str:
        return uuid.uuid4().hex

    def now_ns(self) -> int:
        return time.monotonic_ns()

    # ------------------------------------------------------------------------------------------------ the script

    def changed(self) -> None:
        for listener in tuple(self.listeners):
            listener.state_changed()

    def ring(
        self,
        name: str,
        number: str = "+43 664 1234567",
        cadence: tuple[int, ...] = AUSTRIA,
        *,
        since_s: float = 0.0,
        exempt: str = "",
    ) -> str:
        """A guest calls and has heard ringing for ``since_s`` seconds."""
        call = self._add(self.new_call_id(), "in", "alerting", number, name)
        window = PickupWindow(Ns(self.now_ns() - round(since_s * 1e9)), Cadence(cadence))
        call["ring"] = {
            "country": "AT",
            "cadence_ms": list(cadence),
            "started_ms": to_ms(window.started_ns),
            "opens_ms": to_ms(window.opens_ns),
            "closes_ms": to_ms(window.closes_ns),
            "exempt": exempt,
        }
        self.changed()
        return str(call["id"])

    def alert(self, call: str) -> None:
        """The phone we called rings."""
        self._calls[call]["state"] = "ringing"
        self.changed()

    def answer(self, call: str, *, talked_s: float = 0.0) -> None:
        """The call is in talk, since ``talked_s`` seconds."""
        answered_ms = to_ms(self.now_ns()) - talked_s * 1e3
        self._calls[call] |= {
            "state": "talking",
            "talked": True,
            "answered_ms": answered_ms,
            "codec": "G722",
            "encrypted": True,
        }
        if self._calls[call]["direction"] == "in":
            self._calls[call]["verdict"] = "on_time"
        self.changed()

    def measure(self, call: str, measures: dict[str, Any]) -> None:
        self._calls[call]["measures"] = measures
        for listener in tuple(self.listeners):
            listener.measures_taken(call, measures)

    def leave(self, call: str, by: EndedBy = "customer") -> None:
        """The call is over."""
        gone = self._calls.pop(call)
        record = CallRecord(
            call=call,
            seat="desk",
            direction=gone["direction"],
            caller=gone["party"]["uri"] if gone["direction"] == "in" else "sip:desk@hotel.example",
            caller_name=gone["party"]["name"],
            called=gone["called"],
            arrived=self._wall(gone["arrived_ms"]),
            answered=None if gone["answered_ms"] is None else self._wall(gone["answered_ms"]),
            ended=datetime.now(UTC),
            ended_by=by,
            pickup=gone["verdict"] and Pickup(verdict=gone["verdict"], ring=2, after_open_ms=1.0, before_close_ms=1.0),
        )
        self.records.insert(0, scored_object(record, card_of(record)))
        self.changed()

    def _wall(self, moment_ms: float) -> datetime:
        return datetime.now(UTC) - timedelta(milliseconds=to_ms(self.now_ns()) - moment_ms)

    def __contains__(self, call: str) -> bool:
        return call in self._calls

    def call(self, call: str) -> dict[str, Any]:
        return self._calls[call]

    # ------------------------------------------------------------------------------------------------ rules, in short

    def _add(self, call: str, direction: str, state: str, number: str, name: str) -> dict[str, Any]:
        uri = number if number.startswith("sip:") else f"sip:{number}@pbx.hotel.example"
        self._calls[call] = {
            "id": call,
            "direction": direction,
            "state": state,
            "party": {"uri": uri, "number": number, "name": name},
            "called": "sip:reception@hotel.example" if direction == "in" else uri,
            "arrived_ms": to_ms(self.now_ns()),
            "ring": None,
            "answered_ms": None,
            "ended_ms": None,
            "held_by_us": False,
            "held_by_peer": False,
            "codec": "",
            "encrypted": False,
            "verdict": None,
            "measures": None,
            "transfer": None,
            "search": None,
            "known": self.known.get(number),
            "stage": "",
            "talked": False,
            "consultation": False,
        }
        return self._calls[call]

    def _meant(self, event: e.Event) -> dict[str, Any]:
        """The call an event is about.

        Raises:
            CallError: there is none that can do it.
        """
        wanted = getattr(event, "call", None)
        for call in self._calls.values():
            if wanted in (None, call["id"]) and _NAMES[type(event)] in actions(State(call["state"])):
                return call
        raise CallError(f"no call can do that now ({_NAMES[type(event)]})", "see which actions the page offers")

    def _act(self, event: e.Event, call: dict[str, Any]) -> None:
        match event:
            case e.AgentLifted():
                wait_s = (call["ring"]["opens_ms"] - to_ms(self.now_ns())) / 1e3
                if wait_s > 0 and not call["ring"]["exempt"]:
                    call["state"] = "armed"
                    asyncio.get_running_loop().call_later(wait_s, self._connect, call)
                else:
                    self._hold_the_talk()
                    self.answer(call["id"])
            case e.AgentPutDown():
                call["state"] = "alerting"
            case e.AgentHungUp():
                self.leave(call["id"], by="agent")
            case e.AgentHeld():
                call |= {"state": "held", "held_by_us": True}
            case e.AgentResumed():
                self._hold_the_talk()
                call |= {"state": "talking", "held_by_us": False}
            case e.AgentConferenced():
                for other in self._calls.values():
                    if other["state"] in ("talking", "held"):
                        other |= {"state": "conference", "held_by_us": False}
            case e.AgentMarkedStage():
                call["stage"] = event.stage
            case e.AgentChoseTopic():
                search = {"topic": event.topic, "state": "calling", "calling": [], "tried": [], "offer": []}
                call |= {"state": "seeking", "held_by_us": True, "search": search}
            case e.AgentTransferred():
                call |= {"state": "transferring", "transfer": {"target": event.target, "code": 100, "reason": "Trying"}}

    def _connect(self, call: dict[str, Any]) -> None:
        if call["id"] in self._calls and call["state"] == "armed":
            self._hold_the_talk()
            self.answer(call["id"])

    def _hold_the_talk(self) -> None:
        for call in self._calls.values():
            if call["state"] in _IN_TALK:
                call |= {"state": "held", "held_by_us": True}


def measures(
    duration_s: float,
    agent_s: float,
    customer_s: float,
    *,
    agent_interrupted: int = 0,
    customer_interrupted: int = 0,
    last_by_agent_s: float | None = None,
    speaking: str = "customer",
    talking_over: str | None = None,
) -> dict[str, Any]:
    """Measures of a call in talk, as far as the page shows them."""
    total = agent_s + customer_s
    interruptions = (
        []
        if last_by_agent_s is None
        else [{"by": "agent", "start_s": last_by_agent_s, "end_s": last_by_agent_s + 0.8, "outcome": "taken"}]
    )
    return {
        "definitions": "1",
        "duration_s": duration_s,
        "parties": {
            "agent": {"talk_s": agent_s, "talk_share": agent_s / total, "interruptions": agent_interrupted},
            "customer": {"talk_s": customer_s, "talk_share": customer_s / total, "interruptions": customer_interrupted},
        },
        "interruptions": interruptions,
        "speaking": {"agent": speaking == "agent", "customer": speaking == "customer"},
        "talking_over": talking_over,
    }


async def _guests(desk: ScriptedDesk) -> None:
    while True:
        call = desk.ring("Anna Berger")
        started = time.monotonic()
        while call in desk and time.monotonic() - started < 90:
            await asyncio.sleep(1)
            if desk.call(call)["state"] == "talking":
                talked_s = to_ms(desk.now_ns()) / 1e3 - desk.call(call)["answered_ms"] / 1e3
                desk.measure(call, measures(talked_s, talked_s * 0.4, talked_s * 0.5))
        if call in desk:
            desk.leave(call)
        await asyncio.sleep(4)


async def _serve(port: int) -> None:
    desk = ScriptedDesk()
    async with ConsoleServer(create_app(desk), "127.0.0.1", port) as server:
        print(server.url, flush=True)
        await _guests(desk)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8471)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(parser.parse_args().port))
