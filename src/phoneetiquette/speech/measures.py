"""The measures of a call: sums over its time line, kept up frame by frame, and the object they are told in.

``CallMeasurement.measures`` and ``MeasuresTaken.measures`` are a JSON object. Times are seconds on the call's
measured time line: talk time since the first ``MediaStarted``, holds left out. Unknown is ``null``, never a guess.
``docs/definitions.md`` says what each word means.

=========================== ======================================================================================
``definitions``             version of the definitions, text
``duration_s``              measured talk time so far
``rate_hz``                 sample rate the call was measured at
``parties``                 ``{"agent": ..., "customer": ...}``, each with

                            * ``talk_s``: time the party spoke
                            * ``talk_share``: of both parties' talk, 0 to 1; ``null`` while nobody has spoken
                            * ``turns``: turns finished so far
                            * ``longest_monologue_s``: longest turn; ``null`` before the first
                            * ``interruptions``: how often this party interrupted the other, taken or attempted
                            * ``pitch``: ``{"median_hz", "range_st", "sd_st"}``; ``null`` with too little voiced speech
                            * ``loudness_dbfs``: active speech level; ``null`` with too little speech
                            * ``pace_syll_per_s``: syllables a second of speech; ``null`` with too little speech
``segments``                ``{"agent": [[start, end], ...], "customer": [...]}``; only in the final measures
``interruptions``           ``[{"by", "start_s", "end_s", "outcome": "taken" | "attempt"}, ...]`` in order of decision
``overlap_s``               time both spoke
``silence_s``               time neither spoke
``longest_silence_s``       the longest of them
``silences``                ``[[start, end], ...]``, those of 3 s and longer; the last one may be going on
``opening``                 the first 25 s, with

                            * ``complete``: the call lasted that long
                            * ``greeting_delay_s``: start of the call to the first word of the desk; ``null`` before
                              it (this may be later than the opening)
                            * ``first_turn_s``: length of the desk's first turn; ``null`` before its end
                            * ``agent_talk_share``: within the opening; ``null`` while nobody has spoken
                            * ``interruptions``: begun within the opening, by either party
                            * ``silence_s``: within the opening
                            * ``pitch``, ``loudness_dbfs``, ``pace_syll_per_s``: of the desk, within the opening
``calm``                    how the desk speaks when the customer is loud (see :mod:`.calm`); only in the final measures
``time_to_think``           what follows the desk's questions (see :mod:`.questions`); only in the final measures
``speaking``                ``{"agent": bool, "customer": bool}``: who speaks now; false in the final measures
``length_band``             ``"under_10"``, ``"10_to_15"`` or ``"over_15"`` minutes
=========================== ======================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from phoneetiquette.speech import definitions
from phoneetiquette.speech.facts import PARTIES, Fact, Interruption, SpeechSegment
from phoneetiquette.speech.floor import Floor


@dataclass(slots=True)
class _Sums:
    """Samples of speech and silence up to some moment."""

    talk: tuple[int, int] = (0, 0)
    overlap: int = 0
    silence: int = 0


class Measures:
    """Everything measured about one call, from settled frames of both parties. Constant time for each frame."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._opening_end = definitions.OPENING_MS * rate_hz // 1000
        self._silence_least = definitions.SILENCE_MS * rate_hz // 1000
        self._floor = Floor(rate_hz)
        self._now = 0
        self._sums = _Sums()
        self._opening: _Sums | None = None
        self._began: list[int | None] = [None, None]
        self._silent_since: int | None = 0
        self._longest_silence = 0
        self._silences: list[tuple[int, int]] = []
        self._segments: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        self._interruptions: list[Interruption] = []

    def step(self, spoke: tuple[bool, bool], samples: int) -> list[Fact]:
        """Takes in who spoke during the next ``samples``; facts in the order they became known."""
        start = self._now
        end = self._now = start + samples
        facts: list[Fact] = []
        for party in (0, 1):
            if spoke[party] != (self._began[party] is not None):
                facts += self._change(party, start)
        self._count(spoke, start, samples)
        if end == self._opening_end:
            self._opening = replace(self._sums)
        decided = self._floor.step(spoke, start, end)
        self._interruptions += decided
        return facts + decided

    def finish(self, samples: int) -> list[Fact]:
        """The call is over, ``samples`` (less than a frame) after the last step."""
        facts: list[Fact] = []
        for party in (0, 1):
            if self._began[party] is not None:
                facts += self._change(party, self._now)
        self._count((False, False), self._now, samples)
        self._now += samples
        decided = self._floor.finish()
        self._interruptions += decided
        return facts + decided

    def as_json(self, duration: int, speaking: tuple[bool, bool], *, final: bool) -> dict[str, Any]:
        """The object documented above. ``duration``: samples measured, of which the latest may not be settled yet."""
        sums = self._sums
        silences, longest_silence = self._silences, self._longest_silence
        if self._silent_since is not None:
            running = self._now - self._silent_since
            longest_silence = max(longest_silence, running)
            if running >= self._silence_least:
                silences = [*silences, (self._silent_since, self._now)]
        measures: dict[str, Any] = {
            "definitions": definitions.DEFINITIONS,
            "duration_s": self._s(duration),
            "rate_hz": self._rate_hz,
            "parties": {name: self._party(party) for party, name in enumerate(PARTIES)},
            "interruptions": [
                {"by": one.by, "start_s": self._s(one.start), "end_s": self._s(one.end), "outcome": one.outcome}
                for one in self._interruptions
            ],
            "overlap_s": self._s(sums.overlap),
            "silence_s": self._s(sums.silence),
            "longest_silence_s": self._s(longest_silence),
            "silences": self._stretches(silences),
            "opening": self._opening_block(duration),
            "speaking": dict(zip(PARTIES, speaking, strict=True)),
            "length_band": length_band(duration / self._rate_hz),
        }
        if final:
            measures["segments"] = {name: self._stretches(self._segments[i]) for i, name in enumerate(PARTIES)}
        return measures

    def _change(self, party: int, at: int) -> list[Fact]:
        began = self._began[party]
        if began is None:
            self._began[party] = at
            return []
        self._began[party] = None
        self._segments[party].append((began, at))
        return [SpeechSegment(PARTIES[party], began, at)]

    def _count(self, spoke: tuple[bool, bool], start: int, samples: int) -> None:
        sums = self._sums
        agent, customer = spoke
        if agent or customer:
            sums.talk = (sums.talk[0] + samples * agent, sums.talk[1] + samples * customer)
            if agent and customer:
                sums.overlap += samples
            if self._silent_since is not None:
                self._end_silence(self._silent_since, start)
        else:
            sums.silence += samples
            if self._silent_since is None:
                self._silent_since = start

    def _end_silence(self, since: int, now: int) -> None:
        self._silent_since = None
        self._longest_silence = max(self._longest_silence, now - since)
        if now - since >= self._silence_least:
            self._silences.append((since, now))

    def _party(self, party: int) -> dict[str, Any]:
        turns, longest = self._floor.turns(party), self._floor.longest_monologue(party)
        return {
            "talk_s": self._s(self._sums.talk[party]),
            "talk_share": _share(self._sums.talk, party),
            "turns": turns.count,
            "longest_monologue_s": self._s(longest) if longest else None,
            "interruptions": sum(one.by == PARTIES[party] for one in self._interruptions),
        }

    def _opening_block(self, duration: int) -> dict[str, Any]:
        sums = self._opening or self._sums
        first_word = self._segments[0][0][0] if self._segments[0] else self._began[0]
        first_turn = self._floor.turns(0).first
        return {
            "complete": duration >= self._opening_end,
            "greeting_delay_s": None if first_word is None else self._s(first_word),
            "first_turn_s": None if first_turn is None else self._s(first_turn),
            "agent_talk_share": _share(sums.talk, 0),
            "interruptions": sum(one.start < self._opening_end for one in self._interruptions),
            "silence_s": self._s(sums.silence),
        }

    def _stretches(self, stretches: list[tuple[int, int]]) -> list[list[float]]:
        return [[self._s(start), self._s(end)] for start, end in stretches]

    def _s(self, samples: int) -> float:
        return round(samples / self._rate_hz, 3)


def length_band(duration_s: float) -> str:
    """``under_10``, ``10_to_15`` (both ends included) or ``over_15`` minutes."""
    low, high = definitions.LENGTH_BANDS_MIN
    minutes = duration_s / 60
    if minutes < low:
        return f"under_{low}"
    return f"{low}_to_{high}" if minutes <= high else f"over_{high}"


def _share(talk: tuple[int, int], party: int) -> float | None:
    return round(talk[party] / sum(talk), 3) if any(talk) else None
