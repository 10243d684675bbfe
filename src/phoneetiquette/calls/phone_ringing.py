"""For which calls the desk phones ring, and when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from phoneetiquette.calls.phone_leg import PhoneLeg
from phoneetiquette.calls.phone_settings import PhoneSettings
from phoneetiquette.calls.phone_states import FETCHABLE, RINGS_FOR
from phoneetiquette.calls.session import Session
from phoneetiquette.calls.states import State
from phoneetiquette.events import CallId
from phoneetiquette.units import seconds

if TYPE_CHECKING:
    from phoneetiquette.calls.desk import Desk
    from phoneetiquette.calls.phone import DeskPhone

RETRY_NS = seconds(5)
"""A phone that could not be reached is tried again while the call still rings: it may just have been plugged in."""
RECALL_NS = seconds(30)
"""A customer who was put on hold, and whose receptionist has put the phone down, is not forgotten for longer."""


class PhoneRinging:
    """Follows from the calls alone; moments are ``CLOCK_MONOTONIC`` nanoseconds."""

    def __init__(self, desk: Desk, phones: DeskPhone) -> None:
        self._desk = desk
        self._phones = phones
        self._no_more: dict[CallId, dict[str, int | None]] = {}
        """Call -> phones that did not ring for it, and when to try again (``None``: never)."""
        self._recall_ns: dict[CallId, int] = {}
        """Calls on hold without a lifted phone -> when to ring for them."""

    def recall(self, call: CallId, at_ns: int) -> None:
        """Ring for a call on hold from ``at_ns`` on."""
        self._recall_ns[call] = at_ns

    def recall_in_time(self, session: Session, now_ns: int) -> None:
        """Ring for a call on hold before its customer is forgotten, if that is not settled yet."""
        came_back = session.returned or (session.search is not None and session.search.state == "nobody")
        self._recall_ns.setdefault(session.call, now_ns if came_back else now_ns + RECALL_NS)

    def no_recall(self, call: CallId) -> None:
        self._recall_ns.pop(call, None)

    def recalls(self, call: CallId) -> bool:
        """Whether phones ring, or will, for a call on hold."""
        return call in self._recall_ns

    def did_not_ring(self, leg: PhoneLeg, session: Session | None, now_ns: int, *, comes_back: bool) -> None:
        """A phone refused, or could not be reached; ``comes_back``: soon it may be there."""
        again_ns = now_ns + RETRY_NS if comes_back else None
        if session and session.state is State.HELD and again_ns is None:
            again_ns = now_ns + RECALL_NS
        self._no_more.setdefault(leg.call, {})[leg.phone.address] = again_ns

    def forget(self, call: CallId) -> None:
        """A call is closed."""
        self._no_more.pop(call, None)
        self._recall_ns.pop(call, None)

    def settle(self, mine: Iterable[Session], now_ns: int) -> None:
        """Have the free phones ring for the calls of ``mine`` that want it, and no others."""
        phones = self._phones
        waiting = sorted((s for s in mine if self._rings_from(s) is not None), key=lambda s: s.began_ns)
        for leg in [one for one in phones.legs.values() if one.awaited]:
            if phones.occupied or not (self._is_fetched(leg) or any(leg.call == s.call for s in waiting)):
                phones.end(leg)
        if phones.occupied:
            return
        for phone in phones.phones.values():
            due = (s for s in waiting if (at := self._rings_at(phone, s)) is not None and at <= now_ns)
            if session := next(due, None):
                phones.begin(session, phone, now_ns)

    def moments(self, mine: Iterable[Session]) -> list[int | None]:
        """When the free phones begin to ring for the calls of ``mine``."""
        return [self._rings_at(phone, s) for phone in self._phones.phones.values() for s in mine]

    def _is_fetched(self, leg: PhoneLeg) -> bool:
        session = self._desk.sessions.get(leg.call)
        return leg.fetched and session is not None and session.state in FETCHABLE

    def _rings_from(self, session: Session) -> int | None:
        """Since, or from when on, phones are to ring for a call; ``None``: they are not."""
        if session.state in RINGS_FOR and session.window:
            return session.began_ns
        if session.state is State.DIALLING and not session.asked_for:
            return session.began_ns
        return self._recall_ns.get(session.call) if session.state is State.HELD else None

    def _rings_at(self, phone: PhoneSettings, session: Session) -> int | None:
        """When this phone begins to ring for a call; ``None``: it does not, or is in use."""
        from_ns = self._rings_from(session)
        again_ns = self._no_more.get(session.call, {}).get(phone.address, 0)
        if from_ns is None or again_ns is None or not self._phones.is_free(phone):
            return None
        return max(from_ns, again_ns)
