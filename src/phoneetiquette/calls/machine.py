"""The seat speaks to callers by itself: menus, announcements, messages. It decides; the engine speaks and records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.addresses import display_number
from phoneetiquette.calls.session import Session
from phoneetiquette.calls.states import State, Trigger
from phoneetiquette.errors import CallError
from phoneetiquette.ivr import message
from phoneetiquette.ivr.menu import Menu, MenuState
from phoneetiquette.ivr.message import MessageState, MessageTaking
from phoneetiquette.ivr.wake_up import WakeUpTalk
from phoneetiquette.problems import did_you_mean
from phoneetiquette.units import seconds

if TYPE_CHECKING:
    from phoneetiquette.calls.desk import Desk

SHORTEST_S = 1.0
"""A shorter recording is of somebody who has hung up, not a message."""


class Machine:
    """The part of the desk that speaks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # ------------------------------------------------------------------------------------------- what is said, asked

    def open_menu(self, session: Session, decided: e.RouteDecided, now_ns: int) -> None:
        """Let a menu speak, as the plan has decided."""
        before = session.heard
        heard = before.heard + 1 if decided.again and isinstance(before, Menu) else 1
        session.heard = Menu(decided.menu, decided.trail, heard, decided.wrong, seconds(decided.after_s))
        opened = e.MenuOpened(
            at_ns=now_ns, call=session.call, menu=decided.menu, language=decided.language, heard=heard
        )
        self._desk.emit(opened)
        self._speak_first(session, Trigger.MENU_OPENED, decided.sounds, now_ns)

    def announce(self, session: Session, decided: e.RouteDecided, now_ns: int) -> None:
        """Say something and end the call."""
        session.heard = None
        self._speak_first(session, Trigger.MENU_OPENED, decided.sounds, now_ns)

    def take_message(self, session: Session, service: str, topic: str, now_ns: int) -> None:
        """Ask the caller for a message."""
        self._begin_message(session, service, topic, now_ns)
        self._answers(session, Trigger.DEADLINE_MESSAGE, now_ns)
        self._do(session, self._taking(session).begin())

    def left(self, event: e.AgentLeftToMachine) -> None:
        """The receptionist leaves a customer to the machine."""
        held = (s.call for s in self._desk.sessions.values() if s.state is State.HELD and s.to_agent)
        session = self._desk.find(event.call or next(held, None), e.AgentLeftToMachine)
        guide = self._desk.routing.guide_of(session)
        if guide is None:
            raise CallError("this seat follows no dialplan", "name one in the configuration: dialplan: FILE")
        search = session.search
        offered = (offer.partition(" ") for offer in (search.offer if search else ()))
        service = event.service or next((name for verb, _, name in offered if verb == "message"), "")
        if event.service and event.service not in guide.services:
            raise CallError(
                f"the dialplan has no service {event.service!r}",
                did_you_mean(event.service, guide.services) if guide.services else "it has none",
            )
        self._desk.transfers.forget_wish(session)
        session.move(Trigger.LEFT_TO_MACHINE)
        session.holding = session.resuming = False
        session.with_machine = True
        self._begin_message(session, service, search.topic if search else "", event.at_ns)
        self._do(session, self._taking(session).begin())

    def _begin_message(self, session: Session, service: str, topic: str, now_ns: int) -> None:
        session.heard = self._new_message(session, service, topic)
        begun = e.MessageBegun(at_ns=now_ns, call=session.call, service=service, topic=topic, language=session.language)
        self._desk.emit(begun)

    def _new_message(self, session: Session, service: str, topic: str) -> MessageTaking:
        guide = self._desk.routing.guide_of(session)
        limit_ns = seconds(self._desk.settings.pickup.message_limit_s)
        said = guide.said_number(session.party) if guide else ""
        return MessageTaking(service, topic, session.language, limit_ns, said)

    def wait(self, session: Session) -> None:
        """The caller waits with the music while others are called, or the desk rings."""
        if session.with_machine and not session.music:
            session.music = True
            self._desk.do(c.PlayMusic(call=session.call))

    def _speak_first(self, session: Session, trigger: Trigger, sounds: tuple[str, ...], now_ns: int) -> None:
        self._answers(session, trigger, now_ns)
        self._speak(session, sounds)
        if not sounds:  # the text was a variable that is not known: nobody will tell that it was said
            self.prompt_ended(e.PromptEnded(at_ns=now_ns, call=session.call, prompt=session.prompt))

    def _answers(self, session: Session, trigger: Trigger, now_ns: int) -> None:
        self._desk.pickup.judge(session, now_ns, "diverted")
        session.move(trigger)
        session.with_machine = True

    def _speak(self, session: Session, sounds: tuple[str, ...]) -> None:
        session.prompt += 1
        session.music = False
        self._desk.do(c.Speak(call=session.call, prompt=session.prompt, sounds=sounds))

    def _do(self, session: Session, turns: Iterable[message.Turn]) -> None:
        desk = self._desk
        for turn in turns:
            match turn:
                case message.Say(phrases):
                    self._say(session, phrases)
                case message.Record():
                    desk.do(c.Record(call=session.call))
                case message.StopRecording():
                    desk.do(c.StopRecording(call=session.call))
                case message.HangUp():
                    desk.do(c.Hangup(call=session.call, by="desk"))

    def _say(self, session: Session, phrases: tuple[str, ...]) -> None:
        guide = self._desk.routing.guide_of(session)
        self._speak(session, tuple(guide.voice.phrase(one, session.language) for one in phrases) if guide else ())

    def _taking(self, session: Session) -> MessageTaking:
        assert isinstance(session.heard, MessageTaking)
        return session.heard

    # ------------------------------------------------------------------------------------------------------- facts

    def takes_keys(self, call: e.CallId | None) -> bool:
        """Whether what is typed in this call is meant for the machine."""
        session = self._desk.sessions.get(call or "")
        return session is not None and session.state in (State.MENU, State.MESSAGE)

    def digit(self, event: e.DigitReceived) -> None:
        session = self._desk.sessions.get(event.call)
        if session is None or not session.keypad.press(event.digit, event.method, event.at_ns):
            return
        match session.heard:
            case Menu() as menu if session.state is State.MENU and menu.state is not MenuState.LEFT:
                self._desk.routing.in_menu(session, menu.pressed(event.digit), event.at_ns)
            case MessageTaking() as taking if session.state is State.MESSAGE:
                self._do(session, taking.pressed(event.digit, event.at_ns))
            case WakeUpTalk() as talk:
                self._desk.wake_ups.pressed(session, talk, event.at_ns)
            case _:
                pass

    def prompt_ended(self, event: e.PromptEnded) -> None:
        session = self._desk.sessions.get(event.call)
        if session is None or session.prompt != event.prompt:
            return
        match session.heard:
            case Menu() as menu if session.state is State.MENU and menu.state is MenuState.SPEAKING:
                menu.said(event.at_ns)
            case MessageTaking() as taking if session.state is State.MESSAGE:
                self._do(session, taking.said(event.at_ns))
            case WakeUpTalk() as talk:
                self._desk.wake_ups.said(session, talk, event.at_ns)
            case None if session.state is State.MENU:
                self._desk.do(c.Hangup(call=session.call, by="desk"))
            case _:
                pass

    def recorded(self, event: e.RecordingFinished) -> None:
        session = self._desk.sessions.get(event.call)
        if session:
            session.recording = event

    def deadline(self, session: Session) -> int | None:
        """When what is waited for in a menu, or for a message, has been waited for long enough."""
        if session.state not in (State.MENU, State.MESSAGE) or session.heard is None:
            return None
        return session.heard.deadline_ns

    def deadline_passed(self, session: Session, now_ns: int) -> None:
        match session.heard:
            case Menu() as menu:
                self._desk.routing.in_menu(session, menu.silent(), now_ns)
            case MessageTaking() as taking:
                self._do(session, taking.time_passed())
            case WakeUpTalk() as talk:
                self._desk.wake_ups.silent(session, talk, now_ns)
            case None:
                pass

    def cannot_speak(self, session: Session, event: e.CommandFailed) -> None:
        """What was to be said cannot be played: a message is taken with the built-in prompt, never silence. Where the
        caller has left one already, that is kept, and the call ends."""
        if session.state is State.MENU:
            session.move(Trigger.MENU_LEFT)
            session.move(Trigger.DEADLINE_MESSAGE)
        elif session.state is not State.MESSAGE:
            return
        elif isinstance(session.heard, MessageTaking) and session.heard.recorded:
            self._desk.do(c.Hangup(call=session.call, by="desk"))
            return
        if not isinstance(session.heard, MessageTaking):
            self._begin_message(session, "", "", event.at_ns)
        self._taking(session).state, self._taking(session).deadline_ns = MessageState.ALONE, None
        self._desk.pickup.record_message(session)

    def cannot_record(self, session: Session) -> None:
        """What the caller would say now is lost (the disk is full): go on to the number, so that they can be called."""
        taking = session.heard
        if isinstance(taking, MessageTaking) and taking.state is MessageState.RECORDING:
            self._do(session, taking.time_passed())

    def alone(self, session: Session) -> None:
        """The engine takes a message by itself, as the seat's own configuration says."""
        session.heard = self._new_message(session, "", "")
        session.heard.state = MessageState.ALONE

    def taken_over(self, session: Session) -> None:
        """A person has the call now."""
        session.with_machine = session.music = False
        session.heard = None

    def ended(self, session: Session, event: e.CallEnded) -> None:
        """Whoever has left a message is owed an answer, however far they have come with it."""
        recording, taking = session.recording, session.heard
        spoken_s = recording.duration_s - recording.prompt_s if recording else 0.0
        session.heard = None
        if not isinstance(taking, MessageTaking) or not (spoken_s >= SHORTEST_S or taking.read_back or taking.given):
            return
        guide = self._desk.routing.guide_of(session)
        known = taking.given or session.party
        self._desk.emit(
            e.MessageTaken(
                at_ns=event.at_ns,
                call=session.call,
                message=f"{session.call}-voice",
                by="caller",
                service=taking.service,
                topic=taking.topic,
                name=session.party_name,
                phone=guide.number(known) if guide else display_number(known),
                language=session.language,
                file=recording.file.rpartition("/")[2] if recording else "",
                duration_s=round(spoken_s, 3),
                read_back=taking.read_back,
            )
        )
