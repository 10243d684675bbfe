"""Carrying out commands with pjsua2. SIP thread only."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pjsua2 as pj

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.sip.call import SipCall, fill_headers
from phoneetiquette.sip.messages import text
from phoneetiquette.sip.phone_call import PhoneCall
from phoneetiquette.units import NS_PER_MS, seconds

if TYPE_CHECKING:
    from phoneetiquette.sip.engine import SipEngine

log = logging.getLogger(__name__)


class Executor:
    """One method for each command. ``pj.Error`` and ``KeyError`` (no such call) are the caller's to report."""

    def __init__(self, engine: SipEngine) -> None:
        self._engine = engine
        self._methods: dict[type[c.Command], Callable[[Any], None]] = {
            c.Answer: self._answer,
            c.Reject: self._reject,
            c.Hangup: self._hangup,
            c.Dial: self._dial,
            c.RingPhone: self._ring_phone,
            c.AskPhone: self._ask_phone,
            c.Hold: self._hold,
            c.Resume: self._resume,
            c.SendDigits: self._send_digits,
            c.TransferBlind: self._transfer_blind,
            c.TransferAttended: self._transfer_attended,
            c.Join: self._join,
            c.TakeMessage: self._take_message,
            c.Speak: self._speak,
            c.PlayMusic: self._play_music,
            c.Record: self._record,
            c.StopRecording: lambda wish: engine.stop_recording(engine.calls[wish.call]),
            c.SetMute: self._set_mute,
            c.SetBell: self._set_bell,
            c.AnnounceCaller: lambda wish: engine.sounds.announce(Path(wish.sound)),
            c.CancelKept: engine.cancel_kept,
            c.Ping: lambda _: engine.emit(e.EngineAlive(at_ns=time.monotonic_ns())),
            c.Shutdown: self._shutdown,
        }

    def carry_out(self, command: c.Command) -> None:
        self._methods[type(command)](command)

    def _answer(self, wish: c.Answer) -> None:
        engine = self._engine
        call = engine.calls[wish.call]
        if wish.only_if_free and any(one.role in ("agent", "conference") for one in engine.calls.values()):
            engine.failed("Answer", wish.call, "the agent is in another call")
            return
        if call.role != "phone":
            call.role = "agent" if wish.to_agent else "apart"
        if call.answered:  # by the machine
            engine.taken_over(call)
        else:
            call.answer(status(pj.PJSIP_SC_OK))
        if wish.warn:
            engine.sounds.warn()

    def _reject(self, wish: c.Reject) -> None:
        call = self._engine.calls[wish.call]
        call.ended_by = wish.by
        call.hangup(status(wish.code))

    def _hangup(self, wish: c.Hangup) -> None:
        call = self._engine.calls[wish.call]
        call.ended_by = wish.by
        call.hangup(status(_goodbye(call, pj.PJSIP_SC_BUSY_HERE)))

    def _dial(self, wish: c.Dial) -> None:
        engine = self._engine
        account = engine.endpoint.default_account()
        call = SipCall(engine, account, wish.call)
        call.to_agent = wish.to_agent
        if wish.to_machine:
            call.role = "machine"
        self._place(call, wish.target, pj.CallOpParam(True))

    def _ring_phone(self, wish: c.RingPhone) -> None:
        engine = self._engine
        phone = next((one for one in engine.settings.phones if one.address == wish.target), None)
        if phone is None:  # main has been started anew with another configuration
            now = time.monotonic_ns()
            engine.emit(e.CallEnded(at_ns=now, call=wish.call, by="peer", code=0, reason="not configured"))
            return
        call = PhoneCall(engine, engine.endpoint.account_for(phone), wish.call, phone)
        options = pj.CallOpParam(True)
        options.txOption.localUri = engine.endpoint.caller_shown(wish.caller, wish.caller_name)
        lines = (line.partition(":") for line in wish.headers)
        fill_headers(options.txOption, tuple((name, value.strip()) for name, _, value in lines))
        self._place(call, phone.target, options)

    def _ask_phone(self, wish: c.AskPhone) -> None:
        self._engine.phones.leg(wish.call).ask_to_talk()

    def _place(self, call: SipCall, target: str, options: pj.CallOpParam) -> None:
        engine = self._engine
        engine.calls[call.call] = call
        engine.emit(e.CallDialled(at_ns=time.monotonic_ns(), call=call.call, target=target))
        engine.sounds.wake()
        try:
            call.makeCall(engine.endpoint.routable(target), options)
        except pj.Error as error:
            if engine.calls.pop(call.call, None) is not None:
                now = time.monotonic_ns()
                reason = "all lines are in use" if error.status == _TOO_MANY else error.reason
                engine.emit(e.CallEnded(at_ns=now, call=call.call, by="peer", code=0, reason=reason))

    def _hold(self, wish: c.Hold) -> None:
        call = self._engine.calls[wish.call]
        if call.role in ("agent", "conference", "apart"):
            call.role, call.joined_to = "waiting", ""
            self._engine.left_conference()
        self._want_hold(call, True)

    def _resume(self, wish: c.Resume) -> None:
        call = self._engine.calls[wish.call]
        self._engine.give_headset(call)
        self._want_hold(call, False)

    def _want_hold(self, call: SipCall, wanted: bool) -> None:
        call.hold_wanted, call.hold_tries, call.hold_next_ns = wanted, 0, 0
        self._settle_hold(call, time.monotonic_ns())

    def settle_holds(self) -> None:
        """Renegotiate where a call is not held as wanted: what was asked for could not be negotiated at that moment."""
        now = time.monotonic_ns()
        for call in self._engine.calls.values():
            self._settle_hold(call, now)

    def _settle_hold(self, call: SipCall, now_ns: int) -> None:
        if call.hold_wanted == call.held[0] or not call.answered or call.ended or now_ns < call.hold_next_ns:
            return
        if call.getInfo().state != pj.PJSIP_INV_STATE_CONFIRMED:  # no ACK of our 200 yet
            call.hold_next_ns = now_ns + HOLD_SOON_NS
            return
        if call.hold_tries == HOLD_TRIES:
            self._engine.failed("Hold" if call.hold_wanted else "Resume", call.call, "the other side refuses")
            call.hold_wanted = call.held[0]
            return
        call.hold_tries += 1
        call.hold_next_ns = now_ns + HOLD_AGAIN_NS
        wish = pj.CallOpParam(True)
        try:
            if call.hold_wanted:
                call.setHold(wish)
            else:
                wish.opt.flag = pj.PJSUA_CALL_UNHOLD
                call.reinvite(wish)
        except pj.Error:  # the other side is renegotiating just now
            call.hold_next_ns = now_ns + HOLD_SOON_NS

    def _send_digits(self, wish: c.SendDigits) -> None:
        self._engine.calls[wish.call].dialDtmf(wish.digits)

    def _transfer_blind(self, wish: c.TransferBlind) -> None:
        call = self._engine.calls[wish.call]
        call.transfer_target, call.transfer_accepted = wish.target, False
        call.xfer(self._engine.endpoint.routable(wish.target), pj.CallOpParam(True))

    def _transfer_attended(self, wish: c.TransferAttended) -> None:
        call, other = self._engine.calls[wish.call], self._engine.calls[wish.to_call]
        call.transfer_target, call.transfer_accepted = text(other.getInfo().remoteUri), False
        if call.lacks("replaces") or other.lacks("replaces"):
            call.tell_transfer(0, "the phones cannot take over each other's calls", final=True, refused=True)
        else:
            call.xferReplaces(other, pj.CallOpParam(True))

    def _join(self, wish: c.Join) -> None:
        engine = self._engine
        one, other = engine.calls[wish.call], engine.calls[wish.other]
        for call in (one, other):
            call.role = "conference" if wish.with_agent else "apart"
            self._want_hold(call, False)
        if not wish.with_agent:
            one.joined_to, other.joined_to = other.call, one.call
        engine.sounds_changed()
        now = time.monotonic_ns()
        engine.emit(e.CallsJoined(at_ns=now, call=one.call, other=other.call, with_agent=wish.with_agent))

    def _take_message(self, wish: c.TakeMessage) -> None:
        engine = self._engine
        call = engine.calls[wish.call]
        call.role, call.joined_to = "message", ""
        self._want_hold(call, False)
        engine.left_conference()
        with self._message_file(call) as file:
            prompt_s = engine.sounds.begin_message(wish.call, wish.prompt, file)
        if not call.answered:
            call.answer(status(pj.PJSIP_SC_OK))
        engine.sounds_changed()
        ends_ns = time.monotonic_ns() + seconds(prompt_s + wish.limit_s)
        engine.post(c.Hangup(call=wish.call, by="desk", not_before_ns=ends_ns, slot=MESSAGE_SLOT))

    @contextmanager
    def _message_file(self, call: SipCall) -> Iterator[Path]:
        """Where the message of a call goes; that it cannot be kept there is told."""
        directory = Path(self._engine.settings.messages_dir)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            yield directory / f"{call.call}.wav"
        except (OSError, pj.Error) as error:
            why = error.strerror if isinstance(error, OSError) else error.reason
            what = f"no voice message can be recorded in {directory}: {why}"
            self._engine.messages_trouble(what, "check records.directory and its disk")
            raise

    def _speak(self, wish: c.Speak) -> None:
        engine = self._engine
        call = engine.calls[wish.call]
        engine.sounds.speaking.say(wish.call, wish.prompt, [Path(sound) for sound in wish.sounds])
        self._give_to_machine(call)
        call.music = False
        if not call.answered:
            call.answer(status(pj.PJSIP_SC_OK))

    def _play_music(self, wish: c.PlayMusic) -> None:
        call = self._engine.calls[wish.call]
        self._engine.sounds.speaking.be_quiet(wish.call)
        self._give_to_machine(call)
        call.music = True

    def _give_to_machine(self, call: SipCall) -> None:
        call.role, call.joined_to = "machine", ""
        self._want_hold(call, False)
        self._engine.left_conference()

    def _record(self, wish: c.Record) -> None:
        call = self._engine.calls[wish.call]
        with self._message_file(call) as file:
            self._engine.sounds.record(wish.call, file)
        self._engine.sounds_changed()

    def _set_mute(self, wish: c.SetMute) -> None:
        self._engine.sounds.clock.muted = wish.muted
        self._engine.sounds_changed()

    def _set_bell(self, wish: c.SetBell) -> None:
        self._engine.sounds.bell(wish.where)

    def _shutdown(self, wish: c.Shutdown) -> None:
        del wish
        try:
            for call in list(self._engine.calls.values()):
                call.ended_by = "engine"
                try:
                    call.hangup(status(_goodbye(call, pj.PJSIP_SC_SERVICE_UNAVAILABLE)))
                except pj.Error as error:  # it is ending by itself; the others shall be told all the same
                    log.warning("call %s does not hang up: %s", call.call, error.reason)
        finally:
            self._engine.stop()


MESSAGE_SLOT = "message"
"""Slot of the kept command that ends the longest message."""
HOLD_SOON_NS = 100 * NS_PER_MS
HOLD_AGAIN_NS = 2000 * NS_PER_MS
"""How long a renegotiation may take before it is tried again."""
HOLD_TRIES = 5
_TOO_MANY = 70010
"""``PJ_ETOOMANY``."""


def _goodbye(call: SipCall, refusal: int) -> int:
    """The code with which a call ends now; ``refusal`` is for a caller who still rings.

    Told of an answered call, too: the library takes one whose ACK is still under way for one that was declined (603).
    """
    if call.answered:
        return int(pj.PJSIP_SC_OK)
    return refusal if call.incoming else 0


def status(code: int) -> pj.CallOpParam:
    """Parameters of an answer or hang-up with this status (0: the usual one)."""
    parameters = pj.CallOpParam()
    parameters.statusCode = code
    return parameters
