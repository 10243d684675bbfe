"""A report on paper: A4 pages with every figure, the distributions, and a table of the parts."""

from __future__ import annotations

import warnings
from io import BytesIO
from itertools import groupby, pairwise
from textwrap import fill
from typing import TYPE_CHECKING, Any

from phoneetiquette.figures.counting import SPREADS, spread
from phoneetiquette.figures.report import Report
from phoneetiquette.figures.table import BY_NAME, FIGURES, Figure, figures_of
from phoneetiquette.records.export import visible
from phoneetiquette.reports.canvas import FAINT, GRID, INK, OTHER, SETTINGS, WINDOW

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Page

A4 = (8.27, 11.69)
"""Inches."""
LEFT, RIGHT, TOP, BOTTOM = 0.09, 0.92, 0.94, 0.06
LINE = 0.0165
"""Height of a line of text, of the page's."""
ROWS_ON_A_PAGE = 46
NAMES = 0.2
"""Width of the column of names, of the page's."""
NAME_LONGEST = 30
HEAD_LONGEST = 11
IN_ROWS = (
    *("incoming", "answered", "left", "service_level_rings", "mean_talk", "agent_share", "agent_interruptions"),
    *("transferred", "specialist"),
)
"""Figures of the table by parts."""
SPREAD_TITLES = {
    "pickup": "Answered calls over the pickup window",
    "wait": "Answered calls by how long they rang, seconds",
    "specialist": "Time to a specialist, seconds",
    "talk": "Length of talks, minutes",
}
_WITHIN = range(1, 6)
"""Bins of the pickup window that lie within it."""


def draw(told: Report, title: str, of: str = "") -> bytes:
    """The content of a PDF file, the same every time. ``title`` is the house's name, ``of`` what the report is of, if
    not of all. What names hold is shown as text, whatever it is."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_pdf import PdfPages

    out = BytesIO()
    with rc_context(SETTINGS | {"pdf.fonttype": 42}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # drawn as a box
        heading = _clipped(title, 60)
        pages: Any  # it comes without types
        with PdfPages(
            out, metadata={"Title": f"{heading}: {told.first} to {told.last}", "CreationDate": None}
        ) as pages:
            _figures(pages, told, heading, of)
            _distributions(pages, told, heading, of)
            rows = list(told.rows.items())
            for start in range(0, len(rows), ROWS_ON_A_PAGE):
                _parts(pages, told, heading, of, rows[start : start + ROWS_ON_A_PAGE])
    return out.getvalue()


def _page(told: Report, heading: str, of: str) -> Page:
    from matplotlib.figure import Figure as Page

    page = Page(figsize=A4, facecolor="white")
    page.text(LEFT, TOP, heading, size=15, weight="bold", color=INK)
    span = f"{told.first}" if told.first == told.last else f"{told.first} to {told.last}"
    page.text(LEFT, TOP - 0.022, _clipped(", ".join(filter(None, (span, of))), 90), size=10, color=FAINT)
    return page


def _finish(pages: Any, page: Page) -> None:
    page.text(RIGHT, BOTTOM - 0.025, f"{pages.get_pagecount() + 1}", size=8, color=FAINT, ha="right")
    page.text(LEFT, BOTTOM - 0.025, "phoneetiquette", size=8, color=FAINT)
    pages.savefig(page)


def _figures(pages: Any, told: Report, heading: str, of: str) -> None:
    """Every figure, group by group in two columns; on another page what has no room."""
    values = figures_of(told.all)
    groups = [
        (group, [(one.title, shown(one, values[one.name])) for one in figures])
        for group, figures in groupby(FIGURES, key=lambda figure: figure.group)
    ]
    follow = told.followups
    share = "" if follow.in_time_share is None else f" ({follow.in_time_share} %)"
    groups.append(
        (
            "Messages",
            [
                ("taken", f"{follow.taken}"),
                ("settled in time", f"{follow.in_time}{share}"),
                ("settled late", f"{follow.late}"),
                ("overdue", f"{follow.overdue}"),
                ("open", f"{follow.open}"),
                ("of late ones, customer told", f"{follow.delay_told}"),
            ],
        )
    )
    page, column, y = _page(told, heading, of), 0, TOP - 0.06
    middle, width = (LEFT + RIGHT) / 2 + 0.01, (RIGHT - LEFT) / 2 - 0.02
    for group, lines in groups:
        if y - LINE * (len(lines) + 1) < BOTTOM:
            column, y = column + 1, TOP - 0.06
            if column == 2:
                _finish(pages, page)
                page, column = _page(told, heading, of), 0
        x = LEFT if column == 0 else middle
        page.text(x, y, group, size=10, weight="bold", color=INK)
        for name, value in lines:
            y -= LINE
            page.text(x, y, name, size=8.5, color=INK)
            page.text(x + width, y, value, size=8.5, color=INK, ha="right")
        y -= 1.8 * LINE
    _finish(pages, page)


def _distributions(pages: Any, told: Report, heading: str, of: str) -> None:
    page = _page(told, heading, of)
    height = (TOP - 0.08 - BOTTOM) / len(SPREADS)
    for number, name in enumerate(SPREADS):
        bottom = TOP - 0.07 - (number + 1) * height + 0.045
        _bars(page.add_axes((LEFT + 0.03, bottom, RIGHT - LEFT - 0.03, height - 0.075)), told, name)
    _finish(pages, page)


def _bars(axes: Axes, told: Report, name: str) -> None:
    counts = spread(told.all, name)
    within = [name == "pickup" and number in _WITHIN for number in range(len(counts))]
    axes.bar(range(len(counts)), counts, width=0.8, color=[WINDOW if one else OTHER for one in within], zorder=2)
    axes.set_title(SPREAD_TITLES[name], loc="left", size=10, color=INK)
    axes.set_xticks(range(len(counts)), _bins(name), size=7)
    axes.tick_params(axis="both", length=0, labelsize=7)
    axes.grid(axis="y", color=GRID, zorder=0)
    axes.set_ylim(0, max(*counts, 1) * 1.1)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _bins(name: str) -> list[str]:
    edges = SPREADS[name].edges
    scale, unit = {"pickup": (100.0, " %"), "talk": (1 / 60, "")}.get(name, (1.0, ""))
    said = [f"{edge * scale:.3g}" for edge in edges]
    first = "before" if name == "pickup" else f"< {said[0]}"
    return [first, *(f"{low}\u2013{high}{unit}" for low, high in pairwise(said)), f"\u2265 {said[-1]}{unit}"]


def _parts(pages: Any, told: Report, heading: str, of: str, rows: list[tuple[str, dict[str, float]]]) -> None:
    page = _page(told, heading, of)
    y = TOP - 0.06
    step = (RIGHT - LEFT - NAMES) / len(IN_ROWS)
    page.text(LEFT, y, f"By {told.by}", size=10, weight="bold", color=INK)
    for number, name in enumerate(IN_ROWS):
        words = fill(BY_NAME[name].title, HEAD_LONGEST, break_long_words=False)
        x = LEFT + NAMES + (number + 1) * step
        page.text(x, y, words, size=5.5, color=FAINT, ha="right", va="bottom", linespacing=1.0)
    for name, tally in rows:
        y -= LINE
        values = figures_of(tally)
        page.text(LEFT, y, _clipped(name, NAME_LONGEST), size=8.5, color=INK)
        for number, one in enumerate(IN_ROWS):
            value = values[one]
            text = "\u2013" if value is None else shown(BY_NAME[one], value)
            page.text(LEFT + NAMES + (number + 1) * step, y, text.removesuffix(" per 10 min"), size=7.5, ha="right")
    _finish(pages, page)


def shown(figure: Figure, value: float | None) -> str:
    """A figure in words."""
    if value is None:
        return "not measured"
    return f"{value:.0f}" if figure.unit == "" else f"{value:.1f} {figure.unit}"


def _clipped(text: str, most: int) -> str:
    told = visible(" ".join(text.split()))
    return told if len(told) <= most else told[: most - 1] + "\u2026"
