"""A call between the seat and the receptionist's desk phone. Callbacks translate and report, as in :mod:`.call`."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import time
from typing import TYPE_CHECKING

import pjsua2 as pj

from phoneetiquette import events as e
from phoneetiquette.sip import messages
from phoneetiquette.sip.call import SipCall, guarded
from phoneetiquette.sip.native import library
from phoneetiquette.sip.pacing import StreamPacer
from phoneetiquette.sip.settings import PhonePeer
from phoneetiquette.sip.tempo import StreamTempo
from phoneetiquette.units import seconds

if TYPE_CHECKING:
    from phoneetiquette.sip.engine import SipEngine

log = logging.getLogger(__name__)

SILENT_NS = seconds(4)
"""After so long without a packet a phone is asked whether it is still there: it may only be suppressing silence."""
PATIENCE_NS = seconds(4)
"""How long it may take to say so."""
_NOT_THERE = frozenset({404, 408, 410, 480, 481, 503})


class PhoneCall(SipCall):
    """A phone leg. What is asked of it inside the dialog, and by it, goes past what the library does by itself."""

    def __init__(
        self,
        engine: SipEngine,
        account: pj.Account,
        call: e.CallId,
        phone: PhonePeer,
        slot: int = pj.PJSUA_INVALID_ID,
        peer: str = "",
    ) -> None:
        super().__init__(engine, account, call, slot, peer)
        self.phone = phone
        self.role, self.to_agent = "phone", False
        self.tempo: StreamTempo | None = None
        """Of its sound, while there is any."""
        self.pacer = StreamPacer()
        self._packets = -1
        self._heard_ns = 0
        self._asked_ns = 0
        self._lost = False

    @property
    def listens(self) -> bool:
        """Whether the receptionist is at this leg, and not at another of the same phone."""
        return self.answered and self.media_up and not self.held[1]

    @guarded
    def onStreamCreated(self, prm: pj.OnStreamCreatedParam) -> None:  # noqa: N802
        self.tempo, self.pacer = StreamTempo(int(prm.pPort)), StreamPacer()

    @guarded
    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:  # noqa: N802
        del prm
        self.tempo = None

    def ask_to_talk(self) -> None:
        """Tell the phone to answer, or to resume what it holds (BroadSoft ``Event: talk``)."""
        self._send("NOTIFY", ("Event", "talk"), ("Subscription-State", "active"))

    def watch(self, now_ns: int) -> None:
        """Notice a phone that is not there any more. Called about once a second."""
        if not self.answered or self.ended or self._lost or not self.media_up or any(self.held):
            self._heard_ns = now_ns
            return
        try:
            packets = self.getStreamStat(self.audio_index).rtcp.rxStat.pkt
        except pj.Error:
            return  # the media is being replaced
        if packets != self._packets:
            self._packets, self._heard_ns, self._asked_ns = packets, now_ns, 0
        elif self._asked_ns and now_ns - self._asked_ns > PATIENCE_NS:
            self._be_lost(now_ns, 0)
        elif not self._asked_ns and now_ns - self._heard_ns > SILENT_NS:
            self._asked_ns = now_ns
            with contextlib.suppress(pj.Error):  # then it is lost, as one that says nothing
                self._send("OPTIONS")

    def _be_lost(self, now_ns: int, code: int) -> None:
        self._lost = True
        self.ended_by = "peer"
        self.engine.emit(e.PhoneLost(at_ns=now_ns, call=self.call, code=code))

    def _send(self, method: str, *headers: tuple[str, str], body: str = "") -> None:
        request = pj.CallSendRequestParam()
        request.method = method
        fill_headers(request.txOption, headers)
        if body:
            request.txOption.contentType, request.txOption.msgBody = "message/sipfrag;version=2.0", body
        self.sendRequest(request)

    def _rings_there(self, now_ns: int, code: int, prm: pj.OnCallStateParam) -> None:
        response = messages.text(prm.e.body.tsxState.src.rdata.wholeMsg)
        packages = messages.header(response, "Allow-Events") or messages.header(response, "u")
        talk = "talk" in (word.strip().lower() for word in packages.split(","))
        self.engine.emit(
            e.PeerAlerting(at_ns=now_ns, call=self.call, code=code, early_media=self.media_up, allows_talk=talk)
        )

    @guarded
    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:  # noqa: N802
        """Called before the library looks at a request itself: a REFER that is answered here is left alone by it."""
        change = prm.e.body.tsxState
        method, state = change.tsx.method, change.tsx.state
        if change.tsx.role == pj.PJSIP_ROLE_UAS:
            if method == "REFER" and state == pj.PJSIP_TSX_STATE_TRYING:
                self._referred(change.src.rdata)
        elif state == pj.PJSIP_TSX_STATE_COMPLETED and method in ("NOTIFY", "OPTIONS"):
            self._replied(method, change.tsx.statusCode)

    def _replied(self, method: str, code: int) -> None:
        now = time.monotonic_ns()
        if method == "NOTIFY" and not self.answered:
            self.engine.emit(e.PhoneReplied(at_ns=now, call=self.call, asked="talk", code=code))
        elif method == "OPTIONS" and code in _NOT_THERE:
            self._be_lost(now, code)
        elif method == "OPTIONS":
            self._heard_ns, self._asked_ns = now, 0

    def _referred(self, request: pj.SipRxData) -> None:
        """The transfer key. What has been put through is the seat's to carry out, not the library's."""
        target, call_id = messages.refer_to(messages.text(request.wholeMsg))
        _respond(request, pj.PJSIP_SC_ACCEPTED if target else pj.PJSIP_SC_BAD_REQUEST)
        if not target:
            return
        # To the phone it is done: its part is over, and the seat calls the receptionist back if nobody takes the call.
        news = (("Event", "refer"), ("Subscription-State", "terminated;reason=noresource"))
        self._send("NOTIFY", *news, body="SIP/2.0 200 OK\r\n")
        leg = next((one for one in self.engine.phones.calls() if one.sip_call_id == call_id), None) if call_id else None
        self.engine.emit(
            e.PhoneReferred(at_ns=time.monotonic_ns(), call=self.call, dialled=target, to_leg=leg.call if leg else None)
        )

    @property
    def sip_call_id(self) -> str:
        return messages.text(self.getInfo().callIdString)


def fill_headers(options: pj.SipTxOption, headers: tuple[tuple[str, str], ...]) -> None:
    """Put header fields on a request."""
    for name, value in headers:
        header = pj.SipHeader()
        header.hName, header.hValue = name, value
        options.headers.push_back(header)


def _respond(request: pj.SipRxData, code: int) -> None:
    """Answer a request inside a dialog; pjsua2 wraps that for INVITE alone."""
    native = library()
    native.pjsip_rdata_get_dlg.restype = ctypes.c_void_p
    received = ctypes.c_void_p(int(request.pjRxData))
    dialog = ctypes.c_void_p(native.pjsip_rdata_get_dlg(received))
    native.pjsip_dlg_respond(dialog, received, int(code), None, None, None)
