"""Jobs are done in processes, and what came of each comes back, whatever became of the process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import soundfile

from phoneetiquette.analysis.job import Job
from phoneetiquette.analysis.report import Report
from phoneetiquette.analysis.tracks import Tracks
from phoneetiquette.analysis.workers import run
from phoneetiquette.demo.conversation import RATE_HZ, guest_track, receptionist_track


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("call") / "call.wav"
    soundfile.write(path, np.stack([receptionist_track(), guest_track()], axis=1), RATE_HZ)
    return path


def dies(report: Report, tracks: Tracks, path: Path) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def errs(report: Report, tracks: Tracks, path: Path) -> None:
    raise ZeroDivisionError("a fault\nof the program")


def draws(report: Report, tracks: Tracks, path: Path) -> None:
    assert tracks.level is not None
    path.write_text(f"{report['duration_s']} {tracks.level.values.shape}")


def test_every_job_has_an_outcome_and_a_death_is_told(call: Path, tmp_path: Path) -> None:
    picture = (tmp_path / "picture",)
    jobs = [
        Job(call),
        Job(call, pictures=picture, draw=dies),
        Job(tmp_path / "gone.wav"),
        Job(call, pictures=picture, draw=errs),
        Job(call, pictures=(tmp_path / "drawn",), draw=draws),
    ]
    shares: dict[int, list[float]] = {}
    outcomes = dict(run(jobs, 2, lambda number, share: shares.setdefault(number, []).append(share)))
    assert sorted(outcomes) == [0, 1, 2, 3, 4]
    measured = outcomes[0].report
    assert measured is not None
    assert outcomes[0].problem is None
    assert [str(outcomes[number].problem) for number in (1, 2, 3)] == [
        f"{call}: the process that read it was ended by signal 11 (SIGSEGV) "
        "(convert it, or leave it out: its content is more than the decoder stands)",
        f"{tmp_path / 'gone.wav'}: no such file (check the name)",
        f"{call}: unexpected ZeroDivisionError: a fault of the program (please report it, with the file if you may)",
    ]
    assert outcomes[4].report == measured
    assert (tmp_path / "drawn").read_text() == "29.5 (2, 295)"
    assert all(told == sorted(told) and told[-1] <= 1.0 for told in shares.values())


def test_nothing_is_left_when_nobody_wants_the_rest(call: Path) -> None:
    before = children()
    outcomes = run([Job(call)] * 4, 2, lambda *_: None)
    next(outcomes)
    assert len(children() - before) >= 2
    outcomes.close()
    started = children() - before
    assert not {pid for pid in started if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()}


def children() -> set[str]:
    return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())
