"""Samples in, facts out: the measurement of one call, live and from a file alike.

::

    measurement = CallMeasurement(16000)
    while the call lasts:
        for fact in measurement.feed(agent_block, customer_block): ...
        measurement.measures()                    # any time; about once a second
    measurement.finish()
    measurement.measures(final=True)

One thread at a time. Sound that belongs to no talk (a hold) is simply not fed: the time line counts what is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.activity import Activity, Smoother
from phoneetiquette.speech.cues import BLOCK_FRAMES
from phoneetiquette.speech.definitions import CERTAIN_SCORE, FRAME_MS, LIKELY_SCORE
from phoneetiquette.speech.facts import Fact
from phoneetiquette.speech.floor import Floor, Told
from phoneetiquette.speech.measures import Measures
from phoneetiquette.speech.prosody import Prosody
from phoneetiquette.speech.reliability import doubts

Samples = NDArray[np.int16]

MOST_BLOCKS = 50
"""A large piece is worked on in parts of five seconds: array operations gain nothing from longer ones."""

RATES_HZ = (8000, 16000)


class Listener(Protocol):
    """Looks at how one party speaks (pitch, pace, loudness), once it is settled when it does."""

    def take(self, samples: Samples, speech: NDArray[np.bool_]) -> None:
        """Whole frames of one party, in order and without gaps, and for each frame whether it is speech."""


class CallMeasurement:
    """Measures a call between an agent and a customer, one channel each.

    What comes out depends on the samples only, not on the blocks they came in. What a frame is gets known
    ``look_ahead_ms`` after it was spoken; segments and sums run that much behind. Who talks over whom is told as soon
    as the frames are decided, ``PAUSE_MS`` earlier.

    Args:
        rate_hz: 8000 or 16000; resample anything else before.
        vad_mode: aggressiveness of webrtcvad, 0 to 3. What follows it was made for 2.

    Raises:
        ValueError: a rate or mode that is none of these.
    """

    look_ahead_ms = (BLOCK_FRAMES + Activity.DELAY + Smoother.DELAY) * FRAME_MS

    def __init__(self, rate_hz: int, *, vad_mode: int = 2) -> None:
        if rate_hz not in RATES_HZ:
            raise ValueError(f"cannot measure at {rate_hz} Hz: resample to 8000 or 16000 Hz")
        self._frame = FRAME_MS * rate_hz // 1000
        self._activity = Activity(rate_hz, vad_mode)
        self._smoothers = (Smoother(), Smoother())
        self._floor = Floor(rate_hz)
        self._measures = Measures(rate_hz, self._floor.turns)
        self._prosody = Prosody(rate_hz)
        self._listeners: tuple[tuple[Listener, ...], tuple[Listener, ...]] = (
            (self._prosody.agent,),
            (self._prosody.customer,),
        )
        """Those of the agent's and of the customer's voice."""
        self._unsettled: Samples = np.zeros((2, 0), np.int16)
        """Frames whose listeners have not heard them yet; kept only for them."""
        self._rest: Samples = np.zeros((2, 0), np.int16)
        """Samples after the last whole block."""
        self._fed = 0
        self._decided = 0
        self._finished = False

    def feed(self, agent: Samples, customer: Samples) -> list[Fact]:
        """Takes in what both parties said at the same time: mono int16 blocks of equal length, any length.

        Returns:
            The facts that became known, in the order in which they did.

        Raises:
            ValueError: the blocks differ in length or are not one-dimensional int16, or the measurement is finished.
        """
        if agent.shape != customer.shape or agent.ndim != 1 or not agent.dtype == customer.dtype == np.int16:
            raise ValueError("blocks must be one-dimensional int16 arrays of equal length")
        if self._finished:
            raise ValueError("the measurement is finished")
        self._fed += len(agent)
        facts: list[Fact] = []
        most = MOST_BLOCKS * BLOCK_FRAMES * self._frame
        for start in range(0, len(agent), most):
            part = slice(start, start + most)
            self._rest = np.concatenate((self._rest, (agent[part], customer[part])), axis=1)
            whole = self._rest.shape[1] // (BLOCK_FRAMES * self._frame) * BLOCK_FRAMES * self._frame
            if whole:
                samples, self._rest = self._rest[:, :whole], self._rest[:, whole:]
                facts += self._work(samples)
        return facts

    def finish(self) -> list[Fact]:
        """The call is over: settles what was still open. A last piece shorter than a frame counts as silence."""
        if self._finished:
            return []
        frames, rest = divmod(self._fed, self._frame)
        facts: list[Fact] = []
        if frames:
            missing = -frames % BLOCK_FRAMES
            if missing:
                last = self._rest[:, : self._rest.shape[1] - rest]
                facts += self._work(np.pad(last, ((0, 0), (0, missing * self._frame))))
            facts += self._take(self._activity.rest()[:, : BLOCK_FRAMES - missing])
            facts += self._settle_last(frames)
        facts += self._tell(self._floor.finish(frames * self._frame))
        facts += self._measures.finish(rest)
        self._prosody.finish()
        self._finished = True
        return facts

    def _settle_last(self, frames: int) -> list[Fact]:
        """Nobody speaks any more: what that makes of the last of the call's ``frames``."""
        agent, customer = self._smoothers
        settled: list[tuple[bool, bool]] = []
        facts: list[Fact] = []
        for after in range(frames + 1, frames + Smoother.DELAY + 1):
            was = (agent.push(False), customer.push(False))
            if after > Smoother.DELAY:
                settled.append(was)
                facts += self._measures.step(was, self._frame)
        self._let_listen(settled)
        return facts

    def measures(self, *, final: bool = False) -> dict[str, Any]:
        """The measures so far, as :mod:`phoneetiquette.speech.measures` documents them.

        ``final`` adds the lists; call :meth:`finish` before. Cheap enough for once a second in a call of any length.
        """
        speaking = (False, False) if self._finished else (self._smoothers[0].speaking, self._smoothers[1].speaking)
        talking_over = self._floor.talking_over()
        measures = self._measures.as_json(self._fed, speaking, talking_over, self._doubts(), final=final)
        self._prosody.add_to(measures, final=final)
        return measures

    def contour(self) -> dict[str, Any]:
        """Pitch and level of both parties over time, as :meth:`.Prosody.contour` documents it."""
        return self._prosody.contour()

    @property
    def both_speaking(self) -> bool:
        """Whether one may be talking over the other at this moment: hints are possible, and wanted soon."""
        return self._smoothers[0].speaking and self._smoothers[1].speaking

    @property
    def reliable(self) -> bool:
        """Whether the two legs can be told apart so far: if not, who talks over whom is anybody's guess."""
        return not self._doubts()

    def _doubts(self) -> list[str]:
        return doubts(self._activity.learnt(), self._fed / (self._frame * 1000 / FRAME_MS))

    def _work(self, samples: Samples) -> list[Fact]:
        """Decides, counts and passes on whole blocks of frames."""
        if any(self._listeners):
            self._unsettled = np.concatenate((self._unsettled, samples), axis=1)
        return self._take(self._activity.take(samples))

    def _take(self, scores: NDArray[np.float32]) -> list[Fact]:
        facts: list[Fact] = []
        settled: list[tuple[bool, bool]] = []
        whole = scores.shape[1] // BLOCK_FRAMES * BLOCK_FRAMES
        for part, count in ((scores[:, :whole], BLOCK_FRAMES), (scores[:, whole:], scores.shape[1] - whole)):
            run: _Block | None = None
            for active, certain, likely in _bits(part, count) if part.size else ():
                block = _Block(active, certain, likely, count)
                if run is not None:
                    if run.goes_on and not self._floor.contested and run.is_like(block):
                        run.append(block)
                        continue
                    facts += self._step(run, settled)
                run = block
                run.goes_on = self._goes_on(block)
            if run is not None:
                facts += self._step(run, settled)
        self._let_listen(settled)
        return facts

    def _goes_on(self, block: _Block) -> bool:
        """Whether both parties only go on, speaking or not, as they did before."""
        agent, customer = self._smoothers
        every = (1 << block.count) - 1
        return (
            self._decided >= Smoother.DELAY
            and agent.goes_on(block.active[0], every)
            and customer.goes_on(block.active[1], every)
        )

    def _step(self, block: _Block, settled: list[tuple[bool, bool]]) -> list[Fact]:
        """Takes in what is decided of a block, or of several that are alike."""
        now, then = self._go_on(block) if block.goes_on else self._look_closely(block)
        size = self._frame
        facts: list[Fact] = []
        for one in now:
            end = one.start + one.frames * size
            facts += self._tell(self._floor.step(one.spoke, one.start, end, began=one.began, certain=one.certain))
        for was, frames in then:
            settled += [was] * frames
            facts += self._measures.step(was, frames * size)
        return facts

    def _go_on(self, block: _Block) -> tuple[list[_Stretch], list[tuple[tuple[bool, bool], int]]]:
        """Blocks in which both parties only go on: most are, and they cost a tenth of the others."""
        start, size, count = self._decided * self._frame, self._frame, block.count
        agent, customer = self._smoothers
        was = (
            agent.push_alike(block.active[0], block.likely[0], count),
            customer.push_alike(block.active[1], block.likely[1], count),
        )
        self._decided += count
        spoke = (block.active[0] > 0, block.active[1] > 0)
        now = []
        certain = (block.certain[0] & block.active[0], block.certain[1] & block.active[1])
        for certainly, frames in _alike(certain, count):
            now.append(_Stretch(spoke, start, None, certainly, frames))
            start += frames * size
        return now, _alike(was, count)

    def _look_closely(self, block: _Block) -> tuple[list[_Stretch], list[tuple[tuple[bool, bool], int]]]:
        """A block in which speech may begin, frame by frame."""
        agent, customer = self._smoothers
        now: list[_Stretch] = []
        was = [0, 0]
        unsettled = max(0, min(block.count, Smoother.DELAY - self._decided))
        for frame in range(block.count - 1, -1, -1):
            start = self._decided * self._frame
            self._decided += 1
            active = (bool(block.active[0] >> frame & 1), bool(block.active[1] >> frame & 1))
            was[0] = was[0] << 1 | agent.push(active[0], bool(block.likely[0] >> frame & 1))
            was[1] = was[1] << 1 | customer.push(active[1], bool(block.likely[1] >> frame & 1))
            spoke = (active[0] and agent.speaking, active[1] and customer.speaking)
            certain = (
                spoke[0] and bool(block.certain[0] >> frame & 1),
                spoke[1] and bool(block.certain[1] >> frame & 1),
            )
            began = agent.began or customer.began
            if began or not now or (now[-1].spoke, now[-1].certain) != (spoke, certain):
                begun = tuple(start - max(one.began - 1, 0) * self._frame for one in self._smoothers)
                now.append(_Stretch(spoke, start, (begun[0], begun[1]) if began else None, certain, 0))
            now[-1].frames += 1
        return now, _alike((was[0], was[1]), block.count - unsettled)

    def _tell(self, told: list[Told]) -> list[Told]:
        if told:
            self._measures.note(told)
        return told

    def _let_listen(self, settled: list[tuple[bool, bool]]) -> None:
        if not settled or not any(self._listeners):
            return
        speech = np.array(settled, np.bool_).T
        samples = len(settled) * self._frame
        for party, listeners in enumerate(self._listeners):
            for listener in listeners:
                listener.take(self._unsettled[party, :samples], speech[party])
        self._unsettled = self._unsettled[:, samples:]


@dataclass(slots=True)
class _Block:
    """What is decided of ``count`` frames: of agent and customer, a bit for each frame, the latest in bit 0."""

    active: list[int]
    certain: list[int]
    likely: list[int]
    count: int
    goes_on: bool = False
    """Each party's frames are all active or none, and none begins to speak."""

    def is_like(self, block: _Block) -> bool:
        """Whether both parties only go on in ``block``, too. This one :attr:`goes_on`."""
        every = (1 << block.count) - 1
        return all(after == (every if before else 0) for before, after in zip(self.active, block.active, strict=True))

    def append(self, block: _Block) -> None:
        """What came right after it, and is like it."""
        for before, after in ((self.active, block.active), (self.certain, block.certain), (self.likely, block.likely)):
            before[0] = before[0] << block.count | after[0]
            before[1] = before[1] << block.count | after[1]
        self.count += block.count


@dataclass(slots=True)
class _Stretch:
    """Frames in a row in which both parties do the same; ``began``: where each one's speech began, if any does now."""

    spoke: tuple[bool, bool]
    start: int
    began: tuple[int, int] | None
    certain: tuple[bool, bool]
    frames: int


_SCORES = np.array((0.0, CERTAIN_SCORE, LIKELY_SCORE), np.float32)[:, None, None]


def _bits(scores: NDArray[np.float32], count: int) -> list[list[list[int]]]:
    """Of each ``count`` frames: active, certain and likely ones of both parties, a bit for each."""
    flags = (scores > _SCORES).reshape(3, 2, -1, count)
    bits: list[list[list[int]]] = (np.packbits(flags, axis=-1)[..., 0] >> (8 - count)).transpose(2, 0, 1).tolist()
    return bits


def _alike(bits: tuple[int, int], count: int) -> list[tuple[tuple[bool, bool], int]]:
    """The last ``count`` frames as stretches in which neither changes, with their lengths."""
    every = (1 << count) - 1
    if not count:
        return []
    if all(one & every in (0, every) for one in bits):
        return [((bits[0] & every > 0, bits[1] & every > 0), count)]
    stretches: list[tuple[tuple[bool, bool], int]] = []
    for frame in range(count - 1, -1, -1):
        pair = (bool(bits[0] >> frame & 1), bool(bits[1] >> frame & 1))
        if stretches and stretches[-1][0] == pair:
            stretches[-1] = (pair, stretches[-1][1] + 1)
        else:
            stretches.append((pair, 1))
    return stretches
