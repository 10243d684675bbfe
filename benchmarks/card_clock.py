"""The crystal of a virtual sound card: ``python -m benchmarks.card_clock FOLDER PPM``.

PulseAudio's pipe sink and source go as fast as the program at the other end of their FIFO. This program takes a block
of ``FOLDER/ear`` and gives one to ``FOLDER/mouth`` each period, on an absolute schedule that may run PPM fast. What it
takes is kept in ``FOLDER/ear.raw`` (16 bit, mono), from its start on. A path on standard input is said once; the end of
standard input ends it. It answers in lines of JSON.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.meter import real_time

RATE_HZ = 48000
BLOCK = 512
"""Frames a period. One block of the ear (32 bit, stereo) is one page, which is what the FIFO holds and passes whole."""
EAR_BYTES = BLOCK * 8
MOUTH_BYTES = BLOCK * 2
HELD_BLOCKS = 2
"""Blocks kept here beside the one in the FIFO: the card's own buffer."""
F_SETPIPE_SZ = 1031


class Crystal:
    def __init__(self, folder: Path, ppm: float) -> None:
        self.ear = os.open(folder / "ear", os.O_RDWR | os.O_NONBLOCK)
        self.mouth = os.open(folder / "mouth", os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self.ear, F_SETPIPE_SZ, EAR_BYTES)
        self.kept = (folder / "ear.raw").open("wb")
        self.sample_ns = 1e9 / RATE_HZ / (1 + ppm * 1e-6)
        self.start_ns = time.monotonic_ns() + 50_000_000
        self.tick = 0
        self.held = bytearray()
        self.said = memoryview(b"")
        self.empty: list[float] = []
        self.full: list[float] = []
        self.worst_late_ns = 0.0

    def due_ns(self, tick: int) -> float:
        return self.start_ns + tick * BLOCK * self.sample_ns

    def wait(self) -> bool:
        """Until the next tick, taking from the ear and listening to commands. False: we shall end."""
        while (left_ns := self.due_ns(self.tick) - time.monotonic_ns()) > 0:
            room = HELD_BLOCKS * EAR_BYTES - len(self.held)
            ready, _, _ = select.select([sys.stdin] + [self.ear] * (room > 0), [], [], left_ns / 1e9)
            if self.ear in ready:
                self.held += os.read(self.ear, room)
            if sys.stdin in ready:
                line = sys.stdin.readline()
                if not line:
                    return False
                self.say(Path(line.strip()))
        self.worst_late_ns = max(self.worst_late_ns, -left_ns)
        return True

    def say(self, path: Path) -> None:
        """A block handed over at a tick was captured in the period before it."""
        self.said = memoryview(path.read_bytes())  # of which the rest can be had without copying ten minutes of it
        answer(first_sample_ns=self.due_ns(self.tick - 1))

    def move(self) -> None:
        """One block each way."""
        if len(self.held) < EAR_BYTES:
            try:
                self.held += os.read(self.ear, EAR_BYTES - len(self.held))
            except BlockingIOError:
                self.empty.append(self.due_ns(self.tick))
        block, self.held = bytes(self.held[:EAR_BYTES]), self.held[EAR_BYTES:]
        left = np.frombuffer(block[: len(block) // 8 * 8], np.int32)[::2] >> 16
        self.kept.write(np.pad(left, (0, BLOCK - len(left))).astype(np.int16).tobytes())
        words, self.said = self.said[:MOUTH_BYTES], self.said[MOUTH_BYTES:]
        try:
            os.write(self.mouth, bytes(words).ljust(MOUTH_BYTES, b"\0"))
        except BlockingIOError:
            self.full.append(self.due_ns(self.tick))
        self.tick += 1


def answer(**words: object) -> None:
    print(json.dumps(words), flush=True)


def main() -> None:
    real_time(0, 30)
    crystal = Crystal(Path(sys.argv[1]), float(sys.argv[2]))
    answer(start_ns=crystal.start_ns, sample_ns=crystal.sample_ns)
    while crystal.wait():
        crystal.move()
    crystal.kept.close()
    answer(empty_ns=crystal.empty, overrun_ns=crystal.full, worst_late_ms=crystal.worst_late_ns / 1e6)


if __name__ == "__main__":
    main()
