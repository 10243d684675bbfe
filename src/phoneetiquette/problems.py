"""Problems found in a file: where, what, and what to do. A reader reports all of them at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written. ``line`` and ``column`` count from 1; 0: nowhere in particular."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem. ``line`` and ``column`` count from 1; 0 means the file as a whole."""

    file: str
    line: int
    column: int
    what: str
    advice: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = self.file if not self.line else f"{self.file}:{self.line}:{self.column}"
        kind = "" if self.severity is Severity.ERROR else f"{self.severity}: "
        return f"{place}: {kind}{self.what}" + (f" ({self.advice})" if self.advice else "")

    @staticmethod
    def at(place: Place, what: str, advice: str = "", severity: Severity = Severity.ERROR) -> Problem:
        return Problem(place.file, place.line, place.column, what, advice, severity)

    def as_json(self) -> dict[str, object]:
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "severity": str(self.severity),
            "what": self.what,
            "advice": self.advice,
        }


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Advice for a misspelt word: ``did you mean 'ringback'?``, or the known words when none is near."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return "known here: " + ", ".join(names)
