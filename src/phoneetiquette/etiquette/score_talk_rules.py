"""The rules of a score card that the talk itself decides: its opening, and how the desk speaks and listens. Pure."""

from __future__ import annotations

from phoneetiquette.etiquette.score_card import Case, Evidence, RuleResult
from phoneetiquette.etiquette.score_facts import (
    NO_TRANSCRIPT,
    OPENING_S,
    at_least,
    at_most,
    judged,
    not_measured,
    told,
    wanted_words,
)
from phoneetiquette.etiquette.stages import Stage

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
        wanted = wanted_words("at most", limits.greeting_within_s, "s")
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
        wanted=wanted_words("at most", allowed, "") if allowed else "none",
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
