"""Trains the network that decides what is a party's own speech, and writes ``foreground.json``.

    python -m benchmarks.train_foreground CALLS... --out foreground.json [--start foreground.json] [--epochs 10]

``CALLS``: folders of two-channel WAV or FLAC files at 8 kHz (left agent, right customer), each with a JSON file of the
same name that says who really speaks: ``{"segments": {"agent": [[start_s, end_s], ...], "customer": [...]}}``. The
weights in the package were trained on 600 generated calls of a minute: voices of LibriSpeech (CC BY 4.0) and of the
Asterisk prompts (CC BY-SA 3.0) in English, Russian, Italian and French, at speech levels of -42 to -14 dBFS through
G.711, a fifth of them clean, the others with any of: leaks of -34 to -13 dB with up to 280 ms of delay and reflections;
babble of 4 to 11 voices, steady, coloured and bursting noise 2 to 26 dB down; a single voice or whispers behind;
typing, breathing, hum, tones, hold music, clipping, lost packets, suppressed silence; hummed encouragements; and one in
eleven with a party that never speaks.

Frames in which both speak weigh five times, those in which only the other does two and a half times: they are rare, and
decide who interrupts whom.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from phoneetiquette.speech.activity import Activity
from phoneetiquette.speech.cues import CUES
from phoneetiquette.speech.foreground import AFTER, BEFORE, HIDDEN, STRETCHES

Floats = NDArray[np.float32]

SECOND = 32
"""Units of the second layer."""
PIECE = 500
"""Frames of a call that are learnt from at a time."""
BATCH = 32
DOUBLE_TALK = 4.0
OTHER_ALONE = 1.5
FRAME_S = 0.02


class Calls:
    """Cues of both channels of every call, and what they should come to."""

    def __init__(self, folders: list[Path]) -> None:
        files = sorted(file for folder in folders for ending in ("*.wav", "*.flac") for file in folder.glob(ending))
        read = [self._read(file) for file in files]
        self.cues = [cues for cues, _ in read]
        self.truth = [truth for _, truth in read]
        self.pieces = [
            (call, channel, start)
            for call, cues in enumerate(self.cues)
            for channel in (0, 1)
            for start in range(0, cues.shape[1] - PIECE + 1, PIECE)
        ]

    @staticmethod
    def _read(file: Path) -> tuple[Floats, Floats]:
        sound, rate_hz = soundfile.read(file, dtype="int16", always_2d=True)
        if rate_hz != 8000 or sound.shape[1] != 2:
            raise SystemExit(f"{file}: not two channels at 8000 Hz")
        blocks = len(sound) // 800 * 800
        cues = Activity(8000, 2).cues(np.ascontiguousarray(sound[:blocks].T)).astype(np.float32)
        segments = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))["segments"]
        truth = np.zeros((2, cues.shape[1]), np.float32)
        for channel, party in enumerate(("agent", "customer")):
            for start, end in segments[party]:
                truth[channel, round(start / FRAME_S) : round(end / FRAME_S)] = 1.0
        return cues, truth

    def batch(self, pieces: list[tuple[int, int, int]]) -> tuple[Floats, Floats, Floats]:
        """Cues, truth and weights of some pieces: pieces x frames (x cues)."""
        parts = [(call, channel, slice(start, start + PIECE)) for call, channel, start in pieces]
        cues = np.stack([self.cues[call][channel, part] for call, channel, part in parts])
        own = np.stack([self.truth[call][channel, part] for call, channel, part in parts])
        other = np.stack([self.truth[call][1 - channel, part] for call, channel, part in parts])
        weights = 1.0 + other * (DOUBLE_TALK * own + OTHER_ALONE * (1.0 - own))
        for row, (_, _, part) in enumerate(parts):
            weights[row, : BEFORE + 1 if part.start else 0] = 0.0
        weights[:, -AFTER - 1 :] = 0.0
        return cues, own, (weights / weights.sum()).astype(np.float32)


class Network:
    """The network of :mod:`phoneetiquette.speech.foreground`, with its gradients."""

    def __init__(self, weights: dict[str, Floats] | None) -> None:
        rng = np.random.default_rng(1)
        wide = HIDDEN * len(STRETCHES)
        self.weights: dict[str, Floats] = weights or {
            "a.weight": _random(rng, HIDDEN, CUES),
            "a.bias": np.zeros(HIDDEN, np.float32),
            "b.weight": _random(rng, SECOND, wide),
            "b.bias": np.zeros(SECOND, np.float32),
            "c.weight": _random(rng, 1, SECOND),
            "c.bias": np.zeros(1, np.float32),
        }

    def gradients(self, cues: Floats, truth: Floats, weights: Floats) -> tuple[float, dict[str, Floats]]:
        """Loss (weighted cross entropy) and its gradient for every weight."""
        w, frames = self.weights, cues.shape[1]
        first = cues @ w["a.weight"].T + w["a.bias"]
        said = np.pad(np.clip(first, -1.0, 1.0), ((0, 0), (BEFORE, AFTER), (0, 0)))
        context = np.concatenate([_mean(said, BEFORE + begin, length, frames) for begin, length in STRETCHES], axis=2)
        second = context @ w["b.weight"].T + w["b.bias"]
        heard = np.clip(second, -1.0, 1.0)
        score = heard @ w["c.weight"][0] + w["c.bias"][0]
        odds = 1.0 / (1.0 + np.exp(-score))
        loss = float(np.sum(weights * (np.logaddexp(0.0, score) - truth * score)))
        to_score = weights * (odds - truth)
        to_second = to_score[..., None] * w["c.weight"][0] * (np.abs(second) < 1.0)
        to_context = to_second @ w["b.weight"]
        to_said = np.zeros_like(said)
        for index, (begin, length) in enumerate(STRETCHES):
            part = to_context[..., index * HIDDEN : (index + 1) * HIDDEN] / length
            for step in range(length):
                to_said[:, BEFORE + begin + step : BEFORE + begin + step + frames] += part
        to_first = to_said[:, BEFORE : BEFORE + frames] * (np.abs(first) < 1.0)
        return loss, {
            "a.weight": np.einsum("bth,btc->hc", to_first, cues, optimize=True),
            "a.bias": to_first.sum(axis=(0, 1)),
            "b.weight": np.einsum("bts,btw->sw", to_second, context, optimize=True),
            "b.bias": to_second.sum(axis=(0, 1)),
            "c.weight": np.einsum("bt,bts->s", to_score, heard, optimize=True)[None],
            "c.bias": to_score.sum(keepdims=True)[0],
        }


def train(network: Network, calls: Calls, epochs: int, rate: float = 6e-3, decay: float = 2e-3) -> None:
    """Adam with decoupled weight decay; the step grows for a third of the time and shrinks to nothing for the rest."""
    moments = {name: (np.zeros_like(value), np.zeros_like(value)) for name, value in network.weights.items()}
    steps = max(1, epochs * (len(calls.pieces) // BATCH))
    rng, done = np.random.default_rng(2), 0
    for epoch in range(epochs):
        order, total = rng.permutation(len(calls.pieces)), 0.0
        for start in range(0, len(order) - BATCH + 1, BATCH):
            loss, gradients = network.gradients(*calls.batch([calls.pieces[i] for i in order[start : start + BATCH]]))
            done += 1
            part = done / steps
            step = rate * (part / 0.3 if part < 0.3 else 0.5 + 0.5 * np.cos(np.pi * (part - 0.3) / 0.7))
            for name, gradient in gradients.items():
                mean, square = moments[name]
                mean += 0.1 * (gradient - mean)
                square += 0.001 * (gradient**2 - square)
                towards = mean / (1 - 0.9**done) / (np.sqrt(square / (1 - 0.999**done)) + 1e-8)
                network.weights[name] -= (step * (towards + decay * network.weights[name])).astype(np.float32)
            total += loss
        print(f"epoch {epoch + 1}: {total / max(1, len(order) // BATCH):.4f}", file=sys.stderr)


def _random(rng: np.random.Generator, rows: int, columns: int) -> Floats:
    reach = 1.0 / np.sqrt(columns)
    return rng.uniform(-reach, reach, (rows, columns)).astype(np.float32)


def _mean(said: Floats, begin: int, length: int, frames: int) -> Floats:
    total = said[:, begin : begin + frames].copy()
    for step in range(1, length):
        total += said[:, begin + step : begin + step + frames]
    return total / np.float32(length)


def _rounded(values: Floats) -> Any:
    return np.vectorize(lambda value: float(f"{value:.5g}"))(values.astype(np.float64)).tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("calls", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="go on from these weights")
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    start = None
    if options.start:
        known = json.loads(options.start.read_text(encoding="utf-8"))["weights"]
        start = {name: np.array(values, np.float32) for name, values in known.items()}
    network = Network(start)
    train(network, Calls(options.calls), options.epochs)
    weights = {name: _rounded(value) for name, value in network.weights.items()}
    options.out.write_text(json.dumps({"weights": weights}, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main()
