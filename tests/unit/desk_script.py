"""Scenes at the desk as tables in virtual time: what happens on the left, what the desk makes of it on the right.

A row is ``seconds | what happens | what the desk makes of it, in order | all calls and their states``. An empty third
cell means that nothing comes of it; an empty fourth, that all calls are as they were. A row with an empty first cell
goes on with the one above. Nothing may be left out. :func:`event` and :func:`told` define the words.

Every scene is also told to a second desk from the journal, which must end in the same state (that is how a restarted
seat recovers), and every message goes through its wire form.
"""

from __future__ import annotations

import copy
import difflib
from typing import Any, Literal

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette import wire
from phoneetiquette.calls.desk import Desk, Effects
from phoneetiquette.calls.guide import Guide
from phoneetiquette.calls.phone_settings import AUTO_ANSWER, PhoneSettings
from phoneetiquette.calls.settings import DeskSettings
from phoneetiquette.errors import CallError
from phoneetiquette.etiquette.cadence import country
from phoneetiquette.etiquette.policy import DeadlineAction, PickupPolicy, Presence
from phoneetiquette.units import NS_PER_S, seconds

ZERO_NS = seconds(5_000_000)
PBX = "sip:{}@pbx"
DESK_PHONE, SECOND_PHONE = "sip:201@phone", "sip:202@phone"
OVERFLOW = DeadlineAction("overflow", PBX.format("night"))
MESSAGE = DeadlineAction("message")
NONE = DeadlineAction("none")


def new_desk(
    code: str = "AT",
    presence: Presence = "present",
    auto_lift: Literal["off", "second_ring", "third_ring"] = "off",
    guide: Guide | None = None,
    **policy: Any,
) -> Desk:
    """A desk in Austria (window from 7 to 13 s) that connects at the deadline, unless told otherwise."""
    return Desk(DeskSettings(country(code), PickupPolicy(country=code, **policy), presence, auto_lift), guide)


def phone_desk(
    code: str = "AT",
    *,
    vendor: bool = False,
    auto_answer: bool = True,
    second: bool = False,
    guide: Guide | None = None,
    **policy: Any,
) -> Desk:
    """A desk with a phone (or two) and a policy as :func:`new_desk` has it; its leg for call A is ``A-phone1``."""
    phones = tuple(
        PhoneSettings(address=address, vendor_command=vendor, auto_answer_headers=AUTO_ANSWER if auto_answer else ())
        for address in ((DESK_PHONE, SECOND_PHONE) if second else (DESK_PHONE,))
    )
    return Desk(DeskSettings(country(code), PickupPolicy(country=code, **policy), phones=phones), guide)


def scene(table: str, desk: Desk | None = None) -> Desk:
    """Play ``table`` at a fresh ``desk`` and hold what it makes of it against the table; the desk as it is then."""
    desk = desk or new_desk()
    twin = Desk(desk.settings, desk.routing.guide)
    journal: list[e.Event] = []
    expected: list[str] = []
    actual: list[str] = []
    for at, what, wanted, states in _rows(table):
        made = _play(desk, at, what, journal)
        expected.append(f"{at} | {what} | {wanted} | {states or _last(expected)}")
        actual.append(f"{at} | {what} | {made} | {_states(desk)}")
    if actual != expected:
        raise AssertionError("not as the table says:\n" + "\n".join(difflib.ndiff(expected, actual)))
    for message in journal:
        assert wire.decode(wire.encode(message)) == message
    twin.replay(journal)
    assert remembered(twin) == remembered(desk)
    return desk


def _rows(table: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for line in filter(None, map(str.strip, table.splitlines())):
        cells = [cell.strip() for cell in line.split("|")]
        if cells[0]:
            rows.append(cells)
        else:
            rows[-1] = [f"{above} {more}".strip() for above, more in zip(rows[-1], cells, strict=True)]
    return rows


def remembered(desk: Desk) -> Any:
    """Everything a desk remembers, as a copy."""
    return copy.deepcopy((desk.sessions, desk.phone.legs, desk.presence, desk.muted, desk.headset, desk.as_snapshot()))


def _play(desk: Desk, at: str, what: str, journal: list[e.Event]) -> str:
    at_ns = moment(at)
    if what == "wait":
        effects = desk.advance(at_ns)
        journal += effects.events
        return told(effects)
    happened = event(at_ns, what)
    effects = desk.before(happened)
    journal += effects.events
    before = remembered(desk)
    try:
        then = desk.handle(happened)
    except CallError as error:
        assert remembered(desk) == before
        return f"refused: {error.what}"
    journal += [happened, *then.events]
    return told(Effects(effects.events + then.events, effects.commands + then.commands))


def _last(lines: list[str]) -> str:
    return lines[-1].split("|")[3].strip() if lines else "none"


def _states(desk: Desk) -> str:
    return ", ".join(f"{session.call} {session.state}" for session in desk.sessions.values()) or "none"


def moment(text: str) -> int:
    """Seconds of a scene as a moment."""
    return ZERO_NS + round(float(text) * NS_PER_S)


def _second(at_ns: int) -> str:
    return f"{(at_ns - ZERO_NS) / NS_PER_S:g}"


def event(at_ns: int, what: str) -> e.Event:
    """What the words of a row mean."""
    at: dict[str, Any] = {"at_ns": at_ns}
    match what.split():
        case [call, "arrives", *how]:
            called = how[1] if how[:1] == ["for"] else "desk"
            return e.CallArrived(
                **at,
                call=call,
                caller=PBX.format(call),
                caller_name="",
                called=f"sip:{called}@seat",
                peer="192.0.2.1:5060",
                sip_call_id=call,
                auto_answer=how == ["asking", "to", "be", "answered"],
            )
        case [call, "rings"]:
            return e.AlertingStarted(**at, call=call, ringback="remote")
        case [call, "rings", "there", *how]:
            talk = how == ["allowing", "talk"]
            return e.PeerAlerting(**at, call=call, code=180, early_media=False, allows_talk=talk)
        case ["phone", "dials", "for", asks]:
            return e.PhoneCalled(
                **at, call="p", phone=DESK_PHONE, dialled="*", asks=asks, peer="192.0.2.1:5060", sip_call_id="p"
            )
        case [leg, "carries", "out", "its", "code"]:
            return e.PhoneCodeCarriedOut(**at, call=leg, done=True)
        case ["phone", "dials", number, *how]:
            target = "" if how == ["in", "vain"] else PBX.format(number)
            return e.PhoneCalled(
                **at, call="p", phone=DESK_PHONE, dialled=number, target=target, peer="192.0.2.1:5060", sip_call_id="p"
            )
        case [leg, "says", code, "to", asked]:
            return e.PhoneReplied(**at, call=leg, asked=asked, code=int(code))  # type: ignore[arg-type]
        case [leg, "transfers", "to", "leg", other]:
            return e.PhoneReferred(**at, call=leg, dialled="x", to_leg=other)
        case [leg, "transfers", "to", number, *how]:
            target = "" if how == ["in", "vain"] else PBX.format(number)
            return e.PhoneReferred(**at, call=leg, dialled=number, target=target)
        case [leg, "vanishes"]:
            return e.PhoneLost(**at, call=leg)
        case [call, "placed"]:
            return e.CallDialled(**at, call=call, target=PBX.format(call))
        case [call, "answered"]:
            return e.CallAnswered(**at, call=call)
        case [call, "has", "sound"]:
            return e.MediaStarted(**at, call=call, codec="G722", rate_hz=16000, encrypted=False)
        case [call, "held" | "unheld" as how]:
            return e.HoldChanged(**at, call=call, by_us=how == "held", by_peer=False)
        case [call, "holds" | "releases" as how, "us"]:
            return e.HoldChanged(**at, call=call, by_us=False, by_peer=how == "holds")
        case [call, "leaves"]:
            return e.CallEnded(**at, call=call, by="customer", code=200, reason="")
        case [call, "is", "lost"]:
            return e.PeerLost(**at, call=call)
        case [who, "is", "seen", state]:
            return e.PersonSeen(**at, who=who, state=state, package="dialog")  # type: ignore[arg-type]
        case [call, "refuses", code]:
            return e.CallEnded(**at, call=call, by="peer", code=int(code), reason="Busy Here")
        case [call, "ended", "by", by]:
            return e.CallEnded(**at, call=call, by=by, code=200, reason="")  # type: ignore[arg-type]
        case [call, "referred", code, *how]:
            final, refused = "refused" in how or "finally" in how, "refused" in how
            target = PBX.format("specialist")
            return e.TransferProgressed(
                **at, call=call, target=target, code=int(code), reason="", final=final, refused=refused
            )
        case [call, "and", other, "joined" | "conferring" as how]:
            return e.CallsJoined(**at, call=call, other=other, with_agent=how == "conferring")
        case [call, "cannot", command]:
            return e.CommandFailed(**at, command=command, call=call, what="it failed")
        case [call, "measured", *how]:
            return e.MeasuresTaken(**at, call=call, measures={"duration_s": 1.0}, final=how == ["finally"])
        case [call, "presses", key, *how]:
            method = how[0] if how else "rfc4733"
            return e.DigitReceived(**at, call=call, digit=key, method=method)  # type: ignore[arg-type]
        case [call, "heard", prompt]:
            return e.PromptEnded(**at, call=call, prompt=int(prompt))
        case [call, "recorded", length]:
            return e.RecordingFinished(**at, call=call, file=f"messages/{call}.wav", duration_s=float(length))
        case ["engine", "lost"]:
            return e.EngineLost(**at, pid=1, status="signal 11")
        case ["engine", "starts", *calls]:
            return e.EngineStarted(**at, pid=1, listening=(), build="", calls=tuple(calls))
        case ["lift", *call]:
            return e.AgentLifted(**at, call=_one(call))
        case ["put", "down", call]:
            return e.AgentPutDown(**at, call=call)
        case ["hang", "up", *call]:
            return e.AgentHungUp(**at, call=_one(call))
        case ["hold", *call]:
            return e.AgentHeld(**at, call=_one(call))
        case ["resume", *call]:
            return e.AgentResumed(**at, call=_one(call))
        case ["mute" | "unmute" as how]:
            return e.AgentMuted(**at, muted=how == "mute")
        case ["dial", call]:
            return e.AgentDialled(**at, call=call, target=PBX.format(call))
        case ["send", digits, *call]:
            return e.AgentSentDigits(**at, call=_one(call[1:]), digits=digits)
        case ["refer", *call, "to", target]:
            return e.AgentTransferred(**at, call=_one(call), target=PBX.format(target))
        case ["topic", topic, *call]:
            return e.AgentChoseTopic(
                **at,
                call=_one(call),
                topic=topic.rstrip("!+"),
                escalate=topic.endswith("!"),
                conference=topic.endswith("+"),
            )
        case ["put", "through", *calls]:
            return e.AgentTransferred(**at, call=_one(calls[:1]), to_call=_one(calls[2:]))
        case ["machine", *call]:
            service = call.pop() if "for" in call else ""
            return e.AgentLeftToMachine(**at, call=_one(call), service=service)
        case ["switch", name, "on" | "off" as how]:
            return e.SwitchTurned(**at, name=name, on=how == "on")
        case [who, "is", "present" | "absent" | "do_not_disturb" as presence]:
            return e.PersonMarked(**at, who=who, presence=presence)
        case ["confer", *call]:
            return e.AgentConferenced(**at, call=_one(call))
        case ["stage", stage, *call]:
            return e.AgentMarkedStage(**at, call=_one(call[1:]), stage=stage)
        case ["wrap", "up", call]:
            return e.AgentWrappedUp(**at, call=call, note="was glad")
        case ["absent" | "present" | "break" as presence]:
            return e.PresenceChanged(**at, presence=presence)
    raise ValueError(f"no words of a scene: {what!r}")


def _one(call: list[str]) -> str | None:
    return call[0] if call else None


def told(effects: Effects) -> str:
    """What the desk made of something, in words: its events, then its commands."""
    return "; ".join([_told_event(one) for one in effects.events] + [_told_command(one) for one in effects.commands])


def _told_event(made: e.Event) -> str:
    match made:
        case e.RingPlanned():
            words = f"{made.call} window {_second(made.opens_ns)}..{_second(made.closes_ns)} {made.exempt}"
        case e.CallArmed():
            words = f"{made.call} armed for {_second(made.connects_ns)}"
        case e.CallDisarmed():
            words = f"{made.call} disarmed"
        case e.DeadlinePassed():
            words = f"{made.call} deadline: {made.action} {made.target}"
        case e.PickupJudged():
            margins = f"{made.after_open_ms:+g}/{made.before_close_ms:+g} ms"
            words = f"{made.call} {made.verdict} in ring {made.ring} {margins} {made.exempt}"
        case e.CallEnded():
            words = f"{made.call} ended by {made.by}"
        case e.CallClosed():
            words = f"{made.call} closed" + (", with a note" if made.notes else "")
        case e.RouteDecided(kind="call"):
            words = f"{made.call} plan: {'+'.join(one['who'] for one in made.attempts)}"
        case e.RouteDecided(kind="menu"):
            words = f"{made.call} plan: menu {made.menu}"
        case e.RouteDecided(asked="arrival" | "deadline" | "key" | "silence"):
            words = f"{made.call} plan: {made.kind} {made.service}"
        case e.MenuOpened():
            words = f"{made.call} hears {made.menu}" + (f" for the {made.heard}. time" if made.heard > 1 else "")
        case e.MessageBegun():
            words = f"{made.call} asked for a message {made.service}"
        case e.MessageTaken():
            confirmed = " confirmed" if made.read_back else ""
            words = f"{made.call} message of {made.duration_s:g} s for {made.service or 'desk'} from {made.phone}"
            words += confirmed
        case e.RouteDecided():
            words = f"{made.call} plan: back to desk, or {' or '.join(made.offer) or 'nothing'}"
        case e.AttemptBegun():
            words = f"{made.call} tries {made.who}" + (" first" if made.announced else "")
        case e.AttemptEnded():
            words = f"{made.call} {made.who}: {made.result}"
        case e.SearchEnded():
            words = f"{made.call} search: {made.result}"
        case e.WrapUpEnded():
            words = f"{made.call} written up by {made.by}"
        case e.PhoneLegBegun():
            words = f"{made.call} {made.how} {made.leg}"
        case e.PhoneActed():
            words = f"{made.call} {made.what} at {made.leg}"
        case e.PhoneAsked():
            words = f"{made.call} asks {made.leg}: {made.how}"
        case e.PhoneAskEnded():
            words = f"{made.call} {made.how}: {made.result}"
        case e.PhoneUnavailable():
            words = f"{made.call} phone {made.state}"
        case e.TransferProgressed(final=True):
            words = f"{made.call} not transferred: {made.code} {made.reason}"
        case _:
            raise AssertionError(f"the desk does not make {made}")
    return words.rstrip()


def _told_command(command: c.Command) -> str:
    match command:
        case c.Answer():
            how = [
                *([f"at {_second(command.not_before_ns)}"] if command.not_before_ns else []),
                *(["apart"] if not command.to_agent else []),
                *(["warning"] if command.warn else []),
                *(["if free"] if command.only_if_free else []),
            ]
            words = " ".join(["answer", command.call, *how])
        case c.Reject():
            words = f"reject {command.call} {command.code}"
        case c.Hangup():
            words = f"hang up {command.call} by {command.by}"
        case c.Dial():
            words = f"dial {command.call} {command.target}" + ("" if command.to_agent else " apart")
        case c.RingPhone():
            at_second = "" if command.target == DESK_PHONE else " second"
            words = f"ring{at_second} {command.call}" + (" to answer" if command.headers else "")
        case c.AskPhone():
            words = f"talk {command.call}"
        case c.PressPhone():
            words = f"press {command.call}"
        case c.Hold() | c.Resume():
            words = f"{type(command).__name__.lower()} {command.call}"
        case c.SendDigits():
            words = f"send {command.digits} in {command.call}"
        case c.TransferBlind():
            words = f"refer {command.call} to {command.target}"
        case c.TransferAttended():
            words = f"refer {command.call} to call {command.to_call}"
        case c.Join():
            words = f"join {command.call} and {command.other}" + (" with agent" if command.with_agent else "")
        case c.Speak():
            words = f"say {'+'.join(command.sounds) or 'nothing'} to {command.call}"
        case c.PlayMusic():
            words = f"music for {command.call}"
        case c.Record():
            words = f"record {command.call}"
        case c.StopRecording():
            words = f"stop recording {command.call}"
        case c.TakeMessage():
            words = f"message {command.call} {command.prompt}".rstrip()
        case c.SetMute():
            words = "mute" if command.muted else "unmute"
        case c.SetBell():
            words = f"bell {command.where}"
        case c.CancelKept():
            words = f"forget {command.call}"
        case _:
            raise AssertionError(f"the desk does not send {command}")
    return words
