"""How a score card is drawn up: one function for each rule, from a :class:`.Case` to a result. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from phoneetiquette.addresses import same_party
from phoneetiquette.etiquette.score_card import RULES, Case, Circumstances, Evidence, Policy, RuleResult, ScoreCard
from phoneetiquette.etiquette.score_facts import (
    NO_RECORD,
    OUTGOING,
    at_most,
    judged,
    not_measured,
    told,
)
from phoneetiquette.etiquette.score_talk_rules import (
    calm,
    do_not_interrupt,
    first_25_seconds,
    give_time,
    intonation,
    introduce,
    listen,
    transcript_needed,
)
from phoneetiquette.etiquette.stage_times import stage_times
from phoneetiquette.etiquette.stages import Stage, StageMark, review
from phoneetiquette.records.record import Attempt, CallRecord, Transfer
from phoneetiquette.units import NS_PER_MS

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
    tried = _tried_by_topic(case.record)
    if not case.record.transfers and any(one.result == "answered" for one in tried):
        return not_measured(case, rule, "the specialist was asked, and the customer not put through", _told_of(tried))
    return _put_through(case, rule, case.record.transfers, "no transfer was asked for", tried)


def _tried_by_topic(record: CallRecord) -> tuple[Attempt, ...]:
    """Whom the dialplan called when the receptionist had chosen a topic, as far as it came to a result."""
    answered_ms = record.answered_ms
    if answered_ms is None:
        return ()
    attempts = (one for one in record.attempts if one.topic and one.at_ms >= answered_ms)
    return tuple(one for one in attempts if one.result not in (None, "withdrawn"))


def _told_of(tried: tuple[Attempt, ...]) -> list[Evidence]:
    return [told(f"{one.who} for {one.topic}", str(one.result).replace("_", " ")) for one in tried]


def supervisor(case: Case, rule: str) -> RuleResult:
    if case.record is None:
        return not_measured(case, rule, NO_RECORD)
    named = case.policy.supervisors
    if not named:
        return not_measured(case, rule, "no supervisor is named in the configuration")
    to_them = tuple(one for one in case.record.transfers if any(same_party(name, one.target) for name in named))
    return _put_through(case, rule, to_them, "no supervisor was asked for")


def _put_through(
    case: Case, rule: str, attempts: tuple[Transfer, ...], none: str, tried: tuple[Attempt, ...] = ()
) -> RuleResult:
    """``tried``: those who were called for a topic, beside the transfers that came of it."""
    if not attempts and not tried:
        return not_measured(case, rule, none)
    evidence = _told_of(tried) + [
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
    evidence = [told("legs", len(record.legs)), told("notes", len(record.notes))]
    if record.ended_by == "crash":
        return not_measured(
            case, rule, "the record breaks off with the program, which is no fault of the desk", evidence
        )
    return judged(case, rule, [Evidence(what="record", value="whole", wanted="whole", held=True), *evidence], "")


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
