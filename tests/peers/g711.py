"""G.711 in both laws (ITU-T G.711), 16-bit linear in and out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
PCMU, PCMA = 0, 8


def _a_law_table() -> Samples:
    code = np.arange(256) ^ 0x55
    exponent, mantissa = code >> 4 & 7, code & 15
    magnitude = np.where(exponent == 0, mantissa * 16 + 8, (mantissa * 16 + 264) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _mu_law_table() -> Samples:
    code = ~np.arange(256) & 0xFF
    magnitude = (((code & 15) * 2 + 33) << (code >> 4 & 7)) - 33
    return (np.where(code & 0x80, -magnitude, magnitude) * 4).astype(np.int16)


_LEVELS = {PCMU: _mu_law_table(), PCMA: _a_law_table()}
SILENCE = {PCMU: b"\xff", PCMA: b"\xd5"}


def _encoder(levels: Samples) -> NDArray[np.uint8]:
    """The nearest code of every 16-bit value, indexed by value + 32768."""
    order = np.argsort(levels, kind="stable")
    ascending = levels[order].astype(np.int32)
    edges = (ascending[1:] + ascending[:-1]) / 2
    return order[np.searchsorted(edges, np.arange(-32768, 32768))].astype(np.uint8)


_CODES = {law: _encoder(levels) for law, levels in _LEVELS.items()}


def encode(samples: Samples, payload_type: int) -> bytes:
    return _CODES[payload_type][samples.astype(np.int32) + 32768].tobytes()


def decode(payload: bytes, payload_type: int) -> Samples:
    return _LEVELS[payload_type][np.frombuffer(payload, np.uint8)]
