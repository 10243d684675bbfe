"""One recording: read, measured, drawn. Runs in a process of its own (:mod:`phoneetiquette.analysis.workers`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from phoneetiquette.analysis.report import PARTIES, Report, as_report
from phoneetiquette.errors import PhoneEtiquetteError, RecordingError

if TYPE_CHECKING:
    from phoneetiquette.analysis.tracks import LevelMeter, Tracks
    from phoneetiquette.speech import CallMeasurement

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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job: a report, or the problem that prevented it; both if only a picture could not be drawn."""

    report: Report | None
    problem: PhoneEtiquetteError | None = None


def work(job: Job, progress: Callable[[float], None]) -> Outcome:
    """Measures a recording and draws it if that is wished. ``progress`` is told the share of the file that is done."""
    try:
        report, measurement, meter = _measured(job, progress)
    except PhoneEtiquetteError as error:
        return Outcome(None, error)
    except MemoryError:
        return Outcome(None, RecordingError(f"{job.path}: there is not memory enough for it", "use fewer --jobs"))
    try:
        if meter is not None and job.draw is not None:
            tracks = tracks_of(measurement, meter)
            for picture in job.pictures:
                job.draw(report, tracks, picture)
    except PhoneEtiquetteError as error:
        return Outcome(report, error)
    return Outcome(report)


def _measured(job: Job, progress: Callable[[float], None]) -> tuple[Report, CallMeasurement, LevelMeter | None]:
    """The report, and what a picture can be drawn from."""
    # Not before it is needed: whoever only makes jobs shall not wait for numpy.
    from phoneetiquette.analysis.tracks import LevelMeter
    from phoneetiquette.audio.integrated_loudness import IntegratedLoudness
    from phoneetiquette.audio.recordings import Recording
    from phoneetiquette.speech import CallMeasurement

    agent, customer = (0, 1) if job.agent_channel == "left" else (1, 0)
    with Recording(job.path) as recording:
        measurement = CallMeasurement(recording.rate_hz)
        meter = LevelMeter(recording.rate_hz) if job.pictures else None
        loudness = {party: IntegratedLoudness(recording.rate_hz) for party in PARTIES}
        for block in recording.blocks():
            measurement.feed(block[agent], block[customer])
            loudness["agent"].feed(block[agent])
            loudness["customer"].feed(block[customer])
            if meter is not None:
                meter.feed(block[agent], block[customer])
            progress(recording.read)
    measurement.finish()
    loudness_lufs = {party: one.lufs() for party, one in loudness.items()}
    return as_report(job.path, measurement.measures(final=True), loudness_lufs), measurement, meter


def tracks_of(measurement: CallMeasurement, meter: LevelMeter) -> Tracks:
    """What is drawn below the lanes: the level, and the pitch where the measurement keeps it."""
    from phoneetiquette.analysis.tracks import Tracks, pitch_of

    contour = getattr(measurement, "contour", None)
    return Tracks(meter.finish(), None if contour is None else pitch_of(contour()))
