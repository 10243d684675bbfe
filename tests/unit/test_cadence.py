"""Ring patterns: the data of every country, and what is derived from a pattern."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from phoneetiquette.errors import ConfigurationError
from phoneetiquette.etiquette.cadence import DEFAULT_COUNTRY, Cadence, countries, country
from phoneetiquette.etiquette.window import PickupWindow
from phoneetiquette.units import ms

PUBLISHED = json.loads((Path(__file__).parent / "published_windows.json").read_text())
"""End of ring 2 and of ring 3 in ms for each country, worked out by who collected the table, not by our code."""

BRITISH = Cadence((400, 200, 400, 2000))


def test_all_129_countries_and_the_default_are_known() -> None:
    assert len(countries()) == 130
    assert set(countries()) == set(PUBLISHED)
    assert DEFAULT_COUNTRY in countries()


@pytest.mark.parametrize("code", PUBLISHED)
def test_derived_windows_equal_the_published(code: str) -> None:
    for cadence, published in (
        (country(code).ringback.cadence, PUBLISHED[code]["ringback"]),
        (country(code).alerting, PUBLISHED[code]["alerting"]),
    ):
        window = PickupWindow(0, cadence)
        assert [window.opens_ns, window.closes_ns] == [ms(published[0]), ms(published[1])]


@pytest.mark.parametrize("code", PUBLISHED)
def test_every_country_is_described(code: str) -> None:
    entry = country(code)
    assert entry.code == code
    assert entry.name
    assert entry.sources
    assert entry.confidence in {"high", "medium", "low"}
    assert all(300 <= freq <= 500 for freq in entry.ringback.freq_hz)
    assert 0 <= entry.ringback.mod_hz <= 50
    assert not entry.alerting_assumed or entry.alerting == entry.ringback.cadence


@pytest.mark.parametrize(
    ("at_ms", "sounding", "ring"),
    [
        (0, True, 1),
        (399.999999, True, 1),
        (400, False, 1),
        (600, True, 1),
        (1000, False, 1),
        (2999.999999, False, 1),
        (3000, True, 2),
        (6700, True, 3),
        (-1, False, 1),
    ],
)
def test_a_double_burst_is_one_ring(at_ms: float, sounding: bool, ring: int) -> None:
    assert BRITISH.sounding(ms(at_ms)) is sounding
    assert BRITISH.ring_number(ms(at_ms)) == ring


def test_cycle_and_bursts() -> None:
    assert BRITISH.cycle_ns == ms(3000)
    assert BRITISH.burst_end_ns == ms(1000)
    assert BRITISH.bursts_ms == ((0, 400), (600, 1000))


@pytest.mark.parametrize("pattern", [(), (1000,), (1000, 4000, 1000), (0, 4000), (1000, -1)])
def test_what_is_no_cadence_is_refused(pattern: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="cadence"):
        Cadence(pattern)


@pytest.mark.parametrize("written", ["AT", "at", " At "])
def test_codes_in_any_case(written: str) -> None:
    assert country(written).name == "Austria"


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("UK", "write GB for United Kingdom"),
        ("Austria", "write AT for Austria"),
        ("Germny", "write DE for Germany"),
        ("XX", "ISO 3166"),
        ("", "ISO 3166"),
    ],
)
def test_an_unknown_country_is_answered_with_advice(written: str, advice: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        country(written)
    assert repr(written) in caught.value.what
    assert advice in caught.value.advice
