"""What speaks for and against a frame being this party's own speech: loudness, voice, background and leak.

No cue is an absolute level. Each compares the frame with something the call itself has shown so far:

* its *noise floor* in each band: the least mean level of 100 ms within the last 3 s;
* the *speech level* of the channel: quantiles of the levels of frames that webrtcvad took for speech, remembered over
  half a minute of such frames, so that the party's own voice is told from voices behind it;
* what of the *other channel leaks* into this one: delay, gain in each band and a short decay, see :mod:`.leak`.

Everything is learnt from frames before the present period of half a second, and in the same periods however the sound
was cut into blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.canceller import Cleaned
from phoneetiquette.speech.histograms import Histograms
from phoneetiquette.speech.leak import Leak
from phoneetiquette.speech.spectrum import BANDS, FLOOR_DB, Spectrum

Floats = NDArray[np.float64]

BLOCK_FRAMES = 5
"""Frames come in blocks of so many (100 ms)."""
PERIOD_FRAMES = 25
"""Levels and leak are learnt once in so many frames."""
FLOOR_BLOCKS = 30
VOICE_SHARES = np.array((0.95, 0.75, 0.5, 0.25))
SOUND_SHARES = np.array((0.1, 0.3, 0.6))
SHARES = np.concatenate((VOICE_SHARES, SOUND_SHARES))
VOICE_MEMORY = 1500.0
SOUND_MEMORY = 750.0
PRIOR_SPEECH_DBFS = (-26.0, 5.0, 20.0)
PRIOR_SOUND_DBFS = (-60.0, 8.0, 20.0)

ROWS = BANDS + 1
"""The bands, and the level of them all."""
_EXCESS = slice(ROWS, 2 * ROWS)
_USUAL = slice(_EXCESS.stop, _EXCESS.stop + len(VOICE_SHARES) + len(SOUND_SHARES))
_HEARD = _USUAL.stop + 4
"""Places of the cues: from here on they depend on nothing learnt, but for the last one."""
CUES = _HEARD + 7


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a call has shown so far; each pair is (agent, customer)."""

    sound_frames: tuple[int, int]
    """Frames in which there was any sound, in the periods learnt from."""
    speech_frames: tuple[int, int]
    """Frames of speech that is not explained by a leak."""
    speech_dbfs: tuple[float, float]
    """Level that three quarters of these stay below."""
    leak_db: tuple[float, float]
    """Level in this channel minus level in the other while the other is loud, at most but for a quarter of the time."""
    likeness: tuple[float, float]
    """How well the levels of this channel follow the other's, -1 to 1."""


class Cues:
    """Both channels' cues, frame by frame."""

    def __init__(self) -> None:
        self._block_means: Floats = np.full((2, FLOOR_BLOCKS - 1, ROWS), np.inf)
        self._before: Floats = np.full((2, 8, ROWS), FLOOR_DB)
        self._levels = Histograms(
            low=-84.0,
            step=1.5,
            bins=56,
            memory=(VOICE_MEMORY, VOICE_MEMORY, SOUND_MEMORY, SOUND_MEMORY),
            priors=(PRIOR_SPEECH_DBFS, PRIOR_SPEECH_DBFS, PRIOR_SOUND_DBFS, PRIOR_SOUND_DBFS),
        )
        self._usual = self._usual_levels()
        self.leak = Leak(ROWS)
        self._likeness: Floats = np.zeros(2)
        self._period: list[tuple[Floats, Floats, NDArray[np.bool_], Floats, Floats]] = []
        self._frames = 0

    def take(self, spectrum: Spectrum, voiced: NDArray[np.bool_], cleaned: Cleaned) -> Floats:
        """``voiced``: webrtcvad's opinion. Whole blocks of frames in, 2 x frames x :data:`CUES` out."""
        levels = np.concatenate((spectrum.bands_db, spectrum.level_db[..., None]), axis=-1)
        frames = levels.shape[1]
        floors = self._floors(levels)
        cues = np.empty((2, frames, CUES))
        above = levels - floors
        cues[..., :ROWS] = _between(above, 0.0, 45.0) / 15.0
        place = _HEARD
        cues[..., place] = voiced
        cues[..., place + 1] = spectrum.periodicity
        cues[..., place + 2] = spectrum.breadth
        cues[..., place + 3 : place + 5] = self._changes(levels)
        cues[..., place + 5] = (spectrum.level_db > FLOOR_DB + 3.0) * 1.0
        echoes = self.leak.echoes(levels, cleaned.lags)
        start = 0
        while start < frames:
            end = min(frames, start + PERIOD_FRAMES - self._frames % PERIOD_FRAMES)
            part = slice(start, end)
            self._likeness = cleaned.likeness[:, start]
            self._compare(levels[:, part], echoes[:, part], cues[:, part])
            over = cues[:, part, -1]
            self._period.append((levels[:, part], echoes[:, part], voiced[:, part], above[:, part, -1], over.copy()))
            self._frames += end - start
            if self._frames % PERIOD_FRAMES == 0:
                self._learn()
            start = end
        self._scale(cues, floors[..., -1])
        return cues

    def learnt(self) -> Learnt:
        """For judging whether the channels can be told apart. Constant time."""
        seen = self._levels.seen.astype(int).tolist()
        return Learnt(
            sound_frames=(seen[2], seen[3]),
            speech_frames=(seen[0], seen[1]),
            speech_dbfs=_pair(self._usual[:, 1]),
            leak_db=_pair(self.leak.loudest_db),
            likeness=_pair(self._likeness),
        )

    def _floors(self, levels: Floats) -> Floats:
        """Noise floor of each frame: the least of the last block means, its own among them."""
        blocks = levels.shape[1] // BLOCK_FRAMES
        means = levels.reshape(2, blocks, BLOCK_FRAMES, ROWS).mean(axis=2)
        known = np.concatenate((self._block_means, means), axis=1)
        self._block_means = known[:, blocks:]
        least, length = known, 1
        while length < FLOOR_BLOCKS:
            step = min(length, FLOOR_BLOCKS - length)
            least = np.minimum(least[:, step:], least[:, :-step])
            length += step
        return np.repeat(least, BLOCK_FRAMES, axis=1)

    def _changes(self, levels: Floats) -> Floats:
        """How much the bands differ from those of the frame before, and of 160 ms before."""
        known = np.concatenate((self._before, levels), axis=1)
        self._before = known[:, -8:]
        bands = known[..., :BANDS]
        now = bands[:, 8:]
        return np.stack(
            (
                np.abs(now - bands[:, 7:-1]).mean(axis=-1) / 6.0,
                np.abs(now - bands[:, :-8]).mean(axis=-1) / 12.0,
            ),
            axis=-1,
        )

    def _compare(self, levels: Floats, echoes: Floats, cues: Floats) -> None:
        """Fills in, in dB, the cues that depend on what has been learnt by now."""
        known = self._usual
        excess = np.subtract(levels, self.leak.predict(echoes), out=cues[..., _EXCESS])
        np.subtract(levels[..., -1:], known[:, None, :], out=cues[..., _USUAL])
        place = _USUAL.stop
        cues[..., place] = known[:, :1]
        cues[..., place + 1] = (known[:, :1] - known[:, 3:4]) / 10.0
        cues[..., place + 2] = (self._levels.seen[:2] / (self._levels.seen[:2] + 100.0))[:, None]
        cues[..., place + 3] = self._likeness[:, None]
        np.subtract(excess[..., -1], (self.leak.loudest_db - self.leak.gain_db[:, -1])[:, None], out=cues[..., -1])

    @staticmethod
    def _scale(cues: Floats, floors: Floats) -> None:
        """Brings what :meth:`_compare` has filled in to the range of the others."""
        place = _USUAL.stop
        cues[..., _EXCESS] = _between(cues[..., _EXCESS], -15.0, 30.0) / 15.0
        cues[..., _USUAL] = _between(cues[..., _USUAL], -40.0, 20.0) / 10.0
        cues[..., place] = _between(cues[..., place] - floors, 0.0, 60.0) / 20.0
        cues[..., -1] = _between(cues[..., -1], -15.0, 30.0) / 15.0

    def _learn(self) -> None:
        levels, echoes, voiced, above, over = (np.concatenate(one, axis=1) for one in zip(*self._period, strict=True))
        self._period.clear()
        level = levels[..., -1]
        heard = level > FLOOR_DB + 3.0
        spoken = voiced & heard & (above > 6.0) & (over > 3.0)
        self._levels.add(np.concatenate((level, level)), np.concatenate((spoken, heard)))
        self._usual = self._usual_levels()
        self.leak.learn(levels, echoes, self._usual[:, 2])

    def _usual_levels(self) -> Floats:
        """2 x quantiles: of the frames that webrtcvad took for speech, then of all in which there was any sound."""
        quantiles = self._levels.quantiles(SHARES)
        return np.concatenate((quantiles[:2, : len(VOICE_SHARES)], quantiles[2:, len(VOICE_SHARES) :]), axis=1)


def _between(values: Floats, low: float, high: float) -> Floats:
    """What ``np.clip`` does, at a third of its price for small arrays."""
    return np.minimum(np.maximum(values, low), high)


def _pair(values: Floats) -> tuple[float, float]:
    agent, customer = values.tolist()
    return agent, customer
