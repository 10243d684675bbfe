"""What all our pictures have in common: colours, type, axes without ornament, SVG and PNG.

The colours of the two parties differ in lightness as well as in hue, and nothing is told by colour alone: shapes,
places and words tell it too. matplotlib is imported in :mod:`phoneetiquette.reports` only, when something is drawn.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from phoneetiquette.errors import ConfigurationError
from phoneetiquette.records.export import clock

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Format = Literal["svg", "png"]

AGENT, CUSTOMER, OTHER = "#1f63a8", "#e08a1e", "#7a5195"
COLORS = {"agent": AGENT, "customer": CUSTOMER, "other": OTHER}
WINDOW, WRONG, INK, FAINT = "#2f9e5b", "#b3123f", "#222222", "#7d838c"
OPENING, SILENCE, GRID = "#fdf0bf", "#e3e6ea", "#eceef1"
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "phoneetiquette",
    "text.parse_math": False,
    "font.size": 9.5,
}


def picture(paint: Callable[[Figure], None], size: tuple[float, float], kind: Format) -> bytes:
    """The content of an image file of ``size`` inches that ``paint`` fills; the same every time."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context(SETTINGS), warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes; no reason to alarm anybody.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = Figure(figsize=size, dpi=100, facecolor="white")
        FigureCanvasAgg(figure)
        paint(figure)
        out = BytesIO()
        figure.savefig(out, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return out.getvalue()


def kind_of(path: Path) -> Format:
    """The format that a file's suffix asks for.

    Raises:
        ConfigurationError: it asks for another one than SVG or PNG.
    """
    suffix = path.suffix.lower()
    if suffix == ".svg":
        return "svg"
    if suffix == ".png":
        return "png"
    raise ConfigurationError(
        f"{path}: a picture cannot be drawn as {suffix or 'a file without suffix'}", "use .svg or .png"
    )


def write(path: Path, image: bytes) -> None:
    """Keeps an image.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    try:
        path.write_bytes(image)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}", "name a file that can be written") from error


def bare(axes: Axes) -> None:
    """Takes away all lines but the time axis."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(axis="x", colors=INK, length=3)
    axes.tick_params(axis="y", length=0)


def time_ticks(axes: Axes, start_s: float, end_s: float) -> None:
    """About a dozen round moments, as a clock shows them."""
    step = next((step for step in STEPS_S if (end_s - start_s) / step <= 12), STEPS_S[-1])
    ticks = [n * step for n in range(-int(-start_s // step), int(end_s / step) + 1)]
    axes.set_xticks(ticks, [clock(tick) for tick in ticks])
