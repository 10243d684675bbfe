"""A program of this machine that is told by its standard input."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

from phoneetiquette.followups.parcel import Parcel, one_line
from phoneetiquette.notify.errors import DeliveryError

TIMEOUT_S = 30.0
LAST_WORDS = 2000
"""Bytes: what it says at last is told."""


def run(program: Path, parcel: Parcel) -> None:
    """Run ``program`` with the JSON of the parcel as its input; the event's name is its only argument.

    Raises:
        DeliveryError: it cannot be run, takes longer than 30 s or ends with another status than 0.
    """
    with tempfile.TemporaryFile() as words:  # a pipe would be waited for until all that the program starts have ended
        try:
            done = subprocess.run(
                [str(program), str(parcel.data.get("event", ""))],
                input=json.dumps(parcel.data).encode("ascii") + b"\n",
                stdout=subprocess.DEVNULL,
                stderr=words,
                timeout=TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise DeliveryError(f"{program} cannot be run: {error}", "check hooks.command") from error
        if done.returncode:
            words.seek(max(0, words.seek(0, os.SEEK_END) - LAST_WORDS))
            said = words.read(LAST_WORDS).decode("utf-8", "replace").strip().splitlines() or ["it says nothing"]
            raise DeliveryError(
                f"{program} ended with {done.returncode}: {one_line(said[-1])}", "see the program's log"
            )
