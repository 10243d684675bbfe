"""One call as a picture: the rings with the pickup window above, who spoke when below."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from phoneetiquette.addresses import display_number
from phoneetiquette.records.explain import bursts
from phoneetiquette.records.export import clock, margin_words, verdict_words, visible
from phoneetiquette.records.record import CallRecord, Leg
from phoneetiquette.records.talk_clock import TalkClock
from phoneetiquette.reports import lanes
from phoneetiquette.reports.canvas import (
    AGENT,
    CUSTOMER,
    FAINT,
    INK,
    OTHER,
    WINDOW,
    WRONG,
    Format,
    bare,
    kind_of,
    picture,
    time_ticks,
    write,
)
from phoneetiquette.reports.lanes import BAR, LANES, OPENING_S, Overlap, Talk

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HINTS_S = (600.0, 900.0)


def save(record: CallRecord, path: Path, zone: tzinfo | None = None) -> None:
    """Draw the call into ``path``, as SVG or PNG by its suffix; moments in ``zone`` (``None``: the machine's).

    Raises:
        ConfigurationError: another suffix, or the file cannot be written.
    """
    write(path, draw(record, kind_of(path), zone))


def draw(record: CallRecord, kind: Format, zone: tzinfo | None = None) -> bytes:
    """The picture of a call as a file's content."""
    clock_of_talk = TalkClock.of(record)
    heights = [height for height, there in ((1.5, record.ring), (2.0, clock_of_talk)) if there]

    def paint(figure: Figure) -> None:
        _caption(figure, record, zone)
        axes = _panels(figure, heights)
        if record.ring:
            _draw_rings(axes.pop(0), record)
        if clock_of_talk:
            _draw_talk(axes.pop(0), record, clock_of_talk)

    return picture(paint, (11, 1.25 + sum(heights) * 1.18), kind)


def _panels(figure: Figure, heights: list[float]) -> list[Axes]:
    if not heights:
        return []
    tall = figure.get_figheight()
    grid = figure.add_gridspec(
        len(heights),
        1,
        height_ratios=heights,
        hspace=0.62,
        left=0.085,
        right=0.945,
        top=1 - 1.12 / tall,
        bottom=0.5 / tall,
    )
    return [figure.add_subplot(grid[row]) for row in range(len(heights))]


def _caption(figure: Figure, record: CallRecord, zone: tzinfo | None) -> None:
    party = record.caller if record.direction == "in" else record.called
    who = visible(f"{record.caller_name} {display_number(party)}".strip() or "withheld")
    arrived = record.arrived.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    verdict = verdict_words(record)
    if record.pickup and record.pickup.after_open_ms is not None:
        verdict += f":  {margin_words(record.pickup)}"
    height = figure.get_figheight()
    way = "from" if record.direction == "in" else "to"
    figure.text(0.02, 1 - 0.30 / height, f"Call {way} {who}", fontsize=13, weight="bold", color=INK)
    figure.text(0.98, 1 - 0.30 / height, f"{arrived}   {record.call[:8]}", fontsize=9.5, color=FAINT, ha="right")
    good = record.pickup is None or record.pickup.verdict in ("on_time", "exempt", "diverted", "short_abandon")
    figure.text(0.02, 1 - 0.56 / height, verdict, color=WINDOW if good and record.pickup else WRONG, weight="bold")
    below = 0.82 if verdict else 0.56
    figure.text(0.02, 1 - below / height, _summary(record), color=INK)


def _summary(record: CallRecord) -> str:
    facts = []
    if record.talk_s is not None:
        facts.append(f"connected {clock(record.talk_s)}")
    if record.measures is not None and record.measures.get("reliable") is not False:
        count = len(record.interruptions)
        facts.append(f"{count} interruption{'' if count == 1 else 's'}")
    facts += [
        f"{transfer.kind} transfer to {visible(display_number(transfer.target))}: {transfer.result}"
        for transfer in record.transfers[-1:]
    ]
    if record.ended_by:
        facts.append(f"ended by {record.ended_by}" + (f" {record.code}" if record.code >= 300 else ""))
    return "   ·   ".join(facts)


# ---------------------------------------------------------------------------------------------------- the rings


def _draw_rings(axes: Axes, record: CallRecord) -> None:
    ring, start_ms = record.ring, record.alerting_ms or 0.0
    assert ring is not None
    answered = _since(record.answered_ms, start_ms)
    over = answered if answered is not None else _since(record.ended_ms, start_ms)
    opens, closes = ring.opens_ms / 1000, ring.closes_ms / 1000
    right = max(closes, over or 0.0, 0.001) * 1.04
    axes.axvspan(opens, closes, color=WINDOW, alpha=0.16, lw=0)
    for edge in (opens, closes):
        axes.axvline(edge, color=WINDOW, lw=1.2)
    axes.text((opens + closes) / 2, 2.42, "pickup window", color=WINDOW, ha="center", weight="bold")
    told = 0
    for number, begin, end in bursts(ring.cadence_ms, right):
        heard = over is None or begin < over
        axes.barh(0.5, end - begin, left=begin, height=0.62, color=INK if heard else "#d5d8dd", lw=0)
        if number > told:
            told = number
            axes.text(begin, 0.97, f"ring {number}", fontsize=8.5, color=INK if heard else FAINT, va="bottom")
    for lifted in record.lifted_ms:
        if lifted not in record.armed_ms:
            _flag(axes, (lifted - start_ms) / 1000, "lifted", AGENT, 1.55, right)
    for armed in record.armed_ms:
        begin, until = (armed - start_ms) / 1000, opens if over is None else min(over, opens)
        _flag(axes, begin, "", AGENT, 1.45, right)
        axes.text(begin, 1.56, "lifted early, waits", color=AGENT, weight="bold")
        arrow = {"arrowstyle": "->", "color": AGENT, "ls": ":", "lw": 1.4}
        axes.annotate("", (until, 1.45), (begin, 1.45), arrowprops=arrow)
    if record.deadline:
        target = f" {visible(display_number(record.deadline.target))}" if record.deadline.target else ""
        _flag(axes, closes, f"nobody lifted: {record.deadline.action}{target}", WRONG, 1.55, right)
    if answered is not None:
        inside = opens - 0.005 <= answered <= closes + 0.005 or ring.exempt or record.deadline
        _flag(axes, answered, "connected", WINDOW if inside else WRONG, 2.05, right)
    elif over is not None:
        left = "caller left" if record.ended_by == "customer" else f"ended by {record.ended_by}"
        _flag(axes, over, left, WRONG, 2.05, right)
    axes.set_xlim(0, right)
    axes.set_ylim(0, 2.85)
    axes.set_yticks([])
    axes.set_xlabel(f"seconds since ringing began ({ring.country})", color=FAINT, fontsize=8.5)
    bare(axes)


def _since(at_ms: float | None, start_ms: float) -> float | None:
    return None if at_ms is None else (at_ms - start_ms) / 1000


def _flag(axes: Axes, at: float, text: str, color: str, height: float, right: float) -> None:
    axes.plot([at, at], [0.1, height], color=color, lw=1.6)
    axes.plot(at, height, marker="o", ms=5, color=color)
    late = at > right * 0.8
    axes.text(
        at + right * (-0.008 if late else 0.008),
        height,
        text,
        color=color,
        va="center",
        ha="right" if late else "left",
        weight="bold",
    )


# ---------------------------------------------------------------------------------------------------- the talk


def _draw_talk(axes: Axes, record: CallRecord, talk: TalkClock) -> None:
    others = record.legs[1:]
    bottom = -0.55 if others else 0.45
    shown = _talk_of(record, talk)
    lanes.draw_ground(axes, shown)
    _draw_holds_and_hints(axes, talk)
    lanes.draw_speech(axes, shown)
    lanes.draw_interruptions(axes, shown)
    for leg in others:
        _draw_leg(axes, talk, leg)
    if record.message_file and record.message_s is not None:
        end = talk.of_ms(record.ended_ms) if record.ended_ms is not None else talk.length_s
        begin = max(0.0, end - record.message_s)
        axes.barh(LANES["customer"], end - begin, left=begin, height=BAR, color=CUSTOMER, alpha=0.55, lw=0)
        axes.text(
            (begin + end) / 2, LANES["customer"], f"voice message {record.message_s:.0f} s", ha="center", va="center"
        )
    lanes.draw_stages(axes, shown.stages, talk.length_s)
    axes.set_xlim(0, talk.length_s * 1.001)
    axes.set_ylim(bottom, lanes.TOP)
    lanes.label(axes, {"agent": "desk", "customer": "customer"} | ({"other": "others"} if others else {}))
    for lane in ("agent", "customer"):
        share = _share(record, lane)
        if share is not None:
            axes.text(
                1.006, LANES[lane], f"{share:.0%}", transform=axes.get_yaxis_transform(), va="center", fontsize=10
            )
    if record.measures is not None:
        axes.text(1.006, 2.74, "talk", transform=axes.get_yaxis_transform(), va="center", fontsize=8.5, color=FAINT)
    elif not (record.agent_segments or record.customer_segments or record.message_file or others):
        axes.text(talk.length_s / 2, 1.5, "nothing was measured", ha="center", va="center", color=FAINT)
    time_ticks(axes, 0.0, talk.length_s)
    axes.set_xlabel("since it was connected", color=FAINT, fontsize=8.5)
    _legend(axes, shown)
    bare(axes)


def _talk_of(record: CallRecord, talk: TalkClock) -> Talk:
    """What the lanes show of a record: measured talk, laid where it lies in the connected call."""

    def laid(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        return [piece for start, end in spans for piece in talk.spans(start, end)]

    measured = record.measures is not None
    return Talk(
        segments={"agent": laid(record.agent_segments), "customer": laid(record.customer_segments)},
        interruptions=[
            Overlap(one.by, talk.at(one.start_s), talk.at(one.end_s), one.outcome) for one in record.interruptions
        ],
        silences=laid((record.measures or {}).get("silences") or ()),
        opening=(talk.media_s, min(talk.at(OPENING_S), talk.length_s)) if measured else None,
        stages=[(talk.of_ms(stage.at_ms), stage.stage) for stage in record.stages],
    )


def _draw_holds_and_hints(axes: Axes, talk: TalkClock) -> None:
    for start, until, by in talk.holds:
        axes.barh(
            1.5,
            until - start,
            left=start,
            height=1.56,
            facecolor="white",
            edgecolor=FAINT,
            hatch="////",
            lw=0.8,
            zorder=0.6,
        )
        if until - start > talk.length_s * 0.06:
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
            text = "on hold" if by == "us" else "customer holds"
            axes.text((start + until) / 2, 1.5, text, ha="center", va="center", fontsize=8.5, color=FAINT, bbox=box)
    for hint in HINTS_S:
        if talk.length_s > hint:
            axes.axvline(hint, color=WRONG, lw=1, ls="--", zorder=0.7)


def _draw_leg(axes: Axes, talk: TalkClock, leg: Leg) -> None:
    lane = LANES["other"]
    begin = max(0.0, talk.of_ms(leg.began_ms))
    end = talk.length_s if leg.ended_ms is None else talk.of_ms(leg.ended_ms)
    answered = end if leg.answered_ms is None else max(begin, talk.of_ms(leg.answered_ms))
    axes.barh(lane, answered - begin, left=begin, height=0.34, facecolor="white", edgecolor=OTHER, hatch="....", lw=0.8)
    axes.barh(lane, max(0.0, end - answered), left=answered, height=0.34, color=OTHER, lw=0)
    text = f"{leg.kind}: {visible(display_number(leg.party))}" + (f" ({leg.code})" if leg.code >= 300 else "")
    late = begin > talk.length_s * 0.7
    axes.text(
        end if late else begin, lane - 0.22, text, fontsize=8, color=OTHER, va="top", ha="right" if late else "left"
    )


def _share(record: CallRecord, party: str) -> float | None:
    parties = (record.measures or {}).get("parties") or {}
    share: float | None = (parties.get(party) or {}).get("talk_share")
    return share


def _legend(axes: Axes, talk: Talk) -> None:
    handles = lanes.legend_of(talk)
    if handles:
        axes.legend(
            handles=handles,
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=len(handles),
            frameon=False,
            fontsize=8.5,
            borderaxespad=0.1,
        )
