"""A call between the seat and the receptionist's desk phone. Callbacks translate and report, as in :mod:`.call`."""

from __future__ import annotations

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

if TYPE_CHECKING:
    from phoneetiquette.sip.engine import SipEngine

log = logging.getLogger(__name__)


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
        self.pacer: StreamPacer
        self._former_tempo: StreamTempo | None = None
        """The clock thread may be in it, or about to be, while the stream goes: kept until the next one is made."""

    @property
    def listens(self) -> bool:
        """Whether the receptionist is at this leg, and not at another of the same phone."""
        return self.answered and self.media_up and not self.held[1]

    @guarded
    def onStreamCreated(self, prm: pj.OnStreamCreatedParam) -> None:  # noqa: N802
        tempo = StreamTempo(int(prm.pPort))
        self.tempo, self.pacer = tempo, StreamPacer(tempo.frame_ns)

    @guarded
    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:  # noqa: N802
        del prm
        self._former_tempo, self.tempo = self.tempo or self._former_tempo, None

    def ask_to_talk(self) -> None:
        """Tell the phone to answer, or to resume what it holds (BroadSoft ``Event: talk``)."""
        self.send_within("NOTIFY", ("Event", "talk"), ("Subscription-State", "active"))

    def be_lost(self, now_ns: int, code: int) -> None:
        self.ended_by = "peer"
        self.engine.emit(e.PhoneLost(at_ns=now_ns, call=self.call, code=code))

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
        elif method == "NOTIFY" and state == pj.PJSIP_TSX_STATE_COMPLETED and not self.answered:
            code = change.tsx.statusCode
            self.engine.emit(e.PhoneReplied(at_ns=time.monotonic_ns(), call=self.call, asked="talk", code=code))
        else:
            self.hear_options(prm)

    def _referred(self, request: pj.SipRxData) -> None:
        """The transfer key. What has been put through is the seat's to carry out, not the library's."""
        target, call_id = messages.refer_to(messages.text(request.wholeMsg))
        _respond(request, pj.PJSIP_SC_ACCEPTED if target else pj.PJSIP_SC_BAD_REQUEST)
        if not target:
            return
        # To the phone it is done: its part is over, and the seat calls the receptionist back if nobody takes the call.
        news = (("Event", "refer"), ("Subscription-State", "terminated;reason=noresource"))
        self.send_within("NOTIFY", *news, body="SIP/2.0 200 OK\r\n")
        leg = next((one for one in self.engine.phones.calls() if one.sip_call_id == call_id), None) if call_id else None
        self.engine.emit(
            e.PhoneReferred(at_ns=time.monotonic_ns(), call=self.call, dialled=target, to_leg=leg.call if leg else None)
        )

    @property
    def sip_call_id(self) -> str:
        return messages.text(self.getInfo().callIdString)


def _respond(request: pj.SipRxData, code: int) -> None:
    """Answer a request inside a dialog; pjsua2 wraps that for INVITE alone."""
    native = library()
    native.pjsip_rdata_get_dlg.restype = ctypes.c_void_p
    received = ctypes.c_void_p(int(request.pjRxData))
    dialog = ctypes.c_void_p(native.pjsip_rdata_get_dlg(received))
    native.pjsip_dlg_respond(dialog, received, int(code), None, None, None)
