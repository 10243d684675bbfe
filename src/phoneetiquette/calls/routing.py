"""Following a dialplan: calls that come in, the end of their third ring, transfer by topic.

The router is asked; whom it names is called, one after another or at once.
What the router said is an event (``RouteDecided``), and the desk acts on nothing else: a desk that is brought up to
date from the journal takes it from there, so that neither the clock nor a newer plan can make it another one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, cast

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.calls.attempts import Attempts, result_of
from phoneetiquette.calls.guide import Guide, as_event
from phoneetiquette.calls.session import Attempt, Search, Session
from phoneetiquette.calls.states import State, Trigger
from phoneetiquette.dialplan.model import DESK
from phoneetiquette.dialplan.questions import (
    Arrival,
    Deadline,
    Entry,
    Known,
    MenuKey,
    MenuSilence,
    Question,
    Result,
    TopicChosen,
)
from phoneetiquette.errors import CallError
from phoneetiquette.problems import did_you_mean

if TYPE_CHECKING:
    from phoneetiquette.calls.desk import Desk

_RINGS = 3
"""How often the desk rings where the plan does not say it."""


class Routing:
    """The part of the desk that follows a dialplan."""

    def __init__(self, desk: Desk, guide: Guide | None) -> None:
        self._desk = desk
        self._guide = guide
        self._earlier: dict[str, Guide] = {}
        """Plans that are not in force any more and that calls under way still follow."""
        self._remembered: dict[e.CallId, deque[e.RouteDecided]] = {}
        self._replaying = False
        self._attempts = Attempts(desk)

    @property
    def version(self) -> str:
        return self._guide.version if self._guide else ""

    @property
    def guide(self) -> Guide | None:
        return self._guide

    @property
    def followed(self) -> list[Guide]:
        """The plan in force, and those that calls under way still follow."""
        return [*self._earlier.values(), *([self._guide] if self._guide else [])]

    def follow(self, guide: Guide | None) -> None:
        """From now on this plan is in force; calls under way finish on the one they began with."""
        if self._guide:
            self._earlier[self._guide.version] = self._guide
        in_use = {session.plan for session in self._desk.sessions.values()}
        self._earlier = {version: old for version, old in self._earlier.items() if version in in_use}
        self._guide = guide

    def remember(self, decided: Iterable[e.RouteDecided] | None) -> None:
        """What the plan has said already, for a desk that is brought up to date; ``None``: it is."""
        self._remembered, self._replaying = {}, decided is not None
        for event in decided or ():
            self._remembered.setdefault(event.call, deque()).append(event)

    def guide_of(self, session: Session) -> Guide | None:
        return self._earlier.get(session.plan, self._guide)

    def name_of(self, session: Session, who: str) -> str:
        """What people call whom the plan of this call names."""
        guide = self.guide_of(session)
        return (guide.people.get(who) if guide else "") or who

    def searches(self, session: Session) -> bool:
        """Whether somebody is called for this customer by the plan, or about to be."""
        seeking = session.state in (State.SEEKING, State.DIVERTED, State.WAITING)
        return bool(seeking and session.search and session.search.state == "calling")

    # --------------------------------------------------------------------------------------------- calls that come in

    def _follows(self, session: Session, asked: str) -> bool:
        """Whether the plan is asked about this call, which may have come in when there was none."""
        if self._replaying:
            said_then = self._remembered.get(session.call)
            return said_then is not None and bool(said_then) and said_then[0].asked == asked
        return bool(session.plan) and self.guide_of(session) is not None

    def arrived(self, session: Session, now_ns: int) -> None:
        """Ask the plan about a call before it rings at the desk."""
        if not self._follows(session, "arrival"):
            if self._replaying:
                session.plan = ""
            return
        search = Search("", asked="arrival", tried=session.tried)
        decided = self._decide(session, search, now_ns)
        self._desk.emit(decided)
        if decided.emergency:
            session.emergency, session.exempt = True, session.exempt or "emergency_line"
        if decided.kind in ("desk", "seat", "connect"):
            return
        session.move(Trigger.ROUTED)
        if decided.kind == "refuse":
            self._desk.do(c.Reject(call=session.call, code=decided.code, by="desk"))
            return
        search.pending, search.topic = decided, decided.topic
        session.search = search

    def heard(self, session: Session, now_ns: int) -> None:
        """The caller hears ringing. Others are called when the window opens, so that nobody is connected before."""
        search = session.search
        if search and search.pending and session.window:
            bound = self._desk.settings.pickup.enforce and not session.exempt
            search.again_ns = session.window.opens_ns if bound else now_ns

    def foreseen(self, session: Session, deadline_ns: int | None) -> str:
        """What the plan would say at the deadline of a call that rings at the desk; empty: the seat decides."""
        guide = self.guide_of(session)
        if not session.plan or guide is None or deadline_ns is None:
            return ""
        decided = self._ask(guide, session, self._at_deadline(session), deadline_ns)
        return "" if decided.kind == "seat" else decided.kind

    def _at_deadline(self, session: Session) -> Search:
        tried = {DESK: "no_answer", **session.tried}
        if session.with_machine and session.search:
            return Search("", asked=session.search.asked, entry=session.search.entry, tried=tried)
        return Search("", asked="arrival" if session.emergency else "deadline", tried=tried)

    def at_deadline(self, session: Session, now_ns: int) -> e.RouteDecided | None:
        """What the plan says at the deadline of a call that rings at the desk; ``None``: the seat decides."""
        search = self._at_deadline(session)
        if not self._follows(session, search.asked):
            return None
        decided = self._decide(session, search, now_ns)
        self._desk.emit(decided)
        if decided.kind == "seat":
            return None
        session.tried.setdefault(DESK, "no_answer")
        if decided.kind == "desk":
            session.rings_until_ns = now_ns + (decided.rings or _RINGS) * self._desk.ring_ns
        return decided

    def follow_incoming(self, session: Session, decided: e.RouteDecided, now_ns: int) -> None:
        """Do with a call that has been taken from the desk what the plan has said."""
        entry = session.search.entry if session.search else None
        search = Search(decided.topic, asked=decided.asked, entry=entry, tried=session.tried)
        session.search = search
        self._follow(session, search, decided, now_ns)
        self._go_on(session, search, now_ns)

    def in_menu(self, session: Session, entry: MenuKey | MenuSilence, now_ns: int) -> None:
        """The caller has pressed a key in a menu, or none: go where the plan says."""
        asked: Literal["key", "silence"] = "key" if isinstance(entry, MenuKey) else "silence"
        session.move(Trigger.MENU_LEFT)
        session.search = Search("", asked=asked, entry=entry, tried=session.tried)
        self._go_on(session, session.search, now_ns)

    def desk_is_busy(self, session: Session, now_ns: int) -> None:
        """The headset could not be opened to a caller who has come from a menu: the plan goes on."""
        session.tried[DESK] = "busy"
        before = session.search
        if before:
            session.search = Search("", asked=before.asked, entry=before.entry, tried=session.tried)
            self._go_on(session, session.search, now_ns)

    def lifted(self, session: Session, now_ns: int) -> None:
        """The receptionist takes a call for which others are being called, or that the machine speaks to."""
        self._desk.machine.taken_over(session)
        search = session.search
        if search and self.searches(session):
            for call in list(search.legs):
                self._attempts.withdraw(session, search, call, now_ns)
            search.pending = search.again_ns = None
            search.state = "taken_back"
            self._told(session, search, "taken_back", now_ns)

    # ------------------------------------------------------------------------------------------------------ wishes

    def chosen(self, event: e.AgentChoseTopic) -> None:
        session = self._desk.find(event.call, e.AgentChoseTopic)
        guide = self.guide_of(session)
        if session.call not in self._remembered:
            if guide is None:
                raise CallError("this seat follows no dialplan", "name one in the configuration: dialplan: FILE")
            if event.topic not in guide.topics:
                advice = did_you_mean(event.topic, guide.topics) if guide.topics else "it has none"
                raise CallError(f"the dialplan has no topic {event.topic!r}", advice)
        self._desk.transfers.forget_wish(session)
        session.move(Trigger.TOPIC_CHOSEN)
        session.transfer = None
        session.search = Search(event.topic, event.escalate, conference=event.conference)
        if not session.stays_held:
            self._desk.hold(session)
        self._go_on(session, session.search, event.at_ns)

    def taken_back(self, session: Session, now_ns: int) -> None:
        """The agent wants the customer back who waits for a specialist."""
        if session.state is State.SEEKING and session.search:
            self._stop(session, session.search, "taken_back", now_ns)

    # -------------------------------------------------------------------------------------------------- the router

    def _go_on(self, session: Session, search: Search, now_ns: int) -> None:
        """Do what the plan says next, until somebody is being called or nobody is left."""
        while not search.legs and search.again_ns is None and self.searches(session):
            decided, search.pending = search.pending, None
            if decided is None:
                decided = self._decide(session, search, now_ns)
                self._desk.emit(decided)
            self._follow(session, search, decided, now_ns)

    def _follow(self, session: Session, search: Search, decided: e.RouteDecided, now_ns: int) -> None:
        if decided.kind == "call":
            search.topic = search.topic or decided.topic
            search.endless = decided.until_answered
            session.emergency = session.emergency or (decided.emergency and search.asked != "topic")
            self._desk.machine.wait(session)
            for attempt in decided.attempts:
                self._attempts.begin(session, search, decided, attempt, now_ns)
            if search.endless and not search.legs:
                search.again_ns = now_ns + self._desk.ring_ns
        elif search.asked == "topic":
            search.offer = decided.offer
            self._stop(session, search, "nobody", now_ns)
        else:
            self._leave_to(session, search, decided, now_ns)

    def _leave_to(self, session: Session, search: Search, decided: e.RouteDecided, now_ns: int) -> None:
        """Nobody else is called for a call that the agent does not have: the desk has it, or the machine speaks."""
        search.state = "nobody"
        if search.names:
            self._told(session, search, "nobody", now_ns)
        machine = self._desk.machine
        match decided.kind:
            case "refuse" if session.with_machine:
                self._desk.do(c.Hangup(call=session.call, by="desk"))
            case "refuse":
                self._desk.do(c.Reject(call=session.call, code=decided.code, by="desk"))
            case "desk" | "connect":
                self._to_desk(session, decided, now_ns)
            case "menu":
                machine.open_menu(session, decided, now_ns)
            case "say":
                machine.announce(session, decided, now_ns)
            case _:
                machine.take_message(session, decided.service, decided.topic, now_ns)

    def _to_desk(self, session: Session, decided: e.RouteDecided, now_ns: int) -> None:
        session.move(Trigger.DESK_RINGS)
        session.deadline_passed = False
        if session.with_machine:
            self._desk.machine.wait(session)
        else:
            session.search = None
        if decided.kind == "connect":
            self._desk.pickup.connect_now(session)
        elif (session.window and session.window.closes_ns <= now_ns) or session.with_machine:
            session.rings_until_ns = now_ns + (decided.rings or _RINGS) * self._desk.ring_ns

    def _decide(self, session: Session, search: Search, now_ns: int) -> e.RouteDecided:
        session.decisions += 1
        said_then = self._remembered.get(session.call)
        if said_then:
            decided = said_then.popleft()
            session.plan, session.language = decided.plan, decided.language or session.language
            return decided
        guide = self.guide_of(session)
        if guide is None:
            return e.RouteDecided(at_ns=now_ns, call=session.call, plan="", asked=search.asked, kind="desk")
        decided = self._ask(guide, session, search, now_ns)
        session.plan, session.language = guide.version, decided.language
        return decided

    def _ask(self, guide: Guide, session: Session, search: Search, now_ns: int) -> e.RouteDecided:
        entry: Entry = search.entry or TopicChosen(search.topic, search.escalate)
        if search.asked in ("arrival", "deadline"):
            entry = Arrival() if search.asked == "arrival" else Deadline()
        question = Question(
            entry,
            guide.moment(now_ns),
            session.called if session.direction == "in" else "",
            session.party,
            session.language,
            known=self._known(session, search, guide, now_ns),
        )
        return as_event(guide, guide.route(question), search, session.call, now_ns)

    def _known(self, session: Session, search: Search, guide: Guide, now_ns: int) -> Known:
        desk = self._desk
        in_a_call = {s.party for s in desk.sessions.values() if s.live}
        mine = {s.call for s in desk.sessions.values() if s.sought_for == session.call}
        busy = desk.busy(apart_from={session.call, *mine})
        return Known(
            desk="absent" if desk.presence != "present" else "busy" if busy or desk.wrap_up else "free",
            busy=frozenset(who for who, target in guide.addresses.items() if target in in_a_call)
            | desk.seen.busy_since().keys(),
            resting=self._attempts.resting(now_ns),
            absent=desk.switches.marked_as("absent") | desk.seen.away(),
            do_not_disturb=desk.switches.marked_as("do_not_disturb"),
            switches=frozenset(desk.switches.on),
            tried=cast("dict[str, Result]", dict(search.tried)),
            idle_s=self._attempts.idle_s(now_ns),
            last_taken=dict(self._attempts.last_taken),
        )

    # ---------------------------------------------------------------------------------------------------- attempts

    def count_rings(self, leg: Session, now_ns: int) -> None:
        """Rings are counted from the moment the engine dials, and anew when they can be heard there."""
        _, attempt = self._attempt(leg)
        if attempt and attempt.rings is not None and not attempt.answered:
            attempt.until_ns = now_ns + attempt.rings * self._desk.ring_ns

    def _attempt(self, leg: Session) -> tuple[Session | None, Attempt | None]:
        """The customer whom this leg was placed for, and the attempt if it still counts."""
        customer = self._desk.sessions.get(leg.sought_for or "")
        if customer is None or customer.search is None or not self.searches(customer):
            return customer, None
        return customer, customer.search.legs.get(leg.call)

    def answered(self, leg: Session, now_ns: int) -> bool:
        """Whether the receptionist talks with who answered; otherwise all that is to be done about it is done."""
        desk = self._desk
        customer, attempt = self._attempt(leg)
        if customer is None or attempt is None or customer.search is None:
            self._attempts.came_too_late(leg)
            return False
        search = customer.search
        for other in [call for call in search.legs if call != leg.call]:
            self._attempts.withdraw(customer, search, other, now_ns)
        attempt.answered, attempt.until_ns = True, None
        self._attempts.succeeded(customer, leg, attempt, now_ns)
        if leg.to_agent:
            search.legs.clear()
            leg.sought_for = None
            search.state = "consulting"
            self._told(customer, search, "consulting", now_ns)
            customer.move(Trigger.SEARCH_ENDED)
            if search.conference:
                desk.do(c.Join(call=leg.call, other=customer.call, with_agent=True))
            return True
        leg.move(Trigger.ANSWERED_APART)
        leg.partner = customer.call
        if customer.state in (State.DIVERTED, State.WAITING):
            search.legs.clear()
            search.state = "connected"
            self._told(customer, search, "connected", now_ns)
            desk.pickup.judge(customer, now_ns, "diverted")
            customer.partner = leg.call
            if customer.state is State.DIVERTED:
                desk.do(c.Answer(call=customer.call, to_agent=False))
            customer.move(Trigger.JOINED)
            customer.with_machine = customer.music = False
        desk.do(c.Join(call=customer.call, other=leg.call, with_agent=False))
        return False

    def joined(self, event: e.CallsJoined) -> None:
        for session in map(self._desk.sessions.get, (event.call, event.other)):
            search = session.search if session else None
            if session and search and session.state is State.JOINED and search.state == "calling":
                search.legs.clear()
                search.state = "connected"
                self._told(session, search, "connected", event.at_ns)

    def not_joined(self, session: Session, event: e.CommandFailed) -> None:
        """The engine could not connect the customer with who answered."""
        if event.command == "Join" and session.state is State.SEEKING and session.search:
            for call in [call for call, attempt in session.search.legs.items() if attempt.answered]:
                self._attempts.give_up(session, session.search, call, "vanished", event.at_ns)
            self._after_failure(session, session.search, event.at_ns)

    # --------------------------------------------------------------------------------------------- how they end

    def ended(self, session: Session, event: e.CallEnded) -> None:
        """A call is over: the customer's, or one that was placed for a customer."""
        search = session.search
        if search and search.state == "calling":
            for call in list(search.legs):
                self._attempts.withdraw(session, search, call, event.at_ns)
            search.pending = search.again_ns = None
            search.state = "taken_back"
            self._told(session, search, "left", event.at_ns)
        customer, attempt = self._attempt(session)
        if customer is None or attempt is None or customer.search is None:
            return
        search, result = customer.search, result_of(event, attempt)
        if event.by == "agent":
            self._attempts.withdraw(customer, search, session.call, event.at_ns)
            self._stop(customer, search, "taken_back", event.at_ns)
            return
        self._attempts.failed(customer, search, session.call, attempt.who, result, event.at_ns, event.code)
        self._after_failure(customer, search, event.at_ns)

    def lost(self, customer: Session, leg: Session, now_ns: int) -> None:
        """Who had taken a customer's call, as the plan says, has vanished in it."""
        search = customer.search
        if search and leg.who:
            search.state, search.tried[leg.who] = "nobody", "vanished"
            self._desk.emit(
                e.AttemptEnded(at_ns=now_ns, call=customer.call, leg=leg.call, who=leg.who, result="vanished")
            )

    def goes_on(self, customer: Session, now_ns: int) -> bool:
        """Whether the plan is asked who else takes a call that the desk has never had."""
        search = customer.search
        if search is None or search.asked == "topic":
            return False
        customer.move(Trigger.MENU_LEFT)
        customer.with_machine, search.state = True, "calling"
        self._go_on(customer, search, now_ns)
        return True

    def _after_failure(self, customer: Session, search: Search, now_ns: int) -> None:
        if search.endless and not search.legs:
            search.again_ns = now_ns + self._desk.ring_ns  # all of them refused an emergency: not as fast as we can
        self._go_on(customer, search, now_ns)

    def occupied(self, now_ns: int) -> dict[str, int]:
        """Who of the plan is known to be taken, and since when: in a call of this seat, by the PBX, or found busy a
        moment ago."""
        guide = self._guide
        if guide is None:
            return {}
        calls = {s.party: s.answered_ns or s.began_ns for s in self._desk.sessions.values() if s.live}
        in_a_call = {who: calls[target] for who, target in guide.addresses.items() if target and target in calls}
        return self._attempts.found_busy(now_ns) | self._desk.seen.busy_since() | in_a_call

    def deadline(self, session: Session) -> int | None:
        """The next moment at which somebody has been called for long enough, or the plan is asked anew."""
        search = session.search
        if search is None:
            return None
        moments = [attempt.until_ns for attempt in search.legs.values()]
        return min((moment for moment in [*moments, search.again_ns] if moment is not None), default=None)

    def deadline_passed(self, session: Session, now_ns: int) -> None:
        search = session.search
        if search is None:
            return
        if search.again_ns is not None and search.again_ns <= now_ns:
            search.again_ns = None
        for call, attempt in list(search.legs.items()):
            if attempt.until_ns is not None and attempt.until_ns <= now_ns:
                self._attempts.give_up(session, search, call, "no_answer", now_ns)
        self._go_on(session, search, now_ns)

    def _stop(self, session: Session, search: Search, result: Literal["nobody", "taken_back"], now_ns: int) -> None:
        """The customer is the receptionist's again: on hold, or in talk if the hold has come to nothing."""
        for call in list(search.legs):
            self._attempts.withdraw(session, search, call, now_ns)
        search.again_ns = None
        search.state = result
        self._told(session, search, result, now_ns)
        session.move(Trigger.SEARCH_ENDED)
        if not session.stays_held:
            self._desk.hold(session)

    def _told(
        self,
        session: Session,
        search: Search,
        result: Literal["consulting", "connected", "nobody", "taken_back", "left"],
        now_ns: int,
    ) -> None:
        self._desk.emit(e.SearchEnded(at_ns=now_ns, call=session.call, topic=search.topic, result=result))
