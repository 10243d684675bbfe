"""Histograms that forget: where the levels of a call have been, so that quantiles of them can be asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Histograms:
    """Several histograms of the same shape, one to a row.

    A row forgets as it is added to, not as time goes by: a long silence changes nothing.

    Args:
        low, step, bins: the first bin begins at ``low``; values outside count in the outermost bins.
        memory: of each row; a value that so many others came after weighs 1/e.
        priors: of each row, value, spread and weight of what is believed before anything was seen.
    """

    def __init__(
        self,
        *,
        low: float,
        step: float,
        bins: int,
        memory: Sequence[float],
        priors: Sequence[tuple[float, float, float]],
    ) -> None:
        rows = len(memory)
        self._low = low
        self._step = step
        self._bins = bins
        self._memory = np.array(memory)
        centre, spread, weight = np.array(priors).T[..., None]
        bell = np.exp(-0.5 * ((low + step * (np.arange(bins) + 0.5) - centre) / spread) ** 2)
        self._counts: Floats = (bell * (weight / bell.sum(axis=1, keepdims=True))).astype(np.float64)
        self._rows = np.arange(rows)[:, None]
        self._offsets = self._rows * bins
        self.seen: Floats = np.zeros(rows)
        """How many values each row has taken in, forgotten ones included."""

    def add(self, values: Floats, kept: NDArray[np.bool_]) -> None:
        """Takes in ``values`` (rows x any number) where ``kept``."""
        counts = self._counts
        places = (values - self._low) / self._step
        np.maximum(places, 0.0, out=places)
        np.minimum(places, self._bins - 1.0, out=places)
        places += self._offsets
        new = np.bincount(places[kept].astype(np.intp), minlength=counts.size)
        count = np.add.reduce(kept, axis=1, dtype=np.float64)
        counts *= np.exp(-count / self._memory)[:, None]
        counts += new.reshape(counts.shape)
        self.seen += count

    def quantiles(self, shares: Floats) -> Floats:
        """Rows x shares, interpolated within the bin. ``shares``: above 0, below 1."""
        below: Floats = np.cumsum(self._counts, axis=1)
        below /= below[:, -1:]
        below += self._rows.astype(np.float64)
        wanted = self._rows + shares
        line = below.ravel()
        found = np.minimum(np.searchsorted(line, wanted), line.size - 1)
        part = (line[found] - wanted) / (self._part(found) + 1e-12)
        bins: Floats = np.asarray(found - self._offsets + 1.0 - np.minimum(part, 1.0), np.float64)
        return self._low + self._step * bins

    def _part(self, found: NDArray[np.intp]) -> Floats:
        """Share that each bin has of its row."""
        share: Floats = self._counts.ravel()[found] / np.add.reduce(self._counts, axis=1, keepdims=True)
        return share
