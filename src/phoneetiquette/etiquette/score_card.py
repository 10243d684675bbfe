"""The score card of a call: how each rule of etiquette that a telephone system can enforce or measure was kept. Pure.

A rule is met, missed or not measured; what cannot be decided is not measured, never guessed. The total is a share of
the weights of the rules that were measured, and goes nowhere without the results it was made of. A card is drawn up by
:func:`phoneetiquette.etiquette.score_rules.card_of`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # the configuration of a score card needs no record
    from phoneetiquette.records.record import CallRecord

Result = Literal["met", "missed", "not_measured"]

RULES: Mapping[str, str] = MappingProxyType(
    {
        "pickup.not_before_second_ring": "not lifted before the second ring has ended",
        "pickup.by_third_ring": "answered no later than the third ring",
        "opening.introduce": "greets, names the organisation, names oneself",
        "opening.no_negative_phrase": "opens with no negative phrase",
        "opening.first_25_seconds": "makes a good impression in the first 25 seconds",
        "talk.do_not_interrupt": "does not interrupt the customer",
        "talk.listen": "listens and encourages",
        "talk.give_time": "gives the customer time",
        "talk.intonation": "speaks neither monotonously nor in haste",
        "talk.calm": "stays calm when the customer gets loud",
        "talk.plain_language": "speaks plainly",
        "stages.four": "goes through the four stages in order",
        "length.ten_to_fifteen_minutes": "does not exceed ten to fifteen minutes",
        "competence.transfer": "puts the call through to who is competent",
        "competence.supervisor": "lets a supervisor solve what is difficult",
        "message.take": "takes a message where the call cannot be put through",
        "message.answer_within_3_days": "answers a message within three days",
        "message.tell_of_delay": "tells the customer of a delay",
        "record.every_contact": "documents the contact",
        "safety.first": "lets no rule hold an emergency back",
    }
)
"""The rules that can be enforced or measured, in the order of the card, and what each asks of the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What the measures of a call are held against. ``docs/score-card.md`` says what each of them means."""

    greeting_within_s: float = 3.0
    first_turn_least_s: float = 2.0
    opening_silence_most_s: float = 8.0
    opening_share_least: float = 0.25
    interruptions_allowed: int = 0
    talk_share_most: float = 0.65
    monologue_most_s: float = 60.0
    encourage_after_s: float = 45.0
    response_gap_least_s: float = 0.2
    think_least_s: float = 2.0
    unanswered_least: int = 3
    unhurried_factor: float = 1.5
    pitch_movement_least_st: float = 1.5
    slowest_syll_per_s: float = 2.5
    fastest_syll_per_s: float = 5.5
    loudness_least_dbfs: float = -45.0
    calm_louder_most_db: float = 3.0
    calm_faster_most: float = 1.2
    length_most_min: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The ``score_card`` section of the configuration. A rule that has no weight here has weight 1; with weight 0 it is
    judged and shown, and does not count."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    weights: Mapping[str, float] = field(default_factory=dict)
    supervisors: tuple[str, ...] = ()
    """Numbers, users or SIP URIs of those who solve difficult situations."""

    def weight(self, rule: str) -> float:
        return self.weights.get(rule, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """How the desk usually speaks: the middle of so many earlier calls."""

    calls: int
    loudness_dbfs: float | None
    pace_syll_per_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What became of a message that was taken in the call."""

    name: bool
    matter: bool
    contact: bool
    delivered: bool
    due: datetime
    answered: datetime | None = None
    told_of_delay: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a call besides its record. ``now`` is when the card is drawn up."""

    unhurried: bool = False
    """The caller is given all the time (rule ``respect.elderly``)."""
    usual: Usual | None = None
    message: FollowUp | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One fact a rule was judged by. ``held``: whether it is as ``wanted``; ``None``: told, not judged."""

    what: str
    value: float | int | str | None
    unit: str = ""
    wanted: str = ""
    held: bool | None = None
    times_s: tuple[tuple[float, float], ...] = ()
    """Where in the measured talk, begin and end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """How one rule was kept. ``because`` says why it was not measured."""

    rule: str
    result: Result
    weight: float
    because: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """The card in figures. ``share``: weights of the rules met, of those measured, 0 to 1; ``None`` of none."""

    share: float | None
    met: int
    missed: int
    not_measured: int


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """Every rule of :data:`RULES`, in its order."""

    results: tuple[RuleResult, ...]

    @property
    def total(self) -> Total:
        weights = {"met": 0.0, "missed": 0.0, "not_measured": 0.0}
        numbers = {"met": 0, "missed": 0, "not_measured": 0}
        for one in self.results:
            weights[one.result] += one.weight
            numbers[one.result] += 1
        measured = weights["met"] + weights["missed"]
        share = round(weights["met"] / measured, 3) if measured else None
        return Total(share, numbers["met"], numbers["missed"], numbers["not_measured"])

    def of(self, result: Result) -> tuple[RuleResult, ...]:
        return tuple(one for one in self.results if one.result == result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is judged: a call's record, or the measures of a recording alone."""

    record: CallRecord | None
    measures: Mapping[str, Any] | None
    interruptions: tuple[tuple[str, float, float, str], ...]
    """By whom, begin, end, outcome."""
    policy: Policy
    circumstances: Circumstances

    @classmethod
    def of_record(cls, record: CallRecord, policy: Policy, circumstances: Circumstances) -> Case:
        interruptions = tuple((one.by, one.start_s, one.end_s, one.outcome) for one in record.interruptions)
        return cls(
            record=record,
            measures=record.measures,
            interruptions=interruptions,
            policy=policy,
            circumstances=circumstances,
        )

    @classmethod
    def of_measures(cls, measures: Mapping[str, Any], policy: Policy, circumstances: Circumstances) -> Case:
        told = measures.get("interruptions") or ()
        interruptions = tuple((one["by"], one["start_s"], one["end_s"], one["outcome"]) for one in told)
        return cls(
            record=None,
            measures=measures,
            interruptions=interruptions,
            policy=policy,
            circumstances=circumstances,
        )

    @property
    def limits(self) -> Thresholds:
        return self.policy.thresholds

    @property
    def patience(self) -> float:
        """By how much the caller's time is stretched."""
        return self.limits.unhurried_factor if self.circumstances.unhurried else 1.0

    @property
    def unmeasured(self) -> str:
        """Why nothing can be said of the talk; empty when something can."""
        if self.record is not None and self.record.answered is None:
            return "the call was not answered"
        if self.measures is None:
            return "the talk was not measured"
        if self.measures.get("reliable") is False:
            reasons = [str(reason) for reason in self.measures.get("unreliable_because") or ()]
            return "; ".join(["the measures are not reliable", *reasons])
        if self.figure("parties", "agent", "talk_s") == 0 == self.figure("parties", "customer", "talk_s"):
            return "nobody is heard to speak"
        return ""

    def figure(self, *path: str) -> float | None:
        """A number among the measures, by its path; ``None`` where it is unknown."""
        value: object = self.measures
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
