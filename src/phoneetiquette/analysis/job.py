"""One recording: read, measured, drawn. Runs in a process of its own (:mod:`phoneetiquette.analysis.workers`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from phoneetiquette.analysis.report import Report, as_report
from phoneetiquette.analysis.tracks import LevelMeter, Tracks, pitch_of

Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done with one recording. Travels to the process that does it."""

    path: Path
    agent_channel: Side = "left"
    pictures: tuple[Path, ...] = ()
    """Files to draw the call into, by their suffix."""
    draw: Callable[[Report, Tracks, Path], None] | None = field(default=None, compare=False)
    """Draws one of them; a function with a module, so that it can travel too."""


def work(job: Job, progress: Callable[[float], None]) -> Report:
    """Measures a recording and draws it if that is wished. ``progress`` is told the share of the file that is done.

    Raises:
        RecordingError: the recording cannot be measured.
        ConfigurationError: a picture cannot be written.
    """
    # Not before it is needed: whoever only makes jobs shall not wait for numpy.
    from phoneetiquette.audio.recordings import Recording
    from phoneetiquette.speech import CallMeasurement

    agent, customer = (0, 1) if job.agent_channel == "left" else (1, 0)
    with Recording(job.path) as recording:
        measurement = CallMeasurement(recording.rate_hz)
        meter = LevelMeter(recording.rate_hz) if job.pictures else None
        for block in recording.blocks():
            measurement.feed(block[agent], block[customer])
            if meter is not None:
                meter.feed(block[agent], block[customer])
            progress(recording.read)
    measurement.finish()
    report = as_report(job.path, measurement.measures(final=True))
    if meter is not None and job.draw is not None:
        tracks = tracks_of(measurement, meter)
        for picture in job.pictures:
            job.draw(report, tracks, picture)
    return report


def tracks_of(measurement: Any, meter: LevelMeter) -> Tracks:
    """What is drawn below the lanes: the level, and the pitch where the measurement keeps it."""
    contour = getattr(measurement, "contour", None)
    return Tracks(meter.finish(), None if contour is None else pitch_of(contour()))
