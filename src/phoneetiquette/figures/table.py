"""The figures of a report, each a line: what it is called, what it means, how it is made of the sums, and its calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from phoneetiquette.figures.counting import (
    BANDS,
    COUNTS,
    INCOMING,
    SPREADS,
    STAGES,
    THRESHOLDS_S,
    Is,
    Tally,
    Where,
    spread,
)
from phoneetiquette.records.record import Verdict

Unit = Literal["", "%", "s", "min", "per 10 min", "syll/s", "st"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``value`` is ``None`` where nothing was measured; ``where`` are the calls it opens to."""

    name: str
    group: str
    title: str
    meaning: str
    value: Callable[[Tally], float | None]
    unit: Unit = ""
    where: Where = ()


def _count(name: str) -> Callable[[Tally], float | None]:
    return lambda told: told.get(name, 0.0)


def _share(of: Callable[[Tally], float], among: Callable[[Tally], float]) -> Callable[[Tally], float | None]:
    return lambda told: 100 * of(told) / whole if (whole := among(told)) > 0 else None


def _sum(*names: str) -> Callable[[Tally], float]:
    return lambda told: sum(told.get(name, 0.0) for name in names)


def _mean(total: str, among: str, scale: float = 1.0) -> Callable[[Tally], float | None]:
    return lambda told: scale * told.get(total, 0.0) / told[among] if told.get(among) else None


def _counted(name: str, group: str, title: str, meaning: str) -> Figure:
    return Figure(name, group, title, meaning, _count(name), where=COUNTS[name])


_VERDICTS = {
    "on_time": "Answered in the pickup window: from the end of the second ring to the end of the third.",
    "late": "Answered after the window.",
    "early": "Answered before the window; only where enforcement is off.",
    "unanswered": "Rang until it was ended from elsewhere, and nobody answered.",
    "abandoned": "The caller left after the window had opened.",
    "short_abandon": "The caller left before the window opened: nobody could politely have answered.",
    "diverted": "The deadline's action took it: overflow, a message, the dialplan.",
    "exempt": "The rules do not hold for it: an emergency line, or a request to answer at once.",
}


def _offered(told: Tally) -> float:
    return told.get("judged", 0.0) - told.get("verdict_short_abandon", 0.0) - told.get("verdict_exempt", 0.0)


def _service_levels() -> list[Figure]:
    found = [
        Figure(
            "service_level_rings",
            "Service level",
            "by the third ring",
            "Calls answered by the end of the third ring, of all that could be: without those whose caller left before"
            " the window opened, and without exempt ones.",
            _share(_sum("verdict_on_time", "verdict_early"), _offered),
            "%",
            (INCOMING, Is("verdict", "in", ("on_time", "early"))),
        )
    ]
    for limit in THRESHOLDS_S:
        within, left = f"answered_within_{limit}", f"left_within_{limit}"

        def rest(told: Tally, left: str = left) -> float:
            return told.get("answered", 0.0) + told.get("left", 0.0) - told.get(left, 0.0)

        found += [
            Figure(
                f"service_level_{limit}_all",
                "Service level",
                f"{limit} s, of all calls",
                f"Answered within {limit} s of ringing / (answered + left).",
                _share(_sum(within), _sum("answered", "left")),
                "%",
                COUNTS[within],
            ),
            Figure(
                f"service_level_{limit}_without_short",
                "Service level",
                f"{limit} s, short ones left out",
                f"Answered within {limit} s / (answered + left after {limit} s).",
                _share(_sum(within), rest),
                "%",
                COUNTS[within],
            ),
            Figure(
                f"service_level_{limit}_left_as_met",
                "Service level",
                f"{limit} s, short ones as met",
                f"(Answered within {limit} s + left within {limit} s) / (answered + left).",
                _share(_sum(within, left), _sum("answered", "left")),
                "%",
                COUNTS[within],
            ),
        ]
    return found


FIGURES: tuple[Figure, ...] = (
    _counted("incoming", "Calls", "incoming", "Calls that came in, refused ones among them."),
    _counted("answered", "Calls", "answered", "Incoming calls that were connected, whoever answered."),
    _counted("outgoing", "Calls", "outgoing", "Calls that were dialled."),
    _counted("outgoing_answered", "Calls", "outgoing, answered", "Dialled calls that were connected."),
    Figure(
        "mean_talk",
        "Calls",
        "mean length",
        "From answer to end.",
        _mean("talk_s", "talks", 1 / 60),
        "min",
        COUNTS["talks"],
    ),
    *(
        _counted(f"verdict_{verdict}", "Pickup", verdict.replace("_", " "), _VERDICTS[verdict])
        for verdict in get_args(Verdict)
    ),
    _counted(
        "left", "Left", "callers who left", "Incoming calls that ended before anybody answered, whoever ended them."
    ),
    _counted(
        "left_called_back",
        "Left",
        "called back",
        "Of these: a talk with the same number followed within 7 days, whoever called whom.",
    ),
    _counted(
        "left_not_called_back", "Left", "not called back", "Of these: none followed. Withheld numbers are among them."
    ),
    *_service_levels(),
    Figure(
        "agent_share",
        "Talk",
        "share of the desk",
        "Speech of the desk / speech of both, over all measured talk.",
        _share(_sum("agent_s"), _sum("agent_s", "customer_s")),
        "%",
        COUNTS["measured"],
    ),
    Figure(
        "agent_interruptions",
        "Talk",
        "interruptions by the desk",
        "Times the desk interrupted, for 10 minutes of measured talk.",
        _mean("agent_interruptions", "measured_s", 600),
        "per 10 min",
        COUNTS["interrupted"],
    ),
    Figure(
        "customer_interruptions",
        "Talk",
        "interruptions by customers",
        "Times customers interrupted, for 10 minutes of measured talk.",
        _mean("customer_interruptions", "measured_s", 600),
        "per 10 min",
        COUNTS["measured"],
    ),
    Figure(
        "silence_share",
        "Talk",
        "silence",
        "Time in which nobody spoke / measured talk.",
        _share(_sum("silence_s"), _sum("measured_s")),
        "%",
        COUNTS["measured"],
    ),
    Figure(
        "longest_silence",
        "Talk",
        "longest silence, mean",
        "Mean over the measured calls of the longest silence of each.",
        _mean("longest_silence_s", "measured"),
        "s",
        COUNTS["measured"],
    ),
    Figure(
        "pace",
        "Talk",
        "pace of the desk, mean",
        "Mean over the measured calls of the syllables a second of the desk's speech.",
        _mean("pace", "paced"),
        "syll/s",
        COUNTS["paced"],
    ),
    Figure(
        "intonation",
        "Talk",
        "intonation of the desk, mean",
        "Mean over the measured calls of the standard deviation of the desk's pitch.",
        _mean("intonation_st", "intoned"),
        "st",
        COUNTS["intoned"],
    ),
    Figure(
        "greeting_delay",
        "First 25 seconds",
        "answer to greeting",
        "Mean time from the answer to the first word of the desk.",
        _mean("greeting_delay_s", "greeted"),
        "s",
        COUNTS["greeted"],
    ),
    Figure(
        "opening_agent_share",
        "First 25 seconds",
        "share of the desk",
        "Mean over the calls that lasted 25 s of the desk's share in what was spoken in them.",
        _mean("opening_agent_share", "opened", 100),
        "%",
        COUNTS["opened"],
    ),
    Figure(
        "opening_silence",
        "First 25 seconds",
        "silence",
        "Mean time in the first 25 s in which nobody spoke.",
        _mean("opening_silence_s", "opened"),
        "s",
        COUNTS["opened"],
    ),
    *(
        Figure(
            f"band_{band}",
            "Length",
            {"under_10": "under 10 minutes", "10_to_15": "10 to 15 minutes", "over_15": "over 15 minutes"}[band],
            "Talks of this length, from answer to end.",
            _count(f"band_{band}"),
            where=COUNTS[f"band_{band}"],
        )
        for band in BANDS
    ),
    _counted("staged", "Stages", "stages marked", "Talks in which at least one stage was marked."),
    Figure(
        "stages_in_order",
        "Stages",
        "all four, in order",
        "Talks with greeting, clarify, check and close in this order, of those in which any was marked.",
        _share(_sum("stages_in_order"), _sum("staged")),
        "%",
        COUNTS["stages_in_order"],
    ),
    *(
        Figure(
            f"stage_{stage}",
            "Stages",
            f"time of {title}, mean",
            "Mean over the calls in which the stage was marked of how long it was, holds among it.",
            _mean(f"{stage}_s", f"timed_{stage}"),
            "s",
            COUNTS[f"timed_{stage}"],
        )
        for stage, title in zip(STAGES, ("the greeting", "clarifying", "checking", "the close"), strict=True)
    ),
    _counted("transferred", "Transfers", "put through", "Calls that reached somebody else in the end."),
    _counted("transfer_failed", "Transfers", "not put through", "Calls for which that was tried and nobody took them."),
    Figure(
        "specialist",
        "Transfers",
        "time to a specialist, median",
        "From the first attempt for the topic to a specialist's answer; read off the distribution, so accurate to"
        " its steps.",
        lambda told: median(told, "specialist"),
        "s",
        COUNTS["transferred"],
    ),
)
BY_NAME = {figure.name: figure for figure in FIGURES}


def figures_of(told: Tally) -> dict[str, float | None]:
    """Every figure by name, rounded to what it is worth."""
    return {figure.name: _rounded(figure.value(told)) for figure in FIGURES}


def spreads_of(told: Tally) -> dict[str, dict[str, Any]]:
    """The distributions: ``edges``, and ``counts``, one more of them, from below the first edge to above the last."""
    return {name: {"edges": list(one.edges), "counts": spread(told, name)} for name, one in SPREADS.items()}


def median(told: Tally, name: str) -> float | None:
    """The median of a distribution, evenly spread within its bins; ``None`` without any or where it lies above all."""
    counts, edges = spread(told, name), SPREADS[name].edges
    half, below = sum(counts) / 2, 0
    if not half:
        return None
    for index, count in enumerate(counts[:-1]):
        if below + count >= half:
            low = edges[index - 1] if index else 0.0
            return low + (edges[index] - low) * (half - below) / count
        below += count
    return None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
