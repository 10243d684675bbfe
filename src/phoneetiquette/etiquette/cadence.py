"""Ring patterns of the world: what a caller hears while a phone rings (*ringback*), and how a bell rings (*alerting*).

The values come from ``ring_cadences.json`` beside this file; ``SOURCES.md`` says where they were published.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import accumulate
from types import MappingProxyType
from typing import Literal

from phoneetiquette.errors import ConfigurationError
from phoneetiquette.units import NS_PER_MS, Ns

Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Cadence:
    """A ring pattern that repeats: on, off, on, off ... in milliseconds, starting with sound and ending with silence.

    One *ring* is one repetition, however many bursts it has: a British double burst is one ring.
    ``elapsed_ns`` is always the time since the pattern began.

    Raises:
        ValueError: not pairs of positive whole milliseconds.
    """

    on_off_ms: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.on_off_ms or len(self.on_off_ms) % 2 or min(self.on_off_ms) <= 0:
            raise ValueError(f"a cadence is pairs of positive on and off times, not {self.on_off_ms}")

    @property
    def cycle_ns(self) -> Ns:
        """Length of one repetition, silence included."""
        return Ns(sum(self.on_off_ms) * NS_PER_MS)

    @property
    def burst_end_ns(self) -> Ns:
        """End of the last burst, counted from the start of its cycle."""
        return Ns(self.cycle_ns - self.on_off_ms[-1] * NS_PER_MS)

    @property
    def bursts_ms(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each burst within a cycle, in milliseconds."""
        edges = (0, *accumulate(self.on_off_ms))
        return tuple(zip(edges[:-1:2], edges[1::2], strict=True))

    def sounding(self, elapsed_ns: int) -> bool:
        """Whether a burst is heard at this moment. A burst includes its start and excludes its end."""
        if elapsed_ns < 0:
            return False
        within = elapsed_ns % self.cycle_ns
        return any(start * NS_PER_MS <= within < end * NS_PER_MS for start, end in self.bursts_ms)

    def ring_number(self, elapsed_ns: int) -> int:
        """Number of the ring at this moment, from 1; the silence after a burst belongs to its ring."""
        return max(elapsed_ns, 0) // self.cycle_ns + 1


@dataclass(frozen=True, slots=True)
class Tone:
    """Ringback: the sum of ``freq_hz``, modulated in amplitude by ``mod_hz`` (0: steady), switched by ``cadence``."""

    freq_hz: tuple[int, ...]
    mod_hz: int
    cadence: Cadence


@dataclass(frozen=True, slots=True)
class Country:
    """How phones ring in a country. ``alerting_assumed``: no bell is published, the ringback's cadence stands in.

    ``confidence``: ``high`` where the big telephony projects agree, ``medium`` for one source, ``low`` where sources
    disagree or the value is outside the limits of ITU-T E.180; ``note`` says what an administrator should know.
    """

    code: str
    name: str
    ringback: Tone
    alerting: Cadence
    alerting_assumed: bool
    sources: tuple[str, ...]
    confidence: Confidence
    note: str


DEFAULT_COUNTRY = "ZZ"
"""ITU-T E.180's preferred values, for a country that is not known."""


@cache
def countries() -> Mapping[str, Country]:
    """All known countries by ISO 3166 code, :data:`DEFAULT_COUNTRY` among them."""
    text = resources.files(__package__).joinpath("ring_cadences.json").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            code: Country(
                code=code,
                name=entry["name"],
                ringback=Tone(
                    tuple(entry["ringback"]["freq_hz"]),
                    entry["ringback"]["mod_hz"],
                    Cadence(tuple(entry["ringback"]["cadence_ms"])),
                ),
                alerting=Cadence(tuple(entry["alerting"]["cadence_ms"])),
                alerting_assumed=entry["alerting"]["assumed"],
                sources=tuple(entry["sources"]),
                confidence=entry["confidence"],
                note=entry["note"],
            )
            for code, entry in json.loads(text)["countries"].items()
        }
    )


def country(code: str) -> Country:
    """The country of this ISO 3166 code, in either case.

    Raises:
        ConfigurationError: no ring pattern is known for it.
    """
    found = countries().get(code.strip().upper())
    if found is None:
        raise ConfigurationError(f"no ring pattern is known for country {code!r}", _suggestion(code))
    return found


def _suggestion(code: str) -> str:
    """Advice for somebody who wrote a name or another code than ISO 3166's."""
    by_name = {entry.name.casefold(): entry for entry in countries().values()}
    word = code.strip().casefold()
    word = _COLLOQUIAL.get(word, word)
    near = difflib.get_close_matches(word, by_name, n=1, cutoff=0.75)
    if near:
        found = by_name[near[0]]
        return f"write {found.code} for {found.name}"
    return f"write an ISO 3166 code such as AT, or {DEFAULT_COUNTRY} for the international pattern"


_COLLOQUIAL = {"uk": "united kingdom", "england": "united kingdom", "usa": "united states", "america": "united states"}
