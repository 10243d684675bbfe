"""Contacts as vCards (RFC 6350, RFC 2426, and version 2.1 of telephones). Pure.

Beyond the standard properties three are understood: ``X-ROOM`` (a guest's room), ``X-PHONETIC-FIRST-NAME`` with
``X-PHONETIC-LAST-NAME`` (as Apple and Android write how a name is spoken), and ``unhurried`` among the ``CATEGORIES``.
"""

from __future__ import annotations

import quopri
import re
from dataclasses import dataclass, field

from phoneetiquette.directory.contacts import Contact
from phoneetiquette.directory.table import numbers_of, tidy
from phoneetiquette.problems import Place, Problem, Severity

_LINE_END = re.compile(r"\r\n|\r|\n")
_SEMICOLON = re.compile(r"(?<!\\);")
_COMMA = re.compile(r"(?<!\\),")
_ESCAPE = re.compile(r"\\(.)")


@dataclass(slots=True)
class _Card:
    line: int
    properties: dict[str, list[str]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        return next((tidy(_plain(value)) for value in self.properties.get(name, ()) if value.strip()), "")

    def parts(self, name: str) -> list[str]:
        value = next(iter(self.properties.get(name, ())), "")
        return [tidy(_plain(part)) for part in _SEMICOLON.split(value)]


def contacts_of_vcards(text: str, file: str, country: str) -> tuple[list[Contact], list[Problem]]:
    """The contacts of a file of vCards, and what is wrong with it. A card that cannot be used costs that card alone."""
    contacts: list[Contact] = []
    problems: list[Problem] = []
    card: _Card | None = None
    cards = 0
    for number, name, value in _properties(text):
        if name == "BEGIN" and value.strip().upper() == "VCARD":
            card, cards = _Card(number), cards + 1
        elif name == "END" and card is not None:
            contact, what = _contact(card, country)
            if contact is None:
                problems.append(_problem(file, card.line, what))
            else:
                contacts.append(contact)
            card = None
        elif card is not None:
            card.properties.setdefault(name, []).append(value)
    if card is not None:
        problems.append(_problem(file, card.line, "a card that does not end"))
    if cards == 0:
        problems.append(Problem.at(Place(file, 1), "there is no vCard in it", "export the contacts as vCard (.vcf)"))
    return contacts, problems


def _properties(text: str) -> list[tuple[int, str, str]]:
    """Line, name in capitals and value of each property; folded lines are joined, quoted-printable is decoded."""
    found: list[tuple[int, str, str]] = []
    lines = _LINE_END.split(text)
    at = 0
    while at < len(lines):
        first, line = at + 1, lines[at]
        at += 1
        quoted = "QUOTED-PRINTABLE" in line.partition(":")[0].upper()
        while at < len(lines) and (lines[at][:1] in (" ", "\t") or (quoted and line.endswith("="))):
            line = line[:-1] + lines[at] if quoted and line.endswith("=") else line + lines[at][1:]
            at += 1
        head, colon, value = line.partition(":")
        name = head.partition(";")[0].rpartition(".")[2].strip().upper()
        if not colon or not name:
            continue
        if quoted:
            value = quopri.decodestring(value.encode()).decode("utf-8", "replace")
        found.append((first, name, value))
    return found


def _contact(card: _Card, country: str) -> tuple[Contact | None, str]:
    family, given, *_ = [*card.parts("N"), "", ""]
    name = card.one("FN") or " ".join(filter(None, (given, family)))
    numbers = numbers_of((_plain(value) for value in card.properties.get("TEL", ())), country)
    room = card.one("X-ROOM")
    if not name:
        return None, "a card without a name"
    if not numbers and not room:
        return None, "a card without a number or a room"
    categories = [
        one.strip().casefold() for value in card.properties.get("CATEGORIES", ()) for one in _COMMA.split(value)
    ]
    spoken = (card.one("X-PHONETIC-FIRST-NAME"), card.one("X-PHONETIC-LAST-NAME"))
    return Contact(
        name=name,
        numbers=numbers,
        organisation=next((part for part in card.parts("ORG") if part), ""),
        room=room,
        say=" ".join(filter(None, spoken)),
        language=card.one("LANG")[:2].lower(),
        unhurried="unhurried" in categories,
        email=card.one("EMAIL"),
        note=card.one("NOTE"),
    ), ""


def _plain(value: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def _problem(file: str, line: int, what: str) -> Problem:
    return Problem.at(Place(file, line), what, "complete the card or delete it", Severity.WARNING)
