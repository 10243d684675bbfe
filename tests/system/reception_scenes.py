"""A scripted desk with everything in it that a seat with a dialplan and a directory tells the page."""

from __future__ import annotations

from typing import Any

from phoneetiquette.units import to_ms
from tests.peers.scripted_desk import ScriptedDesk

PLAN: dict[str, Any] = {
    "name": "Hotel Aurora",
    "version": "1",
    "topics": [
        {
            "name": "booking",
            "label": "Change a booking",
            "labels": {"en": "Change a booking", "de": "Buchung ändern"},
            "emergency": False,
            "service": "reservations",
        },
        {"name": "lost_property", "label": "Lost and found", "labels": {}, "emergency": False, "service": "house"},
        {"name": "danger", "label": "Emergency", "labels": {}, "emergency": True, "service": ""},
    ],
    "services": [{"name": "reservations", "label": "Reservations"}, {"name": "house", "label": "Housekeeping"}],
    "switches": [{"name": "night", "label": "Night"}],
    "people": [{"name": "maria", "label": "Maria Huber"}, {"name": "duty_manager", "label": ""}],
}
SITE = {
    "name": "Hotel Aurora",
    "address": "Hauptplatz 1, 1010 Wien",
    "hours": "every day from 7 to 23",
    "reception_hours": "day and night",
    "agent": "Ada Moser",
}
ANNA: dict[str, Any] = {
    "number": "+436641234567",
    "contact": {
        "name": "Anna Berger",
        "organisation": "Berger & Söhne",
        "room": "214",
        "say": "BER-ger",
        "unhurried": False,
        "email": "anna@berger.example",
        "note": "allergic to nuts",
    },
    "language": "de",
    "greeting": {
        "line": "reception",
        "language": "de",
        "text": "Hotel Aurora, Rezeption, mein Name ist Ada Moser. Was darf ich für Sie tun?",
    },
    "earlier": [
        {
            "arrived": "2026-11-26T09:12:00Z",
            "direction": "in",
            "answered": True,
            "note": "asked for a quiet room",
            "topic": "booking",
            "outcome": "solved",
        }
    ],
}


def furnish(desk: ScriptedDesk) -> None:
    """Who calls from +43 664 1234567 is Anna Berger; the directory finds four, of whom Jonas is there."""
    busy = to_ms(desk.now_ns()) - 125_000
    desk.seat |= {"display_name": "Hotel Aurora, reception", "dialplan": PLAN, "site": SITE, "switches": []}
    desk.known["+43 664 1234567"] = ANNA
    maria = {"who": "maria", "name": "Maria Huber", "state": "busy", "since_ms": busy, "until": None}
    jonas = {"who": "jonas", "name": "Jonas Berger", "state": "hours", "until": "2026-11-27T18:00+01:00"}
    desk.found = [
        {
            "kind": "topic",
            "name": "Change a booking",
            "topic": "booking",
            "labels": {"en": "Change a booking"},
            "specialists": [maria, jonas],
        },
        {"kind": "person", "number": "705", "target": "sip:705@pbx", **maria},
        {
            "kind": "person",
            "number": "720",
            "target": "sip:720@pbx",
            "who": "chef",
            "name": "Luca Moretti",
            "state": "off",
            "until": "2026-11-28T07:00+01:00",
        },
        {"kind": "contact", "name": "Martin Maier", "target": "+43664999", "organisation": "Maier Taxi", "room": ""},
    ]
