"""The decision: is this frame the party's own speech? A small network on the cues of the frame and around it.

Two layers. The first (:data:`HIDDEN` units) looks at one frame's cues; the second at the means of what the first said
over the stretches of :data:`STRETCHES`, from more than a second before the frame to 100 ms after it. Both are trained
on generated calls (``benchmarks/train_foreground.py``); the weights are in ``foreground.json`` beside this file.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.cues import BLOCK_FRAMES, CUES

Floats = NDArray[np.float32]

HIDDEN: Final = 40
STRETCHES: Final = ((-63, 32), (-31, 16), (-15, 8), (-7, 4), (-3, 2), (-1, 1), (0, 1), (1, 1), (2, 2), (4, 2))
"""First frame and length of each, seen from the frame that is decided. Lengths are powers of two."""
BEFORE: Final = 63
AFTER: Final = 5
"""Frames of look-ahead: one block, so that decisions, too, come in whole blocks."""


class Foreground:
    """Decides for both channels alike; remembers what the first layer said of the last second."""

    def __init__(self) -> None:
        weights = _weights()
        self._cue_weights, self._cue_bias = weights["a.weight"].T.copy(), weights["a.bias"]
        self._stretch_weights, self._stretch_bias = _stretched(weights["b.weight"]), weights["b.bias"]
        self._out_weights, self._out_bias = weights["c.weight"][0], weights["c.bias"][0]
        self._past: Floats = np.zeros((2, BEFORE + AFTER, HIDDEN), np.float32)

    def take(self, cues: NDArray[np.float64]) -> Floats:
        """Whole blocks of cues in; as many scores out, each for the frame :data:`AFTER` frames before.

        A score is the logarithm of the odds that the party speaks: above 0 it probably does, above 2 almost certainly.
        """
        blocks = cues.astype(np.float32).reshape(-1, BLOCK_FRAMES, CUES)
        said = _squashed(np.matmul(blocks, self._cue_weights) + self._cue_bias)
        return self._decide(said.reshape(2, -1, HIDDEN))

    def rest(self) -> Floats:
        """The call is over: scores for the last :data:`AFTER` frames."""
        return self._decide(np.zeros((2, AFTER, HIDDEN), np.float32))

    def _decide(self, said: Floats) -> Floats:
        frames = said.shape[1]
        known = np.concatenate((self._past, said), axis=1)
        self._past = known[:, frames:]
        sums = {1: known}
        for length in (1, 2, 4, 8, 16):
            one = sums[length]
            sums[2 * length] = one[:, :-length] + one[:, length:]
        context = np.concatenate(
            [sums[length][:, BEFORE + first : BEFORE + first + frames] for first, length in STRETCHES], axis=2
        )
        blocks = context.reshape(-1, BLOCK_FRAMES, len(STRETCHES) * HIDDEN)
        heard = _squashed(np.matmul(blocks, self._stretch_weights) + self._stretch_bias)
        scores: Floats = np.einsum("bfh,h->bf", heard, self._out_weights) + self._out_bias
        return scores.reshape(2, frames)


def _squashed(values: Floats) -> Floats:
    return np.minimum(np.maximum(values, -1.0, out=values), 1.0, out=values)


def _weights() -> dict[str, Floats]:
    text = resources.files(__package__).joinpath("foreground.json").read_text(encoding="utf-8")
    return {name: np.array(values, np.float32) for name, values in json.loads(text)["weights"].items()}


def _stretched(weights: Floats) -> Floats:
    """The second layer's weights, for sums over the stretches instead of means."""
    lengths = np.repeat([length for _, length in STRETCHES], HIDDEN)
    stretched: Floats = (weights / lengths).T.astype(np.float32)
    return stretched
