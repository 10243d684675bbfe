"""``docs/reports.md`` tells the figures there are, ``docs/messages.md`` only commands there are."""

from __future__ import annotations

import re
from pathlib import Path

from phoneetiquette.cli import VERBS
from phoneetiquette.cli.messages import CHANGES
from phoneetiquette.figures.description import BEGIN, END, markdown

DOCS = Path(__file__).parents[2] / "docs"


def test_the_committed_table_is_the_generated_one() -> None:
    page = (DOCS / "reports.md").read_text(encoding="utf-8")
    table = page[page.index(BEGIN) : page.index(END) + len(END)]
    assert table == markdown(), "put in what python -m phoneetiquette.figures.description prints"


def test_commands_of_the_pages_exist() -> None:
    for name in ("messages.md", "reports.md"):
        page = (DOCS / name).read_text(encoding="utf-8")
        for verb, action in re.findall(r"phoneetiquette ([a-z]+)(?: ([a-z]+) ID)?", page):
            assert verb in VERBS
            assert not action or action in {*CHANGES, "show"}
