"""The demonstration's conversation is what it claims to be, by our own measurement."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from phoneetiquette.demo.conversation import (
    DURATION_S,
    ENCOURAGEMENT_S,
    INTERRUPTION_S,
    RATE_HZ,
    guest_track,
    receptionist_track,
)
from phoneetiquette.speech import CallMeasurement


@pytest.mark.parametrize("track", [guest_track, receptionist_track])
def test_tracks_are_alike_in_shape_loud_enough_and_never_clipped(track: Callable[[], NDArray[np.int16]]) -> None:
    sound = track()
    assert sound.dtype == np.int16
    assert sound.shape == (round(DURATION_S * RATE_HZ),)
    assert 25 <= DURATION_S <= 30
    assert 8_000 < np.abs(sound.astype(np.int32)).max() < 32_000
    assert np.array_equal(sound, track())


@pytest.mark.parametrize("vad_mode", [1, 2, 3])
def test_they_take_turns_and_the_receptionist_interrupts_once(vad_mode: int) -> None:
    measurement = CallMeasurement(RATE_HZ, vad_mode=vad_mode)
    measurement.feed(receptionist_track(), guest_track())
    measurement.finish()
    measures = measurement.measures(final=True)
    (one,) = measures["interruptions"]
    assert (one["by"], one["outcome"]) == ("agent", "taken")
    assert one["start_s"] == pytest.approx(INTERRUPTION_S, abs=0.2)
    assert any(
        start == pytest.approx(ENCOURAGEMENT_S, abs=0.1) for start, _ in measures["parties"]["agent"]["segments"]
    )
    assert all(measures["parties"][party]["turns"] >= 2 for party in ("agent", "customer"))
    assert measures["opening"]["complete"]
    assert measures["opening"]["greeting_delay_s"] == pytest.approx(0.85, abs=0.1)
