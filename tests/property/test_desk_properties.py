"""A desk between a restless agent and a busy network, with messages on their way: what must hold whatever happens.

The engine is the in-memory one; main's other parts (journal, timer) are played here as the seat plays them. Messages in
both directions may be late, main may be killed and start anew from its journal, the engine may die.
"""

from __future__ import annotations

import copy
from collections import Counter, deque
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.calls.desk import MEASURES_GRACE_NS, Desk
from phoneetiquette.calls.phone_settings import PhoneSettings
from phoneetiquette.calls.session import Session
from phoneetiquette.calls.settings import DeskSettings
from phoneetiquette.calls.states import State
from phoneetiquette.errors import CallError
from phoneetiquette.etiquette.cadence import country
from phoneetiquette.etiquette.policy import DeadlineAction, PickupPolicy
from phoneetiquette.etiquette.window import PickupWindow
from phoneetiquette.units import ms, seconds
from tests.peers.memory_engine import MemoryEngine
from tests.unit.topic_scenes import guide

SPECIALIST = "sip:specialist@pbx"
ACTIONS = {
    "connect": DeadlineAction("connect"),
    "overflow": DeadlineAction("overflow", "sip:overflow@pbx"),
    "message": DeadlineAction("message"),
    "none": DeadlineAction("none"),
}
PICKS = st.integers(0, 5)
"""Which of the calls: an index into those there are, wrapped around."""
WISHES = [e.AgentLifted, e.AgentLifted, e.AgentHeld, e.AgentResumed, e.AgentResumed, e.AgentHungUp]
CHOSEN = st.one_of(st.none(), PICKS)


def desk_state(desk: Desk) -> Any:
    """Everything a desk remembers."""
    return copy.deepcopy((desk.sessions, desk.phone.legs, desk.presence, desk.muted, desk.headset, desk.as_snapshot()))


class DeskMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now_ns: int = seconds(1000)
        self.seen_ns: int = self.now_ns
        """The moment that the desk has been brought to last, by an event or a timer."""
        self.started = 0
        self.journal: list[e.Event] = []
        self.made: list[e.Event] = []
        self.inbox: deque[e.Event] = deque()
        self.outbox: deque[c.Command] = deque()
        self.late = False
        self.windows: dict[e.CallId, PickupWindow] = {}
        self.exempt: set[e.CallId] = set()
        self.dialled: set[e.CallId] = set()
        self.phones: tuple[PhoneSettings, ...] = ()

    @initialize(
        code=st.sampled_from(["AT", "GB", "US", "DE", "FR", "JP"]),
        ring_end=st.sampled_from(["burst", "cycle"]),
        deadline=st.sampled_from(["connect", "overflow", "message", "none"]),
        when_absent=st.sampled_from(["overflow", "message", "none"]),
        enforce=st.sampled_from([True, True, True, False]),
        presence=st.sampled_from(["present", "absent"]),
        auto_lift=st.sampled_from(["off", "off", "off", "second_ring", "third_ring"]),
        plan=st.booleans(),
    )
    def open_desk(
        self,
        code: str,
        ring_end: Any,
        deadline: str,
        when_absent: str,
        enforce: bool,
        presence: Any,
        auto_lift: Any,
        plan: bool,
    ) -> None:
        self.begin(code, ring_end, deadline, when_absent, enforce, presence, auto_lift, plan)

    def begin(
        self,
        code: str,
        ring_end: Any,
        deadline: str,
        when_absent: str,
        enforce: bool,
        presence: Any,
        auto_lift: Any,
        plan: bool,
    ) -> None:
        policy = PickupPolicy(
            country=code,
            ring_end=ring_end,
            deadline=ACTIONS[deadline],
            when_absent=ACTIONS[when_absent],
            enforce=enforce,
            message_limit_s=20,
            emergency_lines=("112",),
            auto_answer_from=("127.0.0.1",),
        )
        self.settings = DeskSettings(country(code), policy, presence, auto_lift, phones=self.phones)
        self.guide = guide() if plan else None
        self.desk = Desk(self.settings, self.guide)
        self.engine = MemoryEngine(self.inbox.append, self.now_ns)
        self.inbox.append(self.engine.greeting())
        self.messages_arrive()

    # ---------------------------------------------------------------------------------------------- main's other parts

    def carry_out(self, event: e.Event | None, effects: Any) -> None:
        if event is not None:
            self.journal.append(event)
        self.journal.extend(effects.events)
        self.made.extend(effects.events)
        self.outbox.extend(effects.commands)
        for command in effects.commands:
            self.check_politeness(command)
            if isinstance(command, c.Dial):
                self.dialled.add(command.call)

    def take(self, event: e.Event) -> None:
        if isinstance(event, e.CallAnswered) and self.is_bound(event.call):
            assert event.at_ns >= self.windows[event.call].opens_ns
        self.come_to(event)
        self.carry_out(event, self.desk.handle(event))

    def come_to(self, event: e.Event) -> None:
        self.carry_out(None, self.desk.before(event))
        if not isinstance(event, e.EngineStarted | e.TroubleNoticed):
            self.seen_ns = max(self.seen_ns, event.at_ns)

    def wish(self, event: e.Event) -> None:
        self.come_to(event)
        before = desk_state(self.desk)
        try:
            effects = self.desk.handle(event)
        except CallError:
            assert desk_state(self.desk) == before
        else:
            self.carry_out(event, effects)
        self.messages_pass()

    def messages_pass(self) -> None:
        if not self.late:
            self.messages_arrive()

    def messages_arrive(self) -> None:
        while self.inbox or self.outbox:
            while self.inbox:
                event = self.inbox.popleft()
                self.take(event)
                if isinstance(event, e.EngineStarted):
                    assert event.pid == self.engine.pid
            if self.outbox:
                self.engine.send(self.outbox.popleft())

    def everything_settles(self) -> None:
        """All messages arrive and the network answers what it was asked."""
        self.messages_arrive()
        while any(call.reinvite is not None for call in self.engine.calls.values()):
            self.engine.answer_reinvites()
            self.messages_arrive()

    def is_bound(self, call: e.CallId) -> bool:
        """Whether the ring window holds for this call."""
        return self.settings.pickup.enforce and call in self.windows and call not in self.exempt

    def check_politeness(self, command: c.Command) -> None:
        if isinstance(command, c.Answer | c.TakeMessage) and self.is_bound(command.call):
            assert max(command.not_before_ns, self.now_ns) >= self.windows[command.call].opens_ns

    # ------------------------------------------------------------------------------------------------------ time

    @rule(late=st.booleans())
    def messages_are_late(self, late: bool) -> None:
        self.late = late
        self.messages_pass()

    @rule(events=st.integers(0, 3), commands=st.integers(0, 3))
    def some_messages_arrive(self, events: int, commands: int) -> None:
        for _ in range(min(events, len(self.inbox))):
            self.take(self.inbox.popleft())
        for _ in range(min(commands, len(self.outbox))):
            self.engine.send(self.outbox.popleft())

    @rule(span_ms=st.sampled_from([1, 20, 1000, 1000, 4000, 4000, 33000]), timer_first=st.booleans())
    def time_passes(self, span_ms: int, timer_first: bool) -> None:
        self.go_to(self.now_ns + ms(span_ms), timer_first)

    @rule(around_ns=st.sampled_from([-1, 0, 1, 20_000_000]), timer_first=st.booleans())
    def time_passes_to_the_next_edge(self, around_ns: int, timer_first: bool) -> None:
        edges = [w for s in self.desk.sessions.values() if s.window for w in (s.window.opens_ns, s.window.closes_ns)]
        ahead = [edge + around_ns for edge in edges if edge + around_ns > self.now_ns]
        if ahead:
            self.go_to(min(ahead), timer_first)

    def go_to(self, moment: int, timer_first: bool) -> None:
        self.now_ns = moment
        self.engine.run_until(moment)
        if timer_first:
            self.timer_fires(moment)
        self.messages_pass()
        if not self.late:
            self.timer_fires(moment)
            self.messages_arrive()

    def timer_fires(self, moment: int) -> None:
        self.seen_ns = max(self.seen_ns, moment)
        self.carry_out(None, self.desk.advance(moment))

    # ------------------------------------------------------------------------------------------------ the network

    @rule(
        kind=st.sampled_from(["", "", "", "emergency", "auto_answer"]),
        line=st.sampled_from(["desk", "desk", "sales", "late", "open", "night", "full", "alarm"]),
    )
    def somebody_calls(self, kind: str, line: str) -> None:
        self.started += 1
        call = f"in{self.started}"
        cadence = self.settings.country.ringback.cadence
        if len(self.engine.calls) < self.engine.lines:
            self.windows[call] = PickupWindow(self.now_ns, cadence, self.settings.pickup.ring_end)
        if kind or (self.guide and line == "alarm"):
            self.exempt.add(call)
        called = "sip:112@memory" if kind == "emergency" else f"sip:{line}@memory"
        self.engine.invite(call, called=called, auto_answer=kind == "auto_answer")
        self.messages_pass()

    def picked(self, pick: int, **wanted: Any) -> e.CallId | None:
        """One of the engine's calls whose attributes are as wanted."""
        fitting = [
            call.call
            for call in self.engine.calls.values()
            if all(getattr(call, name) == value for name, value in wanted.items())
        ]
        return fitting[pick % len(fitting)] if fitting else None

    @precondition(lambda self: len(self.engine.calls) > 1)
    @rule(pick=PICKS)
    def other_side_leaves(self, pick: int) -> None:
        self.engine.hang_up(self.picked(pick) or "")
        self.messages_pass()

    @precondition(lambda self: any(call.joined_to for call in self.engine.calls.values()))
    @rule(pick=PICKS)
    def joined_side_vanishes(self, pick: int) -> None:
        joined = [call.call for call in self.engine.calls.values() if call.joined_to]
        self.engine.vanish(joined[pick % len(joined)])
        self.messages_pass()

    @precondition(lambda self: any(not call.incoming and not call.answered for call in self.engine.calls.values()))
    @rule(pick=PICKS, what=st.sampled_from(["rings", "answers", "answers", "answers", "refuses"]))
    def called_phone(self, pick: int, what: str) -> None:
        call = self.picked(pick, incoming=False, answered=False)
        if call is None:
            return
        if what == "rings":
            self.engine.phone_rings(call)
        elif what == "answers":
            self.engine.phone_answers(call)
        else:
            self.engine.phone_refuses(call, 486)
        self.messages_pass()

    @precondition(lambda self: any(call.reinvite is not None for call in self.engine.calls.values()))
    @rule()
    def other_sides_answer_reinvites(self) -> None:
        self.engine.answer_reinvites()
        self.messages_pass()

    @precondition(lambda self: any(call.answered for call in self.engine.calls.values()))
    @rule(pick=PICKS, held=st.booleans())
    def other_side_holds(self, pick: int, held: bool) -> None:
        call = self.picked(pick, answered=True)
        if call:
            self.engine.peer_holds(call, held)
        self.messages_pass()

    @precondition(lambda self: any(call.target for call in self.engine.calls.values()))
    @rule(pick=PICKS, news=st.sampled_from([(202, False), (180, False), (200, True), (486, True), (603, True)]))
    def transfer_news(self, pick: int, news: tuple[int, bool]) -> None:
        referred = [call for call in self.engine.calls.values() if call.target]
        self.engine.refer_news(referred[pick % len(referred)].call, news[0], final=news[1])
        self.messages_pass()

    @precondition(lambda self: any(call.talked for call in self.engine.calls.values()))
    @rule(pick=PICKS)
    def a_second_is_measured(self, pick: int) -> None:
        call = self.picked(pick, talked=True)
        if call:
            self.engine.measure(call)
        self.messages_pass()

    # ------------------------------------------------------------------------------------------------ the agent

    def named(self, pick: int | None) -> e.CallId | None:
        """A call there is, one that there is not, or none."""
        known = [*self.desk.sessions, "nobody"]
        return None if pick is None else known[pick % len(known)]

    @precondition(lambda self: self.desk.sessions)
    @rule(kind=st.sampled_from(WISHES), pick=CHOSEN)
    def agent_does(self, kind: Any, pick: int | None) -> None:
        self.wish(kind(at_ns=self.now_ns, call=self.named(pick)))

    @precondition(lambda self: any(s.state is State.ARMED for s in self.desk.sessions.values()))
    @rule(pick=PICKS)
    def agent_puts_down(self, pick: int) -> None:
        self.wish(e.AgentPutDown(at_ns=self.now_ns, call=self.named(pick) or ""))

    @precondition(lambda self: len(self.engine.calls) < 4)
    @rule(known=st.sampled_from([False, False, False, True]), pick=PICKS)
    def agent_dials(self, known: bool, pick: int) -> None:
        self.started += 1
        self.timer_fires(self.now_ns)  # no call's name is given to another one after it
        calls = list(self.desk.sessions)
        call = calls[pick % len(calls)] if known and calls else f"out{self.started}"
        self.wish(e.AgentDialled(at_ns=self.now_ns, call=call, target=SPECIALIST))

    @rule(pick=CHOSEN, number=st.sampled_from([SPECIALIST, ""]), to=CHOSEN)
    def agent_transfers(self, pick: int | None, number: str, to: int | None) -> None:
        self.wish(e.AgentTransferred(at_ns=self.now_ns, call=self.named(pick), target=number, to_call=self.named(to)))

    @rule(pick=CHOSEN, topic=st.sampled_from(["change", "change", "all", "all", "ask", "danger", "nobody"]))
    def agent_chooses_a_topic(self, pick: int | None, topic: str) -> None:
        self.wish(e.AgentChoseTopic(at_ns=self.now_ns, call=self.named(pick), topic=topic))

    @precondition(lambda self: len(self.desk.sessions) > 1)
    @rule(pick=CHOSEN)
    def agent_transfers_to_the_specialist(self, pick: int | None) -> None:
        self.wish(e.AgentTransferred(at_ns=self.now_ns, call=self.named(pick)))

    @precondition(lambda self: len(self.desk.sessions) > 1)
    @rule(pick=CHOSEN)
    def agent_wants_a_conference(self, pick: int | None) -> None:
        self.wish(e.AgentConferenced(at_ns=self.now_ns, call=self.named(pick)))

    @rule(pick=CHOSEN, muted=st.booleans(), presence=st.sampled_from(["present", "present", "absent"]))
    def agent_does_small_things(self, pick: int | None, muted: bool, presence: Any) -> None:
        self.wish(e.AgentSentDigits(at_ns=self.now_ns, call=self.named(pick), digits="1"))
        self.wish(e.AgentMarkedStage(at_ns=self.now_ns, call=self.named(pick), stage="clarify"))
        self.wish(e.AgentMuted(at_ns=self.now_ns, muted=muted))
        self.wish(e.PresenceChanged(at_ns=self.now_ns, presence=presence))

    # ------------------------------------------------------------------------------------------------- calamities

    @rule()
    def main_is_killed_and_starts_anew(self) -> None:
        self.timer_fires(self.seen_ns)
        while self.outbox:
            self.engine.send(self.outbox.popleft())
        self.desk = self.recovered()
        self.inbox.append(self.engine.greeting())
        while self.inbox:  # until the greeting is there, the seat takes no wishes
            self.take(self.inbox.popleft())
        self.messages_pass()

    @precondition(lambda self: self.started > 4)
    @rule(luck=st.integers(0, 5), told=st.booleans())
    def engine_dies(self, luck: int, told: bool) -> None:
        """``told``: main is there to see it; otherwise it died while there was none."""
        if luck:
            return
        while self.inbox:
            self.take(self.inbox.popleft())
        self.outbox.clear()
        if told:
            self.take(e.EngineLost(at_ns=self.now_ns, pid=self.engine.pid, status="signal 11"))
        else:
            self.timer_fires(self.seen_ns)
            self.desk = self.recovered()
        self.outbox.clear()
        self.engine = MemoryEngine(self.inbox.append, self.now_ns, pid=self.engine.pid + 1)
        self.take(self.engine.greeting())
        self.messages_arrive()
        assert not any(s.live for s in self.desk.sessions.values())

    def recovered(self) -> Desk:
        """A desk that a new main makes of the journal."""
        desk = Desk(self.settings, self.guide)
        desk.replay(self.journal)
        desk.advance(self.seen_ns)  # what a timer has changed without a word
        assert desk_state(desk) == desk_state(self.desk)
        return desk

    # ------------------------------------------------------------------------------------------------ what holds

    def replay_makes_the_same_events(self) -> None:
        self.timer_fires(self.seen_ns)  # what a late message has made due already
        desk, made = Desk(self.settings, self.guide), []
        for event in self.journal:
            made += desk.before(event).events
            if event.source != "desk":
                made += desk.handle(event).events
        assert made == self.made
        desk.advance(self.seen_ns)
        assert desk_state(desk) == desk_state(self.desk)

    @rule()
    def desk_and_engine_agree(self) -> None:
        self.everything_settles()
        live = {s.call: s for s in self.desk.sessions.values() if s.live}
        self.check_calls(live)
        in_talk = [s for s in live.values() if s.state is State.TALKING]
        in_conference = [s for s in live.values() if s.state is State.CONFERENCE]
        assert (len(in_talk), len(in_conference)) in {(0, 0), (1, 0), (0, 2)}
        for call, session in live.items():
            if session.asked_for:
                self.compare(session, self.engine.calls[call])
        assert self.engine.bell == self.desk.pickup.bell
        assert self.engine.muted == self.desk.muted

    def check_calls(self, live: dict[e.CallId, Session]) -> None:
        assert set(live) == set(self.engine.calls)

    def compare(self, session: Session, call: Any) -> None:
        assert session.answered == call.answered
        assert (session.held_by_us, session.held_by_peer) == (call.by_us, call.by_peer)
        match session.state:
            case State.TALKING:
                assert call.role in ("agent", "conference")
                assert not call.by_us
            case State.CONFERENCE:
                assert call.role == "conference"
            case State.HELD | State.SEEKING:
                assert call.role not in ("agent", "message")
                assert call.by_us
            case State.MESSAGE:
                assert call.role == "message"
            case State.JOINED:
                assert call.role == "apart"
                assert call.joined_to == session.partner
            case State.ALERTING | State.ARMED | State.DIVERTED | State.DIALLING | State.RINGING:
                assert not call.answered or session.with_machine

    def not_placed(self) -> set[e.CallId]:
        """Calls that the receptionist wanted, and that the engine was never asked for."""
        return set()

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        self.desk_and_engine_agree()
        self.replay_makes_the_same_events()
        self.late = False
        while self.engine.calls:
            self.engine.hang_up(next(iter(self.engine.calls)))
            self.messages_arrive()
        self.go_to(self.now_ns + MEASURES_GRACE_NS, timer_first=True)
        assert self.desk.sessions == {}
        assert self.desk.next_deadline() is None
        arrived = {event.call for event in self.journal if isinstance(event, e.CallArrived)}
        alerted = {event.call for event in self.journal if isinstance(event, e.AlertingStarted)}
        closed = Counter(event.call for event in self.made if isinstance(event, e.CallClosed))
        judged = Counter(event.call for event in self.made if isinstance(event, e.PickupJudged))
        assert closed == Counter(arrived | self.dialled | self.not_placed())
        assert judged == Counter(alerted)


TestDesk = DeskMachine.TestCase
TestDesk.settings = settings(
    max_examples=150,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,  # a build fails for what it brought, not for a race that it happened to be the first to meet
    print_blob=False,
)
