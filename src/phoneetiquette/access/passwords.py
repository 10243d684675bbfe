"""Passwords as Argon2id hashes (RFC 9106), with the cost that OWASP's cheat sheet names as the least: a seat's memory
and cores are for calls."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
_one_at_a_time = threading.Lock()
"""However many try at once, hashing takes the memory and the core of one."""


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # a desk without login does not need it

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def hashed(password: str) -> str:
    """Its hash in PHC form, with a salt of its own. Takes some hundredths of a second."""
    with _one_at_a_time:
        return _hasher().hash(_bytes(password))


def matches(password: str, known: str | None) -> bool:
    """Whether it is the password of this hash. ``None``, for a user who is not there, takes as long and never does."""
    from argon2.exceptions import InvalidHashError, VerificationError

    with _one_at_a_time:
        try:
            return _hasher().verify(known or _nobody(), _bytes(password)) and known is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobody() -> str:
    return _hasher().hash(b"nobody")


def _bytes(password: str) -> bytes:
    """The same for however a keyboard composes its letters (NFC; ASVS 2.1.4 asks for every character)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
