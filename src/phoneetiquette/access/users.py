"""Users of the pages, and what their roles let them do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
"""Characters; any may be used (OWASP ASVS 4.0.3, 2.1.1 to 2.1.4 and 2.1.9)."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_SEQUENCES = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "01234567890123456789")
_COMMON_WORDS = (
    "password",
    "passwort",
    "phoneetiquette",
    "reception",
    "administrator",
    "letmein",
    "welcome",
    "iloveyou",
)
_FEWEST_CHARACTERS = 5


class Role(StrEnum):
    RECEPTIONIST = "receptionist"
    OFFICE_MANAGER = "office_manager"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    DESK = "desk"
    """A seat's page: its calls, its messages, everything that is done there."""
    OFFICE = "office"
    """Reports, calls and messages of all seats."""
    ADMINISTRATION = "administration"
    """The dialplan and the users."""


PERMISSIONS = {
    Role.RECEPTIONIST: frozenset({Permission.DESK}),
    Role.OFFICE_MANAGER: frozenset({Permission.OFFICE}),
    Role.ADMINISTRATOR: frozenset(Permission),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    name: str
    role: Role
    password: str = field(repr=False)
    """Its Argon2id hash in PHC form."""
    seats: tuple[str, ...] = ()
    """The seats whose pages the user may open; empty: all."""

    def may(self, permission: Permission, seat: str = "") -> bool:
        """Whether the role permits it, at ``seat`` where it is about one."""
        return permission in PERMISSIONS[self.role] and (not seat or not self.seats or seat in self.seats)


def is_user_name(text: str) -> bool:
    """Small letters, digits and ``._-``, at most 32, beginning with a letter or digit."""
    return bool(_NAME.fullmatch(text))


def unfit_password(password: str, user: str) -> str | None:
    """Why a password is too easily guessed, completing the sentence ``the password ...``; None: it may be used."""
    if len(password) < SHORTEST_PASSWORD:
        return f"has fewer than {SHORTEST_PASSWORD} characters"
    if len(password) > LONGEST_PASSWORD:
        return f"has more than {LONGEST_PASSWORD} characters"
    if len(set(password)) < _FEWEST_CHARACTERS:
        return f"has fewer than {_FEWEST_CHARACTERS} different characters"
    left = password.lower()
    for word in (*_SEQUENCES, *(line[::-1] for line in _SEQUENCES)):
        for start in range(len(word) - 3):
            left = left.replace(word[start : start + 4], "")
    for word in sorted((user, *_COMMON_WORDS), key=len, reverse=True):
        left = left.replace(word, "")
    if len(left) < SHORTEST_PASSWORD // 2:
        return "is little more than a name, a common word or a row of keys"
    return None
