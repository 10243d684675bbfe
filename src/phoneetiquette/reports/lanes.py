"""Who spoke when: two lanes and what happened between them, for the picture of a record and of a recording alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from phoneetiquette.records.export import visible
from phoneetiquette.reports.canvas import COLORS, INK, OPENING, SILENCE, WRONG

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LANES = {"agent": 2.0, "customer": 1.0, "other": 0.0}
"""The height at which a party's speech is drawn; between the two of them lie the interruptions."""
TOP = 3.0
BAR = 0.56
"""Height of a bar in a lane of height 1."""
OPENING_S = 25.0

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Overlap:
    """``by`` interrupted the other: ``outcome`` is ``taken`` or ``attempt``."""

    by: str
    start_s: float
    end_s: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Talk:
    """What the lanes show. All times in seconds of the picture's time line."""

    segments: dict[str, Sequence[Span]]
    interruptions: Sequence[Overlap] = ()
    encouragements: Sequence[tuple[str, float, float]] = ()
    """Party, start, end."""
    silences: Sequence[Span] = ()
    opening: Span | None = None
    stages: Sequence[tuple[float, str]] = ()


def draw_ground(axes: Axes, talk: Talk) -> None:
    """What lies behind the speech: the opening block and the silences."""
    if talk.opening is not None:
        start, end = talk.opening
        axes.broken_barh(_bars([(start, end)]), (0.5, TOP - 0.5), color=OPENING, lw=0, zorder=0)
    axes.broken_barh(_bars(talk.silences), (0.72, 1.56), color=SILENCE, lw=0, zorder=0.5)


def draw_speech(axes: Axes, talk: Talk) -> None:
    """Speech as bars; an encouragement is told by a ring on its bar, which is too short to be told by its length."""
    for party, spans in talk.segments.items():
        axes.broken_barh(_bars(spans), (LANES[party] - BAR / 2, BAR), color=COLORS[party], lw=0)
    for party in talk.segments:
        middles = [(start + end) / 2 for by, start, end in talk.encouragements if by == party]
        axes.plot(middles, [LANES[party]] * len(middles), "o", ms=5, mfc="white", mec=COLORS[party], mew=1.6, zorder=4)


def draw_interruptions(axes: Axes, talk: Talk) -> None:
    """The tip points from who interrupted to who was interrupted; it is filled if the floor was taken."""
    taken = [(one.start_s, one.end_s) for one in talk.interruptions]
    axes.broken_barh(_bars(taken), (1.30, 0.40), color=WRONG, alpha=0.30, lw=0)
    for one in talk.interruptions:
        height, marker = (1.61, "v") if one.by == "agent" else (1.39, "^")
        axes.plot(one.start_s, height, marker=marker, zorder=5, clip_on=True, **_mark(one.outcome, 8.5))


def draw_stages(axes: Axes, stages: Iterable[tuple[float, str]], length_s: float) -> None:
    """Stages begin at a line above the lanes; a name that would run into the one before is left out."""
    free_from = -length_s
    for at, name in stages:
        axes.plot([at, at], [2.5, 2.95], color=INK, lw=1)
        if at >= free_from:
            axes.text(at + length_s * 0.004, 2.74, visible(name), fontsize=8, color=INK, va="center")
            free_from = at + length_s * 0.065


def label(axes: Axes, names: dict[str, str]) -> None:
    """Writes the names of the lanes in their colours."""
    axes.set_yticks([LANES[lane] for lane in names], list(names.values()), fontsize=10)
    for text, lane in zip(axes.get_yticklabels(), names, strict=True):
        text.set_color(COLORS[lane])
        text.set_fontweight("bold")


def legend_of(talk: Talk) -> list[Any]:
    """Handles for what is there to be explained."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    shown: list[Line2D | Patch] = []
    if talk.opening is not None:
        shown.append(Patch(color=OPENING, label="first 25 s"))
    if talk.silences:
        shown.append(Patch(color=SILENCE, label="silence of 3 s or more"))
    for outcome, words in (("taken", "interrupted, took the floor"), ("attempt", "interrupted in vain")):
        if any(one.outcome == outcome for one in talk.interruptions):
            shown.append(Line2D([], [], marker="v", ls="", label=words, **_mark(outcome, 8)))
    if talk.encouragements:
        shown.append(Line2D([], [], marker="o", ls="", ms=5, mfc="white", mec=INK, mew=1.6, label="encouragement"))
    return shown


def _mark(outcome: str, size: float) -> dict[str, Any]:
    return {"ms": size, "mfc": WRONG if outcome == "taken" else "white", "mec": WRONG, "mew": 1.4}


def _bars(spans: Iterable[Span]) -> list[tuple[float, float]]:
    return [(start, end - start) for start, end in spans]
