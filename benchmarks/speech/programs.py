"""What is compared: our measurement, and detectors and programs that others use for it.

A detector says of one channel where speech is; a rule makes interruptions of that. A program does both. What is not
installed is absent and says how to get it.
"""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.speech.clips import RATE_HZ, STEP, STEPS_PER_S, Label, grid, runs, spans, without_short
from benchmarks.speech.line import Recording
from benchmarks.speech.scoring import Claim, Prediction
from phoneetiquette.analysis.report import as_report
from phoneetiquette.speech import CallMeasurement

Samples = NDArray[np.int16]
Detector = Callable[[Samples, int], Label]
"""A channel and its rate -> speech or not, every 10 ms."""
HOW_TO_GET_PEERS = "make bench-peers"


class AbsentError(Exception):
    """Something that is compared with is not installed; says what."""


@dataclass(frozen=True, slots=True)
class Program:
    """A competitor. ``measure`` takes a call at 8 kHz; ``detect`` one channel, if it can be asked for that alone."""

    measure: Callable[[Recording], Prediction]
    detect: Detector | None


def program(name: str) -> Program:
    """One of :data:`PROGRAMS`.

    Raises:
        AbsentError: it is not installed.
        KeyError: there is none of this name.
    """
    return PROGRAMS[name]()


# ------------------------------------------------------------------------------------------------------------- ours


def measured(
    agent: Samples, customer: Samples, rate_hz: int, block: int | None = None
) -> tuple[list[Any], dict[str, Any]]:
    """Facts as they became known and the final report, from blocks of ``block`` samples (everything at once if not
    given)."""
    measurement = CallMeasurement(rate_hz)
    facts: list[Any] = []
    for start in range(0, len(agent), block or max(1, len(agent))):
        piece = slice(start, start + (block or len(agent)))
        facts += measurement.feed(agent[piece], customer[piece])
    facts += measurement.finish()
    return facts, as_report(Path("call"), measurement.measures(final=True))


def _ours(call: Recording) -> Prediction:
    _, report = measured(call.agent, call.customer, RATE_HZ)
    return Prediction(
        tuple([tuple(span) for span in report["parties"][party]["segments"]] for party in ("agent", "customer")),  # type: ignore[arg-type]
        [Claim(int(one["by"] == "customer"), one["start_s"]) for one in report["interruptions"] or ()],
    )


def _ours_on_one(channel: Samples, rate_hz: int) -> Label:
    _, report = measured(channel, np.zeros_like(channel), rate_hz)
    return grid(report["parties"]["agent"]["segments"], len(channel) * STEPS_PER_S // rate_hz)


def _phoneetiquette() -> Program:
    return Program(_ours, _ours_on_one)


# ------------------------------------------------------------------------------------------------------------ rules


def overlap_rule(speech: tuple[Label, Label]) -> list[Claim]:
    """Overlap of more than 0.3 s is an interruption, by whoever began to speak later: what is found everywhere."""
    begun = [np.zeros(len(one), int) for one in speech]
    for party in (0, 1):
        for start, end in runs(speech[party]):
            begun[party][start:end] = start
    return [
        Claim(int(begun[1][start] > begun[0][start]), start / STEPS_PER_S)
        for start, end in runs(speech[0] & speech[1])
        if end - start > 30
    ]


def floor_rule(speech: tuple[Label, Label]) -> list[Claim]:
    """Our definition of an interruption on somebody else's speech activity: a spurt (pauses under 0.6 s bridged) of
    1.25 s or more that begins 0.5 s or more after, and 0.4 s or more before the end of, a spurt of the other."""
    spurts = [runs(without_short(one, False, 60)) for one in speech]
    return [
        Claim(party, start / STEPS_PER_S)
        for party in (0, 1)
        for start, end in spurts[party]
        if end - start >= 125 and any(a + 50 <= start <= b - 40 for a, b in spurts[1 - party])
    ]


def _with(detect: Detector, rule: Callable[[tuple[Label, Label]], list[Claim]]) -> Program:
    def measure(call: Recording) -> Prediction:
        speech = detect(call.agent, RATE_HZ), detect(call.customer, RATE_HZ)
        return Prediction((spans(speech[0]), spans(speech[1])), rule(speech))

    return Program(measure, detect)


# -------------------------------------------------------------------------------------------------------- detectors


def webrtc(mode: int) -> Detector:
    """webrtcvad on frames of 10 ms."""
    import _webrtcvad

    def detect(channel: Samples, rate_hz: int) -> Label:
        vad = _webrtcvad.create()
        _webrtcvad.init(vad)
        _webrtcvad.set_mode(vad, mode)
        size = rate_hz // STEPS_PER_S
        sound = channel.tobytes()
        return np.array(
            [
                _webrtcvad.process(vad, rate_hz, sound[2 * size * i : 2 * size * (i + 1)], size)
                for i in range(len(channel) // size)
            ],
            bool,
        )

    return detect


def silero() -> Detector:
    """Silero VAD's own ONNX model at its own threshold of 0.5, run without its Python package, which needs torch."""
    runtime = _module("onnxruntime")
    package = importlib.util.find_spec("silero_vad")
    if package is None or not package.origin:
        raise AbsentError("silero-vad is not installed")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = Path(package.origin).parent / "data" / "silero_vad.onnx"
    session = runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def detect(channel: Samples, rate_hz: int) -> Label:
        window, context_size = (512, 64) if rate_hz == 16000 else (256, 32)
        count = -(-len(channel) // window)
        sound = np.zeros(count * window, np.float32)
        sound[: len(channel)] = channel / np.float32(32768)
        state, context = np.zeros((2, 1, 128), np.float32), np.zeros((1, context_size), np.float32)
        rate = np.array(rate_hz, np.int64)
        chances = np.zeros(count)
        for i, piece in enumerate(sound.reshape(count, 1, window)):
            told, state = session.run(
                None, {"input": np.concatenate([context, piece], axis=1), "state": state, "sr": rate}
            )
            context, chances[i] = piece[:, -context_size:], told[0, 0]
        return _on_steps(chances, window / rate_hz, len(channel) * STEPS_PER_S // rate_hz)

    return detect


def ten() -> Detector:
    """TEN VAD at its own threshold of 0.5; it knows 16 kHz only."""
    vad_type, hop = _module("ten_vad").TenVad, 256
    try:
        vad_type(hop, 0.5)
    except OSError as error:
        raise AbsentError(f"ten-vad cannot be loaded: {error}; apt-get install libc++1") from error

    def detect(channel: Samples, rate_hz: int) -> Label:
        vad = vad_type(hop, 0.5)
        wide = channel if rate_hz == 16000 else soxr.resample(channel, rate_hz, 16000)
        chances = np.array([vad.process(wide[i : i + hop])[0] for i in range(0, len(wide) - hop + 1, hop)])
        return _on_steps(chances, hop / 16000, len(channel) * STEPS_PER_S // rate_hz)

    return detect


def _on_steps(chances: NDArray[np.float64], window_s: float, steps: int) -> Label:
    """Of windows of any length, every 10 ms: what the window says in which the middle of the step lies."""
    window = ((np.arange(steps) + 0.5) / STEPS_PER_S / window_s).astype(int)
    return np.asarray(chances[np.minimum(window, len(chances) - 1)] >= 0.5)


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise AbsentError(f"{name.replace('_', '-')} is not installed") from error


# --------------------------------------------------------------------------------------------------------- programs


def _call_ai(rule: bool) -> Program:
    analyzer = _module("call_ai_metrics").CallAnalyzer

    def measure(call: Recording) -> Prediction:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "call.wav")
            soundfile.write(path, np.stack([call.agent, call.customer], axis=1), RATE_HZ)
            report = analyzer().analyze(str(path), speakers=["0", "1"])
        said = [(int(one.speaker), one.start_s, one.end_s) for one in report.segments]
        segments = tuple([(start, end) for speaker, start, end in said if speaker == party] for party in (0, 1))
        if rule:
            steps = len(call.agent) // STEP
            claims = floor_rule((grid(segments[0], steps), grid(segments[1], steps)))
        else:
            claims = [Claim(int(one.by), one.time_s) for one in report.interruption_events]
        return Prediction((segments[0], segments[1]), claims)

    return Program(measure, None)


PROGRAMS: dict[str, Callable[[], Program]] = {
    "phoneetiquette": _phoneetiquette,
    "webrtcvad-2, 300 ms": lambda: _with(webrtc(2), overlap_rule),
    "webrtcvad-3, floor": lambda: _with(webrtc(3), floor_rule),
    "silero, floor": lambda: _with(silero(), floor_rule),
    "ten-vad, floor": lambda: _with(ten(), floor_rule),
    "call-ai-metrics": lambda: _call_ai(rule=False),
    "call-ai-metrics, floor": lambda: _call_ai(rule=True),
}
"""Names as ``--agent`` takes them; ours first."""
