"""Wake-up calls: the machine calls a room, speaks, and waits for a key. No receptionist has a part in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.calls.states import State, Trigger
from phoneetiquette.errors import CallError
from phoneetiquette.ivr.wake_up import WakeUpTalk, WakeUpTalkState
from phoneetiquette.units import seconds

if TYPE_CHECKING:
    from phoneetiquette.calls.desk import Desk
    from phoneetiquette.calls.session import Session

LINES_LEFT = 1
"""So many lines a wake-up call leaves to those who call the desk; with a desk phone, which needs one too, one more."""
GOODBYE_NS = seconds(10)
"""After so long without a word of a call's end it is asked for again."""
_BUSY = frozenset({486, 600})
_NOT_THERE = frozenset({408, 480, 487})
"""What networks answer for a telephone that rings in vain: timeout, unavailable, cancelled."""


@dataclass(slots=True)
class WakeUpAttempt:
    """What a session knows of the wake-up call that it is an attempt of."""

    called: e.WakeUpCalled
    until_ns: int
    """It rings until then."""
    withdrawn: bool = False
    confirmed: bool = False
    timed_out: bool = False


class WakeUps:
    """The part of the desk that wakes guests."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.alarm = False
        """The desk is rung, for a guest whom nobody could wake."""

    def call(self, event: e.WakeUpCalled) -> None:
        """Call a room.

        Raises:
            CallError: that would take the last line, or it is being called already.
        """
        desk = self._desk
        if any(one.called.wake_up == event.wake_up for one in self._attempts()) or event.call in desk.sessions:
            raise CallError("the room is being called already")
        if desk.lines_in_use + 1 + LINES_LEFT + bool(desk.phone) > desk.settings.lines:
            raise CallError("no line is free for a wake-up call", "it is made as soon as one is")
        session = desk.open_outgoing(event.call, event.target, event.at_ns)
        session.to_agent = False
        session.wake_up = WakeUpAttempt(event, event.at_ns + seconds(event.rings_s))
        desk.do(c.Dial(call=event.call, target=event.target, to_agent=False, to_machine=True))

    def noted(self, event: e.WakeUpNoted) -> None:
        """It is not wanted any more: an attempt that is under way ends."""
        if event.what not in ("cancelled", "settled"):
            return
        for session in self._desk.sessions.values():
            if session.wake_up and session.live and session.wake_up.called.wake_up == event.wake_up:
                session.wake_up.withdrawn = True
                self._hang_up(session)

    # ------------------------------------------------------------------------------------------------------- facts

    def answered(self, session: Session, now_ns: int) -> None:
        session.move(Trigger.MENU_OPENED)
        session.with_machine = True
        session.heard = talk = WakeUpTalk()
        self._say(session, talk, session.wake_up.called.sounds if session.wake_up else (), now_ns)

    def pressed(self, session: Session, talk: WakeUpTalk, now_ns: int) -> None:
        attempt = session.wake_up
        if attempt and talk.pressed():
            attempt.confirmed = True
            self._say(session, talk, attempt.called.thanks, now_ns)

    def said(self, session: Session, talk: WakeUpTalk, now_ns: int) -> None:
        talk.said(now_ns)
        if talk.state is WakeUpTalkState.OVER:
            self._hang_up(session)

    def silent(self, session: Session, talk: WakeUpTalk, now_ns: int) -> None:
        talk.silent()
        if talk.state is WakeUpTalkState.OVER:
            self._hang_up(session)
        elif session.wake_up:
            self._say(session, talk, session.wake_up.called.sounds, now_ns)

    def cannot(self, session: Session, event: e.CommandFailed) -> None:
        """The engine could not do something with this call: nothing can be said in it, or there is none."""
        if not session.live:
            return
        if event.command == "Speak":
            self._hang_up(session)
        else:
            self._desk.lost(session, event.at_ns, "the telephone engine knows nothing of it")

    def ended(self, session: Session, event: e.CallEnded) -> None:
        """Tell how the attempt went."""
        attempt = session.wake_up
        if attempt is None:
            return
        tried = e.WakeUpTried(
            at_ns=event.at_ns,
            wake_up=attempt.called.wake_up,
            result=_result(session, attempt, event),
            call=session.call,
        )
        self._desk.emit(tried)

    # ------------------------------------------------------------------------------------------------------- time

    def deadline(self, session: Session) -> int | None:
        """When a room that does not answer has rung long enough."""
        attempt = session.wake_up
        return attempt.until_ns if attempt and session.state in (State.DIALLING, State.RINGING) else None

    def deadline_passed(self, session: Session, now_ns: int) -> None:
        if session.wake_up:
            session.wake_up.timed_out = True
            session.wake_up.until_ns = now_ns + GOODBYE_NS
            self._desk.do(c.Hangup(call=session.call, by="desk"))

    # ------------------------------------------------------------------------------------------------------- within

    def _attempts(self) -> list[WakeUpAttempt]:
        return [one.wake_up for one in self._desk.sessions.values() if one.wake_up and one.live]

    def _say(self, session: Session, talk: WakeUpTalk, sounds: tuple[str, ...], now_ns: int) -> None:
        session.prompt += 1
        self._desk.do(c.Speak(call=session.call, prompt=session.prompt, sounds=sounds))
        if not sounds:  # nobody will tell that it was said
            self.said(session, talk, now_ns)

    def _hang_up(self, session: Session) -> None:
        self._desk.do(c.Hangup(call=session.call, by="desk"))


def _result(session: Session, attempt: WakeUpAttempt, event: e.CallEnded) -> e.WakeUpResult:
    """How an attempt went, by its end."""
    if attempt.confirmed:
        return "confirmed"
    if attempt.withdrawn:
        return "withdrawn"
    if event.by in ("crash", "engine"):
        return "lost"
    if session.answered and not attempt.timed_out:  # lifted when it was given up already is too late
        return "hung_up" if event.by == "customer" else "unconfirmed"
    if attempt.timed_out or event.code in _NOT_THERE:
        return "no_answer"
    return "busy" if event.code in _BUSY else "failed"
