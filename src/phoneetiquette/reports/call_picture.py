"""A recorded call as a picture: who spoke when, who interrupted, and below it how high and how loud they spoke.

A long call is drawn in several rows of the same scale, as a score is: a second looks the same in all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.analysis.report import PARTIES, Report, measure
from phoneetiquette.analysis.tracks import Track, Tracks
from phoneetiquette.records.export import clock, visible
from phoneetiquette.reports import lanes
from phoneetiquette.reports.canvas import (
    COLORS,
    FAINT,
    GRID,
    INK,
    WRONG,
    Format,
    bare,
    kind_of,
    picture,
    time_ticks,
    write,
)
from phoneetiquette.reports.lanes import OPENING_S, Overlap, Span, Talk

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.gridspec import SubplotSpec

WIDTH_IN = 12.0
LONGEST_ROW_S = 240.0
"""A call up to this long is drawn in one row."""
ROWS_S = (120.0, 180.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0)
MOST_ROWS = 8
HEAD_IN, REMARK_IN, FOOT_IN = 1.10, 0.22, 0.42
"""Above the first row for title, summary and legend, and for a remark between them; below the last row."""
TALL, LOW = (1.55, 0.75, 0.75), (0.95, 0.45, 0.45)
"""Heights in inches of lanes, pitch and level: in a picture of one row, and of several."""
BETWEEN_IN = 0.50
POINTS = 1200
"""A row is drawn from no more values than this: more are not seen, and make the file large."""
LEVELS_DBFS = (-60.0, -5.0)
PITCHES_HZ = (75.0, 400.0)
TICKS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "pitch": ((100, 150, 200, 300), (100, 200)),
    "level": ((-50, -30, -10), (-50, -10)),
}
"""Values marked in a picture of one row, and of several."""


def save(report: Report, tracks: Tracks, path: Path) -> None:
    """Draws a measured recording into ``path``, as SVG or PNG by its suffix.

    Raises:
        ConfigurationError: another suffix, or the file cannot be written.
    """
    write(path, draw(report, tracks, kind_of(path)))


def draw(report: Report, tracks: Tracks, kind: Format, stages: Sequence[tuple[float, str]] = ()) -> bytes:
    """The picture as a file's content.

    Args:
        report: what ``analyze --json`` prints for it.
        tracks: level and pitch over time; what is not there is not drawn.
        kind: format of the file.
        stages: when each stage of the talk began, in seconds, where that is known.
    """
    length_s = max(float(measure(report, "duration_s") or 0.0), 0.001)
    row_s = row_length(length_s)
    rows = max(1, ceil(length_s / row_s))
    kinds = [name for name, track in (("pitch", tracks.pitch), ("level", tracks.level)) if track is not None]
    inches = TALL if rows == 1 else LOW
    heights = [inches[0], *(inches[1 + (name == "level")] for name in kinds)]
    head = HEAD_IN + REMARK_IN * (measure(report, "reliable") is False)
    tall = head + rows * sum(heights) + (rows - 1) * BETWEEN_IN + FOOT_IN
    talk = talk_of(report, stages)

    def paint(figure: Figure) -> None:
        grid = figure.add_gridspec(
            rows,
            1,
            hspace=BETWEEN_IN / sum(heights),
            left=0.075,
            right=0.955,
            top=1 - head / tall,
            bottom=FOOT_IN / tall,
        )
        for row in range(rows):
            start = row * row_s
            axes = _row(figure, grid[row], heights, (start, start + row_s), length_s)
            shown = (start, min(start + row_s, length_s))
            _draw_lanes(axes[0], talk, shown, report if row == 0 else None)
            for name, panel in zip(kinds, axes[1:], strict=True):
                track = tracks.pitch if name == "pitch" else tracks.level
                assert track is not None
                _draw_track(panel, track, TICKS[name][rows > 1], name, talk, shown)
        _caption(figure, report, talk, head)

    return picture(paint, (WIDTH_IN, tall), kind)


def row_length(length_s: float) -> float:
    """How much of a call a row shows."""
    if length_s <= LONGEST_ROW_S:
        return length_s
    return next((row for row in ROWS_S if length_s / row <= MOST_ROWS), length_s / MOST_ROWS)


def talk_of(report: Report, stages: Sequence[tuple[float, str]] = ()) -> Talk:
    """What the lanes show of a measured recording."""
    length_s = float(measure(report, "duration_s") or 0.0)
    return Talk(
        segments={party: [(a, b) for a, b in measure(report, "parties", party, "segments") or ()] for party in PARTIES},
        interruptions=[
            Overlap(one["by"], one["start_s"], one["end_s"], one["outcome"])
            for one in measure(report, "interruptions") or ()
        ],
        encouragements=[
            (one["by"], one["start_s"], one["end_s"])
            for one in measure(report, "overlaps") or ()
            if one["kind"] == "encouragement"
        ],
        silences=[(start, end) for start, end in measure(report, "silences") or ()],
        opening=(0.0, min(OPENING_S, length_s)),
        stages=stages,
    )


# ------------------------------------------------------------------------------------------------------- the frame


def _row(
    figure: Figure, place: SubplotSpec, heights: list[float], window: tuple[float, float], length_s: float
) -> list[Axes]:
    """The panels of a row, one below the other, with one time axis below the last."""
    grid = place.subgridspec(len(heights), 1, height_ratios=heights, hspace=0.0)
    panels = [figure.add_subplot(grid[number]) for number in range(len(heights))]
    for panel in panels:
        panel.set_xlim(*window)
        bare(panel)
        panel.spines["bottom"].set_visible(False)
        panel.set_xticks([])
    last = panels[-1]
    end = min(window[1], length_s)
    last.spines["bottom"].set_visible(True)
    last.spines["bottom"].set_bounds(window[0], end)
    time_ticks(last, window[0], window[1])
    kept = [(at, text.get_text()) for at, text in zip(last.get_xticks(), last.get_xticklabels(), strict=True)]
    kept = [(at, text) for at, text in kept if at <= end]
    last.set_xticks([at for at, _ in kept], [text for _, text in kept], fontsize=8.5)
    return panels


def _caption(figure: Figure, report: Report, talk: Talk, head_in: float) -> None:
    tall = figure.get_figheight()

    def text(below_in: float, words: str, **look: Any) -> None:
        figure.text(0.02, 1 - below_in / tall, words, **look)

    text(0.32, visible(Path(str(report["file"])).name), fontsize=13, weight="bold", color=INK)
    text(0.58, _summary(report), color=INK)
    if measure(report, "reliable") is False:
        reasons = "; ".join(visible(str(reason)) for reason in measure(report, "unreliable_because") or ())
        text(0.81, f"not reliable: {reasons}", color=WRONG, weight="bold")
    handles = lanes.legend_of(talk)
    if handles:
        figure.legend(
            handles=handles,
            loc="upper right",
            bbox_to_anchor=(0.962, 1 - (head_in - 0.36) / tall),
            ncols=len(handles),
            frameon=False,
            fontsize=8.5,
            borderaxespad=0.0,
        )


def _summary(report: Report) -> str:
    """The call in one line."""
    facts = [clock(measure(report, "duration_s") or 0.0)]
    for party in PARTIES:
        made = measure(report, "parties", party, "interruptions")
        if made:
            facts.append(f"{made} interruption{'s' if made > 1 else ''} by the {party}")
    if measure(report, "interruptions") == []:
        facts.append("no interruption")
    silences = measure(report, "silences") or ()
    if silences:
        total = sum(end - start for start, end in silences)
        many = f"{len(silences)} silences, together" if len(silences) > 1 else "a silence of"
        facts.append(f"{many} {total:.0f} s")
    longest = measure(report, "parties", "agent", "longest_monologue_s")
    if longest is not None:
        facts.append(f"longest turn of the agent {longest:.0f} s")
    return "   ·   ".join(facts)


# ------------------------------------------------------------------------------------------------------ the panels


def _draw_lanes(axes: Axes, talk: Talk, shown: Span, report: Report | None) -> None:
    """``shown``: what there is of the call in this row; ``report``: for the shares of talk, beside the first row."""
    axes.set_ylim(0.5, lanes.TOP if talk.stages else 2.5)
    left, right = axes.get_xlim()
    here = _within(talk, left, right)
    lanes.draw_ground(axes, here)
    for lane in PARTIES:  # a base line, so that a lane is seen where nobody speaks in it
        axes.plot(shown, [lanes.LANES[lane]] * 2, color=GRID, lw=1, zorder=0.2)
    lanes.draw_speech(axes, here)
    lanes.draw_interruptions(axes, here)
    lanes.draw_stages(axes, here.stages, right - left)
    axes.set_xlim(left, right)
    lanes.label(axes, {"agent": "agent", "customer": "customer"})
    if report is None:
        return
    for party in PARTIES:
        share = measure(report, "parties", party, "talk_share")
        if share is not None:
            place = axes.get_yaxis_transform()
            axes.text(1.006, lanes.LANES[party], f"{share:.0%}", transform=place, va="center", fontsize=10, color=INK)


def _within(talk: Talk, start: float, end: float) -> Talk:
    """The part of the talk that a row shows."""

    def shown(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(max(a, start), min(b, end)) for a, b in spans if b > start and a < end]

    opening = shown([talk.opening]) if talk.opening else []
    return Talk(
        segments={party: shown(spans) for party, spans in talk.segments.items()},
        interruptions=[one for one in talk.interruptions if start <= one.start_s < end],
        encouragements=[one for one in talk.encouragements if start <= one[1] < end],
        silences=shown(talk.silences),
        opening=opening[0] if opening else None,
        stages=[one for one in talk.stages if start <= one[0] < end],
    )


def _draw_track(axes: Axes, track: Track, ticks: tuple[float, ...], name: str, talk: Talk, window: Span) -> None:
    """A measure over time, of each party only while it speaks: what a channel holds besides is noise and leak."""
    low, high = LEVELS_DBFS if name == "level" else PITCHES_HZ
    if name == "pitch":
        axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.set_yticks(ticks, [f"{tick:.0f}" for tick in ticks], fontsize=7.5, color=FAINT)
    axes.minorticks_off()
    for tick in ticks:
        axes.plot(window, (tick, tick), color=GRID, lw=0.8, zorder=0)
    words = "level\ndBFS" if name == "level" else "pitch\nHz"
    axes.text(-0.042, 0.5, words, transform=axes.transAxes, ha="right", va="center", fontsize=8.5, color=FAINT)
    first, last = (min(track.values.shape[1], round(at / track.step_s)) for at in window)
    group = max(1, ceil((last - first) / POINTS))
    for party, channel in zip(PARTIES, track.values, strict=True):
        times, values = _thinned(_spoken(channel, track.step_s, talk.segments[party], first, last), first, group)
        shown = np.clip(values, low, high)
        look: dict[str, Any] = {"lw": 1.1, "solid_capstyle": "round"}
        if name == "pitch":
            shown = np.where((values < low) | (values > high), np.nan, values)
            look = {"ls": "", "marker": ".", "ms": 2.2 if track.step_s < 0.2 else 3.5}
        axes.plot(times * track.step_s, shown, color=COLORS[party], **look)


def _spoken(
    channel: NDArray[np.float32], step_s: float, segments: Sequence[tuple[float, float]], first: int, last: int
) -> NDArray[np.float32]:
    """The steps ``first`` to ``last``, NaN where the party does not speak."""
    shown = np.full(last - first, np.nan, np.float32)
    for start, end in segments:
        low, high = max(first, int(start / step_s)), min(last, ceil(end / step_s))
        if high > low:
            shown[low - first : high - first] = channel[low:high]
    return shown


def _thinned(values: NDArray[np.float32], first: int, group: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """The middle of each ``group`` of steps, and the largest value in it."""
    whole = len(values) // group * group
    if group > 1:
        blocks = values[:whole].reshape(-1, group)
        known = ~np.isnan(blocks).all(axis=1)
        largest = np.full(len(blocks), np.nan, np.float32)
        largest[known] = np.nanmax(blocks[known], axis=1)
        values = largest
    middles: NDArray[np.float64] = first + (np.arange(len(values), dtype=np.float64) + 0.5) * group
    return middles, values
