"""Recordings worked on by several processes: one that dies of a file takes nothing but that file with it.

Decoders are written in C and read what anybody may have damaged, so every recording is read in a process of its own
kind, even when there is only one. A pool of the standard library is given up whole when one of its processes dies.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from phoneetiquette.analysis.job import Job, Outcome, work
from phoneetiquette.errors import RecordingError

_CONTEXT = multiprocessing.get_context("spawn")
"""Nothing of ours is inherited: no thread of a progress bar, no open file."""
_STEP = 0.01
"""Progress of a file is told in steps of this share."""


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    number: int | None = None
    """Of the job it is at."""


def run(
    jobs: Sequence[Job], processes: int, progress: Callable[[int, float], None]
) -> Generator[tuple[int, Outcome], None, None]:
    """Does the jobs in up to ``processes`` processes; yields (number of the job, what came of it) as they are done.

    ``progress`` is told the number of a job and the share of it that is done. Closing the iterator, or an exception in
    its consumer, ends the processes.
    """
    waiting = list(reversed(range(len(jobs))))
    workers: list[_Worker] = []
    try:
        while waiting or workers:
            while waiting and len(workers) < processes:
                workers.append(_start())
            for worker in workers:
                if worker.number is None and waiting:
                    worker.number = waiting.pop()
                    with contextlib.suppress(OSError):  # it has died meanwhile, and its end is read below
                        worker.pipe.send(jobs[worker.number])
            for ready in wait([worker.pipe for worker in workers]):
                worker = next(one for one in workers if one.pipe is ready)
                try:
                    told = worker.pipe.recv()
                except (EOFError, OSError):
                    workers.remove(worker)
                    number, death = worker.number, _end(worker)
                    if number is not None:
                        problem = RecordingError(
                            f"{jobs[number].path}: the process that read it {death}",
                            "convert it, or leave it out: its content is more than the decoder stands",
                        )
                        yield number, Outcome(None, problem)
                    continue
                assert worker.number is not None
                if isinstance(told, float):
                    progress(worker.number, told)
                    continue
                number, worker.number = worker.number, None
                yield number, told
                if not waiting:
                    workers.remove(worker)
                    _end(worker)
    finally:
        for worker in workers:
            worker.process.kill()
            _end(worker)


def _start() -> _Worker:
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_serve, args=(theirs,), daemon=True)
    # A child inherits what is blocked: an interrupt from the keyboard, which reaches it too, must not find it between
    # its start and the moment when it can say that such things are for its parent.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return _Worker(process, ours)


def _end(worker: _Worker) -> str:
    """Waits for a process that has nothing more to do; says how it ended."""
    worker.pipe.close()
    worker.process.join(5.0)
    if worker.process.exitcode is None:
        worker.process.kill()
        worker.process.join()
    code = worker.process.exitcode or 0
    worker.process.close()
    if code >= 0:
        return f"ended with status {code}"
    return f"was ended by signal {-code} ({signal.Signals(-code).name})"


def _serve(pipe: Connection) -> None:
    """The life of a worker: a job comes, progress and a result go, until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    # As many processes as wished are at work; numpy, which is loaded later, shall not double them with threads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Decoders write their doubts to standard error; ours are told in one line each by the parent.
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    while True:
        try:
            job = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(_done(job, pipe))
        except BrokenPipeError:
            return


def _done(job: Job, pipe: Connection) -> Outcome:
    told = 0.0

    def progress(share: float) -> None:
        nonlocal told
        if share - told >= _STEP:
            told = share
            pipe.send(share)

    try:
        return work(job, progress)
    except BrokenPipeError:
        raise
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        problem = RecordingError(f"{job.path}: unexpected {what}", "please report it, with the file if you may")
        return Outcome(None, problem)
