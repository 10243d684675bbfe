"""Percentiles of counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def percentile(counts: NDArray[np.integer] | NDArray[np.float64], share: float) -> float | None:
    """Where ``share`` of all lies below, in bins and fractions of a bin; ``None`` of nothing."""
    sums = np.cumsum(counts)
    if not len(sums) or not sums[-1]:
        return None
    wanted = share * float(sums[-1])
    place = int(np.searchsorted(sums, wanted))
    below = float(sums[place - 1]) if place else 0.0
    return place + (wanted - below) / float(counts[place])
