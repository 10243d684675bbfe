"""How often somebody may guess: after a few failures each further guess has to wait, twice as long every time.

Failures are counted by where they come from and by the user they are about. A source from which that user has logged
in before does not wait for what others guess about the user, so nobody can be locked out from elsewhere. A login takes
back what that user failed at from there, and nothing else: who has one password must not guess at another for ever.
All moments are nanoseconds of one monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Any

from phoneetiquette.units import NS_PER_S

FREE = 5
"""Failures that cost nothing."""
FIRST_WAIT_NS = 5 * NS_PER_S
LONGEST_WAIT_NS = 900 * NS_PER_S
FORGOTTEN_NS = 3600 * NS_PER_S
"""After so long without a failure all is forgotten."""
MOST_KEPT = 4096
"""Sources, users and pairs of them that are remembered; then the one that failed longest ago is forgotten."""


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last_ns: int = 0

    def free_at_ns(self) -> int:
        over = self.count - FREE
        return self.last_ns + min(LONGEST_WAIT_NS, FIRST_WAIT_NS << min(over, 16)) if over >= 0 else self.last_ns


@dataclass(slots=True)
class Throttle:
    """Failures of one server. Loop's thread."""

    _failed: dict[tuple[str, ...], _Failures] = field(default_factory=dict)
    _trusted: dict[tuple[str, ...], None] = field(default_factory=dict)

    def wait_ns(self, source: str, user: str, now_ns: int) -> int:
        """How long a guess at ``user`` from ``source`` has to wait; 0: it may be made now."""
        source = _network(source)
        keys = [("source", source)] if (source, user) in self._trusted else [("source", source), ("user", user)]
        waits = [self._failed[key].free_at_ns() - now_ns for key in keys if key in self._failed]
        return max([0, *waits])

    def failed(self, source: str, user: str, now_ns: int) -> None:
        source = _network(source)
        for key in (("source", source), ("user", user), ("both", source, user)):
            known = self._failed.pop(key, None)  # put back as the newest
            if known is None or now_ns - known.last_ns >= FORGOTTEN_NS:
                known = _Failures()
            self._failed[key] = _Failures(known.count + 1, now_ns)
            _shorten(self._failed)

    def succeeded(self, source: str, user: str) -> None:
        source = _network(source)
        if own := self._failed.pop(("both", source, user), None):
            for key in (("source", source), ("user", user)):
                if known := self._failed.get(key):
                    known.count = max(0, known.count - own.count)
        self._trusted[source, user] = None
        _shorten(self._trusted)


def _network(source: str) -> str:
    """Who can be told apart: an address, of IPv6 the network of 64 bits that one customer has."""
    try:
        address = ip_address(source)
    except ValueError:
        return source
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)


def _shorten(known: dict[tuple[str, ...], Any]) -> None:
    while len(known) > MOST_KEPT:
        del known[next(iter(known))]
