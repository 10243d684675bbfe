"""Calling whom the dialplan names for a customer: placing a leg, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.calls.session import Attempt, Search, Session
from phoneetiquette.calls.states import State
from phoneetiquette.dialplan.questions import Result
from phoneetiquette.units import NS_PER_S, seconds

if TYPE_CHECKING:
    from phoneetiquette.calls.desk import Desk

RESTING_NS = seconds(60)
"""For so long nobody is called again who has just been busy or refused."""

_BUSY = frozenset({486, 600})
_REFUSED = frozenset({401, 403, 406, 407, 433, 488, 603, 606, 607, 608})
_NO_ANSWER = frozenset({408, 480, 487})


class Attempts:
    """Legs that are placed for customers, and what is remembered of those who are called."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._resting: dict[str, int] = {}
        self._last_ns: dict[str, int] = {}
        self.last_taken: dict[str, str] = {}
        """Skill -> who was tried last."""

    def resting(self, now_ns: int) -> frozenset[str]:
        """Who has just been busy or refused."""
        return frozenset(who for who, until_ns in self._resting.items() if until_ns > now_ns)

    def found_busy(self, now_ns: int) -> dict[str, int]:
        """Since when each of those has been known to be busy."""
        return {who: until_ns - RESTING_NS for who, until_ns in self._resting.items() if until_ns > now_ns}

    def idle_s(self, now_ns: int) -> dict[str, float]:
        """For how long each has had no call; who is not in it has had none."""
        return {who: (now_ns - last_ns) / NS_PER_S for who, last_ns in self._last_ns.items()}

    def begin(
        self, session: Session, search: Search, decided: e.RouteDecided, attempt: Mapping[str, Any], now_ns: int
    ) -> None:
        """Call one of those whom the plan has named."""
        desk = self._desk
        who, target, rings = attempt["who"], attempt["target"], attempt["rings"]
        name = desk.routing.name_of(session, who)
        mine = {s.call for s in desk.sessions.values() if s.sought_for == session.call}
        for_agent = search.asked == "topic" and (search.conference or attempt["transfer"] == "announced")
        announced = for_agent and not desk.busy(apart_from={session.call, *mine})
        session.far_legs += 1
        leg = f"{session.call}-{session.far_legs}"
        search.names[who] = name
        if decided.skill:
            self.last_taken[decided.skill] = who
        desk.emit(
            e.AttemptBegun(
                at_ns=now_ns,
                call=session.call,
                leg=leg,
                who=who,
                target=target,
                rings=rings,
                announced=announced,
                topic=search.topic,
            )
        )
        if not target:
            self.failed(session, search, leg, who, "unreachable", now_ns)
            return
        search.legs[leg] = Attempt(who, name, None if decided.until_answered else rings)
        placed = Session(
            call=leg,
            direction="out",
            party=target,
            party_name=name if name != who else "",
            called=target,
            began_ns=now_ns,
            state=State.DIALLING,
            to_agent=announced,
            sought_for=session.call,
            who=who,
            consultation=True,
        )
        desk.open_session(placed)
        desk.do(c.Dial(call=leg, target=target, to_agent=announced))

    def succeeded(self, customer: Session, leg: Session, attempt: Attempt, now_ns: int) -> None:
        self._last_ns[attempt.who] = now_ns
        self._desk.emit(
            e.AttemptEnded(at_ns=now_ns, call=customer.call, leg=leg.call, who=attempt.who, result="answered")
        )

    def failed(
        self, session: Session, search: Search, leg: e.CallId, who: str, result: Result, now_ns: int, code: int = 0
    ) -> None:
        search.legs.pop(leg, None)
        search.tried[who] = result
        if result in ("busy", "refused"):
            self._resting[who] = now_ns + RESTING_NS
        self._desk.emit(e.AttemptEnded(at_ns=now_ns, call=session.call, leg=leg, who=who, result=result, code=code))

    def withdraw(self, session: Session, search: Search, leg: e.CallId, now_ns: int) -> None:
        attempt = search.legs.pop(leg)
        placed = self._desk.sessions.get(leg)
        if placed and placed.live:
            placed.partner = None
            self._desk.do(c.Hangup(call=leg, by="desk"))
        self._desk.emit(e.AttemptEnded(at_ns=now_ns, call=session.call, leg=leg, who=attempt.who, result="withdrawn"))

    def give_up(self, session: Session, search: Search, leg: e.CallId, result: Result, now_ns: int) -> None:
        who = search.legs[leg].who
        self._desk.do(c.Hangup(call=leg, by="desk"))
        placed = self._desk.sessions.get(leg)
        if placed:
            placed.partner = None
        self.failed(session, search, leg, who, result, now_ns)

    def came_too_late(self, leg: Session) -> None:
        """It is being hung up; if the engine gave it the headset for a moment, whoever had that gets it back."""
        talking = self._desk.sessions.get(self._desk.headset or "")
        if leg.to_agent and talking and talking is not leg and talking.state is State.TALKING:
            self._desk.resume(talking)


def result_of(event: e.CallEnded, attempt: Attempt) -> Result:
    """How an attempt failed, by how its leg ended."""
    if attempt.answered:
        return "vanished"
    if event.code in _BUSY:
        return "busy"
    if event.code in _REFUSED:
        return "refused"
    return "no_answer" if event.code in _NO_ANSWER else "unreachable"
