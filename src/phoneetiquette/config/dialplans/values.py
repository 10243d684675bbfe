"""Values of dialplans that configurations do not have: languages, days, spans, what is spoken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from phoneetiquette.config.dialplans.forms import UNUSABLE, Key, One, Record, below
from phoneetiquette.config.kinds import File, Text, UnfitError, scalar, shown
from phoneetiquette.config.nodes import Mapping as MappingNode
from phoneetiquette.config.nodes import Node
from phoneetiquette.config.reading import Report
from phoneetiquette.dialplan.model import Spoken, Words
from phoneetiquette.dialplan.numbers import is_country

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")
LONGEST_SPEECH = 2000

LANGUAGE_ADVICE = "a language code such as en, de or pt-BR"


@dataclass(frozen=True)
class Language:
    """A language by its ISO 639 code."""

    meaning: str = LANGUAGE_ADVICE

    def read(self, node: Node) -> str:
        text = scalar(node, self.meaning)
        if not LANGUAGE.fullmatch(text):
            raise UnfitError(f"cannot be {shown(text)}", f"write {self.meaning}")
        return text

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^(?:{LANGUAGE.pattern})$"}


@dataclass(frozen=True)
class Site:
    """The country of a site: any that has telephone numbers."""

    meaning: str = "an ISO 3166 code such as AT"

    def read(self, node: Node) -> str:
        text = scalar(node, self.meaning)
        code = text.strip().upper()
        if not is_country(code):
            raise UnfitError(f"is unknown: {shown(text)}", f"write {self.meaning}")
        return code

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Za-z]{2}$"}


@dataclass(frozen=True)
class Seconds:
    """A span such as ``8s``."""

    least: float
    most: float

    @property
    def meaning(self) -> str:
        return f"seconds from {self.least:g} to {self.most:g}, such as 8s"

    def read(self, node: Node) -> float:
        text = scalar(node, self.meaning)
        number = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]{1,3})?)\s*s?", text)
        if not number:
            raise UnfitError(f"cannot be {shown(text)}", f"write {self.meaning}")
        if not self.least <= float(number[1]) <= self.most:
            raise UnfitError(f"is out of range: {text}", f"write {self.meaning}")
        return float(number[1])

    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", "number"], "pattern": r"^[0-9]+(\.[0-9]+)?\s*s?$"}


@dataclass(frozen=True)
class Days:
    """A day, or a range of days."""

    meaning: str = "a day such as 2026-12-24, or 2026-12-24 - 2027-01-06"

    def read(self, node: Node) -> tuple[date, date]:
        text = scalar(node, self.meaning)
        found = re.fullmatch(
            r"(\d{4}-\d\d-\d\d)(?:\s*(?:-|–|to|until|\.\.)\s*(\d{4}-\d\d-\d\d))?", text.strip(), re.ASCII
        )
        try:
            if not found:
                raise ValueError
            first = date.fromisoformat(found[1])
            last = date.fromisoformat(found[2]) if found[2] else first
        except ValueError:
            raise UnfitError(f"cannot be {shown(text)}", f"write {self.meaning}") from None
        if last < first:
            raise UnfitError(f"ends before it begins: {shown(text)}", "swap the days")
        return first, last

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d"}


@dataclass(frozen=True)
class Speech:
    """A text, a sound file, or either by language."""

    def read(self, node: Node, what: str, report: Report) -> Any:
        if not isinstance(node, MappingNode):
            spoken = self._spoken(node, what, report)
            return spoken if spoken is UNUSABLE else Words({"": spoken}, node.place)
        if "file" in node.entries:
            spoken = self._spoken(node, what, report)
            return spoken if spoken is UNUSABLE else Words({"": spoken}, node.place)
        if not node.entries:
            report.add(node.place, f"{what} is empty", "write a text by language: {en: Good morning}")
            return UNUSABLE
        by_language = {}
        for language, entry in node.entries.items():
            if not LANGUAGE.fullmatch(language):
                what_wrong = f"{shown(language)} in {what} is no language"
                report.add(entry.key_place, what_wrong, f"write {LANGUAGE_ADVICE}, or file")
                continue
            spoken = self._spoken(entry.value, below(what, language), report)
            if spoken is not UNUSABLE:
                by_language[language] = spoken
        return Words(by_language, node.place) if by_language else UNUSABLE

    def _spoken(self, node: Node, what: str, report: Report) -> Any:
        if isinstance(node, MappingNode):
            return SOUND.read(node, what, report)
        text = One(Text("a text to be spoken", LONGEST_SPEECH)).read(node, what, report)
        return text if text is UNUSABLE else Spoken(text=text, place=node.place)

    def json_schema(self) -> dict[str, Any]:
        return {"$ref": "#/$defs/Words"}

    @staticmethod
    def definition() -> dict[str, Any]:
        said = {"anyOf": [{"type": "string", "maxLength": LONGEST_SPEECH}, {"$ref": "#/$defs/Sound"}]}
        by_language = {
            "type": "object",
            "patternProperties": {f"^(?:{LANGUAGE.pattern})$": said},
            "additionalProperties": False,
            "minProperties": 1,
        }
        return {"description": "A text, a sound file, or either by language.", "anyOf": [said, by_language]}


SOUND = Record(
    "Sound",
    lambda place, file: Spoken(file=file, place=place),
    "A sound file.",
    {"file": Key(One(File()), "Path of a WAV or FLAC file, from this file.", "file: prompts/night-en.wav", True)},
)


@dataclass(frozen=True)
class Version:
    """The version of the language."""

    meaning: str = "dialplan: 1"

    def read(self, node: Node) -> int:
        text = scalar(node, self.meaning)
        if text != "1":
            raise UnfitError(f"has no version {shown(text)} that is known here", f"write {self.meaning}")
        return 1

    def json_schema(self) -> dict[str, Any]:
        return {"const": 1}
