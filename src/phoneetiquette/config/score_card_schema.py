"""The ``score_card`` section of the configuration: what the measures are held against, and what each rule weighs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from phoneetiquette.config.keys import described
from phoneetiquette.config.kinds import Decimal, ListOf, Target, Whole
from phoneetiquette.etiquette.score_card import Policy, Thresholds

WEIGHT = Decimal(0, 100)


def _weight(doc: str) -> float:
    weight: float = field(default=1.0, metadata=described(WEIGHT, doc))
    return weight


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupWeights:
    """Weights of the pickup rules."""

    not_before_second_ring: float = _weight("Not lifted before the second ring has ended.")
    by_third_ring: float = _weight("Answered no later than the third ring.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningWeights:
    """Weights of the opening rules."""

    introduce: float = _weight("Greets, names the organisation, names oneself.")
    no_negative_phrase: float = _weight("Opens with no negative phrase. Needs a transcript.")
    first_25_seconds: float = _weight("Makes a good impression in the first 25 seconds.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkWeights:
    """Weights of the rules of the talk."""

    do_not_interrupt: float = _weight("Does not interrupt the customer.")
    listen: float = _weight("Listens and encourages.")
    give_time: float = _weight("Gives the customer time.")
    intonation: float = _weight("Speaks neither monotonously nor in haste.")
    calm: float = _weight("Stays calm when the customer gets loud.")
    plain_language: float = _weight("Speaks plainly. Needs a transcript.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StagesWeights:
    """Weights of the rules of the stages."""

    four: float = _weight("Goes through the four stages in order.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthWeights:
    """Weights of the rules of length."""

    ten_to_fifteen_minutes: float = _weight("Does not exceed ten to fifteen minutes.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetenceWeights:
    """Weights of the rules of putting through."""

    transfer: float = _weight("Puts the call through to who is competent.")
    supervisor: float = _weight("Lets a supervisor solve what is difficult.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageWeights:
    """Weights of the rules of messages."""

    take: float = _weight("Takes a message where the call cannot be put through.")
    answer_within_3_days: float = _weight("Answers a message within three days.")
    tell_of_delay: float = _weight("Tells the customer of a delay.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordWeights:
    """Weights of the rules of the record."""

    every_contact: float = _weight("Documents the contact.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyWeights:
    """Weights of the rules of safety."""

    first: float = _weight("Lets no rule hold an emergency back.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsConfig:
    """What each rule of the card weighs in its total; the keys are the names of the rules. A rule of weight 0 is judged
    and shown, and does not count."""

    pickup: PickupWeights = field(default_factory=PickupWeights)
    opening: OpeningWeights = field(default_factory=OpeningWeights)
    talk: TalkWeights = field(default_factory=TalkWeights)
    stages: StagesWeights = field(default_factory=StagesWeights)
    length: LengthWeights = field(default_factory=LengthWeights)
    competence: CompetenceWeights = field(default_factory=CompetenceWeights)
    message: MessageWeights = field(default_factory=MessageWeights)
    record: RecordWeights = field(default_factory=RecordWeights)
    safety: SafetyWeights = field(default_factory=SafetyWeights)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdsConfig:
    """What the measures of a call are held against. [The score card](score-card.md) says what each measure is."""

    greeting_within_s: float = field(
        default=3.0,
        metadata=described(
            Decimal(0, 60),
            "The first word of the desk comes within this after the call is connected.",
            unit="seconds",
            example="greeting_within_s: 2.5",
        ),
    )
    first_turn_least_s: float = field(
        default=2.0,
        metadata=described(
            Decimal(0, 60),
            "The first turn of the desk lasts at least this: a greeting, the house and a name take their time.",
            unit="seconds",
        ),
    )
    opening_silence_most_s: float = field(
        default=8.0, metadata=described(Decimal(0, 25), "Most silence in the first 25 seconds.", unit="seconds")
    )
    opening_share_least: float = field(
        default=0.25,
        metadata=described(Decimal(0, 1), "Least share of the talk that is the desk's in the first 25 seconds."),
    )
    interruptions_allowed: int = field(
        default=0,
        metadata=described(
            Whole(0, 100),
            "Interruptions by the desk, in a call or in its opening, that are let pass.",
            example="interruptions_allowed: 1",
        ),
    )
    talk_share_most: float = field(
        default=0.65,
        metadata=described(
            Decimal(0, 1), "Largest share of the talk that is the desk's.", example="talk_share_most: 0.6"
        ),
    )
    monologue_most_s: float = field(
        default=60.0, metadata=described(Decimal(1, 3600), "Longest turn of the desk.", unit="seconds")
    )
    encourage_after_s: float = field(
        default=45.0,
        metadata=described(
            Decimal(1, 3600),
            "A customer who speaks longer than this at a stretch somewhere in the call is to be encouraged.",
            unit="seconds",
        ),
    )
    response_gap_least_s: float = field(
        default=0.2,
        metadata=described(
            Decimal(-5, 60), "Least middle wait of the desk after the customer has spoken.", unit="seconds"
        ),
    )
    think_least_s: float = field(
        default=2.0,
        metadata=described(
            Decimal(0, 60),
            "Least wait after a question of the desk before it speaks again itself.",
            unit="seconds",
            example="think_least_s: 3",
        ),
    )
    unanswered_least: int = field(
        default=3,
        metadata=described(
            Whole(1, 100), "With fewer questions without an answer the wait after them is told and not judged."
        ),
    )
    unhurried_factor: float = field(
        default=1.5,
        metadata=described(Decimal(1, 10), "How much longer both waits are for a caller marked `unhurried`."),
    )
    pitch_movement_least_st: float = field(
        default=1.5,
        metadata=described(Decimal(0, 24), "Least pitch movement of the desk: less is monotonous.", unit="semitones"),
    )
    slowest_syll_per_s: float = field(
        default=2.5, metadata=described(Decimal(0, 20), "Slowest pace of the desk.", unit="syllables a second")
    )
    fastest_syll_per_s: float = field(
        default=5.5,
        metadata=described(
            Decimal(0, 20), "Fastest pace of the desk.", unit="syllables a second", example="fastest_syll_per_s: 5"
        ),
    )
    loudness_least_dbfs: float = field(
        default=-45.0,
        metadata=described(
            Decimal(-90, 0), "Least loudness of the desk, as active speech level.", unit="dB full scale"
        ),
    )
    calm_louder_most_db: float = field(
        default=3.0,
        metadata=described(
            Decimal(0, 60), "By how much the desk may speak louder than usual when the customer is loud.", unit="dB"
        ),
    )
    calm_faster_most: float = field(
        default=1.2, metadata=described(Decimal(0, 10), "Pace of the desk then, beside the usual pace.")
    )
    length_most_min: float = field(
        default=15.0,
        metadata=described(Decimal(1, 600), "Longest call.", unit="minutes", example="length_most_min: 10"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCardConfig:
    """How calls are judged afterwards: [the score card](score-card.md)."""

    supervisors: tuple[str, ...] = field(
        default=(),
        metadata=described(
            ListOf(Target()),
            "Who solves difficult situations: a call put through to one of them keeps `competence.supervisor`.",
            example="supervisors: [sip:manager@pbx.example, 290]",
        ),
    )
    thresholds: ThresholdsConfig = field(default_factory=ThresholdsConfig)
    weights: WeightsConfig = field(default_factory=WeightsConfig)

    @property
    def policy(self) -> Policy:
        """What :func:`phoneetiquette.etiquette.score_rules.card_of` takes."""
        weights = {
            f"{group}.{rule}": weight for group, rules in asdict(self.weights).items() for rule, weight in rules.items()
        }
        return Policy(thresholds=Thresholds(**asdict(self.thresholds)), weights=weights, supervisors=self.supervisors)
