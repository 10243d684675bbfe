"""An engine without a network: it carries commands out on calls that exist in memory, in virtual time.

It tells what the real one (``phoneetiquette.sip``) tells, in the same order, and fails where the real one fails. The
test plays the network: callers, called phones and transfer targets do what its methods say, when it says so. A
re-INVITE (hold, resume) takes effect when the other side has answered it: see :meth:`MemoryEngine.answer_reinvites`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.sip.kept import KeptCommands
from phoneetiquette.units import ms, seconds

Role = Literal["none", "agent", "waiting", "apart", "machine", "message", "conference", "phone"]
WITH_AGENT: tuple[Role, Role] = ("agent", "conference")
PROMPT_S = 5.0
MEASURED_AFTER_NS = ms(200)


class RefusedError(Exception):
    """The library does not do that now."""


@dataclass(slots=True)
class MemoryCall:
    """One dialog."""

    call: e.CallId
    incoming: bool
    to_agent: bool = True
    role: Role = "none"
    answered: bool = False
    by_us: bool = False
    by_peer: bool = False
    hold_wanted: bool = False
    reinvite: bool | None = None
    """Hold (true) or resume (false) that the other side has not answered yet."""
    joined_to: e.CallId = ""
    target: str | None = None
    """Where this call is being transferred to."""
    accepted: bool = False
    """The other side takes REFER."""
    talked: bool = False
    """The agent was in it: measures are taken."""
    ended_by: e.EndedBy | None = None


class MemoryEngine:
    """``emit`` is called with every event, at the moment it happens."""

    def __init__(self, emit: Callable[[e.Event], None], now_ns: int = 0, *, lines: int = 4, pid: int = 1) -> None:
        self.emit = emit
        self.now_ns = now_ns
        self.lines = lines
        self.pid = pid
        self.calls: dict[e.CallId, MemoryCall] = {}
        self.muted = False
        self.bell: str = "off"
        self.kept = KeptCommands()
        self._measured: list[tuple[int, e.CallId]] = []
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
            c.PlayMusic: self._play_music,
            c.SetMute: self._set_mute,
            c.SetBell: self._set_bell,
            c.CancelKept: self.kept.cancel,
            c.Ping: lambda _: self.emit(e.EngineAlive(at_ns=self.now_ns)),
            c.Shutdown: self._shutdown,
        }

    # ------------------------------------------------------------------------------------------------ main's side

    def greeting(self) -> e.EngineStarted:
        """What every main is told when it attaches, after what waited for one."""
        return e.EngineStarted(
            at_ns=self.now_ns,
            pid=self.pid,
            listening=("sip:desk@memory",),
            build="memory",
            calls=tuple(self.calls),
        )

    def send(self, command: c.Command) -> None:
        """Carry out, now or at its moment."""
        if command.not_before_ns > self.now_ns:
            self.kept.keep(command)
        else:
            self.kept.replaced_by(command)
            self._execute(command)

    def run_until(self, now_ns: int) -> None:
        """Let time pass: kept commands and last measures come at their moments."""
        while True:
            moments = [at for at, _ in self._measured]
            kept = self.kept.next_ns()
            if kept is not None:
                moments.append(kept)
            if not moments or min(moments) > now_ns:
                break
            self.now_ns = max(self.now_ns, min(moments))
            command = self.kept.due(self.now_ns)
            if command is not None:
                self._execute(command)
            while self._measured and self._measured[0][0] <= self.now_ns:
                self._tell_measures(self._measured.pop(0)[1], final=True)
        self.now_ns = max(self.now_ns, now_ns)

    def _execute(self, command: c.Command) -> None:
        call = command.call if isinstance(command, c.CallCommand) else None
        try:
            self._methods[type(command)](command)
        except RefusedError as error:
            self._failed(command, call, str(error))
        except KeyError:
            self._failed(command, call, "the call is over")

    def _failed(self, command: c.Command, call: e.CallId | None, what: str) -> None:
        self.emit(e.CommandFailed(at_ns=self.now_ns, command=type(command).__name__, call=call, what=what))

    # ------------------------------------------------------------------------------------------- the network's side

    def invite(self, call: e.CallId, *, called: str = "sip:desk@memory", auto_answer: bool = False) -> None:
        """Somebody calls, and hears ringing at once if a line is free."""
        who = {"caller": f"sip:{call}@pbx", "caller_name": "", "called": called, "peer": "127.0.0.1:5060"}
        if len(self.calls) >= self.lines:
            self.emit(
                e.CallRefused(at_ns=self.now_ns, call=call, sip_call_id=call, code=486, reason="no_free_line", **who)
            )
            return
        self.calls[call] = MemoryCall(call, incoming=True)
        self.emit(e.CallArrived(at_ns=self.now_ns, call=call, sip_call_id=call, auto_answer=auto_answer, **who))
        self.emit(e.AlertingStarted(at_ns=self.now_ns, call=call, ringback="remote"))

    def hang_up(self, call: e.CallId) -> None:
        """The other side leaves: BYE, or CANCEL of a call not answered yet."""
        self._end(self.calls[call], 200 if self.calls[call].answered else 487)

    def vanish(self, call: e.CallId) -> None:
        """The other side of a joined call says nothing any more, and does not answer."""
        self.emit(e.PeerLost(at_ns=self.now_ns, call=call))

    def phone_rings(self, call: e.CallId) -> None:
        self.emit(e.PeerAlerting(at_ns=self.now_ns, call=call, code=180, early_media=False))

    def desk_phone_rings(self, leg: e.CallId, *, talk: bool) -> None:
        """The receptionist's own phone rings, and says whether it can be told to answer."""
        self.emit(e.PeerAlerting(at_ns=self.now_ns, call=leg, code=180, early_media=False, allows_talk=talk))

    def desk_phone_dials(self, leg: e.CallId, phone: str, target: str) -> None:
        """The receptionist's own phone calls through the seat, if a line is free."""
        if len(self.calls) < self.lines:
            self.calls[leg] = MemoryCall(leg, incoming=True, role="phone")
            where = {"peer": "127.0.0.1:5060", "sip_call_id": leg}
            self.emit(e.PhoneCalled(at_ns=self.now_ns, call=leg, phone=phone, dialled="x", target=target, **where))

    def desk_phone_vanishes(self, leg: e.CallId) -> None:
        """It does not know this call any more."""
        self.calls[leg].ended_by = "peer"
        self.emit(e.PhoneLost(at_ns=self.now_ns, call=leg, code=481))

    def phone_answers(self, call: e.CallId) -> None:
        self._answered(self.calls[call])

    def phone_refuses(self, call: e.CallId, code: int) -> None:
        self._end(self.calls[call], code)

    def peer_holds(self, call: e.CallId, held: bool) -> None:
        one = self.calls[call]
        one.by_peer = held
        self._tell_hold(one)

    def answer_reinvites(self) -> None:
        """Every other side answers the re-INVITE that waits for it."""
        for one in list(self.calls.values()):
            if one.reinvite is not None:
                one.by_us, one.reinvite = one.reinvite, None
                if one.by_us and one.hold_wanted and one.role == "agent":
                    one.role = "waiting"
                self._tell_hold(one)
                self._settle_hold(one)

    def refer_news(self, call: e.CallId, code: int, *, final: bool) -> None:
        """The answer to a REFER, or a NOTIFY about what came of it."""
        one = self.calls[call]
        assert one.target is not None
        refused = final and code >= 300 and not one.accepted
        one.accepted = one.accepted or code < 300
        news = e.TransferProgressed(
            at_ns=self.now_ns, call=call, target=one.target, code=code, reason="", final=final, refused=refused
        )
        if final:
            one.target = None
        self.emit(news)

    def measure(self, call: e.CallId) -> None:
        """The measures of a second of talk."""
        self._tell_measures(call, final=False)

    # ---------------------------------------------------------------------------------------------------- commands

    def _answer(self, wish: c.Answer) -> None:
        call = self.calls[wish.call]
        if wish.only_if_free and any(one.role in WITH_AGENT for one in self.calls.values()):
            raise RefusedError("the agent is in another call")
        if call.role != "phone":
            call.role = "agent" if wish.to_agent else "apart"
        if call.answered:  # by the machine
            self._tell_answered(call)
        else:
            self._answered(call)

    def _answered(self, call: MemoryCall) -> None:
        call.answered = True
        if not call.incoming and call.role == "none":
            call.role = "agent" if call.to_agent else "apart"
        self._tell_answered(call)
        self.emit(e.MediaStarted(at_ns=self.now_ns, call=call.call, codec="PCMA", rate_hz=8000, encrypted=False))
        self._settle_hold(call)

    def _tell_answered(self, call: MemoryCall) -> None:
        if call.role == "agent":
            call.talked = True
            self._give_headset(call)
        self.emit(e.CallAnswered(at_ns=self.now_ns, call=call.call))

    def _reject(self, wish: c.Reject) -> None:
        call = self.calls[wish.call]
        call.ended_by = wish.by
        self._end(call, wish.code)

    def _hangup(self, wish: c.Hangup) -> None:
        call = self.calls[wish.call]
        call.ended_by = wish.by
        self._end(call, 486 if call.incoming and not call.answered else 200)

    def _dial(self, wish: c.Dial) -> None:
        self.emit(e.CallDialled(at_ns=self.now_ns, call=wish.call, target=wish.target))
        if len(self.calls) >= self.lines:
            reason = "all lines are in use"
            self.emit(e.CallEnded(at_ns=self.now_ns, call=wish.call, by="peer", code=0, reason=reason))
            return
        self.calls[wish.call] = MemoryCall(wish.call, incoming=False, to_agent=wish.to_agent)

    def _ring_phone(self, wish: c.RingPhone) -> None:
        self._dial(c.Dial(call=wish.call, target=wish.target, to_agent=False))
        if wish.call in self.calls:
            self.calls[wish.call].role = "phone"

    def _ask_phone(self, wish: c.AskPhone) -> None:
        if self.calls[wish.call].role != "phone":
            raise KeyError(wish.call)

    def _hold(self, wish: c.Hold) -> None:
        call = self.calls[wish.call]
        if call.role in (*WITH_AGENT, "apart"):
            call.role, call.joined_to = "waiting", ""
            self._left_conference()
        self._want_hold(call, True)

    def _resume(self, wish: c.Resume) -> None:
        call = self.calls[wish.call]
        self._give_headset(call)
        self._want_hold(call, False)

    def _want_hold(self, call: MemoryCall, wanted: bool) -> None:
        call.hold_wanted = wanted
        self._settle_hold(call)

    def _settle_hold(self, call: MemoryCall) -> None:
        """One re-INVITE at a time: what is wanted in the meantime is asked for after it."""
        if call.answered and call.reinvite is None and call.hold_wanted != call.by_us:
            call.reinvite = call.hold_wanted

    def _left_conference(self) -> None:
        left = [call for call in self.calls.values() if call.role == "conference"]
        if len(left) == 1:
            left[0].role = "agent"

    def _give_headset(self, call: MemoryCall) -> None:
        for other in self.calls.values():
            if other is not call and other.role == "agent":
                other.role = "waiting"
        call.role = "agent"

    def _send_digits(self, wish: c.SendDigits) -> None:
        if not self.calls[wish.call].answered:
            raise RefusedError("no sound yet")

    def _transfer_blind(self, wish: c.TransferBlind) -> None:
        self._refer(wish.call, wish.target)

    def _transfer_attended(self, wish: c.TransferAttended) -> None:
        self._refer(wish.call, f"sip:{self.calls[wish.to_call].call}@pbx")

    def _refer(self, call: e.CallId, target: str) -> None:
        one = self.calls[call]
        if not one.answered:
            raise RefusedError("not answered yet")
        one.target, one.accepted = target, False

    def _join(self, wish: c.Join) -> None:
        pair = self.calls[wish.call], self.calls[wish.other]
        for call, other in (pair, pair[::-1]):
            call.role = "conference" if wish.with_agent else "apart"
            self._want_hold(call, False)
            call.joined_to = "" if wish.with_agent else other.call
        self.emit(e.CallsJoined(at_ns=self.now_ns, call=wish.call, other=wish.other, with_agent=wish.with_agent))

    def _take_message(self, wish: c.TakeMessage) -> None:
        call = self.calls[wish.call]
        call.role, call.joined_to = "message", ""
        if not call.answered:
            self._answered(call)
        ends_ns = self.now_ns + seconds(PROMPT_S + wish.limit_s)
        self.send(c.Hangup(call=wish.call, by="desk", not_before_ns=ends_ns, slot="message"))

    def _play_music(self, wish: c.PlayMusic) -> None:
        call = self.calls[wish.call]
        call.role, call.joined_to = "machine", ""
        self._want_hold(call, False)

    def _set_mute(self, wish: c.SetMute) -> None:
        self.muted = wish.muted

    def _set_bell(self, wish: c.SetBell) -> None:
        self.bell = wish.where

    def _shutdown(self, wish: c.Shutdown) -> None:
        for call in list(self.calls.values()):
            call.ended_by = "engine"
            self._end(call, 200 if call.answered else 503)

    # ------------------------------------------------------------------------------------------------------- facts

    def _end(self, call: MemoryCall, code: int) -> None:
        self.kept.cancel(c.CancelKept(call=call.call))
        del self.calls[call.call]
        if call.role == "message":
            file = f"{call.call}.wav"
            self.emit(e.RecordingFinished(at_ns=self.now_ns, call=call.call, file=file, duration_s=1.0))
        there: e.EndedBy = "agent" if call.role == "phone" else "customer"
        by: e.EndedBy = call.ended_by or (there if call.incoming or call.answered else "peer")
        self.emit(e.CallEnded(at_ns=self.now_ns, call=call.call, by=by, code=code, reason=""))
        for other in self.calls.values():
            if other.joined_to == call.call:
                other.joined_to = ""
        self._left_conference()
        if call.talked:
            self._measured.append((self.now_ns + MEASURED_AFTER_NS, call.call))

    def _tell_hold(self, call: MemoryCall) -> None:
        self.emit(e.HoldChanged(at_ns=self.now_ns, call=call.call, by_us=call.by_us, by_peer=call.by_peer))

    def _tell_measures(self, call: e.CallId, *, final: bool) -> None:
        measures = {"definitions": "1", "duration_s": self.now_ns / 1e9}
        self.emit(e.MeasuresTaken(at_ns=self.now_ns, call=call, measures=measures, final=final))
