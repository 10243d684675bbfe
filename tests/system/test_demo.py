"""The first thing that a newcomer sees: ``make run`` ends with this command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.peers.ports import free_port


def test_the_demo_connects_at_the_end_of_ring_2_and_shows_the_call(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "phoneetiquette", "demo", "--no-wait", "--records", str(tmp_path)]
    command += ["--port", str(free_port()), "--console-port", str(free_port())]
    with tempfile.TemporaryDirectory(prefix="run-") as runtime:
        environment = {**os.environ, "XDG_RUNTIME_DIR": runtime}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "too early" in done.stdout
    assert re.search(r"connected, [0-9.]+ ms after the window opened", done.stdout), done.stdout
    assert "the receptionist interrupts" in done.stdout
    assert "Traceback" not in done.stderr, done.stderr
