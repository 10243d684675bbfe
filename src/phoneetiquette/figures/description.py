"""``docs/reports.md`` has a table of every figure; ``python -m phoneetiquette.figures.description`` prints it."""

from __future__ import annotations

from itertools import groupby

from phoneetiquette.figures.table import FIGURES

BEGIN = "<!-- Generated: python -m phoneetiquette.figures.description -->"
END = "<!-- End of what is generated -->"


def markdown() -> str:
    """The figures by group, with the names they have in JSON and CSV."""
    parts = [BEGIN]
    for group, figures in groupby(FIGURES, key=lambda figure: figure.group):
        rows = [f"| {one.title} | `{one.name}` | {one.unit or 'calls'} | {one.meaning} |" for one in figures]
        parts += ["", f"### {group}", "", "| figure | name | unit | meaning |", "| --- | --- | --- | --- |", *rows]
    return "\n".join([*parts, "", END])


if __name__ == "__main__":
    print(markdown())
