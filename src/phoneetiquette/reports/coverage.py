"""The week of a dialplan as a picture: who takes the calls of each line and topic, hour by hour."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from phoneetiquette.dialplan.coverage import Covered
from phoneetiquette.dialplan.model import Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLOURS = {"person": "#2a7f62", "machine": "#8fb8de", "nobody": "#c8102e"}
_LABELS = {"person": "a person", "machine": "a menu, message or announcement", "nobody": "nobody"}
_HEIGHT_OF_ROW = 0.28


def save(plans: list[tuple[Plan, list[Covered]]], day: date, path: Path) -> None:
    """Draw the first whole week from ``day`` on; the form is that of the name's ending (.svg, .png, .pdf)."""
    _figure(plans, day).savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def draw(plans: list[tuple[Plan, list[Covered]]], day: date) -> bytes:
    """The same picture as SVG. For one thread at a time."""
    out = io.BytesIO()
    _figure(plans, day).savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def _figure(plans: list[tuple[Plan, list[Covered]]], day: date) -> Figure:
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    monday = datetime.combine(day + timedelta(days=-day.weekday() % 7), datetime.min.time())
    rows = [(plan, one) for plan, covered in plans for one in covered if _worth_a_row(one)]
    figure = Figure(figsize=(12, 1.6 + _HEIGHT_OF_ROW * max(1, len(rows))), layout="constrained")
    axes = figure.subplots()
    for number, (_, one) in enumerate(rows):
        for stretch in one.stretches:
            start = max(0.0, (stretch.start - monday).total_seconds() / 3600)
            end = min(168.0, (stretch.end - monday).total_seconds() / 3600)
            if start < end:
                axes.barh(number, end - start, left=start, height=0.8, color=_COLOURS[stretch.taker])
    axes.set_yticks(range(len(rows)), [_label(plan, one, len(plans) > 1) for plan, one in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 168)
    days = [monday + timedelta(days=number) for number in range(7)]
    axes.set_xticks([24 * number for number in range(8)], [*(f"{one:%a %d %b}" for one in days), ""], ha="left")
    axes.set_xticks(range(0, 168, 6), minor=True)
    axes.grid(axis="x", which="both", color="white", linewidth=0.5)
    axes.set_axisbelow(False)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.set_title(f"{', '.join(plan.name for plan, _ in plans)}: who takes calls first, week of {monday:%Y-%m-%d}")
    taken = [Patch(color=_COLOURS[taker], label=text) for taker, text in _LABELS.items()]
    axes.legend(handles=taken, loc="upper left", bbox_to_anchor=(0, -0.12), ncols=3, frameon=False)
    return figure


def _worth_a_row(one: Covered) -> bool:
    """Lines and topics, and whatever has a hole; switches change what they change, and are not drawn."""
    if one.holes:
        return True
    return not one.switch and one.subject.name.startswith(("line ", "topic ")) and not one.subject.caller_is


def _label(plan: Plan, one: Covered, several: bool) -> str:
    parts = [plan.name if several else "", one.subject.name, one.subject.caller_is, one.switch]
    return ", ".join(part for part in parts if part)
