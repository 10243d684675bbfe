"""A simulated guest: ``python -m phoneetiquette.sip.guest TARGET SOUND.wav``, a telephone in a process of its own.

It calls, waits to be answered, says what the sound file holds and hangs up. Exit status 0 when it was answered.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

import pjsua2 as pj

RATE_HZ = 16000
PATIENCE_S = 60.0
POLL_MS = 10


class _Guest(pj.Call):
    def __init__(self, account: pj.Account, sound: str) -> None:
        super().__init__(account)
        self._sound = sound
        self._player: pj.AudioMediaPlayer | None = None
        self.answered_s: float | None = None
        self.over = False
        self.code = 0

    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802
        del prm
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.answered_s = time.monotonic()
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.over, self.code = True, info.lastStatusCode

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802
        del prm
        info = self.getInfo()
        if info.media[0].status == pj.PJSUA_CALL_MEDIA_ACTIVE and self._player is None:
            self._player = pj.AudioMediaPlayer()
            self._player.createPlayer(self._sound, pj.PJMEDIA_FILE_NO_LOOP)
            self._player.startTransmit(self.getAudioMedia(0))


def main() -> int:
    """Make the call; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target")
    parser.add_argument("sound")
    parser.add_argument("--name", default="Guest")
    parser.add_argument("--number", default="guest", help="user part of the guest's address")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the guest stays")
    args = parser.parse_args()
    endpoint = _endpoint()
    account = pj.Account()
    identity = pj.AccountConfig()
    identity.idUri = f'"{args.name}" <sip:{args.number}@127.0.0.1>'
    identity.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    account.create(identity)
    call = _Guest(account, args.sound)
    call.makeCall(args.target, pj.CallOpParam(True))
    deadline = time.monotonic() + PATIENCE_S
    leaving = False
    while not call.over and time.monotonic() < deadline:
        endpoint.libHandleEvents(POLL_MS)
        if call.answered_s and not leaving and time.monotonic() - call.answered_s >= args.seconds:
            leaving, deadline = True, time.monotonic() + 5.0
            call.hangup(pj.CallOpParam())
    if call.answered_s is None:
        print(f"the guest was not answered (status {call.code})", file=sys.stderr, flush=True)
    os._exit(
        0 if call.answered_s is not None else 1
    )  # nothing to say goodbye to, and the library takes a second for it


def _endpoint() -> pj.Endpoint:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    settings = pj.EpConfig()
    settings.uaConfig.threadCnt = 0
    settings.uaConfig.mainThreadOnly = False
    settings.uaConfig.userAgent = "simulated guest"
    settings.logConfig.level = settings.logConfig.consoleLevel = 1
    settings.medConfig.clockRate = settings.medConfig.sndClockRate = RATE_HZ
    settings.medConfig.noVad = True
    settings.medConfig.ecTailLen = 0
    endpoint.libInit(settings)
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.codecSetPriority("G722", 255)
    endpoint.audDevManager().setNullDev()
    return endpoint


if __name__ == "__main__":
    sys.exit(main())
