"""Where in a connected call a moment of measured talk lies. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from phoneetiquette.records.record import CallRecord


@dataclass(frozen=True, slots=True)
class TalkClock:
    """Seconds since the call was connected. Measured talk begins with the first sound and leaves holds out."""

    length_s: float
    media_s: float
    """Where measured talk begins."""
    holds: tuple[tuple[float, float, str], ...]
    """Begin, end, and who holds: ``us`` or ``peer``."""
    answered_ms: float

    @classmethod
    def of(cls, record: CallRecord) -> TalkClock | None:
        """``None`` where nothing was connected."""
        answered_ms = record.answered_ms
        if answered_ms is None:
            return None
        ends = [record.ended_ms, *(leg.ended_ms for leg in record.legs), *(mark.at_ms for mark in record.timeline)]
        length_s = max((end - answered_ms for end in ends if end is not None), default=0.0) / 1000
        length_s = max(length_s, 0.001)
        holds = tuple(
            (
                (hold.start_ms - answered_ms) / 1000,
                length_s if hold.end_ms is None else (hold.end_ms - answered_ms) / 1000,
                hold.by,
            )
            for hold in record.holds
        )
        media_ms = record.media_ms if record.media_ms is not None else answered_ms
        clock = cls(length_s, max(0.0, media_ms - answered_ms) / 1000, holds, answered_ms)
        if record.ended_ms is not None:
            return clock
        measured_s = (record.measures or {}).get("duration_s") or 0.0  # a call that goes on is as long as was measured
        return replace(clock, length_s=max(length_s, clock.at(measured_s)))

    def at(self, measured_s: float) -> float:
        """A moment of measured talk."""
        moment = self.media_s + measured_s
        for start, end in self._held():
            if start < moment:
                moment += end - start
        return moment

    def of_ms(self, at_ms: float) -> float:
        """A moment of the record, which counts from the call's arrival."""
        return (at_ms - self.answered_ms) / 1000

    def spans(self, start_s: float, end_s: float) -> Iterator[tuple[float, float]]:
        """A span of measured talk, in pieces where a hold lies within."""
        begin, end = self.at(start_s), self.at(end_s)
        for hold_start, hold_end in self._held():
            if begin < hold_start < end:
                yield begin, hold_start
                begin = hold_end
        if end > begin:
            yield begin, end

    def _held(self) -> list[tuple[float, float]]:
        """When anybody held, overlapping holds as one."""
        spans: list[tuple[float, float]] = []
        for start, end, _ in sorted(self.holds):
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], end))
            else:
                spans.append((start, end))
        return spans
