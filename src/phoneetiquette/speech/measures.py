"""The measures of a call: sums over its time line, kept up stretch by stretch, and the object they are told in.

``CallMeasurement.measures`` and ``MeasuresTaken.measures`` are a JSON object. Times are seconds on the call's
measured time line: talk time since the first ``MediaStarted``, holds left out. Unknown is ``null``, never a guess.
``docs/definitions.md`` says what each word means.

=========================== ======================================================================================
``definitions``             version of the definitions, text
``duration_s``              measured talk time so far
``rate_hz``                 sample rate the call was measured at
``reliable``                false where the two legs cannot be told apart; the figures of interruptions,
                            encouragements, overlap and silence are then ``null``
``unreliable_because``      the reasons, a list of texts; empty when reliable
``parties``                 ``{"agent": ..., "customer": ...}``, each with

                            * ``talk_s``: time the party spoke
                            * ``talk_share``: of both parties' talk, 0 to 1; ``null`` while nobody has spoken
                            * ``turns``: turns finished so far
                            * ``longest_monologue_s``: longest turn; ``null`` before the first
                            * ``interruptions``: how often this party interrupted the other, taken or attempted
                            * ``pitch``: ``{"median_hz", "range_st", "sd_st"}``; ``null`` with too little voiced speech
                            * ``loudness_dbfs``: active speech level; ``null`` with too little speech
                            * ``pace_syll_per_s``: syllables a second of speech; ``null`` with too little speech
                            * ``encouragements``: how often it encouraged the other to go on
                            * ``response_gap_s``: ``median`` and ``p90`` of the time from the other's last word to
                              this party's first; negative: before it; ``null`` before the first
                            * ``segments``: ``[[start, end], ...]``, where it spoke; only in the final measures
``interruptions``           ``[{"by", "start_s", "end_s", "outcome": "taken" | "attempt"}, ...]`` in order of decision
``overlaps``                the same with ``kind`` (``encouragement``, ``early_reply``, ``simultaneous_start``) instead
                            of ``outcome``: speaking at once that was no interruption; only in the final measures
``floor_changes``           ``[{"by", "at_s", "offset_s"}, ...]``: who took the turn, when, and how long after the
                            other's last word (negative: before it); only in the final measures
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
``talking_over``            ``"agent"``, ``"customer"`` or ``null``: who talks over the other now, as far as is known
``length_band``             ``"under_10"``, ``"10_to_15"`` or ``"over_15"`` minutes
=========================== ======================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from phoneetiquette.speech import definitions
from phoneetiquette.speech.facts import PARTIES, Fact, Interruption, Overlap, SpeechSegment
from phoneetiquette.speech.turns import TurnTaking


@dataclass(slots=True)
class _Sums:
    """Samples of speech and silence up to some moment."""

    talk: tuple[int, int] = (0, 0)
    overlap: int = 0
    silence: int = 0


class Measures:
    """Everything measured about one call, from settled stretches of both parties. Constant time for each."""

    def __init__(self, rate_hz: int, turns: TurnTaking) -> None:
        self._rate_hz = rate_hz
        self._turns = turns
        self._opening_end = definitions.OPENING_MS * rate_hz // 1000
        self._silence_least = definitions.SILENCE_MS * rate_hz // 1000
        self._now = 0
        self._sums = _Sums()
        self._opening: _Sums | None = None
        self._began: list[int | None] = [None, None]
        self._silent_since: int | None = 0
        self._longest_silence = 0
        self._silences: list[tuple[int, int]] = []
        self._segments: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        self._interruptions: list[Interruption] = []
        self._overlaps: list[Overlap] = []

    def note(self, told: Sequence[Fact]) -> None:
        """Takes in what the floor has told."""
        self._interruptions += [one for one in told if isinstance(one, Interruption)]
        self._overlaps += [one for one in told if isinstance(one, Overlap)]

    def step(self, spoke: tuple[bool, bool], samples: int) -> list[Fact]:
        """Takes in who spoke during the next ``samples``; facts in the order they became known."""
        start = self._now
        end = start + samples
        if start < self._opening_end < end:
            return self.step(spoke, self._opening_end - start) + self.step(spoke, end - self._opening_end)
        self._now = end
        facts: list[Fact] = []
        for party in (0, 1):
            if spoke[party] != (self._began[party] is not None):
                facts += self._change(party, start)
        self._count(spoke, start, samples)
        if end == self._opening_end:
            self._opening = replace(self._sums)
        return facts

    def finish(self, samples: int) -> list[Fact]:
        """The call is over, ``samples`` (less than a frame) after the last step."""
        facts: list[Fact] = []
        for party in (0, 1):
            if self._began[party] is not None:
                facts += self._change(party, self._now)
        self._count((False, False), self._now, samples)
        self._now += samples
        return facts

    def as_json(
        self,
        duration: int,
        speaking: tuple[bool, bool],
        talking_over: int | None,
        unreliable_because: list[str],
        *,
        final: bool,
    ) -> dict[str, Any]:
        """The object documented above. ``duration``: samples measured, of which the latest may not be settled yet."""
        sums = self._sums
        reliable = not unreliable_because
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
            "reliable": reliable,
            "unreliable_because": unreliable_because,
            "parties": {name: self._party(party, reliable, final) for party, name in enumerate(PARTIES)},
            "interruptions": [
                {"by": one.by, "start_s": self._s(one.start), "end_s": self._s(one.end), "outcome": one.outcome}
                for one in self._interruptions
            ]
            if reliable
            else None,
            "overlap_s": self._s(sums.overlap) if reliable else None,
            "silence_s": self._s(sums.silence) if reliable else None,
            "longest_silence_s": self._s(longest_silence) if reliable else None,
            "silences": self._stretches(silences) if reliable else None,
            "opening": self._opening_block(duration, reliable),
            "speaking": dict(zip(PARTIES, speaking, strict=True)),
            "talking_over": PARTIES[talking_over] if reliable and talking_over is not None else None,
            "length_band": length_band(duration / self._rate_hz),
        }
        if final:
            measures["overlaps"] = (
                [
                    {"by": one.by, "start_s": self._s(one.start), "end_s": self._s(one.end), "kind": one.kind}
                    for one in self._overlaps
                ]
                if reliable
                else None
            )
            measures["floor_changes"] = [
                {"by": PARTIES[one.by], "at_s": self._s(one.at), "offset_s": self._s(one.offset)}
                for one in self._turns.changes
            ]
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

    def _party(self, party: int, reliable: bool, final: bool) -> dict[str, Any]:
        turns, longest, name = self._turns.of(party), self._turns.longest_monologue(party), PARTIES[party]
        encouraged = sum(one.by == name and one.kind == "encouragement" for one in self._overlaps)
        interrupted = {one.start for one in self._interruptions if one.by == name}
        gaps = sorted(one.offset for one in self._turns.changes if one.by == party and one.at not in interrupted)
        measures: dict[str, Any] = {
            "talk_s": self._s(self._sums.talk[party]),
            "talk_share": _share(self._sums.talk, party),
            "turns": turns.count,
            "longest_monologue_s": self._s(longest) if longest else None,
            "interruptions": len(interrupted) if reliable else None,
            "encouragements": encouraged if reliable else None,
            "response_gap_s": {"median": self._of(gaps, 0.5), "p90": self._of(gaps, 0.9)},
        }
        if final:
            measures["segments"] = self._stretches(self._segments[party])
        return measures

    def _opening_block(self, duration: int, reliable: bool) -> dict[str, Any]:
        sums = self._opening or self._sums
        first_word = self._segments[0][0][0] if self._segments[0] else self._began[0]
        first_turn = self._turns.of(0).first
        interrupted = sum(one.start < self._opening_end for one in self._interruptions)
        return {
            "complete": duration >= self._opening_end,
            "greeting_delay_s": None if first_word is None else self._s(first_word),
            "first_turn_s": None if first_turn is None else self._s(first_turn),
            "agent_talk_share": _share(sums.talk, 0),
            "interruptions": interrupted if reliable else None,
            "silence_s": self._s(sums.silence) if reliable else None,
        }

    def _of(self, ordered: list[int], share: float) -> float | None:
        """The quantile of ``ordered`` times, interpolated; null when there is none."""
        if not ordered:
            return None
        place = share * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return self._s(ordered[low] + (place - low) * (ordered[high] - ordered[low]))

    def _stretches(self, stretches: list[tuple[int, int]]) -> list[list[float]]:
        return [[self._s(start), self._s(end)] for start, end in stretches]

    def _s(self, samples: float) -> float:
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
