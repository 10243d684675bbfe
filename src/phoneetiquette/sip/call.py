"""A pjsua2 call: callbacks translate and report; nothing is decided here."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeVar

import pjsua2 as pj

from phoneetiquette import events as e
from phoneetiquette.sip import messages
from phoneetiquette.sip.pulse import Pulse

if TYPE_CHECKING:
    from phoneetiquette.sip.engine import SipEngine

log = logging.getLogger(__name__)

Role = Literal["none", "agent", "waiting", "apart", "machine", "message", "conference", "phone"]
"""Whom the sound of a call is for. ``none``: nobody yet (ringing); ``waiting``: the agent talks in another call;
``machine``: the machine speaks and listens; ``message``: one prompt is played and a message recorded, no more;
``phone``: it is the agent's, a desk phone."""


_WITH_SOUND = (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_LOCAL_HOLD, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)


def sound_of(info: pj.CallInfo) -> dict[int, int]:
    """Place -> status of the sound that was negotiated, held or not."""
    audio = {i: media.status for i, media in enumerate(info.media) if media.type == pj.PJMEDIA_TYPE_AUDIO}
    return {i: status for i, status in audio.items() if status in _WITH_SOUND}


Self_ = TypeVar("Self_")
Parameter = TypeVar("Parameter")


def guarded(method: Callable[[Self_, Parameter], None]) -> Callable[[Self_, Parameter], None]:
    """Exceptions in pjsua2 callbacks vanish without a trace; this writes them to the log."""

    def wrapper(self: Self_, parameter: Parameter) -> None:
        try:
            method(self, parameter)
        except Exception:
            log.exception("in callback %s", method.__name__)

    return wrapper


class SipCall(pj.Call):
    """One dialog, on the SIP thread; the engine keeps it referenced until its slot is free (:class:`Graveyard`)."""

    def __init__(
        self,
        engine: SipEngine,
        account: pj.Account,
        call: e.CallId,
        slot: int = pj.PJSUA_INVALID_ID,
        peer: str = "",
    ) -> None:
        super().__init__(account, slot)
        self.account = account
        self.engine = engine
        self.call = call
        self.peer = peer
        """Address and port the INVITE, or the answer to ours, came from."""
        self.incoming = slot != pj.PJSUA_INVALID_ID
        self.role: Role = "none"
        self.music = False
        """Role ``machine``: the caller waits with the music."""
        self.to_agent = True
        self.remote_rings = False
        """Placed by us, and the phone called rings."""
        self.audio_index = 0
        self.frame_ms = 20
        """Length of what the jitter buffer counts as one."""
        self.alerted_ns = 0
        """When our first provisional answer had left."""
        self.ended_by: e.EndedBy | None = None
        self.answered = False
        self.talked = False
        """Answered for the agent."""
        self.encrypted_outside = False
        """Its sound, between the other party and the edge."""
        self.media_up = False
        self.codec = ""
        self.held = (False, False)
        """By us, by the peer: as negotiated."""
        self.hold_wanted = False
        """By us: as the desk wants it. The two are brought in line as soon as they can."""
        self.hold_tries = 0
        self.hold_next_ns = 0
        self.ended = False
        self.transfer_target = ""
        self.transfer_accepted = False
        self.joined_to = ""
        """The call whose party hears this one inside the seat."""
        self.redirection: tuple[int, str] | None = None
        """Code and reason of the 3xx that ended it."""
        self.successor: SipCall | None = None
        """A call that the library may make in place of this one, at the wish of a trusted peer."""
        self.introduce: Callable[[], None] | None = None
        """Of a call made by the library: what to do once it has really made it."""

        self._pulse = Pulse()

    def feel_pulse(self, now_ns: int) -> None:
        """Look whether the other side is still there; called about once a second, while nobody else would notice."""
        if not self.answered or self.ended or not self.media_up or any(self.held):
            self._pulse.rest(now_ns)
            return
        try:
            packets = self.getStreamStat(self.audio_index).rtcp.rxStat.pkt
        except pj.Error:
            return  # the media is being replaced
        found = self._pulse.look(now_ns, packets)
        if found == "gone":
            self.be_lost(now_ns, 0)
        elif found == "ask":
            with contextlib.suppress(pj.Error):  # then it is lost, as one that says nothing
                self.send_within("OPTIONS")

    def be_lost(self, now_ns: int, code: int) -> None:
        """Nothing comes from the other side any more, and it does not say that it is there."""
        self.engine.emit(e.PeerLost(at_ns=now_ns, call=self.call, code=code))

    def _be_introduced(self) -> None:
        if self.introduce:
            introduce, self.introduce = self.introduce, None
            introduce()

    @guarded
    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802
        now = time.monotonic_ns()
        self._be_introduced()
        info = self.getInfo()
        if not self.incoming and not self.media_up:
            received = prm.e.body.tsxState.src.rdata
            source, message = received.srcAddress, messages.text(received.wholeMsg)
            self.peer = self.peer or self.engine.sender(source, message)
            self.encrypted_outside = self.encrypted_outside or self.engine.encrypted_outside(source, message)
        if info.state == pj.PJSIP_INV_STATE_EARLY and not self.incoming:
            self.remote_rings = True
            code = info.lastStatusCode
            self._rings_there(now, code, prm)
            self.engine.sounds_changed()
        elif info.state == pj.PJSIP_INV_STATE_EARLY and not self.alerted_ns:
            self.alerted_ns = now
        elif info.state in (pj.PJSIP_INV_STATE_CONNECTING, pj.PJSIP_INV_STATE_CONFIRMED):
            # A call that was answered without a codec of ours is not up: the library acknowledges it, and ends it then.
            if not self.answered and (self.incoming or sound_of(info)):
                self.answered, self.remote_rings = True, False
                self.engine.call_answered(self, now)
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED and not self.ended:
            self.ended = True
            code, reason = info.lastStatusCode, messages.text(info.lastReason)
            if self.redirection:
                code, reason = self.redirection
            self.engine.call_ended(self, now, code, reason)

    def _rings_there(self, now_ns: int, code: int, prm: pj.OnCallStateParam) -> None:
        del prm
        self.engine.emit(e.PeerAlerting(at_ns=now_ns, call=self.call, code=code, early_media=self.media_up))

    @guarded
    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802
        del prm
        self._be_introduced()
        self.engine.media_to_settle(self)

    @guarded
    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:  # noqa: N802
        method: Literal["rfc4733", "info"] = "info" if prm.method == pj.PJSUA_DTMF_METHOD_SIP_INFO else "rfc4733"
        self.engine.emit(e.DigitReceived(at_ns=time.monotonic_ns(), call=self.call, digit=prm.digit, method=method))

    @guarded
    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:  # noqa: N802
        prm.statusCode = pj.PJSIP_SC_DECLINE
        if self.engine.may_refer(self, messages.text(prm.dstUri)):
            prm.newCall = self.successor = self.engine.referred(self, messages.text(prm.dstUri))
            prm.statusCode = pj.PJSIP_SC_ACCEPTED

    @guarded
    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:  # noqa: N802
        prm.statusCode = pj.PJSIP_SC_DECLINE
        if self.engine.may_replace(self, prm.rdata):
            prm.newCall = self.successor = self.engine.replaced(self, prm.rdata)
            prm.statusCode = pj.PJSIP_SC_OK

    def onCallRedirected(self, prm: pj.OnCallRedirectedParam) -> int:  # noqa: N802
        """Whom we called names somebody else (3xx): not for them to decide whom we call."""
        self.redirection = messages.status_of(prm.e.body.tsxState.src.rdata.wholeMsg)
        return int(pj.PJSIP_REDIRECT_STOP)

    @guarded
    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:  # noqa: N802
        refused = prm.finalNotify and prm.statusCode >= 300 and not self.transfer_accepted
        self.transfer_accepted = self.transfer_accepted or prm.statusCode < 300
        if prm.finalNotify and prm.statusCode < 300:
            self.ended_by = "transfer"  # whoever says BYE now, we or the peer that has been put through
        self.tell_transfer(prm.statusCode, messages.text(prm.reason), final=prm.finalNotify, refused=refused)

    def send_within(self, method: str, *headers: tuple[str, str], body: str = "") -> None:
        """A request within the dialog."""
        request = pj.CallSendRequestParam()
        request.method = method
        fill_headers(request.txOption, headers)
        if body:
            request.txOption.contentType, request.txOption.msgBody = "message/sipfrag;version=2.0", body
        self.sendRequest(request)

    @guarded
    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:  # noqa: N802
        self.hear_options(prm)

    def hear_options(self, prm: pj.OnCallTsxStateParam) -> None:
        """Whether this is the answer to the question whether somebody is still there."""
        tsx = prm.e.body.tsxState.tsx
        if tsx.role == pj.PJSIP_ROLE_UAC and tsx.method == "OPTIONS" and tsx.state == pj.PJSIP_TSX_STATE_COMPLETED:
            now = time.monotonic_ns()
            if self._pulse.replied(now, tsx.statusCode) == "gone":
                self.be_lost(now, tsx.statusCode)

    def tell_transfer(self, code: int, reason: str, *, final: bool, refused: bool) -> None:
        self.engine.emit(
            e.TransferProgressed(
                at_ns=time.monotonic_ns(),
                call=self.call,
                target=self.transfer_target,
                code=code,
                reason=reason,
                final=final,
                refused=refused,
            )
        )

    def lacks(self, extension: str) -> bool:
        """Whether the other side lists the extensions it supports, and not this one."""
        return bool(self.remoteHasCap(pj.PJSIP_H_SUPPORTED, "", extension) == pj.PJSIP_DIALOG_CAP_UNSUPPORTED)


def fill_headers(options: pj.SipTxOption, headers: tuple[tuple[str, str], ...]) -> None:
    """Put header fields on a request."""
    for name, value in headers:
        header = pj.SipHeader()
        header.hName, header.hValue = name, value
        options.headers.push_back(header)


class Graveyard:
    """Ended calls, kept until letting them go is harmless.

    The C++ destructor of a collected ``Call`` hangs up, and takes the user data from, whatever call has its slot now
    (pjproject issue 3856). So an ended call is let go only when no newer call of ours has the same slot.
    """

    def __init__(self) -> None:
        self._dead: list[tuple[int, SipCall]] = []

    def bury(self, slot: int, call: SipCall) -> None:
        self._dead.append((slot, call))

    def reap(self, slots_in_use: set[int]) -> None:
        """Let go what can go. Called outside callbacks."""
        self._dead = [(slot, call) for slot, call in self._dead if slot in slots_in_use]

    def __len__(self) -> int:
        return len(self._dead)
