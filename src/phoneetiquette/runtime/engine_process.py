"""The engine process of a seat: ``python -m phoneetiquette.runtime.engine_process``, settings on standard input (JSON).

It holds pjsua2, sound and measurement, so that a fault in the native library ends it and not the desk. It outlives
main: the voices stay connected, events wait, the next main attaches. Without a main and without a call it ends.
"""

from __future__ import annotations

import ctypes
import gc
import json
import logging
import os
import signal
import sys
import threading
import time
from importlib import import_module
from pathlib import Path

from phoneetiquette import events as e
from phoneetiquette.commands import Shutdown
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.runtime.engine_server import REFUSAL, EngineServer
from phoneetiquette.runtime.logs import set_up
from phoneetiquette.sip.engine import SipEngine
from phoneetiquette.sip.native import build_name
from phoneetiquette.sip.settings import EngineSettings
from phoneetiquette.units import seconds

log = logging.getLogger(__name__)

NICE = -11
"""What PulseAudio takes for the same reason."""
SWITCH_S = 0.001
"""How long a tick may have to wait for a thread that computes; five times as long is usual."""
SOUND = "phoneetiquette.runtime.engine_sound"
"""Takes longer to import than all the rest of an engine's start."""
CANNOT_START = 3
"""Exit status when the reason has been told on standard output."""


def main() -> int:
    """Run an engine; the exit status."""
    sys.setswitchinterval(SWITCH_S)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is main's to interpret
    settings = EngineSettings.from_object(json.loads(sys.stdin.readline()))
    set_up(settings.log_level, settings.seat, personal_data=settings.log_personal_data, part="engine ")
    _name_process(f"etiquette-{settings.seat}")
    _take_priority()
    try:
        return _run(settings)
    except PhoneEtiquetteError as error:
        print(REFUSAL + json.dumps([error.what, error.advice]), flush=True)
        return CANNOT_START


def _run(settings: EngineSettings) -> int:
    started: list[e.EngineStarted] = []

    def greet() -> e.Event:
        first = started[0]
        return e.EngineStarted(
            at_ns=time.monotonic_ns(),
            pid=first.pid,
            listening=first.listening,
            build=first.build,
            calls=tuple(engine.calls),
        )

    server = EngineServer(Path(settings.socket), lambda command: engine.post(command), greet)
    engine = SipEngine(settings, server.emit)
    signal.signal(signal.SIGTERM, lambda *_: engine.post(Shutdown()))
    engine.open()
    loading = threading.Thread(target=import_module, args=(SOUND,), name="loading")
    loading.start()
    engine.poll_while(loading)
    import_module(SOUND).furnish(engine, server.emit)
    listening = engine.endpoint.listening
    started.append(e.EngineStarted(at_ns=time.monotonic_ns(), pid=os.getpid(), listening=listening, build=build_name()))
    server.start()
    gc.freeze()  # what is there now stays: nobody shall look through it for garbage while a call is up
    threading.Thread(target=_end_when_alone, args=(server, engine, settings.alone_s), daemon=True).start()
    engine.run()
    engine.close()
    server.close()
    return 0


def _end_when_alone(server: EngineServer, engine: SipEngine, patience_s: float) -> None:
    while True:
        time.sleep(patience_s / 6)
        since = server.alone_since_ns
        if since and time.monotonic_ns() - since > seconds(patience_s) and not engine.calls:
            log.info("no main and no call: ending")
            engine.post(Shutdown())
            return


def _take_priority() -> None:
    """Sound and ring windows before everything that can wait, where we may (root, or ``LimitNICE=`` of the unit)."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    except OSError:
        log.debug("no permission for a higher priority")


def _name_process(name: str) -> None:
    """What ``ps`` shows of the main thread (PR_SET_NAME, at most 15 bytes)."""
    ctypes.CDLL(None).prctl(15, name.encode()[:15], 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
