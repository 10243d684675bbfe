"""Contacts in a table (CSV): one row each, the first row names the columns. Pure.

The columns may come in any order and under the names that address books and hotel programs export; others are passed
over. Semicolons and tabs separate as well as commas (RFC 4180 knows the comma alone).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from phoneetiquette.dialplan.numbers import canonical
from phoneetiquette.directory.contacts import Contact
from phoneetiquette.problems import Place, Problem, Severity

COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("name", "full name", "display name", "guest", "guest name"),
    "first": ("first name", "given name"),
    "last": ("last name", "family name", "surname"),
    "number": (
        *("number", "numbers", "phone", "telephone", "tel", "mobile", "mobile phone", "business phone", "home phone"),
        *("phone 1 - value", "phone 2 - value", "primary phone", "extension"),
    ),
    "organisation": ("organisation", "organization", "company", "organization name"),
    "room": ("room", "room number"),
    "say": ("say", "pronunciation", "phonetic"),
    "language": ("language", "lang"),
    "unhurried": ("unhurried",),
    "email": ("email", "e-mail", "e-mail address", "e-mail 1 - value"),
    "note": ("note", "notes", "remark"),
}
"""Field -> what the column may be called, in small letters."""
_MEANS = {title: field for field, titles in COLUMNS.items() for title in titles}
_YES = frozenset({"yes", "true", "1", "x", "y"})
LONGEST = 200
"""Characters of a field that are kept."""


def contacts_of_table(text: str, file: str, country: str) -> tuple[list[Contact], list[Problem]]:
    """The contacts of a table, and what is wrong with it. A row that cannot be used costs that row alone.

    ``country`` (ISO 3166) is where numbers without a country code are dialled.
    """
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    contacts: list[Contact] = []
    problems: list[Problem] = []
    try:
        titles = [_MEANS.get(title.strip().casefold(), "") for title in next(rows, [])]
        if "name" not in titles and "last" not in titles:
            what = "the first row names no column for the name"
            return [], [_problem(file, 1, what, "begin with a row such as name,number,room,language", Severity.ERROR)]
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            contact, what = _contact(titles, row, country)
            if contact is None:
                problems.append(_problem(file, rows.line_num, what, "complete the row or delete it"))
            else:
                contacts.append(contact)
    except csv.Error as error:
        problems.append(_problem(file, rows.line_num, f"the table breaks off: {error}", "save it as CSV anew"))
    return contacts, problems


def _contact(titles: list[str], row: list[str], country: str) -> tuple[Contact | None, str]:
    """The contact of a row, or what it lacks."""
    fields: dict[str, list[str]] = {}
    for title, cell in zip(titles, row, strict=False):
        if title and (value := tidy(cell)):
            fields.setdefault(title, []).append(value)

    def one(name: str) -> str:
        return fields.get(name, [""])[0]

    name = one("name") or " ".join(filter(None, (one("first"), one("last"))))
    written = [part for cell in fields.get("number", ()) for part in cell.replace(" ::: ", ";").split(";")]
    numbers = numbers_of(written, country)
    if not name:
        return None, "a row without a name"
    if not numbers and not one("room"):
        return None, "a row without a number or a room"
    return Contact(
        name=name,
        numbers=numbers,
        organisation=one("organisation"),
        room=one("room"),
        say=one("say"),
        language=one("language")[:2].lower(),
        unhurried=one("unhurried").casefold() in _YES,
        email=one("email"),
        note=one("note"),
    ), ""


def numbers_of(written: Iterable[str], country: str) -> tuple[str, ...]:
    """Canonical numbers, each once, in the order written."""
    return tuple(dict.fromkeys(filter(None, (canonical(one, country) for one in written if one.strip()))))


def tidy(text: str) -> str:
    """On one line, of bounded length."""
    return " ".join(text.split())[:LONGEST]


def _problem(file: str, line: int, what: str, advice: str, severity: Severity = Severity.WARNING) -> Problem:
    return Problem.at(Place(file, line), what, advice, severity)
