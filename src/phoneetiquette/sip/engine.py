"""The SIP engine: one thread that owns the library, carries out commands and tells what happens.

The thread polls the library. It wakes for a SIP message, for a command, and for the moment of a kept command; the last
millisecond before such a moment is spun through, because the library's timeout counts in whole ones.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pjsua2 as pj

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.sip import messages
from phoneetiquette.sip.call import Graveyard, SipCall, sound_of
from phoneetiquette.sip.endpoint import Account, SipEndpoint
from phoneetiquette.sip.executor import MESSAGE_SLOT, Executor, status
from phoneetiquette.sip.floodgate import MOST, Floodgate
from phoneetiquette.sip.io_queues import Waker
from phoneetiquette.sip.kept import KeptCommands
from phoneetiquette.sip.native import calls_in_library, give_back_memory
from phoneetiquette.sip.peers import PeerList
from phoneetiquette.sip.phone_call import PhoneCall
from phoneetiquette.sip.phones import Phones
from phoneetiquette.sip.reachability import Reachability
from phoneetiquette.sip.realtime import prefer_this_thread
from phoneetiquette.sip.settings import EngineSettings
from phoneetiquette.units import NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    from phoneetiquette.sip.measuring import Measuring
    from phoneetiquette.sip.pace_keeper import PaceKeeper
    from phoneetiquette.sip.sounds import Recording, Samples, Sounds

log = logging.getLogger(__name__)

ENDING_POLL_MS = 20
"""While the file of a message is being completed."""
IDLE_POLL_MS = 250
STARTING_POLL_MS = 17
FLOOD_PAUSE_MS = 5
REST_AFTER_NS = 2 * NS_PER_S
"""How long the clock goes on after the last call, so that the library can finish what it does in ticks."""
PULSE_EVERY_NS = NS_PER_S
GOODBYE_NS = 1 * NS_PER_S
"""How long a stopping engine waits for the answers to its goodbyes."""
MESSAGE_TAIL_S = 1.0
"""What may be missing at the end of a voice message: the clock starts, and writes, in steps."""
EDGE_PEER = "X-Edge-Peer"
"""Header field in which the edge tells whom a message came from."""
EDGE_SOUND = "X-Edge-Sound"
"""Header field in which the edge tells that the sound described is encrypted outside."""


class SipEngine:
    """All methods run on the SIP thread, but for :meth:`post`, which any thread may call."""

    def __init__(self, settings: EngineSettings, emit: Callable[[e.Event], None]) -> None:
        self.settings = settings
        self.emit = emit
        self.endpoint = SipEndpoint(settings, self)
        self.calls: dict[e.CallId, SipCall] = {}
        self.reachability = Reachability(settings, self.endpoint, emit)
        self._peers = PeerList(settings.peers, self.reachability.registrar_addresses)
        self._auto_answer_from = PeerList(settings.auto_answer_from)
        self._refer_from = PeerList(settings.refer_from)
        self.phones = Phones(self)
        self._graveyard = Graveyard()
        self._inbox: deque[c.Command] = deque()
        self._arrivals: deque[tuple[SipCall, str, str]] = deque()
        self._recordings: list[e.CallId] = []
        """Calls whose recording was stopped while they go on, and whose file is not complete yet."""
        self._endings: deque[tuple[SipCall, int, int, str]] = deque()
        self._unwelcome: deque[tuple[SipCall, int]] = deque()
        self._unsettled: deque[SipCall] = deque()
        self._kept = KeptCommands()
        self._floodgate = Floodgate()
        self._leave_by_ns = 0
        self._quiet_since_ns = self._pulse_ns = 0
        self._dirty = False
        self._furnished = False
        self._waker: Waker | None = None
        self.sounds: Sounds
        self.measuring: Measuring
        self._pace: PaceKeeper
        self._measured: tuple[e.CallId, ...] = ()
        self._messages_troubled = False
        self._executor = Executor(self)

    # ----------------------------------------------------------------------------------------------------- the loop

    def open(self) -> None:
        """Start the library.

        Raises:
            EngineError: see :meth:`SipEndpoint.open`.
        """
        self.endpoint.open()
        self.reachability.open()
        self._waker = Waker()

    def poll_while(self, thread: threading.Thread) -> None:
        """Before :meth:`furnish`: callers who come already get their 180, all else has to wait."""
        while thread.is_alive():
            self.endpoint.library.libHandleEvents(STARTING_POLL_MS)

    def furnish(self, sounds: Sounds, measuring: Measuring, pace: PaceKeeper) -> None:
        """What a call needs once it is answered. Before :meth:`run`."""
        self.sounds, self.measuring, self._pace = sounds, measuring, pace
        self._furnished = True
        give_back_memory()

    def run(self) -> None:
        """Poll until told to shut down, and then until the goodbyes are answered. Blocks."""
        prefer_this_thread()
        assert self._waker
        while not self._leave_by_ns or (self._awaits_answers() and time.monotonic_ns() < self._leave_by_ns):
            if self._floodgate.holds(time.monotonic_ns()):
                if not self._inbox:
                    self._pause_until_due()
            else:
                self.endpoint.library.libHandleEvents(self._patience_ms())
            self._waker.rearm()
            self._turn_away()
            while self._arrivals:
                self._tell_arrival(*self._arrivals.popleft())
            self._settle_media()
            self._tell_endings()
            while self._inbox:
                self._take(self._inbox.popleft())
            self._execute_due()
            self._settle_media()
            self._speak_on()
            self._executor.settle_holds()
            self._feel_pulses(time.monotonic_ns())
            if self._dirty:
                self._dirty = False
                self._patch()
            if self._graveyard:
                self._graveyard.reap({call.getId() for call in self.calls.values()})
            self._rest_or_pace()
            self.reachability.turn(time.monotonic_ns())
        for call in list(self.calls.values()):
            self._tell_end(call, time.monotonic_ns(), 0, "the seat stopped")

    def close(self) -> None:
        """After :meth:`run`: say goodbye to the network and let go of everything."""
        self.measuring.end()
        self.sounds.end()
        self.endpoint.close()

    def post(self, command: c.Command) -> None:
        """Hand over a command. Any thread."""
        self._inbox.append(command)
        if self._waker:
            self._waker.wake()

    def _patience_ms(self) -> int:
        if self._inbox:
            return 0
        now_ns = time.monotonic_ns()
        wait_ms = IDLE_POLL_MS
        if self.calls:
            wait_ms = min(wait_ms, (self._pace.next_ns - now_ns) // NS_PER_MS + 1)
        if self._endings or self._recordings:
            wait_ms = min(wait_ms, ENDING_POLL_MS)
        if self._furnished and (due_ns := self.sounds.speaking.next_ns(self._spoken_to())) is not None:
            wait_ms = min(wait_ms, (due_ns - now_ns) // NS_PER_MS + 1)
        kept_ns = self._kept.next_ns()
        if kept_ns is not None:
            wait_ms = min(wait_ms, (kept_ns - now_ns) // NS_PER_MS)
        return max(0, wait_ms)

    def _pause_until_due(self) -> None:
        """Sleep a little, but not past the moment of a kept command."""
        due, pause_ms = self._kept.next_ns(), FLOOD_PAUSE_MS
        if due is not None:
            pause_ms = max(0, min(pause_ms, (due - time.monotonic_ns()) // NS_PER_MS))
        time.sleep(pause_ms / 1000)

    def _take(self, command: c.Command) -> None:
        if command.not_before_ns > time.monotonic_ns():
            self._kept.keep(command)
        else:
            self._kept.replaced_by(command)
            self._execute(command)

    def _execute_due(self) -> None:
        while (command := self._kept.due(time.monotonic_ns())) is not None:
            self._execute(command)

    def _execute(self, command: c.Command) -> None:
        name = type(command).__name__
        call = command.call if isinstance(command, c.CallCommand) else None
        try:
            if call is not None and call in self.calls and self.calls[call].ended:
                raise KeyError(call)  # its end waits to be told, and its slot may be of another call already
            self._executor.carry_out(command)
        except pj.Error as error:
            self.failed(name, call, error.reason)
        except KeyError:
            self.failed(name, call, "the call is over")
        except (PhoneEtiquetteError, OSError) as error:
            self.failed(name, call, str(error))

    def cancel_kept(self, wish: c.CancelKept) -> None:
        self._kept.cancel(wish)

    def _awaits_answers(self) -> bool:
        return bool(self.calls) or self.endpoint.registered or calls_in_library() > 0

    def stop(self) -> None:
        """End :meth:`run` as soon as no call is left, or the goodbyes have had their time."""
        self.endpoint.register(False)
        self._leave_by_ns = time.monotonic_ns() + GOODBYE_NS

    def failed(self, command: str, call: e.CallId | None, what: str) -> None:
        self.emit(e.CommandFailed(at_ns=time.monotonic_ns(), command=command, call=call, what=what))

    def _feel_pulses(self, now_ns: int) -> None:
        """Notice desk phones that are gone, and whoever talks through the seat without the agent to notice it."""
        if now_ns >= self._pulse_ns:
            self._pulse_ns = now_ns + PULSE_EVERY_NS
            for call in self.calls.values():
                if call.role == "phone" or call.joined_to:
                    call.feel_pulse(now_ns)

    def _rest_or_pace(self) -> None:
        now = time.monotonic_ns()
        if self.calls:
            self._quiet_since_ns = now
            self._pace.keep(now, [call for call in self.calls.values() if call.media_up and not call.ended])
        elif self.sounds.clock.ticking and now - self._quiet_since_ns > REST_AFTER_NS:
            self.sounds.rest()
            give_back_memory()

    # ------------------------------------------------------------------------------------------------- from the network

    def on_invite(self, account: Account, slot: int, source: str, message: str) -> None:
        """A new INVITE: turn away, or let it ring."""
        self._turn_away()
        sender, source = source, self.sender(source, message)
        self._floodgate.passed(time.monotonic_ns())
        while self._floodgate.holds(time.monotonic_ns(), MOST):
            # The library goes on with the next INVITE when we return. Callers whose moment comes do not wait for that.
            self._pause_until_due()
            self._execute_due()
        phone = self.phones.that_sent(source, message)
        name = uuid.uuid4().hex
        call = (
            PhoneCall(self, account, name, phone, slot, source) if phone else SipCall(self, account, name, slot, source)
        )
        call.encrypted_outside = self.encrypted_outside(sender, message)
        refusal = self._refusal(sender, of_phone=phone is not None)
        if refusal:
            code, reason = refusal
            self._graveyard.bury(slot, call)
            call.ended = True
            if call.getInfo().state == pj.PJSIP_INV_STATE_NULL:
                call.hangup(status(code))  # when the callback is over
            else:
                self._unwelcome.append((call, code))
            self._tell_refused(call.call, source, message, code, reason)
            return
        self.calls[call.call] = call
        # The library sends what is answered inside this callback when the callback is over, so all else comes later.
        remote = self.settings.ringback == "remote" or phone is not None
        call.answer(status(pj.PJSIP_SC_RINGING if remote else pj.PJSIP_SC_PROGRESS))
        self._arrivals.append((call, source, message))

    def _turn_away(self) -> None:
        """Refuse those that came without an offer: in their own callback the library would end them at once, and then
        stumble over an assertion (pjproject 2.15.1, ``Endpoint::on_incoming_call``)."""
        while self._unwelcome:
            call, code = self._unwelcome.popleft()
            if call.isActive():
                call.hangup(status(code))

    def _tell_arrival(self, call: SipCall, source: str, message: str) -> None:
        """After the callback: the answer is on the wire."""
        alerted_ns = call.alerted_ns or time.monotonic_ns()
        if isinstance(call, PhoneCall):
            self.phones.tell_call(call, source, message, alerted_ns)
            return
        self._tell_new_call(call, source, message, alerted_ns)
        ringback = self.settings.ringback
        if ringback == "early_media":
            self.sounds.wake()
            began_ns = self.sounds.begin_ringback(call.call)
            if began_ns is None and not call.ended:  # the caller's own telephone sees to it
                ringback, began_ns = "remote", time.monotonic_ns()
                call.answer(status(pj.PJSIP_SC_RINGING))
            alerted_ns = began_ns or alerted_ns
            self.sounds_changed()
        if not call.ended:
            self.emit(e.AlertingStarted(at_ns=alerted_ns, call=call.call, ringback=ringback))
        self.sounds.wake()  # last: the headset's library, loaded for the first call, takes its time

    def _tell_new_call(self, call: SipCall, source: str, message: str, at_ns: int) -> None:
        auto_answer = source in self._auto_answer_from and messages.asks_for_auto_answer(message)
        who = messages.parties(message)
        self.emit(e.CallArrived(at_ns=at_ns, call=call.call, peer=source, auto_answer=auto_answer, **who))

    def _refusal(self, source: str, *, of_phone: bool) -> tuple[int, Any] | None:
        if not self._welcome(source):
            return pj.PJSIP_SC_FORBIDDEN, "stranger"
        if self._leave_by_ns:
            return pj.PJSIP_SC_SERVICE_UNAVAILABLE, "not_acceptable"
        live = sum(not call.ended for call in self.calls.values())
        if live >= self.settings.lines or (not of_phone and self.phones.need_the_rest()):
            return pj.PJSIP_SC_BUSY_HERE, "no_free_line"
        return None

    def on_library_refusal(self, source: str, message: str, code: int) -> None:
        """The library has refused an INVITE before we saw it: no call is left for it, it would take a call over that
        is not there or that we do not give, or it offers no sound that can be had."""
        if not self._welcome(source):
            return
        source = self.sender(source, message)
        takes_over = messages.header(message, "Replaces")
        full = code == pj.PJSIP_SC_BUSY_HERE
        reason = "no_free_line" if full else "replaces_by_stranger" if takes_over else "not_acceptable"
        self._tell_refused(uuid.uuid4().hex, source, message, code, reason)

    def _tell_refused(self, call: e.CallId, source: str, message: str, code: int, reason: Any) -> None:
        now, who = time.monotonic_ns(), messages.parties(message)
        self.emit(e.CallRefused(at_ns=now, call=call, peer=source, code=code, reason=reason, **who))

    def may_refer(self, call: SipCall, target: str) -> bool:
        """Whether the peer's wish that we call somebody in place of it is our policy."""
        if call.peer in self._refer_from and call.role == "agent" and target:
            return True
        log.warning("refused a REFER from %s to %s", call.peer, target)
        return False

    def referred(self, call: SipCall, target: str) -> SipCall:
        """The call that the library is about to place for a REFER."""
        new = SipCall(self, call.account, uuid.uuid4().hex)

        def introduce() -> None:
            self.calls[new.call] = new
            uri = messages.name_and_uri(target)[1]
            self.emit(e.CallDialled(at_ns=time.monotonic_ns(), call=new.call, target=uri))

        new.introduce = introduce
        return new

    def sender(self, source: str, message: str) -> str:
        """Who really sent a message: the edge tells of those it passes on."""
        edge = self.settings.edge
        return messages.header(message, EDGE_PEER) or source if edge and source == edge.inside else source

    def encrypted_outside(self, source: str, message: str) -> bool:
        """Whether the edge says that the sound this message describes is encrypted on its way to the other party."""
        edge = self.settings.edge
        return bool(edge and source == edge.inside and messages.header(message, EDGE_SOUND) == "encrypted")

    def _welcome(self, source: str) -> bool:
        """Whether we talk to who sent this to us: the edge alone, or our peers. ``source``: of the packet."""
        edge = self.settings.edge
        return source == edge.inside if edge else source in self._peers or source in self.phones

    def may_replace(self, call: SipCall, request: pj.SipRxData) -> bool:
        """Whether somebody may take a call of ours over."""
        source = self.sender(request.srcAddress, messages.text(request.wholeMsg))
        if source in self._refer_from and call.role == "agent":
            return True
        log.warning("refused an INVITE with Replaces from %s for call %s", source, call.call)
        return False

    def replaced(self, call: SipCall, request: pj.SipRxData) -> SipCall:
        """The call that the library is about to answer in place of ``call``."""
        message = messages.text(request.wholeMsg)
        source = self.sender(request.srcAddress, message)
        new = SipCall(self, call.account, uuid.uuid4().hex, peer=source)
        new.incoming, new.role = True, "agent"

        def introduce() -> None:
            self.calls[new.call] = new
            self._tell_new_call(new, source, message, time.monotonic_ns())

        new.introduce = introduce
        return new

    # -------------------------------------------------------------------------------------------------- from the calls

    def call_answered(self, call: SipCall, now_ns: int) -> None:
        if not call.incoming and call.role == "none":
            call.role = "agent" if call.to_agent else "apart"
        if call.role == "agent":
            call.talked = True
            self.give_headset(call)
            self.sounds.talk_began()
        self.emit(e.CallAnswered(at_ns=now_ns, call=call.call))
        self.sounds_changed()

    def media_to_settle(self, call: SipCall) -> None:
        """The negotiated sound of a call is another. What is to be done about it waits until the library has
        sent the answer in which it was negotiated: a ringing caller waits for that."""
        self._unsettled.append(call)

    def _settle_media(self) -> None:
        while self._unsettled:
            call = self._unsettled.popleft()
            if not call.ended:
                self._media_changed(call, call.getInfo())

    def _media_changed(self, call: SipCall, info: pj.CallInfo) -> None:
        sound = sound_of(info)
        index = next(iter(sound), None)
        self.sounds.call_media(call, None if index is None else call.getAudioMedia(index))
        now = time.monotonic_ns()
        statuses = set(sound.values())
        held = (pj.PJSUA_CALL_MEDIA_LOCAL_HOLD in statuses, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD in statuses)
        was_up, call.media_up = call.media_up, index is not None
        if index is not None:
            stream = call.getStreamInfo(index)
            if not was_up or stream.codecName != call.codec:
                call.codec = stream.codecName
                call.audio_index, call.frame_ms = index, stream.audCodecParam.info.frameLen
                encrypted = call.encrypted_outside or "SRTP status: Active" in call.dump(True, "")
                rate = stream.codecClockRate
                self.emit(
                    e.MediaStarted(at_ns=now, call=call.call, codec=call.codec, rate_hz=rate, encrypted=encrypted)
                )
        if held != call.held:
            call.held = held
            if call.role == "agent" and held[0] and call.hold_wanted:
                call.role = "waiting"
            self.emit(e.HoldChanged(at_ns=now, call=call.call, by_us=held[0], by_peer=held[1]))
        self.sounds_changed()

    def _spoken_to(self) -> list[e.CallId]:
        """Calls in which what the machine says can be heard."""
        hears = (one for one in self.calls.values() if one.media_up and not one.held[0] and not one.ended)
        return [one.call for one in hears if one.role == "machine"]

    def _speak_on(self) -> None:
        now = time.monotonic_ns()
        ready = self._spoken_to()
        due = self.sounds.speaking.next_ns(ready)
        if due is not None and due <= now:
            for call, prompt in self.sounds.speaking.turn(now, ready):
                self.emit(e.PromptEnded(at_ns=now, call=call, prompt=prompt))
            self.sounds_changed()
        for one in [one for one in self._recordings if self.sounds.message_is_whole(one)]:
            self._recordings.remove(one)
            self._tell_recording(one, now)

    def stop_recording(self, call: SipCall) -> None:
        """The message is over; it is told of when its file is complete."""
        self.sounds.end_message(call.call)
        self._recordings.append(call.call)

    def taken_over(self, call: SipCall) -> None:
        """The agent has a call now that the machine had answered."""
        self._kept.cancel(c.CancelKept(call=call.call, slot=MESSAGE_SLOT))
        self.sounds.speaking.be_quiet(call.call)
        self.stop_recording(call)
        call.music = False
        self.call_answered(call, time.monotonic_ns())

    def call_ended(self, call: SipCall, now_ns: int, code: int, reason: str) -> None:
        """The dialog is over; told after the callback, so that an arrival in the same turn is told first."""
        if self._furnished:  # else it came and went while the engine was still starting: there was no sound
            self.sounds.call_media(call, None)
        self._endings.append((call, now_ns, code, reason))

    def _tell_endings(self) -> None:
        """A call that left a message has ended when the message can be listened to."""
        for ending in list(self._endings):
            call = ending[0].call
            self.sounds.end_message(call)
            if call in self._recordings:
                self._recordings.remove(call)
            if self.sounds.message_is_whole(call):
                self._endings.remove(ending)
                self._tell_end(*ending)

    def _tell_end(self, call: SipCall, now_ns: int, code: int, reason: str) -> None:
        self._kept.cancel(c.CancelKept(call=call.call))
        self.calls.pop(call.call, None)
        self._graveyard.bury(call.getId(), call)
        self._tell_recording(call.call, now_ns)
        self.sounds.forget(call.call)
        there: e.EndedBy = "agent" if call.role == "phone" else "customer"
        by: e.EndedBy = call.ended_by or (there if call.incoming or call.answered else "peer")
        self.emit(e.CallEnded(at_ns=now_ns, call=call.call, by=by, code=code, reason=reason))
        self._measured = tuple(one for one in self._measured if one != call.call)
        self.measuring.call_over(call.call, talked=call.talked)
        for other in self.calls.values():
            if other.joined_to == call.call:
                other.joined_to = ""
        self.left_conference()

    def _tell_recording(self, call: e.CallId, now_ns: int) -> None:
        finished = self.sounds.take_recording(call)
        if finished:
            self._tell_message(call, now_ns, finished)

    def _tell_message(self, call: e.CallId, now_ns: int, message: Recording) -> None:
        missing_s = message.took_s - message.stored_s
        if missing_s > MESSAGE_TAIL_S:
            what = f"{missing_s:.0f} s of a voice message of {message.took_s:.0f} s are lost: {message.file}"
            self.messages_trouble(what, "make room on that disk")
        else:
            self.messages_trouble("")
        length_s = round(min(message.took_s, message.stored_s), 3)
        prompt_s = round(min(message.prompt_s, length_s), 3)
        file = str(message.file)
        self.emit(e.RecordingFinished(at_ns=now_ns, call=call, file=file, duration_s=length_s, prompt_s=prompt_s))

    def messages_trouble(self, what: str, advice: str = "") -> None:
        """Voice messages cannot be kept, or (empty) can be again."""
        if what or self._messages_troubled:
            self._messages_troubled = bool(what)
            now = time.monotonic_ns()
            self.emit(e.TroubleNoticed(at_ns=now, key="sip.messages", what=what, advice=advice, cleared=not what))

    # --------------------------------------------------------------------------------------------------------- sound

    def sounds_changed(self) -> None:
        """Roles, holds or media have changed: patch anew at the end of this turn."""
        self._dirty = True

    def give_headset(self, call: SipCall) -> None:
        """Put the agent into this call, and out of every other that is not in conference with it."""
        for other in self.calls.values():
            if other is not call and other.role == "agent":
                other.role = "waiting"
        call.role = "agent"
        self.sounds_changed()

    def left_conference(self) -> None:
        """A call may have left a conference: who is alone in it is in a plain talk with the agent."""
        left = [call for call in self.calls.values() if call.role == "conference"]
        if len(left) == 1:
            left[0].role = "agent"
        self.sounds_changed()

    def on_tick(self, mic: Samples, ear: Samples) -> None:
        """One frame of the agent's sound and of what the agent hears (clock thread)."""
        self.measuring.tick(self._measured, mic, ear)

    def _patch(self) -> None:
        calls = list(self.calls.values())
        self.sounds.patch(calls)
        self.sounds.remote_ringing(
            any(not one.incoming and one.to_agent and one.remote_rings and not one.media_up for one in calls)
        )
        self._measured = tuple(one.call for one in calls if one.role in ("agent", "conference") and one.media_up)
