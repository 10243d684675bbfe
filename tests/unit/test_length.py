"""Length bands and the hints to close."""

from __future__ import annotations

import pytest

from phoneetiquette.etiquette.length import length_band, next_hint
from phoneetiquette.units import seconds

ANSWERED = 5_000_000_000_001


@pytest.mark.parametrize(
    ("duration_s", "band"),
    [
        (0, "under_10"),
        (599.999999999, "under_10"),
        (600, "10_to_15"),
        (900, "10_to_15"),
        (900.000000001, "over_15"),
        (7200, "over_15"),
    ],
)
def test_bands(duration_s: float, band: str) -> None:
    assert length_band(seconds(duration_s)) == band


@pytest.mark.parametrize(
    ("into_call_s", "hint"),
    [
        (0, (600, "polite")),
        (599.9, (600, "polite")),
        (600, (900, "strong")),
        (899, (900, "strong")),
        (900, None),
        (3600, None),
    ],
)
def test_the_next_hint(into_call_s: float, hint: tuple[int, str] | None) -> None:
    found = next_hint(ANSWERED, ANSWERED + seconds(into_call_s))
    assert (found and (found.at_ns - ANSWERED, found.strength)) == (hint and (seconds(hint[0]), hint[1]))


def test_an_unhurried_caller_is_given_all_the_time() -> None:
    assert next_hint(ANSWERED, ANSWERED, unhurried=True) is None
