"""How a score card is drawn up: one function for each rule, from a :class:`.Case` to a result. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from phoneetiquette.addresses import same_party
from phoneetiquette.etiquette.score_card import RULES, Case, Circumstances, Evidence, Policy, RuleResult, ScoreCard
from phoneetiquette.etiquette.stage_times import stage_times
from phoneetiquette.etiquette.stages import Stage, StageMark, review
from phoneetiquette.records.record import CallRecord, Transfer
from phoneetiquette.units import NS_PER_MS

OPENING_S = 25.0
NO_TRANSCRIPT = "needs a transcript of the words"
NO_RECORD = "a recording does not tell"
OUTGOING = "an outgoing call"

Judge = Callable[[Case, str], RuleResult]


def card_of(record: CallRecord, policy: Policy | None = None, circumstances: Circumstances | None = None) -> ScoreCard:
    """The card of a call, over or going on."""
    return _drawn_up(Case.of_record(record, policy or Policy(), circumstances or Circumstances()))


def card_of_measures(
    measures: Mapping[str, Any], policy: Policy | None = None, circumstances: Circumstances | None = None
) -> ScoreCard:
    """The card of a recording: the rules of ringing, stages and follow-up are not measured."""
    return _drawn_up(Case.of_measures(measures, policy or Policy(), circumstances or Circumstances()))


def _drawn_up(case: Case) -> ScoreCard:
    return ScoreCard(tuple(JUDGES[rule](case, rule) for rule in RULES))


# ------------------------------------------------------------------------------------------------ facts to a result


def at_most(what: str, value: float | None, limit: float, unit: str = "") -> Evidence:
    held = None if value is None else value <= limit
    return Evidence(what=what, value=value, unit=unit, wanted=_wanted("at most", limit, unit), held=held)


def at_least(what: str, value: float | None, limit: float, unit: str = "") -> Evidence:
    held = None if value is None else value >= limit
    return Evidence(what=what, value=value, unit=unit, wanted=_wanted("at least", limit, unit), held=held)


def told(what: str, value: float | int | str | None, unit: str = "") -> Evidence:
    return Evidence(what=what, value=value, unit=unit)


def judged(case: Case, rule: str, evidence: list[Evidence], unknown: str) -> RuleResult:
    """Missed if one fact is not as wanted, met if none is and one is; otherwise not measured, because ``unknown``."""
    holds = [one.held for one in evidence]
    weight = case.policy.weight(rule)
    if False in holds:
        return RuleResult(rule=rule, result="missed", weight=weight, evidence=tuple(evidence))
    if True in holds:
        return RuleResult(rule=rule, result="met", weight=weight, evidence=tuple(evidence))
    return not_measured(case, rule, unknown, evidence)


def not_measured(case: Case, rule: str, because: str, evidence: list[Evidence] | None = None) -> RuleResult:
    return RuleResult(
        rule=rule,
        result="not_measured",
        weight=case.policy.weight(rule),
        because=because,
        evidence=tuple(evidence or ()),
    )


def _wanted(words: str, limit: float, unit: str) -> str:
    return f"{words} {limit:g} {unit}".rstrip()


# ------------------------------------------------------------------------------------------------ pickup

_FIRST_RING = {"on_time": True, "late": True, "early": False}
_THIRD_RING = {"on_time": True, "early": True, "late": False, "unanswered": False, "diverted": True}
_UNJUDGED = {
    "abandoned": "the caller left while it could still be answered in time",
    "short_abandon": "the caller left before it could be answered",
    "unanswered": "nobody lifted",
    "diverted": "nobody lifted",
}


def not_before_second_ring(case: Case, rule: str) -> RuleResult:
    return _pickup(case, rule, _FIRST_RING, "after the window opened", "at least 0 ms", opening=True)


def by_third_ring(case: Case, rule: str) -> RuleResult:
    return _pickup(case, rule, _THIRD_RING, "before the window closed", "at least 0 ms", opening=False)


def _pickup(
    case: Case, rule: str, verdicts: Mapping[str, bool], margin: str, wanted: str, *, opening: bool
) -> RuleResult:
    record = case.record
    if record is None:
        return not_measured(case, rule, NO_RECORD)
    if record.direction == "out":
        return not_measured(case, rule, OUTGOING)
    pickup = record.pickup
    if pickup is None:
        return not_measured(case, rule, "refused before any ringing" if record.refused else "not decided yet")
    value = pickup.after_open_ms if opening else pickup.before_close_ms
    evidence = [told("verdict", pickup.verdict.replace("_", " ")), told("ring", pickup.ring)]
    if pickup.verdict == "exempt":
        return not_measured(case, rule, f"exempt: {pickup.exempt.replace('_', ' ')}", evidence)
    held = verdicts.get(pickup.verdict)
    if value is not None and held is not None:
        evidence.append(Evidence(what=margin, value=round(value, 1), unit="ms", wanted=wanted, held=held))
    else:
        evidence[0] = Evidence(what="verdict", value=evidence[0].value, held=held)
    if record.deadline is not None and pickup.verdict == "diverted":
        evidence.append(told("done at the end of the third ring", record.deadline.action))
    return judged(case, rule, evidence, _UNJUDGED.get(pickup.verdict, pickup.verdict))


# ------------------------------------------------------------------------------------------------ opening


def introduce(case: Case, rule: str) -> RuleResult:
    if case.unmeasured:
        return not_measured(case, rule, case.unmeasured)
    limits = case.limits
    outgoing = case.record is not None and case.record.direction == "out"
    delay, length = case.figure("opening", "greeting_delay_s"), case.figure("duration_s")
    evidence: list[Evidence] = []
    if outgoing:
        evidence.append(told("first word of the desk after", delay, "s"))
    elif delay is None and length is not None and length > limits.greeting_within_s:
        wanted = _wanted("at most", limits.greeting_within_s, "s")
        evidence.append(Evidence(what="first word of the desk", value="none", wanted=wanted, held=False))
    else:
        evidence.append(at_most("first word of the desk after", delay, limits.greeting_within_s, "s"))
    evidence.append(
        at_least("first turn of the desk", case.figure("opening", "first_turn_s"), limits.first_turn_least_s, "s")
    )
    marked = [mark.stage for mark in case.record.stages] if case.record is not None else []
    if marked:
        evidence.append(
            Evidence(
                what="stage greeting",
                value="marked" if Stage.GREETING in marked else "not marked",
                wanted="marked",
                held=Stage.GREETING in marked,
            )
        )
    return judged(case, rule, evidence, "the call was over before it could be told")


def first_25_seconds(case: Case, rule: str) -> RuleResult:
    if case.unmeasured:
        return not_measured(case, rule, case.unmeasured)
    limits, length = case.limits, case.figure("duration_s")
    if length is None or length < OPENING_S:
        because = "the length of the talk is not known" if length is None else f"the talk lasted {length:.0f} s"
        return not_measured(case, rule, because)
    begun = tuple((start, end) for by, start, end, _ in case.interruptions if by == "agent" and start < OPENING_S)
    evidence = [
        at_least("share of the talk", case.figure("opening", "agent_talk_share"), limits.opening_share_least),
        at_most("silence", case.figure("opening", "silence_s"), limits.opening_silence_most_s, "s"),
        _interruptions(begun, limits.interruptions_allowed),
        *_manner(case, "opening"),
    ]
    return judged(case, rule, evidence, "nothing of it is known")


# ------------------------------------------------------------------------------------------------ talk


def do_not_interrupt(case: Case, rule: str) -> RuleResult:
    if case.unmeasured:
        return not_measured(case, rule, case.unmeasured)
    if not case.figure("parties", "customer", "talk_s"):
        return not_measured(case, rule, "the customer did not speak")
    if "overlap_s" in (case.measures or {}) and case.figure("overlap_s") is None:
        return not_measured(case, rule, "the two sides cannot be told apart")
    times = tuple((start, end) for by, start, end, _ in case.interruptions if by == "agent")
    taken = sum(by == "agent" and outcome == "taken" for by, _, _, outcome in case.interruptions)
    evidence = [_interruptions(times, case.limits.interruptions_allowed), told("of these took the floor", taken)]
    return judged(case, rule, evidence, "")


def listen(case: Case, rule: str) -> RuleResult:
    if case.unmeasured:
        return not_measured(case, rule, case.unmeasured)
    limits = case.limits
    given = case.figure("parties", "agent", "encouragements")
    evidence = [
        at_most("share of the talk", case.figure("parties", "agent", "talk_share"), limits.talk_share_most),
        at_most(
            "longest monologue", case.figure("parties", "agent", "longest_monologue_s"), limits.monologue_most_s, "s"
        ),
    ]
    customers = case.figure("parties", "customer", "longest_monologue_s")
    if customers is not None and customers > limits.encourage_after_s:
        evidence.append(told("longest monologue of the customer", customers, "s"))
        evidence.append(at_least("encouragements", given, 1))
    else:
        evidence.append(told("encouragements", given))
    return judged(case, rule, evidence, "nobody has spoken")


def give_time(case: Case, rule: str) -> RuleResult:
    if case.unmeasured:
        return not_measured(case, rule, case.unmeasured)
    limits = case.limits
    questions, unanswered = case.figure("time_to_think", "questions"), case.figure("time_to_think", "unanswered")
    pause = case.figure("time_to_think", "pause_s")
    wait = "middle wait after a question without an answer"
    evidence = [
        at_least(
            "middle wait after the customer",
            case.figure("parties", "agent", "response_gap_s", "median"),
            round(limits.response_gap_least_s * case.patience, 2),
            "s",
        ),
        told("questions heard", questions),
        told("of these without an answer", unanswered),
        at_least(wait, pause, round(limits.think_least_s * case.patience, 2), "s")
        if unanswered is not None and unanswered >= limits.unanswered_least
        else told(wait, pause, "s"),
        told("middle time the customer took to answer", case.figure("time_to_think", "answer_s"), "s"),
        told("longest silence, holds apart", case.figure("longest_silence_s"), "s"),
    ]
    return judged(case, rule, evidence, "too little was answered and asked")


def intonation(case: Case, rule: str) -> RuleResult:
    if case.unmeasured:
        return not_measured(case, rule, case.unmeasured)
    return judged(case, rule, _manner(case, "parties", "agent"), "the desk spoke too little")


def calm(case: Case, rule: str) -> RuleResult:
    if case.unmeasured:
        return not_measured(case, rule, case.unmeasured)
    loud_s = case.figure("calm", "customer_loud_s")
    if loud_s is None:
        return not_measured(case, rule, "the customer spoke too little")
    if not loud_s:
        return not_measured(case, rule, "the customer never got loud")
    usual, limits = case.circumstances.usual, case.limits
    level, pace = case.figure("calm", "loudness_dbfs"), case.figure("calm", "pace_syll_per_s")
    base_level, base_pace = case.figure("calm", "usual_loudness_dbfs"), case.figure("calm", "usual_pace_syll_per_s")
    beside = "of this call"
    if usual is not None and usual.loudness_dbfs is not None and usual.pace_syll_per_s is not None:
        base_level, base_pace, beside = usual.loudness_dbfs, usual.pace_syll_per_s, f"of {usual.calls} earlier calls"
    louder = None if level is None or base_level is None else round(level - base_level, 1)
    faster = None if pace is None or not base_pace else round(pace / base_pace, 2)
    evidence = [
        told("customer loud for", loud_s, "s"),
        at_most("louder than usual by", louder, limits.calm_louder_most_db, "dB"),
        at_most("pace beside the usual", faster, limits.calm_faster_most),
        told("the usual is that", beside),
    ]
    return judged(case, rule, evidence, "the desk spoke too little")


def transcript_needed(case: Case, rule: str) -> RuleResult:
    return not_measured(case, rule, NO_TRANSCRIPT)


def _interruptions(times: tuple[tuple[float, float], ...], allowed: int) -> Evidence:
    return Evidence(
        what="interruptions by the desk",
        value=len(times),
        wanted=_wanted("at most", allowed, "") if allowed else "none",
        held=len(times) <= allowed,
        times_s=times,
    )


def _manner(case: Case, *where: str) -> list[Evidence]:
    """How the desk sounds, in the call or in its opening."""
    limits = case.limits
    pace = case.figure(*where, "pace_syll_per_s")
    return [
        at_least("pitch movement", case.figure(*where, "pitch", "sd_st"), limits.pitch_movement_least_st, "semitones"),
        told("pitch range", case.figure(*where, "pitch", "range_st"), "semitones"),
        Evidence(
            what="pace",
            value=pace,
            unit="syllables/s",
            wanted=f"{limits.slowest_syll_per_s:g} to {limits.fastest_syll_per_s:g} syllables/s",
            held=None if pace is None else limits.slowest_syll_per_s <= pace <= limits.fastest_syll_per_s,
        ),
        at_least("loudness", case.figure(*where, "loudness_dbfs"), limits.loudness_least_dbfs, "dBFS"),
    ]


# ------------------------------------------------------------------------------------------------ stages and length


def four_stages(case: Case, rule: str) -> RuleResult:
    record = case.record
    if record is None:
        return not_measured(case, rule, NO_RECORD)
    if record.answered is None:
        return not_measured(case, rule, "the call was not answered")
    known = {stage.value for stage in Stage}
    marks = [
        StageMark(Stage(mark.stage), round(mark.at_ms * NS_PER_MS)) for mark in record.stages if mark.stage in known
    ]
    ended_ms = record.ended_ms if record.ended_ms is not None else max((m.at_ms for m in record.timeline), default=0.0)
    seen = review(marks, max(round(ended_ms * NS_PER_MS), marks[-1].at_ns if marks else 0))
    if seen is None:
        return not_measured(case, rule, "no stage was marked")
    evidence = [
        Evidence(what="left out", value=_names(seen.left_out), wanted="none", held=not seen.left_out),
        Evidence(what="out of order", value=_names(seen.out_of_order), wanted="none", held=not seen.out_of_order),
    ]
    for one in stage_times(record):
        evidence.append(told(f"time of {one.stage}", round(one.time_s, 1), "s"))
        if one.agent_talk_share is not None:
            evidence.append(told(f"desk's share of the talk in {one.stage}", round(one.agent_talk_share, 3)))
    return judged(case, rule, evidence, "")


def _names(stages: tuple[Stage, ...]) -> str:
    return ", ".join(stages) or "none"


def length(case: Case, rule: str) -> RuleResult:
    record, limit_min = case.record, case.limits.length_most_min
    measured = case.figure("duration_s")
    if record is not None and record.answered is None:
        return not_measured(case, rule, "the call was not answered")
    length_s = measured if measured is not None else record.talk_s if record is not None else None
    evidence: list[Evidence] = []
    if length_s is not None:
        evidence.append(told("length", round(length_s / 60, 1), "min"))
    if record is not None and record.holds:
        evidence.append(told("on hold besides", round(_held_s(record), 1), "s"))
    if record is not None and record.pickup is not None and record.pickup.exempt == "emergency_line":
        return not_measured(case, rule, "an emergency line", evidence)
    if case.circumstances.unhurried:
        return not_measured(case, rule, "the caller is given all the time", evidence)
    if length_s is None:
        return not_measured(case, rule, "its length is not known", evidence)
    evidence[0] = at_most("length", round(length_s / 60, 1), limit_min, "min")
    return judged(case, rule, evidence, "")


def _held_s(record: CallRecord) -> float:
    """Time anybody held, overlapping holds counted once."""
    total, until = 0.0, 0.0
    last = record.ended_ms if record.ended_ms is not None else 0.0
    for hold in record.holds:
        end = hold.end_ms if hold.end_ms is not None else last
        total += max(0.0, end - max(hold.start_ms, until))
        until = max(until, end)
    return total / 1000


# ------------------------------------------------------------------------------------------------ competence, messages


def transfer(case: Case, rule: str) -> RuleResult:
    if case.record is None:
        return not_measured(case, rule, NO_RECORD)
    return _put_through(case, rule, case.record.transfers, "no transfer was asked for")


def supervisor(case: Case, rule: str) -> RuleResult:
    if case.record is None:
        return not_measured(case, rule, NO_RECORD)
    named = case.policy.supervisors
    if not named:
        return not_measured(case, rule, "no supervisor is named in the configuration")
    to_them = tuple(one for one in case.record.transfers if any(same_party(name, one.target) for name in named))
    return _put_through(case, rule, to_them, "no supervisor was asked for")


def _put_through(case: Case, rule: str, attempts: tuple[Transfer, ...], none: str) -> RuleResult:
    if not attempts:
        return not_measured(case, rule, none)
    evidence = [
        told(f"to {one.target}", " ".join([one.result, *([str(one.code)] if one.code else []), one.reason]).rstrip())
        for one in attempts
    ]
    if any(one.result in ("succeeded", "joined") for one in attempts):
        evidence.append(Evidence(what="put through", value="yes", wanted="yes", held=True))
    elif all(one.result == "failed" for one in attempts):
        evidence.append(Evidence(what="put through", value="no", wanted="yes", held=False))
    return judged(case, rule, evidence, "the transfer is under way")


def take_message(case: Case, rule: str) -> RuleResult:
    record, message = case.record, case.circumstances.message
    if message is not None:
        parts = {
            "name": message.name,
            "matter": message.matter,
            "contact": message.contact,
            "handed to the responsible service": message.delivered,
        }
        evidence = [
            Evidence(what=what, value="yes" if there else "no", wanted="yes", held=there)
            for what, there in parts.items()
        ]
        return judged(case, rule, evidence, "")
    if record is None:
        return not_measured(case, rule, NO_RECORD)
    if record.message_file:
        evidence = [told("voice message", round(record.message_s or 0.0, 1), "s")]
        return not_measured(case, rule, "a voice message: nobody has noted what is in it", evidence)
    failed = [one for one in record.transfers if one.result == "failed"]
    if failed and len(failed) == len(record.transfers) and record.ended is not None:
        evidence = [
            told("attempts to put it through", len(failed)),
            Evidence(what="message", value="none", wanted="name, matter and contact noted", held=False),
        ]
        return judged(case, rule, evidence, "")
    return not_measured(case, rule, "no message was called for")


def answer_within_3_days(case: Case, rule: str) -> RuleResult:
    message, now = case.circumstances.message, case.circumstances.now
    if message is None:
        return not_measured(case, rule, "no message was taken")
    evidence = [told("due", message.due.isoformat(timespec="minutes"))]
    wanted = "by the due date"
    if message.answered is not None:
        answered = message.answered.isoformat(timespec="minutes")
        held = message.answered <= message.due
        evidence.append(Evidence(what="answered", value=answered, wanted=wanted, held=held))
    elif now is not None and now > message.due:
        evidence.append(Evidence(what="answered", value="not yet", wanted=wanted, held=False))
    return judged(case, rule, evidence, "it is not due yet")


def tell_of_delay(case: Case, rule: str) -> RuleResult:
    message, now = case.circumstances.message, case.circumstances.now
    if message is None:
        return not_measured(case, rule, "no message was taken")
    late = message.answered > message.due if message.answered is not None else now is not None and now > message.due
    if not late and message.told_of_delay is None:
        return not_measured(case, rule, "there is no delay to tell of")
    notice = message.told_of_delay
    evidence = [
        Evidence(
            what="delay told",
            value="never" if notice is None else notice.isoformat(timespec="minutes"),
            wanted="before it was late",
            held=notice is not None and notice <= message.due,
        )
    ]
    return judged(case, rule, evidence, "")


# ------------------------------------------------------------------------------------------------ record, safety


def document(case: Case, rule: str) -> RuleResult:
    record = case.record
    if record is None:
        return not_measured(case, rule, NO_RECORD)
    if record.ended is None:
        return not_measured(case, rule, "the call is still going on")
    evidence = [
        Evidence(what="record", value="whole", wanted="whole", held=True)
        if record.ended_by != "crash"
        else Evidence(what="record", value="broken off by a crash", wanted="whole", held=False),
        told("legs", len(record.legs)),
        told("notes", len(record.notes)),
    ]
    return judged(case, rule, evidence, "")


def safety(case: Case, rule: str) -> RuleResult:
    record = case.record
    if record is None:
        return not_measured(case, rule, NO_RECORD)
    exempt = record.ring.exempt if record.ring is not None else record.pickup.exempt if record.pickup else ""
    if exempt != "emergency_line":
        return not_measured(case, rule, "no emergency line")
    evidence = [Evidence(what="ring rules", value="lifted", wanted="lifted", held=True)]
    return judged(case, rule, evidence, "")


JUDGES: Mapping[str, Judge] = {
    "pickup.not_before_second_ring": not_before_second_ring,
    "pickup.by_third_ring": by_third_ring,
    "opening.introduce": introduce,
    "opening.no_negative_phrase": transcript_needed,
    "opening.first_25_seconds": first_25_seconds,
    "talk.do_not_interrupt": do_not_interrupt,
    "talk.listen": listen,
    "talk.give_time": give_time,
    "talk.intonation": intonation,
    "talk.calm": calm,
    "talk.plain_language": transcript_needed,
    "stages.four": four_stages,
    "length.ten_to_fifteen_minutes": length,
    "competence.transfer": transfer,
    "competence.supervisor": supervisor,
    "message.take": take_message,
    "message.answer_within_3_days": answer_within_3_days,
    "message.tell_of_delay": tell_of_delay,
    "record.every_contact": document,
    "safety.first": safety,
}
