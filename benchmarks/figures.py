"""Median, 99th percentile and extremes of a run; tables; result files."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Spread:
    """How a figure is spread over the calls of a run."""

    count: int
    median: float
    p99: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} / {self.p99:.2f} / {self.high:.2f}"


def spread(values: Iterable[float]) -> Spread | None:
    """``None`` without values. With fewer than 100 of them p99 is the largest."""
    kept = np.array(sorted(values))
    if not len(kept):
        return None
    p99 = np.percentile(kept, 99, method="inverted_cdf")
    return Spread(len(kept), *(round(float(v), 3) for v in (np.median(kept), p99, kept[0], kept[-1])))


def ratio(ours: float | None, theirs: float | None) -> str:
    """``x 0.50``: ours is half of theirs."""
    return f"x {ours / theirs:.2f}" if ours is not None and theirs else "-"


def median_of(figure: Spread | None) -> float | None:
    return figure.median if figure else None


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, aligned so that it reads well in a terminal too."""
    cells = [list(columns), *([("-" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
        "date": time.strftime("%Y-%m-%d %H:%M"),
    }


def save(path: Path | None, benchmark: str, options: dict[str, Any], results: list[dict[str, Any]]) -> None:
    """Write everything measured as JSON, when a path is given."""
    if path:
        plain = {name: str(value) if isinstance(value, Path) else value for name, value in options.items()}
        document = {"benchmark": benchmark, "machine": machine(), "options": plain, "results": results}
        path.write_text(json.dumps(document, indent=1, default=_plain) + "\n")


def _plain(value: object) -> object:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)
