"""What the receptionist can ask by dialling a code at the desk phone, or by a key of it that asks a URL. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from phoneetiquette import events as e
from phoneetiquette.errors import CallError, PhoneEtiquetteError
from phoneetiquette.etiquette.stages import Stage

_STAGES = (Stage.GREETING, Stage.CLARIFY, Stage.CHECK, Stage.CLOSE, Stage.PERMISSION)
DEFAULT_CODES: dict[str, str] = {
    **{f"*1{number}": f"stage {stage}" for number, stage in enumerate(_STAGES, 1)},
    **{f"*2{number}": f"topic {number}" for number in range(1, 10)},
    "*31": "message",
    "*40": "absent",
    "*41": "present",
    "*51": "lift",
}
"""Code -> what it asks. ``topic 3`` is the third of the dialplan, in its order. A dialplan's own codes come before
these, those of the seat's configuration before both."""

DIAL = "dial "
_PLAIN = frozenset({"message", "absent", "present", "lift"})


def checked(code: str, asks: str) -> None:
    """See that a line of the table makes sense.

    Raises:
        PhoneEtiquetteError: it does not.
    """
    if not code.startswith("*") or not code[1:].isdigit():
        raise PhoneEtiquetteError(f"{code!r} is no code", "write * and digits, such as *15")
    word, _, rest = asks.partition(" ")
    if asks in _PLAIN or (word in ("topic", "switch", "dial") and rest) or (word == "stage" and rest in list(Stage)):
        return
    known = "stage NAME, topic NAME, switch NAME, dial NUMBER, message, present, absent or lift"
    raise PhoneEtiquetteError(f"{code} asks for {asks!r}, which is not known", f"write {known}")


def wished(asks: str, topics: Sequence[str], now_ns: int, switched_on: Collection[str] = ()) -> e.Event:
    """The receptionist's wish of a code; ``dial`` is none, it is carried out as a call of the phone. ``topics`` are
    those of the dialplan, ``switched_on`` its switches that are on: a switch is turned over.

    Raises:
        CallError: the dialplan has no such topic.
    """
    word, _, rest = asks.partition(" ")
    match word:
        case "stage":
            return e.AgentMarkedStage(at_ns=now_ns, call=None, stage=rest)
        case "topic":
            return e.AgentChoseTopic(at_ns=now_ns, topic=topic_named(asks, topics))
        case "switch":
            return e.SwitchTurned(at_ns=now_ns, name=rest, on=rest not in switched_on)
        case "message":
            return e.AgentLeftToMachine(at_ns=now_ns)
        case "lift":
            return e.AgentLifted(at_ns=now_ns, by="phone")
        case _:
            return e.PresenceChanged(at_ns=now_ns, presence="absent" if word == "absent" else "present")


def topic_named(asks: str, topics: Sequence[str]) -> str:
    """The topic of ``topic NAME`` or ``topic NUMBER``; ``topics`` are those of the dialplan.

    Raises:
        CallError: it has not so many.
    """
    named = asks.partition(" ")[2]
    if not named.isdigit():
        return named
    if 0 < int(named) <= len(topics):
        return topics[int(named) - 1]
    raise CallError(f"the dialplan has no topic number {named}", f"it has {len(topics)}")


def reported(event: str, now_ns: int) -> e.Event | None:
    """The receptionist's wish in what a phone reports by its action URL; ``None``: the seat knows it by SIP."""
    wishes: Mapping[str, e.Event] = {
        "muted": e.AgentMuted(at_ns=now_ns, muted=True),
        "unmuted": e.AgentMuted(at_ns=now_ns, muted=False),
        "dnd_on": e.PresenceChanged(at_ns=now_ns, presence="absent"),
        "dnd_off": e.PresenceChanged(at_ns=now_ns, presence="present"),
    }
    return wishes.get(event)
