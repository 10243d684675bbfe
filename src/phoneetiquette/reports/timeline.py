"""One call as a picture: the rings with the pickup window above, who spoke when below.

matplotlib is imported here only, and only when something is drawn.
"""

from __future__ import annotations

import warnings
from datetime import tzinfo
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from phoneetiquette.errors import ConfigurationError
from phoneetiquette.records.explain import bursts
from phoneetiquette.records.export import clock, margin_words, short_address, verdict_words, visible
from phoneetiquette.records.record import CallRecord, Leg
from phoneetiquette.records.talk_clock import TalkClock

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Format = Literal["svg", "png"]

AGENT, CUSTOMER, OTHER = "#2b6cb0", "#dd7a1f", "#7a5195"
WINDOW, WRONG, INK, FAINT = "#2f9e5b", "#c92a2a", "#222222", "#8a8f98"
OPENING, SILENCE = "#fff3bf", "#e3e6ea"
OPENING_S = 25.0
HINTS_S = (600.0, 900.0)
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
LANES = {"agent": 2.0, "customer": 1.0, "other": 0.0}
BAR = 0.56
"""Height of a bar in a lane of height 1."""


def save(record: CallRecord, path: Path, zone: tzinfo | None = None) -> None:
    """Draw the call into ``path``, as SVG or PNG by its suffix; moments in ``zone`` (``None``: the machine's).

    Raises:
        ConfigurationError: another suffix, or the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in (".svg", ".png"):
        raise ConfigurationError(
            f"{path}: a picture cannot be drawn as {kind or 'a file without suffix'}", "use .svg or .png"
        )
    image = draw(record, "svg" if kind == ".svg" else "png", zone)
    try:
        path.write_bytes(image)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}", "name a file that can be written") from error


def draw(record: CallRecord, kind: Format, zone: tzinfo | None = None) -> bytes:
    """The picture of a call as a file's content."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "phoneetiquette",
        "text.parse_math": False,
        "font.size": 9.5,
    }
    with rc_context(settings), warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes; no reason to alarm anybody.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        talk = TalkClock.of(record)
        heights = [height for height, there in ((1.5, record.ring), (2.0, talk)) if there]
        figure = Figure(figsize=(11, 1.25 + sum(heights) * 1.18), dpi=100, facecolor="white")
        FigureCanvasAgg(figure)
        _caption(figure, record, zone)
        axes = _panels(figure, heights)
        if record.ring:
            _draw_rings(axes.pop(0), record)
        if talk:
            _draw_talk(axes.pop(0), record, talk)
        out = BytesIO()
        figure.savefig(out, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return out.getvalue()


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
    who = visible(f"{record.caller_name} {short_address(party)}".strip())
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
        f"{transfer.kind} transfer to {visible(short_address(transfer.target))}: {transfer.result}"
        for transfer in record.transfers[-1:]
    ]
    if record.ended_by:
        facts.append(f"ended by {record.ended_by}" + (f" {record.code}" if record.code >= 300 else ""))
    return "   ·   ".join(facts)


def _bare(axes: Axes) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(axis="x", colors=INK, length=3)
    axes.tick_params(axis="y", length=0)


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
        target = f" {visible(short_address(record.deadline.target))}" if record.deadline.target else ""
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
    _bare(axes)


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
    _draw_ground(axes, record, talk, bottom)
    for party, color, segments in (
        ("agent", AGENT, record.agent_segments),
        ("customer", CUSTOMER, record.customer_segments),
    ):
        for start, end in segments:
            for begin, until in talk.spans(start, end):
                axes.barh(LANES[party], until - begin, left=begin, height=BAR, color=color, lw=0)
    _draw_interruptions(axes, record, talk)
    for leg in others:
        _draw_leg(axes, talk, leg)
    if record.message_file and record.message_s is not None:
        end = talk.of_ms(record.ended_ms) if record.ended_ms is not None else talk.length_s
        begin = max(0.0, end - record.message_s)
        axes.barh(LANES["customer"], end - begin, left=begin, height=BAR, color=CUSTOMER, alpha=0.55, lw=0)
        axes.text(
            (begin + end) / 2, LANES["customer"], f"voice message {record.message_s:.0f} s", ha="center", va="center"
        )
    _draw_stages(axes, record, talk)
    axes.set_xlim(0, talk.length_s * 1.001)
    axes.set_ylim(bottom, 3.0)
    lanes = ["agent", "customer", *(["other"] if others else [])]
    names = {"agent": "desk", "customer": "customer", "other": "others"}
    axes.set_yticks([LANES[lane] for lane in lanes], [names[lane] for lane in lanes], fontsize=10)
    for label, lane in zip(axes.get_yticklabels(), lanes, strict=True):
        label.set_color({"agent": AGENT, "customer": CUSTOMER, "other": OTHER}[lane])
        label.set_fontweight("bold")
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
    step = next((step for step in STEPS_S if talk.length_s / step <= 12), STEPS_S[-1])
    ticks = [n * step for n in range(int(talk.length_s / step) + 1)]
    axes.set_xticks(ticks, [clock(tick) for tick in ticks])
    axes.set_xlabel("since it was connected", color=FAINT, fontsize=8.5)
    _legend(axes, record)
    _bare(axes)


def _draw_stages(axes: Axes, record: CallRecord, talk: TalkClock) -> None:
    free_from = 0.0
    for stage in record.stages:
        at = talk.of_ms(stage.at_ms)
        axes.plot([at, at], [2.5, 2.95], color=INK, lw=1)
        if at >= free_from:
            axes.text(at + talk.length_s * 0.004, 2.74, visible(stage.stage), fontsize=8, color=INK, va="center")
            free_from = at + talk.length_s * 0.065


def _draw_ground(axes: Axes, record: CallRecord, talk: TalkClock, bottom: float) -> None:
    """What lies behind the bars: the opening, silences, holds, the hints of length."""
    if record.measures is not None:
        end = min(talk.at(OPENING_S), talk.length_s)
        axes.axvspan(talk.media_s, end, ymin=(0.5 - bottom) / (3 - bottom), color=OPENING, lw=0, zorder=0)
        for start, until in record.measures.get("silences") or ():
            for left, right in talk.spans(start, until):
                axes.barh(1.5, right - left, left=left, height=1.56, color=SILENCE, lw=0, zorder=0.5)
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


def _draw_interruptions(axes: Axes, record: CallRecord, talk: TalkClock) -> None:
    for one in record.interruptions:
        begin, end = talk.at(one.start_s), talk.at(one.end_s)
        axes.barh(1.5, end - begin, left=begin, height=0.40, color=WRONG, alpha=0.30, lw=0)
        # The tip points from who interrupted to who was interrupted.
        tip, marker = (1.61, "v") if one.by == "agent" else (1.39, "^")
        face = WRONG if one.outcome == "taken" else "white"
        axes.plot(begin, tip, marker=marker, ms=8.5, mfc=face, mec=WRONG, mew=1.4, zorder=5)


def _draw_leg(axes: Axes, talk: TalkClock, leg: Leg) -> None:
    lane = LANES["other"]
    begin = max(0.0, talk.of_ms(leg.began_ms))
    end = talk.length_s if leg.ended_ms is None else talk.of_ms(leg.ended_ms)
    answered = end if leg.answered_ms is None else max(begin, talk.of_ms(leg.answered_ms))
    axes.barh(lane, answered - begin, left=begin, height=0.34, facecolor="white", edgecolor=OTHER, hatch="....", lw=0.8)
    axes.barh(lane, max(0.0, end - answered), left=answered, height=0.34, color=OTHER, lw=0)
    text = f"{leg.kind}: {visible(short_address(leg.party))}" + (f" ({leg.code})" if leg.code >= 300 else "")
    late = begin > talk.length_s * 0.7
    axes.text(
        end if late else begin, lane - 0.22, text, fontsize=8, color=OTHER, va="top", ha="right" if late else "left"
    )


def _share(record: CallRecord, party: str) -> float | None:
    parties = (record.measures or {}).get("parties") or {}
    share: float | None = (parties.get(party) or {}).get("talk_share")
    return share


def _legend(axes: Axes, record: CallRecord) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    shown: list[Line2D | Patch] = []
    if record.measures is not None:
        shown.append(Patch(color=OPENING, label="first 25 s"))
    if (record.measures or {}).get("silences"):
        shown.append(Patch(color=SILENCE, label="silence of 3 s or more"))
    for outcome, label in (("taken", "interrupted, took the floor"), ("attempt", "interrupted in vain")):
        if any(one.outcome == outcome for one in record.interruptions):
            face = WRONG if outcome == "taken" else "white"
            shown.append(Line2D([], [], marker="v", ls="", ms=8, mfc=face, mec=WRONG, mew=1.4, label=label))
    if shown:
        axes.legend(
            handles=shown,
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=len(shown),
            frameon=False,
            fontsize=8.5,
            borderaxespad=0.1,
        )
