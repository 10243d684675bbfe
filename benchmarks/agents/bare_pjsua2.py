"""The least pjsua2 phone: rings, waits for the moment, answers. The yardstick of what the library alone can do.

``--sound null``: the library's own media to its null device; ``portaudio``: a Python port and two plain queues between
the bridge and sounddevice, as one would write it first. It measures nothing, records nothing, has no console.
"""

from __future__ import annotations

import argparse
import collections
import heapq
import signal
import sys
import time
from typing import Any

import pjsua2 as pj

RATE_HZ = 8000
FRAME = RATE_HZ // 50
IDLE_WAIT_MS = 10
QUEUE_FRAMES = 5
PREFILL_FRAMES = 2


class SoundPort(pj.AudioMediaPort):  # type: ignore[misc]
    """Bridge and sound card joined by two queues; what is too much is dropped, what is missing is silence."""

    def __init__(self) -> None:
        super().__init__()
        import sounddevice

        self.silence = bytes(2 * FRAME)
        self.to_ear: collections.deque[bytes] = collections.deque(maxlen=QUEUE_FRAMES)
        self.from_mouth: collections.deque[bytes] = collections.deque(maxlen=QUEUE_FRAMES)
        self.playing = False
        common = {"samplerate": RATE_HZ, "channels": 1, "dtype": "int16", "blocksize": FRAME, "latency": 0.04}
        self.ear = sounddevice.RawOutputStream(device="headset_out", callback=self.play, **common)
        self.mouth = sounddevice.RawInputStream(device="headset_in", callback=self.record, **common)
        self.ear.start()
        self.mouth.start()

    def play(self, output: Any, _frames: int, _time: Any, _status: Any) -> None:
        self.playing = bool(self.to_ear) and (self.playing or len(self.to_ear) >= PREFILL_FRAMES)
        output[:] = self.to_ear.popleft() if self.playing else self.silence

    def record(self, data: Any, _frames: int, _time: Any, _status: Any) -> None:
        self.from_mouth.append(bytes(data))

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:  # noqa: N802
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.buf = pj.ByteVector(self.from_mouth.popleft() if self.from_mouth else self.silence)

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:  # noqa: N802
        if frame.buf.size() == len(self.silence):
            self.to_ear.append(bytes(frame.buf))

    def shut(self) -> None:
        for stream in (self.ear, self.mouth):
            stream.abort()
            stream.close()


class Call(pj.Call):  # type: ignore[misc]
    phone: Phone
    port: SoundPort | None = None

    def onCallState(self, _: pj.OnCallStateParam) -> None:  # noqa: N802
        if self.getInfo().state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.phone.ended.append(self)

    def onCallMediaState(self, _: pj.OnCallMediaStateParam) -> None:  # noqa: N802
        info = self.getInfo()  # its media list lives only as long as it
        for index, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE and not self.port:
                self.phone.connect(self, self.getAudioMedia(index))


class Account(pj.Account):  # type: ignore[misc]
    phone: Phone

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802
        call = Call(self, prm.callId)
        call.phone = self.phone
        call.answer(_status(180))
        self.phone.ring(call)


def _status(code: int) -> pj.CallOpParam:
    parameters = pj.CallOpParam()
    parameters.statusCode = code
    return parameters


class Phone:
    def __init__(self, port: int, answer_after_s: float, sound: str) -> None:
        self.answer_after_s, self.sound = answer_after_s, sound
        self.waiting: list[tuple[float, int, Call]] = []
        self.calls: list[Call] = []  # kept for good: a collected Call hangs up whoever got its id next
        self.ended: list[Call] = []
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.logConfig.level = config.logConfig.consoleLevel = 1
        config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, False
        config.medConfig.clockRate = config.medConfig.sndClockRate = RATE_HZ
        config.medConfig.noVad, config.medConfig.ecTailLen = True, 0
        self.endpoint.libInit(config)
        transport = pj.TransportConfig()
        transport.port, transport.boundAddress = port, "127.0.0.1"
        self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()
        account = pj.AccountConfig()
        account.idUri = f"sip:desk@127.0.0.1:{port}"
        media = account.mediaConfig.transportConfig
        media.port, media.portRange, media.boundAddress = port + 10, 30, "127.0.0.1"
        self.account = Account()
        self.account.phone = self
        self.account.create(account)

    def ring(self, call: Call) -> None:
        self.calls.append(call)
        heapq.heappush(self.waiting, (time.monotonic() + self.answer_after_s, len(self.calls), call))

    def connect(self, call: Call, media: pj.AudioMedia) -> None:
        if self.sound == "null":
            media.startTransmit(self.endpoint.audDevManager().getPlaybackDevMedia())
            self.endpoint.audDevManager().getCaptureDevMedia().startTransmit(media)
            return
        call.port = SoundPort()
        shape = pj.MediaFormatAudio()
        shape.init(pj.PJMEDIA_FORMAT_PCM, RATE_HZ, 1, 20_000, 16)
        call.port.createPort(f"sound-{call.getId()}", shape)
        media.startTransmit(call.port)
        call.port.startTransmit(media)

    def turn(self) -> None:
        """Wait for SIP, but never past the next moment to answer."""
        wait_ms = IDLE_WAIT_MS
        if self.waiting:
            wait_ms = max(0, min(wait_ms, int((self.waiting[0][0] - time.monotonic()) * 1000)))
        self.endpoint.libHandleEvents(wait_ms)
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            call = heapq.heappop(self.waiting)[2]
            if call not in self.ended and call.isActive():
                call.answer(_status(200))
        while self.ended:
            call = self.ended.pop()
            self.waiting = [entry for entry in self.waiting if entry[2] is not call]
            heapq.heapify(self.waiting)
            if call.port:
                call.port.shut()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--answer-after-ms", type=float, default=0)
    parser.add_argument("--sound", choices=("null", "portaudio"), default="null")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    phone = Phone(options.port, options.answer_after_ms / 1000, options.sound)
    while True:
        phone.turn()


if __name__ == "__main__":
    main()
