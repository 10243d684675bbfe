"""All subscriptions at one PBX: who is asked about, whose message it is that came, when something is due. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from phoneetiquette.dialplan.presence import Package
from phoneetiquette.presence.message import Message, parse, response
from phoneetiquette.presence.subscription import Identity, News, Subscription
from phoneetiquette.units import ms

BETWEEN_NS = ms(20)
"""Between two first requests: a PBX takes who asks a thousand things at once for an attacker."""


class Subscriptions:
    """``token()`` gives an unguessable word; ``tell`` is told of news, and may watch others because of it;
    ``fault`` is told what went wrong with a message."""

    def __init__(
        self,
        identity: Identity,
        token: Callable[[], str],
        tell: Callable[[News], None],
        fault: Callable[[Exception], None],
    ) -> None:
        self._identity, self._token, self._tell, self._fault = identity, token, tell, fault
        self._all: dict[str, Subscription] = {}

    def watch(self, people: Mapping[str, tuple[str, Sequence[Package]]], now_ns: int, local: str) -> list[bytes]:
        """From now on these are asked about: who -> SIP URI, and the event packages, the preferred one first.

        Subscriptions that go on are left alone; the messages that take back the others are returned.
        """
        leaving: list[bytes] = []
        for who, one in list(self._all.items()):
            if people.get(who) != (one.target, one.packages):
                leaving += self._all.pop(who).leave(now_ns, local)
        begun = 0
        for who, (target, packages) in people.items():
            if who not in self._all:
                one = self._all[who] = Subscription(who, target, packages, self._identity, self._token, self._tell)
                one.next_ns = now_ns + begun * BETWEEN_NS
                begun += 1
        return leaving

    def next_ns(self) -> int | None:
        """When :meth:`turn` has something to do."""
        return min((one.next_ns for one in self._all.values() if one.next_ns is not None), default=None)

    def turn(self, now_ns: int, local: str) -> list[bytes]:
        """What is due, as messages; ``local``: our ``host:port`` as the PBX can reach it."""
        return [message for one in list(self._all.values()) for message in one.turn(now_ns, local)]

    def again(self, now_ns: int) -> None:
        """The PBX may have forgotten us, or we have another address: ask anew."""
        for number, one in enumerate(list(self._all.values())):
            one.again(now_ns + number * BETWEEN_NS)

    def unreachable(self, why: str) -> None:
        """There is no way to the PBX; :meth:`again` when there is one."""
        for one in list(self._all.values()):
            one.unreachable(why)

    def received(self, data: bytes, now_ns: int, local: str) -> list[bytes]:
        """A message has come from the PBX; what is to be sent because of it. Never raises."""
        try:
            said = parse(data)
        except ValueError:
            return []
        try:
            return self._answers(said, now_ns, local)
        except Exception as error:
            self._fault(error)
            return []

    def _answers(self, said: Message, now_ns: int, local: str) -> list[bytes]:
        one = self._of(said)
        if said.status:
            return one.responded(said, now_ns, local) if one else []
        if said.method == "ACK":
            return []
        if said.method != "NOTIFY":
            return [response(said, 405, "Method Not Allowed", self._token(), ("Allow", "NOTIFY"))]
        return [
            one.notified(said, now_ns) if one else response(said, 481, "Subscription Does Not Exist", self._token())
        ]

    def _of(self, said: Message) -> Subscription | None:
        call_id = said.get("call-id")
        return next((one for one in self._all.values() if one.call_id == call_id), None)
