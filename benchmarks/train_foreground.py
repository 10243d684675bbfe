"""Trains the network that decides what is a party's own speech, and writes ``foreground.json``.

    python -m benchmarks.train_foreground --out NEW.json [--calls 500] [--voices FOLDER...] [--start foreground.json]

The calls, of a minute each, are made by :mod:`benchmarks.speech.training`, with voices of ``benchmarks/data`` and one
for each of ``FOLDER``: clean recordings of one voice, WAV or FLAC, single words and sentences.

The weights in the package have a history. They began with 600 calls of an earlier generator, of the same kinds and
nearly the same voices, and went on from there with those and with 500 calls of this one (when its filtered voices were
some 4 dB louder than now). The voices were those of ``benchmarks/data`` that are not held out, and
``ru_RU_f_IvrvoiceRU``, ``it_IT_m_Carlo`` and ``it_IT_f_Menardi`` of Debian's ``asterisk-core-sounds-ru-wav``,
``asterisk-core-sounds-it-wav`` and ``asterisk-prompt-it-menardi-wav`` (CC BY-SA 3.0). So this makes weights of their
kind, not the very same.

Frames in which both speak weigh five times, those in which only the other does two and a half times: they are rare,
and decide who interrupts whom. Those within 0.3 s of where a party begins or ends weigh twice as much again, and two
and a half times if the other speaks there.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.speech.training import frames, training_call
from phoneetiquette.speech.activity import Activity
from phoneetiquette.speech.cues import CUES
from phoneetiquette.speech.foreground import AFTER, BEFORE, HIDDEN, STRETCHES

Floats = NDArray[np.float32]

SECOND = 40
"""Units of the second layer."""
PIECE = 500
"""Frames of a call that are learnt from at a time."""
BATCH = 32
DOUBLE_TALK = 4.0
OTHER_ALONE = 1.5
EDGE, EDGE_OVER_OTHER = 2.0, 2.5
EDGE_FRAMES = 15
VAD_MODES = (1, 2, 2, 2, 3)
FIRST_SEED = 1000


class Calls:
    """Cues of both channels of every call, and what they should come to."""

    def __init__(self, voices: list[Path], count: int) -> None:
        made = [self._made(voices, seed) for seed in range(FIRST_SEED, FIRST_SEED + count)]
        self._cues = [cues for cues, _ in made]
        self._truth = [truth for _, truth in made]
        self._weights = [_weights(truth) for _, truth in made]
        self.pieces = [
            (call, channel, start)
            for call, cues in enumerate(self._cues)
            for channel in (0, 1)
            for start in range(0, cues.shape[1] - PIECE + 1, PIECE)
        ]

    @staticmethod
    def _made(voices: list[Path], seed: int) -> tuple[Floats, Floats]:
        recording, label = training_call(voices, seed)
        sound = np.stack((recording.agent, recording.customer))
        cues = Activity(8000, VAD_MODES[seed % len(VAD_MODES)]).cues(sound).astype(np.float32)
        return cues, frames(label, cues.shape[1])

    def batch(self, pieces: list[tuple[int, int, int]]) -> tuple[Floats, Floats, Floats]:
        """Cues, truth and weights of some pieces: pieces x frames (x cues)."""
        parts = [(call, channel, slice(start, start + PIECE)) for call, channel, start in pieces]
        cues, own, weights = (
            np.stack([values[call][channel, part] for call, channel, part in parts])
            for values in (self._cues, self._truth, self._weights)
        )
        for row, (_, _, part) in enumerate(parts):
            weights[row, : BEFORE + 1 if part.start else 0] = 0.0
        weights[:, -AFTER - 1 :] = 0.0
        return cues, own, weights / weights.sum()


def _weights(truth: Floats) -> Floats:
    """How much each frame of both channels matters."""
    own, other = truth, truth[::-1]
    weights = 1.0 + other * (DOUBLE_TALK * own + OTHER_ALONE * (1.0 - own))
    edges = np.abs(np.diff(own > 0.5, axis=1, prepend=own[:, :1] > 0.5))
    at_edge, over_other = _near(edges), _near(other > 0.5)
    weights[at_edge & ~over_other] *= EDGE
    weights[at_edge & over_other] *= EDGE_OVER_OTHER
    return weights.astype(np.float32)


def _near(marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Frames with a mark no more than ``EDGE_FRAMES`` away."""
    wide = np.pad(marks, ((0, 0), (EDGE_FRAMES, EDGE_FRAMES)))
    return np.asarray(np.lib.stride_tricks.sliding_window_view(wide, 2 * EDGE_FRAMES + 1, axis=1).any(axis=-1))


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
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument(
        "--voices", nargs="*", type=Path, default=[], metavar="FOLDER", help="clean recordings of a voice"
    )
    parser.add_argument("--start", type=Path, help="go on from these weights")
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    start = None
    if options.start:
        known = json.loads(options.start.read_text(encoding="utf-8"))["weights"]
        start = {name: np.array(values, np.float32) for name, values in known.items()}
    network = Network(start)
    train(network, Calls(options.voices, options.calls), options.epochs)
    weights = {name: _rounded(value) for name, value in network.weights.items()}
    options.out.write_text(json.dumps({"weights": weights}, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main()
