"""What a set of processes costs (CPU time, memory, file handles, threads), and how busy the machine is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PROC = Path("/proc")
NS_PER_S = 1e9


@dataclass(frozen=True, slots=True)
class Footprint:
    """Of all processes together, at one moment."""

    cpu_s: float
    rss_mb: float
    pss_mb: float
    """As RSS, with pages that processes share counted once."""
    threads: int
    handles: int
    processes: int


class Meter:
    """Samples the processes that ``pids`` names. Run time (schedstat) of threads that ended is kept as last seen."""

    def __init__(self, pids: Callable[[], list[int]]) -> None:
        self._pids = pids
        self._run_ns: dict[tuple[int, int], int] = {}

    def sample(self) -> Footprint:
        rss = pss = threads = handles = count = 0
        for pid in self._pids():
            folder = PROC / str(pid)
            try:
                for thread in (folder / "task").iterdir():
                    run = int((thread / "schedstat").read_text().split()[0])
                    self._run_ns[pid, int(thread.name)] = run
                    threads += 1
                handles += sum(1 for _ in (folder / "fd").iterdir())
                memory = dict(line.split()[:2] for line in (folder / "smaps_rollup").read_text().splitlines()[1:])
            except (OSError, ValueError):
                continue  # ended meanwhile
            rss += int(memory["Rss:"])
            pss += int(memory["Pss:"])
            count += 1
        cpu_s = sum(self._run_ns.values()) / NS_PER_S
        return Footprint(cpu_s, rss / 1024, pss / 1024, threads, handles, count)


_BUSY = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(10**6):
        pass
"""
_WAKEFUL = """
import sys, time
late, worst = 0, 0
while True:
    start = time.monotonic_ns()
    time.sleep(0.005)
    over = time.monotonic_ns() - start - 5_000_000
    late, worst = late + (over > 10_000_000), max(worst, over)
    if over == worst or over > 10_000_000:
        print(late, worst // 1000, flush=True)
"""


def real_time(thread: int, priority: int) -> None:
    """Real-time priority for a process or thread (0: the calling one), not for what it starts; where it is allowed."""
    try:
        os.sched_setscheduler(thread, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
    except PermissionError:
        print("no permission for real-time priority: latencies contain the scheduling of this machine", file=sys.stderr)


class BusyLoops:
    """``count`` programs that use a core each, for the time of a ``with`` block."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._loops: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        cores = sorted(os.sched_getaffinity(0))
        for number in range(self._count):
            core = cores[-1 - number % len(cores)]
            self._loops.append(subprocess.Popen([sys.executable, "-c", _BUSY, str(core)]))
        return self

    def __exit__(self, *_: object) -> None:
        for loop in self._loops:
            loop.kill()
            loop.wait()


class Hiccups:
    """An ordinary program that wants to wake every 5 ms: how often and how long the machine itself kept it waiting."""

    def __enter__(self) -> Self:
        self.late_over_10ms, self.worst_ms = 0, 0.0
        self._watch = subprocess.Popen([sys.executable, "-c", _WAKEFUL], stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.kill()
        lines = self._watch.communicate()[0].split("\n")
        if len(lines) > 1:
            late, worst_us = lines[-2].split()
            self.late_over_10ms, self.worst_ms = int(late), int(worst_us) / 1000

    def __str__(self) -> str:
        return f"machine late over 10 ms: {self.late_over_10ms} times, worst {self.worst_ms:.1f} ms"
