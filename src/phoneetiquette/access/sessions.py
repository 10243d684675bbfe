"""Sessions of logged-in users: begun by a password, ended by a logout, by time, or by what happens to the user.

Only hashes of the tokens are kept. All moments are nanoseconds of one monotonic clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from phoneetiquette.access.users import User

MOST_PER_USER = 8
"""Sessions of one user at a time; one more ends the one that was not used for longest."""


@dataclass(slots=True, kw_only=True)
class Session:
    user: str
    password: str
    """The hash of the password that began it: with another password, the session is over."""
    begun_ns: int
    used_ns: int
    ended: bool = False


class Sessions:
    """The sessions of one server. Loop's thread."""

    def __init__(self, idle_ns: int, longest_ns: int) -> None:
        """A session ends after ``idle_ns`` without use, and ``longest_ns`` after it began."""
        self._idle_ns = idle_ns
        self._longest_ns = longest_ns
        self._by_digest: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._by_digest)

    def begin(self, token: str, user: User, now_ns: int) -> Session:
        """Begin a session with a ``token`` of at least 128 random bits that nobody else knows."""
        self._drop_old(now_ns)
        own = [(one.used_ns, digest) for digest, one in self._by_digest.items() if one.user == user.name]
        for _, digest in sorted(own)[: max(0, len(own) + 1 - MOST_PER_USER)]:
            self._by_digest.pop(digest).ended = True
        session = Session(user=user.name, password=user.password, begun_ns=now_ns, used_ns=now_ns)
        self._by_digest[_digest(token)] = session
        return session

    def find(self, token: str, now_ns: int) -> Session | None:
        """The session of a token, if it still runs."""
        session = self._by_digest.get(_digest(token))
        return session if session is not None and self.runs(session, now_ns) else None

    def runs(self, session: Session, now_ns: int) -> bool:
        """Whether it has neither been ended nor outlived its time."""
        return not session.ended and not self._is_old(session, now_ns)

    def end(self, session: Session) -> None:
        session.ended = True
        self._by_digest = {key: one for key, one in self._by_digest.items() if one is not session}

    def dump(self) -> Iterator[tuple[str, Session]]:
        """Every session with the hash of its token, to be given to :meth:`restore`."""
        yield from self._by_digest.items()

    def restore(self, digest: str, session: Session, now_ns: int) -> None:
        """Take up a session of an earlier process of the same machine."""
        if not self._is_old(session, now_ns):
            self._by_digest[digest] = session

    def _drop_old(self, now_ns: int) -> None:
        self._by_digest = {key: one for key, one in self._by_digest.items() if not self._is_old(one, now_ns)}

    def _is_old(self, session: Session, now_ns: int) -> bool:
        return now_ns - session.used_ns >= self._idle_ns or now_ns - session.begun_ns >= self._longest_ns


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
