"""Outside programs that a test starts: they end with the test, and only they."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import time
from pathlib import Path
from typing import Any


def _die_with_parent() -> None:
    """A test run that is killed leaves nothing behind. The signal comes when the *thread* that started us ends.

    A virtual headset is a terminal to the kernel, and that it was unplugged must not be told as a hang-up.
    """
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def start(
    command: list[str],
    log: Path,
    *,
    environment: dict[str, str] | None = None,
    piped_input: bool = False,
    account: pwd.struct_passwd | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own, its output appended to ``log``; as somebody else where we may."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE if piped_input else subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **(environment or {})},
            cwd=log.parent,
            start_new_session=True,
            **identity(account),
            preexec_fn=_die_with_parent,
        )


def identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """What makes a new process somebody else's; nothing where it is ours anyway."""
    if account is None or account.pw_uid == os.getuid():
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def of_session(session: int) -> list[int]:
    """Living processes of a session: the started program and everything it started."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, _, _, owner = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(owner) == session and state != "Z":
            found.append(int(entry.name))
    return found


def stop(process: subprocess.Popen[bytes], *, first: signal.Signals = signal.SIGTERM, grace_s: float = 5.0) -> int:
    """End the program and what it started, politely first; returns its exit status."""
    for number in (first, signal.SIGKILL):
        for pid in of_session(process.pid):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + grace_s
        while of_session(process.pid) and time.monotonic() < deadline:
            process.poll()
            time.sleep(0.02)
        if not of_session(process.pid):
            break
    return process.wait()
