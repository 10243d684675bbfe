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

from typing import Any

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.activity import Channel, Smoother, frame_levels
from phoneetiquette.speech.definitions import FRAME_MS
from phoneetiquette.speech.facts import Fact
from phoneetiquette.speech.measures import Measures
from phoneetiquette.speech.prosody import Prosody

BATCH_FRAMES = 5
"""Frames are worked on five (100 ms) at a time: array operations cost the same for one."""

RATES_HZ = (8000, 16000)


class CallMeasurement:
    """Measures a call between an agent and a customer, one channel each.

    What comes out depends on the samples only, not on the blocks they came in. A frame is settled
    ``look_ahead_ms`` after it was spoken; facts and sums run that much behind.

    Args:
        rate_hz: 8000 or 16000; resample anything else before.
        vad_mode: aggressiveness of webrtcvad, 0 to 3. The gates around it do better with 2 than with 3.

    Raises:
        ValueError: a rate or mode that is none of these.
    """

    look_ahead_ms = (BATCH_FRAMES + Smoother.DELAY) * FRAME_MS

    def __init__(self, rate_hz: int, *, vad_mode: int = 2) -> None:
        if rate_hz not in RATES_HZ:
            raise ValueError(f"cannot measure at {rate_hz} Hz: resample to 8000 or 16000 Hz")
        self._frame = FRAME_MS * rate_hz // 1000
        self._channels = (Channel(rate_hz, vad_mode), Channel(rate_hz, vad_mode))
        self._smoothers = (Smoother(), Smoother())
        self._measures = Measures(rate_hz)
        self._prosody = Prosody(rate_hz)
        self._unsettled: NDArray[np.int16] = np.zeros((2, 0), np.int16)
        self._batch: NDArray[np.int16] = np.zeros((2, BATCH_FRAMES * self._frame), np.int16)
        self._filled = 0
        self._frames = 0
        self._finished = False

    def feed(self, agent: NDArray[np.int16], customer: NDArray[np.int16]) -> list[Fact]:
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
        facts: list[Fact] = []
        taken, capacity = 0, self._batch.shape[1]
        while taken < len(agent):
            count = min(capacity - self._filled, len(agent) - taken)
            place = slice(self._filled, self._filled + count)
            self._batch[0, place] = agent[taken : taken + count]
            self._batch[1, place] = customer[taken : taken + count]
            taken += count
            self._filled += count
            if self._filled == capacity:
                facts += self._work(BATCH_FRAMES)
                self._filled = 0
        return facts

    def finish(self) -> list[Fact]:
        """The call is over: settles what was still open. A last piece shorter than a frame counts as silence."""
        if self._finished:
            return []
        whole, rest = divmod(self._filled, self._frame)
        facts = self._work(whole) if whole else []
        spoken: list[tuple[bool, bool]] = []
        for pushed in range(self._frames + 1, self._frames + 1 + Smoother.DELAY):
            settled = self._settle(False, False)
            if pushed > Smoother.DELAY:
                spoken.append(settled)
                facts += self._measures.step(settled, self._frame)
        self._filled = rest
        facts += self._measures.finish(rest)
        self._listen(spoken)
        self._prosody.finish()
        self._finished = True
        return facts

    def measures(self, *, final: bool = False) -> dict[str, Any]:
        """The measures so far, as :mod:`phoneetiquette.speech.measures` documents them.

        ``final`` adds the segments; call :meth:`finish` before. Cheap enough for once a second in a call of any length.
        """
        speaking = (False, False) if self._finished else (self._smoothers[0].speaking, self._smoothers[1].speaking)
        measures = self._measures.as_json(self._frames * self._frame + self._filled, speaking, final=final)
        self._prosody.add_to(measures, final=final)
        return measures

    def contour(self) -> dict[str, Any]:
        """Pitch and level of both parties over time, as :meth:`.Prosody.contour` documents it."""
        return self._prosody.contour()

    def _work(self, count: int) -> list[Fact]:
        """Decides and counts the first ``count`` frames of the batch."""
        size = self._frame
        frames = self._batch[:, : count * size].reshape(2, count, size)
        self._unsettled = np.concatenate((self._unsettled, self._batch[:, : count * size]), axis=1)
        spoken: list[tuple[bool, bool]] = []
        sound = [channel.tobytes() for channel in frames]
        levels = frame_levels(frames)
        agent, customer = self._channels
        facts: list[Fact] = []
        for index in range(count):
            piece = slice(2 * size * index, 2 * size * (index + 1))
            agent_db, customer_db = levels[0][index], levels[1][index]
            agent.hear(agent_db)
            customer.hear(customer_db)
            settled = self._settle(
                agent.judge(sound[0][piece], agent_db, customer), customer.judge(sound[1][piece], customer_db, agent)
            )
            self._frames += 1
            if self._frames > Smoother.DELAY:
                spoken.append(settled)
                facts += self._measures.step(settled, size)
        self._listen(spoken)
        return facts

    def _listen(self, spoken: list[tuple[bool, bool]]) -> None:
        """Lets the voices be heard in the oldest frames, now that it is settled who spoke in them."""
        if not spoken:
            return
        speech, samples = np.array(spoken, np.bool_).T, len(spoken) * self._frame
        for voice, sound, flags in zip(self._prosody.voices, self._unsettled, speech, strict=True):
            voice.take(sound[:samples], flags)
        self._unsettled = self._unsettled[:, samples:]

    def _settle(self, agent: bool, customer: bool) -> tuple[bool, bool]:
        return self._smoothers[0].push(agent), self._smoothers[1].push(customer)
