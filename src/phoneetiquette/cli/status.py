"""``status``: the seat's state in words that whoever is at the desk tonight understands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]

_ENGINE = {"starting": "the phone is starting", "lost": "THE PHONE IS DOWN and is being restarted"}
_REGISTRATION = {
    "registered": "registered",
    "registering": "registering",
    "failing": "NOT REACHABLE through",
    "none": "not registered",
}
_TALK = {
    "talking": "talking with",
    "held": "on hold",
    "conference": "in conference with",
    "transferring": "being put through",
    "seeking": "waiting for a specialist",
    "menu": "in the menu",
    "waiting": "from the menu, others are called",
    "message": "leaving a message",
    "diverted": "passed on",
    "answering": "being connected",
    "dialling": "calling",
    "ringing": "ringing at",
    "ended": "ended",
}

_NONE = {"headset": "none: calls are answered without sound", "ringer": "none: no bell rings"}


def in_words(state: Json) -> str:
    """The snapshot of ``GET /api/state`` as text, most urgent first; ends with a newline."""
    return "".join(f"{line}\n" for line in (*_seat(state), *_troubles(state), *_calls(state)))


def _seat(state: Json) -> Iterator[str]:
    engine = state["engine"]
    phone = _ENGINE.get(engine["state"], "ready for calls")
    name = state["display_name"] or state["seat"]
    yield f"{name} (seat {state['seat']}): {phone}; the receptionist is {state['presence']}."
    registration = state.get("registration")
    if registration:
        how = _REGISTRATION.get(registration["state"], registration["state"])
        why = f": {registration['code']} {registration['reason']}" if registration["state"] == "failing" else ""
        yield f"  PBX      {how} {registration['account']}{why}"
    if engine["listening"]:
        yield f"  Address  {', '.join(engine['listening'])}"
    for title, part in (("Headset", "headset"), ("Ringer", "ringer")):
        device = state["audio"].get(part)
        if device:
            yield f"  {title:<8} {_device(device, _NONE[part])}"
    if state["muted"]:
        yield "  The microphone is MUTED."


def _device(device: Json, none: str) -> str:
    name = device.get("device") or device.get("backend") or ""
    return {
        "open": f"{name}",
        "spare": f"{name} (the spare: the usual one is gone)",
        "lost": f"{name} LOST: plug it in again".lstrip(),
    }.get(device["state"], none)


def _troubles(state: Json) -> Iterator[str]:
    for trouble in state["troubles"]:
        advice = f" ({trouble['advice']})" if trouble.get("advice") else ""
        yield f"  ! {trouble['what']}{advice}"


def _calls(state: Json) -> Iterator[str]:
    calls = [call for call in state["calls"] if call["state"] != "ended"]
    if not calls:
        yield "No calls."
    length = _telling_apart([call["id"] for call in state["calls"]])
    for call in calls:
        yield f"- {_call(call, state['now_ms'])}  [{call['id'][:length]}]"


def _telling_apart(ids: Sequence[str]) -> int:
    """How many characters of the ids, at least 4, are enough to tell them apart."""
    longest = max(map(len, ids), default=0)
    return next((n for n in range(4, longest) if len({id_[:n] for id_ in ids}) == len(set(ids))), longest)


def _call(call: Json, now_ms: float) -> str:
    party = _party(call["party"])
    if call["state"] in ("alerting", "armed"):
        return f"{party} {_ringing(call, now_ms)}"
    since_ms = call["answered_ms"] if call["answered_ms"] is not None else call["arrived_ms"]
    words = _TALK.get(call["state"], str(call["state"]))
    words = f"{words} {party}" if words.endswith(("with", "calling", "at")) else f"{party} {words}"
    on_hold = " (they have put us on hold)" if call["held_by_peer"] else ""
    return f"{words} for {_minutes(now_ms - since_ms)}{on_hold}"


def _ringing(call: Json, now_ms: float) -> str:
    """Which ring it is and what to do about it."""
    ring = call["ring"]
    if not ring:
        return "is calling"
    cycle_ms = sum(ring["cadence_ms"]) or 1
    which = f"is calling, ring {int((now_ms - ring['started_ms']) // cycle_ms) + 1}"
    if ring["exempt"]:
        return f"{which}: lift at once ({ring['exempt'].replace('_', ' ')})"
    opens_s, closes_s = ((ring[edge] - now_ms) / 1000 for edge in ("opens_ms", "closes_ms"))
    if call["armed"]:
        return f"{which}: lifted, connected in {max(opens_s, 0):.0f} s"
    if opens_s > 0:
        return f"{which}: lift in {opens_s:.0f} s (lift now and it connects then)"
    if closes_s > 0:
        return f"{which}: LIFT NOW, {closes_s:.0f} s left"
    return f"{which}: late, lift at once"


def _party(party: Json) -> str:
    number = party["number"] or ("number withheld" if party["uri"] else "unknown caller")
    return f"{party['name']} ({number})" if party["name"] and party["name"] != number else str(number)


def _minutes(span_ms: float) -> str:
    minutes, rest = divmod(max(int(span_ms // 1000), 0), 60)
    return f"{minutes}:{rest:02d}"
