"""The router: where a call goes, as a pure function of the plan, the moment and what is known.

:meth:`Router.route` is asked again with a longer ``known.tried`` when an attempt has failed; nothing else is
remembered between questions. The first rule that fits and has something left to try counts. Nobody is tried twice in
one call, so asking again and again comes to an end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from phoneetiquette.dialplan.model import DESK, Action, Actions, Line, Plan, Target, Topic
from phoneetiquette.dialplan.numbers import NumberError, Pattern, canonical, dialable, entry
from phoneetiquette.dialplan.openings import HoursBook, Openings
from phoneetiquette.dialplan.questions import (
    RESULT_WORDS,
    Announce,
    Arrival,
    Attempt,
    CallOthers,
    ConnectDesk,
    Deadline,
    Decision,
    MenuKey,
    MenuSilence,
    Nobody,
    OpenMenu,
    Outcome,
    Question,
    Refuse,
    ReturnToDesk,
    RingDesk,
    SeatDecides,
    Step,
    TakeMessage,
    TopicChosen,
)
from phoneetiquette.dialplan.rules import Facts, Numbers, RuleIndex, rule_why_not, said
from phoneetiquette.problems import Place

MOST_TOPICS = 100
"""Topics that one decision goes through; ``check`` refuses plans that need so many."""
MOST_RULES_TOLD = 30
"""More rules that are about other calls are only counted in the steps."""
_WRONG_TRIES = 3
_ALWAYS = float("inf")


class Router:
    """A plan, made ready for questions. Threads may share it; all it keeps are computed timetables."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.hours = HoursBook(plan)
        self.numbers = Numbers(plan)
        self._rules = {name: RuleIndex(line.rules, self.numbers) for name, line in plan.lines.items()}
        self._called: dict[str, str] = {}
        self._called_patterns: list[tuple[Pattern, str]] = []
        self._any_line = ""
        for name, line in plan.lines.items():
            self._add_line(name, line)
        self.with_skill: dict[str, list[str]] = {}
        for name, person in plan.people.items():
            for skill in person.skills:
                members = self.with_skill.setdefault(skill.text, [])
                if name not in members:
                    members.append(name)
        self._languages = {name: frozenset(one.text for one in p.languages) for name, p in plan.people.items()}
        self._addresses = {name: self._address(person.call.text) for name, person in plan.people.items()}
        self.own_numbers = {name: canonical(address, plan.country) for name, address in self._addresses.items()}

    def _add_line(self, name: str, line: Line) -> None:
        if not line.called:
            self._any_line = self._any_line or name
        for written in line.called:
            try:
                found = entry(written.text, self.plan.country)
            except NumberError:
                continue
            if isinstance(found, Pattern):
                self._called_patterns.append((found, name))
            else:
                self._called.setdefault(found, name)

    def _address(self, text: str) -> str:
        try:
            return dialable(text, self.plan.country)
        except NumberError:
            return text

    def address(self, who: str) -> str:
        """What is dialled for a person or a number of the plan."""
        return self._addresses.get(who) or self._address(who)

    def line_of(self, called: str) -> str:
        """The line of a called number in canonical form; empty when it belongs to none."""
        line = self._called.get(called)
        if line is None:
            line = next((name for pattern, name in self._called_patterns if pattern.match(called)), self._any_line)
        return line

    def knows(self, called: str) -> int:
        """How well the plan knows a called number in canonical form: 3 as a number of its lines, 2 by a pattern, 1 as
        one of all others, 0 not at all."""
        if called in self._called:
            return 3
        if any(pattern.match(called) for pattern, _ in self._called_patterns):
            return 2
        return 1 if self._any_line else 0

    def route(self, question: Question, *, steps: bool = False, openings: Openings | None = None) -> Decision:
        """Where the call goes now. ``steps`` asks for what was looked at on the way.

        ``openings`` stand in for those of the moment.
        """
        known = question.known
        if openings is None:
            openings = self.hours.at(question.moment, known.switches)
        called = canonical(question.called, self.plan.country)
        caller = canonical(question.caller, self.plan.country)
        line = self.line_of(called)
        language = (
            question.language
            or (self.plan.lines[line].language if line else "")
            or self.numbers.language_of(caller)
            or self.plan.language
        )
        facts = Facts(called, caller, language, known.desk, known.switches, openings)
        return _Run(self, question, facts, line, language, [] if steps else None).decide()

    def rules_of(self, line: str) -> RuleIndex:
        return self._rules[line]

    def ordered(self, target: Target, question: Question, language: str) -> list[str]:
        """The people that a skill stands for, in the order in which they are tried."""
        members: Sequence[str] = self.with_skill.get(target.skill, ())
        known = question.known
        if target.order == "longest_idle":
            idle_s = known.idle_s
            members = sorted(members, key=lambda name: -idle_s.get(name, _ALWAYS))
        elif target.order == "round_robin" and known.last_taken.get(target.skill) in members:
            after = members.index(known.last_taken[target.skill]) + 1
            members = [*members[after:], *members[:after]]
        if target.language == "preferred":
            speak = [name for name in members if language in self._languages[name]]
            return (
                [*speak, *(name for name in members if language not in self._languages[name])]
                if speak
                else list(members)
            )
        if target.language == "required":
            return [name for name in members if language in self._languages[name]]
        return list(members)


class _Run:
    """One question on its way to a decision."""

    def __init__(
        self, router: Router, question: Question, facts: Facts, line: str, language: str, steps: list[Step] | None
    ) -> None:
        self._router = router
        self._plan = router.plan
        self._question = question
        self._known = question.known
        self._facts = facts
        self._line = line
        self._language = language
        self._steps = steps
        self._place = router.plan.place
        self._topics: list[str] = []

    def decide(self) -> Decision:
        outcome = self._enter() or Nobody()
        if isinstance(outcome, Nobody):
            self._step(self._plan.place, "nothing is left to try", True)
        return Decision(outcome, self._line, self._language, self._place, tuple(self._steps or ()))

    def _step(self, place: Place, what: str, taken: bool, why: str = "") -> None:
        if self._steps is not None:
            self._steps.append(Step(place, what, taken, why))
        if taken:
            self._place = place

    # What a question is about

    def _enter(self) -> Outcome | None:
        entry = self._question.entry
        if isinstance(entry, Arrival):
            return self._arrival()
        if isinstance(entry, Deadline):
            return self._deadline()
        if isinstance(entry, TopicChosen):
            return self._chosen(entry)
        if isinstance(entry, MenuKey):
            return self._key(entry)
        return self._silence(entry)

    def _arrival(self) -> Outcome | None:
        if not self._line:
            shown = self._facts.called or "no number"
            self._step(self._plan.place, f"no line has {shown}", True, "the desk rings")
            return self._seat_decides() if self._has_tried(DESK) else RingDesk()
        line = self._plan.lines[self._line]
        self._step(line.place, f"line {self._line}", True)
        index = self._router.rules_of(self._line)
        last = -1
        for number in index.candidates(self._facts):
            rule = line.rules[number]
            if self._steps is not None:
                self._tell_skipped(index, last, number)
                last = number
            why = rule_why_not(rule, self._facts, self._router.numbers)
            if why:
                self._step(rule.place, f"rule {number + 1}", False, why)
                continue
            self._step(rule.place, f"rule {number + 1}", True, said(rule.when) if rule.when else "for every call")
            outcome = self._run(rule.do)
            if outcome is not None:
                return outcome
        return None

    def _tell_skipped(self, index: RuleIndex, last: int, number: int) -> None:
        skipped = range(last + 1, number)
        if len(skipped) > MOST_RULES_TOLD:
            place = index.rules[skipped[0]].place
            self._step(place, f"rules {skipped[0] + 1} to {skipped[-1] + 1}", False, "they are about other calls")
            return
        for passed in skipped:
            rule = index.rules[passed]
            why = rule_why_not(rule, self._facts, self._router.numbers)
            self._step(rule.place, f"rule {passed + 1}", False, why)

    def _deadline(self) -> Outcome | None:
        line = self._plan.lines.get(self._line)
        actions = (line.on_deadline if line else ()) or self._plan.desk.on_deadline
        if not actions:
            return self._seat_decides()
        where = f"line {self._line}" if self._line else "the desk"
        self._step(actions[0].place, f"on_deadline of {where}", True, "the desk has not lifted")
        return self._run(actions)

    def _seat_decides(self) -> Outcome:
        self._step(self._plan.place, "the plan has no on_deadline here", True, "pickup.deadline of the seat counts")
        return SeatDecides()

    def _chosen(self, entry: TopicChosen) -> Outcome | None:
        topic = self._plan.topics.get(entry.topic)
        if topic is None:
            self._step(self._plan.place, f"there is no topic {entry.topic}", True, "the call stays at the desk")
            return ReturnToDesk(entry.topic)
        if not entry.escalate:
            return self._topic(entry.topic, self._plan.place, at_desk=True)
        self._step(topic.place, f"supervisor of topic {entry.topic}", True)
        targets = topic.escalate or self._plan.desk.supervisor
        return self._targets(targets, topic, entry.topic, at_desk=True) or self._back_to_desk(topic, entry.topic)

    def _key(self, entry: MenuKey) -> Outcome | None:
        menu = self._plan.menus.get(entry.menu)
        if menu is None:
            return None
        actions = menu.keys.get(entry.key)
        if actions is not None:
            self._step(menu.key_places.get(entry.key, menu.place), f"menu {entry.menu}, key {entry.key}", True)
            return self._run(actions, entry.menu, entry.trail)
        wrong = menu.wrong_key
        tries = wrong.tries if wrong else _WRONG_TRIES
        self._step(wrong.place if wrong else menu.place, f"menu {entry.menu} has no key {entry.key}", True)
        if entry.wrong + 1 < tries:
            say = wrong.say if wrong else None
            return OpenMenu(entry.menu, entry.trail, again=True, first_say=say, wrong=entry.wrong + 1)
        return self._run((wrong.then if wrong else ()) or menu.no_key.then, entry.menu, entry.trail)

    def _silence(self, entry: MenuSilence) -> Outcome | None:
        menu = self._plan.menus.get(entry.menu)
        if menu is None:
            return None
        silence = menu.no_key
        self._step(silence.place, f"menu {entry.menu}, no key", True)
        if entry.heard < silence.repeat:
            return OpenMenu(entry.menu, entry.trail, again=True)
        return self._run(silence.then, entry.menu, entry.trail)

    # What a plan tells to do

    def _run(self, actions: Actions, menu: str = "", trail: tuple[str, ...] = ()) -> Outcome | None:
        """The first of the actions that can be done."""
        for action in actions:
            language, self._language = self._language, action.language or self._language
            outcome = self._act(action, menu, trail)
            if outcome is not None:
                return outcome
            self._language = language
        return None

    def _act(self, action: Action, menu: str, trail: tuple[str, ...]) -> Outcome | None:
        if action.verb == "ring":
            return self._targets(action.targets, None, "", at_desk=False)
        if action.verb == "topic":
            return self._topic(action.name, action.place, at_desk=False)
        if action.verb == "connect":
            free = self._known.desk == "free" and not self._has_tried(DESK, connecting=True)
            self._step(action.place, "connect desk", free, "" if free else f"the desk is {self._known.desk}")
            return ConnectDesk() if free else None
        if action.verb == "menu":
            return self._menu(action, (*trail, menu) if menu else trail)
        if action.verb in ("back", "repeat"):
            back = action.verb == "back" and trail
            self._step(action.place, action.verb, True)
            return OpenMenu(trail[-1], trail[:-1]) if back else OpenMenu(menu, trail, again=True)
        self._step(action.place, f"{action.verb} {action.name}".strip(), True)
        if action.verb == "message":
            return TakeMessage(action.name, self._topics[-1] if self._topics else "")
        if action.verb == "refuse":
            return Refuse("busy" if action.name == "busy" else "declined")
        assert action.words is not None
        return Announce(action.words)

    def _menu(self, action: Action, trail: tuple[str, ...]) -> Outcome | None:
        if action.name not in self._plan.menus:
            self._step(action.place, f"menu {action.name}", False, "there is no such menu")
            return None
        self._step(action.place, f"menu {action.name}", True)
        if action.name in trail:
            trail = trail[: trail.index(action.name)]
        return OpenMenu(action.name, trail)

    def _topic(self, name: str, place: Place, *, at_desk: bool) -> Outcome | None:
        topic = self._plan.topics.get(name)
        if topic is None or name in self._topics or len(self._topics) >= MOST_TOPICS:
            why = "there is no such topic" if topic is None else "it has been looked at already"
            self._step(place, f"topic {name}", False, why)
            return None
        self._topics.append(name)
        self._step(topic.place, f"topic {name}", True)
        if topic.emergency:
            return self._emergency(topic, name, at_desk)
        if topic.desk and not at_desk:
            outcome = self._desk(topic.place, topic.rings)
            if outcome is not None:
                return outcome
        outcome = self._targets(topic.to, topic, name, at_desk=at_desk)
        if outcome is not None:
            return outcome
        if at_desk:
            return self._back_to_desk(topic, name)
        return self._run(topic.otherwise)

    def _back_to_desk(self, topic: Topic, name: str) -> Outcome:
        place = topic.otherwise[0].place if topic.otherwise else topic.place
        self._step(place, f"back to the desk with topic {name}", True, "nobody takes it")
        return ReturnToDesk(name, topic.otherwise)

    # Who is tried

    def _targets(self, targets: Iterable[Target], topic: Topic | None, name: str, *, at_desk: bool) -> Outcome | None:
        for target in targets:
            if target.skill:
                outcome = self._by_skill(target, topic, name)
            elif target.who == DESK:
                if at_desk:
                    self._step(target.place, DESK, False, "the call comes from there")
                    continue
                outcome = self._desk(target.place, target.rings)
            else:
                outcome = self._one(target, target.who, topic, name)
            if outcome is not None:
                return outcome
        return None

    def _desk(self, place: Place, rings: int | None) -> Outcome | None:
        if self._has_tried(DESK):
            self._step(place, DESK, False, RESULT_WORDS[self._known.tried[DESK]])
            return None
        arriving = isinstance(self._question.entry, Arrival)
        if not arriving and self._known.desk != "free":
            self._step(place, DESK, False, f"the desk is {self._known.desk}")
            return None
        self._step(place, "ring desk", True)
        return RingDesk(rings=None if arriving else rings or self._plan.desk.rings)

    def _has_tried(self, who: str, *, connecting: bool = False) -> bool:
        if connecting:  # a desk that has not lifted is opened, one that has refused is not
            return self._known.tried.get(who, "no_answer") != "no_answer"
        return who in self._known.tried

    def _by_skill(self, target: Target, topic: Topic | None, name: str) -> Outcome | None:
        ordered = self._router.ordered(target, self._question, self._language)
        if not ordered:
            speaks = f" who speaks {self._language}" if target.language == "required" else ""
            self._step(target.place, f"skill {target.skill}", False, f"nobody has it{speaks}")
            return None
        self._step(target.place, f"skill {target.skill}", True, f"{target.order.replace('_', ' ')}")
        if target.order != "all":
            for person in ordered:
                outcome = self._one(target, person, topic, name, target.skill)
                if outcome is not None:
                    return outcome
            return None
        free = []
        for person in ordered:
            why = self._why_not(person)
            self._step(self._place_of(person, target), person, not why, why)
            if not why:
                free.append(self._attempt(target, person, topic))
        return CallOthers(tuple(free), name, target.skill) if free else None

    def _one(self, target: Target, who: str, topic: Topic | None, name: str, skill: str = "") -> Outcome | None:
        why = self._why_not(who)
        if why and self._steps is None:
            return None
        place = self._place_of(who, target) if skill else target.place
        self._step(place, who, not why, why)
        return None if why else CallOthers((self._attempt(target, who, topic),), name, skill)

    def _place_of(self, who: str, target: Target) -> Place:
        person = self._plan.people.get(who)
        return person.place if person else target.place

    def _why_not(self, who: str) -> str:
        """Why somebody is passed over; empty when they can be called."""
        known = self._known
        if who in known.tried:
            return RESULT_WORDS[known.tried[who]]
        person = self._plan.people.get(who)
        if person is not None:
            is_open = self._facts.openings.is_open
            if person.hours is not None and not is_open(person.hours.text):
                return "not at work"
            if person.away is not None and is_open(person.away.text):
                return "away"
        if who in known.absent:
            return "absent"
        if who in known.do_not_disturb:
            return "does not want to be disturbed"
        if who in known.busy:
            return "busy"
        if who in known.resting:
            return "was busy or refused a moment ago"
        if self._facts.caller and self._facts.caller == self._router.own_numbers.get(who):
            return "is the caller"
        return ""

    def _attempt(self, target: Target, who: str, topic: Topic | None) -> Attempt:
        person = self._plan.people.get(who)
        desk = self._plan.desk
        rings = target.rings or (person and person.ring) or (topic and topic.rings) or desk.rings
        transfer = target.transfer or (person and person.transfer) or (topic and topic.transfer) or desk.transfer
        return Attempt(who, self._router.address(who), rings, transfer)

    # Emergencies: whoever can be reached, whatever the hour

    def _emergency(self, topic: Topic, name: str, at_desk: bool) -> Outcome:
        everybody = self._emergency_targets(topic)
        untried = [(target, who) for target, who in everybody if who not in self._known.tried]
        free = [pair for pair in untried if pair[1] not in self._known.busy]
        for target, who in everybody:
            if who in self._known.tried:
                self._step(target.place, who, False, RESULT_WORDS[self._known.tried[who]])
        for target, who in free or untried:
            self._step(target.place, who, True, "emergency: whatever the hour")
            return CallOthers((self._attempt(target, who, topic),), name, emergency=True)
        if not at_desk and not self._has_tried(DESK):
            self._step(topic.place, "ring desk", True, "emergency: nobody else has answered")
            return RingDesk(emergency=True, rings=self._plan.desk.rings)
        self._step(topic.place, "everybody at once", True, "emergency: until somebody answers")
        attempts = tuple(self._attempt(target, who, topic) for target, who in everybody)
        if attempts:
            return CallOthers(attempts, name, emergency=True, until_answered=True)
        return ReturnToDesk(name) if at_desk else RingDesk(emergency=True)

    def _emergency_targets(self, topic: Topic) -> list[tuple[Target, str]]:
        found: dict[str, Target] = {}
        for target in topic.to:
            names = self._router.with_skill.get(target.skill, []) if target.skill else [target.who]
            for name in names:
                if name != DESK:
                    found.setdefault(name, target)
        return [(target, who) for who, target in found.items()]
