"""Who calls, as far as the seat can know: directory, guest list, earlier calls, and how to greet them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from phoneetiquette.addresses import display_number
from phoneetiquette.calls.guide import Guide
from phoneetiquette.dialplan.numbers import canonical
from phoneetiquette.directory.contacts import Contact, Directory, begins, digits_of, words
from phoneetiquette.records.record import CallRecord
from phoneetiquette.units import to_ms

EARLIER = 3
"""Earlier calls with a caller that are told."""
_DIALLED = re.compile(r"[+*#]?[0-9*# ()./-]+|[^\s@]+@[^\s@]+|sips?:\S+|tel:\S+")


class Callers:
    """What is known of the other party of a call, and whom to put it through to. Loop's thread."""

    def __init__(self, directory: Directory, country: str, agent: str) -> None:
        """``country`` (ISO 3166): where numbers without a country code are dialled; ``agent``: the receptionist."""
        self.directory = directory
        self._country = country
        self._agent = agent
        self._told: dict[str, tuple[object, dict[str, Any]]] = {}

    def number(self, uri: str) -> str:
        """The canonical number of a party; empty when it is withheld."""
        return canonical(display_number(uri), self._country)

    def spoken(self, uri: str, name: str) -> tuple[str, str]:
        """What a party is called aloud, ``name`` being what came with the call, and the number as the network told it;
        empty: not known, withheld."""
        contact = self.directory.of(self.number(uri))
        return (contact.say or contact.name) if contact else name, display_number(uri)

    def unhurried(self, record: CallRecord) -> bool:
        """Whether the other party of a call is marked so."""
        contact = self.directory.of(self.number(record.caller if record.direction == "in" else record.called))
        return contact is not None and contact.unhurried

    def about(self, call: dict[str, Any], guide: Guide | None, records: Sequence[CallRecord]) -> dict[str, Any]:
        """What the snapshot of a call says of its party (JSON-able). Looked up once for as long as nothing changes."""
        basis = (guide and guide.version, len(records), records[-1] if records else None, self.directory)
        known = self._told.get(call["id"])
        if known is None or known[0] != basis:
            known = basis, self._look_up(call, guide, records)
            self._told[call["id"]] = known
        return known[1]

    def forget(self, live: set[str]) -> None:
        """Calls that are over need not be known any more."""
        for gone in self._told.keys() - live:
            del self._told[gone]

    def _look_up(self, call: dict[str, Any], guide: Guide | None, records: Sequence[CallRecord]) -> dict[str, Any]:
        number = self.number(call["party"]["uri"])
        contact = self.directory.of(number)
        name = contact.name if contact else call["party"]["name"]
        language = contact.language if contact else ""
        greeting = None
        if guide and guide.reception and call["direction"] == "in":
            values = {"agent": self._agent, "caller": name}
            found = guide.reception.greeting(
                display_number(call["called"]), display_number(call["party"]["uri"]), language, values
            )
            greeting = {"line": found.line, "language": found.language, "text": found.text}
            language = found.language
        return {
            "number": number,
            "contact": as_json(contact) if contact else None,
            "language": language,
            "greeting": greeting,
            "earlier": self._earlier(number, call["id"], records),
        }

    def _earlier(self, number: str, call: str, records: Sequence[CallRecord]) -> list[dict[str, Any]]:
        if not number:
            return []
        earlier = []
        for record in reversed(records):
            party = record.caller if record.direction == "in" else record.called
            if record.call != call and self.number(party) == number:
                wrap_up = record.wrap_up
                earlier.append(
                    {
                        "arrived": record.arrived.isoformat(timespec="seconds").replace("+00:00", "Z"),
                        "direction": record.direction,
                        "answered": record.answered is not None,
                        "note": wrap_up.note[:200] if wrap_up else "",
                        "topic": wrap_up.topic if wrap_up else "",
                        "outcome": wrap_up.outcome if wrap_up else "",
                    }
                )
            if len(earlier) == EARLIER:
                break
        return earlier

    def search(
        self, text: str, limit: int, guide: Guide | None, occupied: dict[str, int], now_ns: int
    ) -> list[dict[str, Any]]:
        """Topics, people, contacts and at last the number itself that ``text`` may mean (JSON-able).

        ``occupied``: who of the plan is known to be taken, and since when.
        """
        found: list[dict[str, Any]] = []
        wanted = list(words(text))
        if guide and guide.reception:
            found += self._topics(wanted, guide, occupied, now_ns)
            found += self._people(wanted, digits_of(text), guide, occupied, now_ns)
        for contact in self.directory.search(text, limit):
            target = contact.numbers[0] if contact.numbers else contact.room
            found.append({"kind": "contact", "name": contact.name, "target": target, **_detail(contact)})
        if _DIALLED.fullmatch(text.strip()):
            found.append({"kind": "number", "name": text.strip(), "target": text.strip()})
        return found[:limit]

    def _topics(self, wanted: list[str], guide: Guide, occupied: dict[str, int], now_ns: int) -> list[dict[str, Any]]:
        reception = guide.reception
        assert reception
        found = []
        for name, label in guide.topics.items():
            known = [name, label, *reception.labels(name).values()]
            if wanted and not any(begins(wanted, words(one.replace("_", " "))) for one in known):
                continue
            who = [self._state(one, guide, occupied, now_ns) for one in reception.specialists(name)]
            found.append(
                {"kind": "topic", "name": label, "topic": name, "labels": reception.labels(name), "specialists": who}
            )
        return found

    def _people(
        self,
        wanted: list[str],
        digits: str,
        guide: Guide,
        occupied: dict[str, int],
        now_ns: int,
    ) -> list[dict[str, Any]]:
        found = []
        for who, name in guide.people.items():
            address = guide.addresses.get(who, "")
            if begins(wanted, words(f"{name} {who}")) or (digits and digits in self.number(address)):
                state = self._state(who, guide, occupied, now_ns)
                found.append({"kind": "person", "target": address, "number": display_number(address), **state})
        return found

    def _state(self, who: str, guide: Guide, occupied: dict[str, int], now_ns: int) -> dict[str, Any]:
        """``state``: ``busy`` since ``since_ms``; ``off`` by the hours until ``until``; ``hours`` until then, as far as
        is known; ``unknown``, where the plan tells no hours."""
        assert guide.reception
        told: dict[str, Any] = {"who": who, "name": guide.people.get(who) or who.replace("_", " ")}
        hours = guide.reception.hours(who, guide.moment(now_ns))
        until = hours.until.isoformat(timespec="minutes") if hours and hours.until else None
        if hours and not hours.at_work:
            return told | {"state": "off", "until": until}
        if who in occupied:
            return told | {"state": "busy", "since_ms": to_ms(occupied[who]), "until": until}
        return told | {"state": "hours" if hours else "unknown", "until": until}


def as_json(contact: Contact) -> dict[str, Any]:
    return {
        "name": contact.name,
        "organisation": contact.organisation,
        "room": contact.room,
        "say": contact.say,
        "unhurried": contact.unhurried,
        "email": contact.email,
        "note": contact.note,
    }


def _detail(contact: Contact) -> dict[str, str]:
    return {"organisation": contact.organisation, "room": contact.room}
