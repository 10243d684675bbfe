"""A bare pjsua2 phone that calls: ``python -m tests.peers.bare_pjsua2 sip:desk@127.0.0.1:5060``.

It waits for the answer, holds, resumes, sends a digit and hangs up; each state of the call is printed. The exit status
is 0 when all of it went well.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import NoReturn

import pjsua2 as pj

STEP_MS = 10
PATIENCE_S = 15.0


class Call(pj.Call):  # type: ignore[misc]
    """Keeps what has happened to it."""

    def __init__(self, account: pj.Account) -> None:
        super().__init__(account)
        self.state = pj.PJSIP_INV_STATE_NULL
        self.media = -1

    def onCallState(self, _: pj.OnCallStateParam) -> None:  # noqa: N802
        info = self.getInfo()
        self.state = info.state
        print(info.stateText, flush=True)

    def onCallMediaState(self, _: pj.OnCallMediaStateParam) -> None:  # noqa: N802
        info = self.getInfo()  # its media list lives only as long as it
        self.media = info.media[0].status


def main(target: str) -> NoReturn:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    configuration = pj.EpConfig()
    configuration.uaConfig.threadCnt = 0
    configuration.uaConfig.mainThreadOnly = True
    configuration.logConfig.level = configuration.logConfig.consoleLevel = 0
    endpoint.libInit(configuration)
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    account_settings = pj.AccountConfig()
    account_settings.idUri = '"Bare" <sip:bare@127.0.0.1>'
    account = pj.Account()
    account.create(account_settings)

    def until(done: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + PATIENCE_S
        while not done() and time.monotonic() < deadline:
            endpoint.libHandleEvents(STEP_MS)
        return done()

    call = Call(account)
    call.makeCall(target, pj.CallOpParam(True))
    well = until(lambda: call.state == pj.PJSIP_INV_STATE_CONFIRMED and call.media == pj.PJSUA_CALL_MEDIA_ACTIVE)
    call.setHold(pj.CallOpParam(True))
    well = well and until(lambda: call.media == pj.PJSUA_CALL_MEDIA_LOCAL_HOLD)
    again = pj.CallOpParam(True)
    again.opt.flag = pj.PJSUA_CALL_UNHOLD
    call.reinvite(again)
    well = well and until(lambda: call.media == pj.PJSUA_CALL_MEDIA_ACTIVE)
    call.dialDtmf("5")
    end = time.monotonic() + 1
    until(lambda: time.monotonic() > end)
    call.hangup(pj.CallOpParam())
    well = until(lambda: call.state == pj.PJSIP_INV_STATE_DISCONNECTED) and well
    sys.stdout.flush()
    os._exit(int(not well))  # the library stumbles over an assertion when it is taken down


if __name__ == "__main__":
    main(sys.argv[1])
