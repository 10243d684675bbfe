"""People and places with their numbers: found by number when they call, by a few letters when somebody looks for them.

Pure. Numbers are in the canonical form of :mod:`phoneetiquette.dialplan.numbers`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_NOT_A_WORD = re.compile(r"[^\w+]+")
_DIGITS = re.compile(r"[0-9]")
_SEPARATORS = re.compile(r"[\s\-.()/]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody who calls or is called. ``numbers``: canonical; empty for a guest who is known by the room alone."""

    name: str
    numbers: tuple[str, ...] = ()
    organisation: str = ""
    room: str = ""
    """A guest's room; the extension of that number is the guest's."""
    say: str = ""
    """How the name is spoken."""
    language: str = ""
    """Code of ISO 639-1; empty: not known."""
    unhurried: bool = False
    """Nobody is brought to an end who needs more time."""
    email: str = ""
    note: str = ""


class Directory:
    """All contacts; of several with one number the first counts."""

    def __init__(self, contacts: Iterable[Contact] = ()) -> None:
        self.contacts = tuple(contacts)
        self._by_number: dict[str, Contact] = {}
        for contact in self.contacts:
            for number in filter(None, (*contact.numbers, contact.room)):
                self._by_number.setdefault(number, contact)
        self._words = [tuple(words(f"{one.name} {one.organisation} {one.room}")) for one in self.contacts]

    def __len__(self) -> int:
        return len(self.contacts)

    def of(self, number: str) -> Contact | None:
        """Whose number this is, in canonical form; ``None``: nobody's."""
        return self._by_number.get(number) if number else None

    def in_room(self, room: str) -> Contact | None:
        """The guest in a room; of several the first; ``None``: the guest list knows nobody there."""
        wanted = room.casefold()
        return next((one for one in self.contacts if one.room and one.room.casefold() == wanted), None)

    def search(self, text: str, limit: int) -> list[Contact]:
        """Contacts of which every word of ``text`` begins a word, or whose number holds its digits; at most ``limit``.

        Those whose name begins with the text come first, then in the order of the files.
        """
        wanted = list(words(text))
        digits = digits_of(text)
        found: list[tuple[bool, Contact]] = []
        for contact, known in zip(self.contacts, self._words, strict=True):
            if begins(wanted, known) or (digits and any(digits in number for number in contact.numbers)):
                found.append((not (known and wanted and known[0].startswith(wanted[0])), contact))
        found.sort(key=lambda pair: pair[0])
        return [contact for _, contact in found[:limit]]


def words(text: str) -> Iterator[str]:
    """The words of a text without case and accents: what is typed in haste finds what is written well."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return (word for word in _NOT_A_WORD.split(plain.casefold()) if word)


def begins(wanted: list[str], known: Iterable[str]) -> bool:
    """Whether each of the wanted words begins one of the known."""
    known = tuple(known)
    return bool(wanted) and all(any(word.startswith(one) for word in known) for one in wanted)


def digits_of(text: str) -> str:
    """The digits of what looks like the beginning of a number, without a zero that a country writes before it."""
    bare = _SEPARATORS.sub("", text)
    if len(bare) < 2 or not re.fullmatch(r"\+?[0-9]+", bare):
        return ""
    return "".join(_DIGITS.findall(bare)).lstrip("0") or bare
