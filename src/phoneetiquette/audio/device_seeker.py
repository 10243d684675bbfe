"""Which device serves one direction of a headset: the wanted one, else its spare, else none until one comes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from phoneetiquette.audio.card_lines import EarLine, MicLine
from phoneetiquette.errors import DeviceError
from phoneetiquette.units import NS_PER_S

RETRY_S = 1.5
RETRY_FROM_SPARE_S = 5.0

Line = TypeVar("Line", bound=MicLine | EarLine)


class DeviceSeeker(Generic[Line]):
    """Used by the headset's thread; ``line`` may be read by any."""

    def __init__(
        self,
        wanted: str | None,
        spare: str | None,
        open_line: Callable[[str | None], Line],
    ) -> None:
        self.line: Line | None = None
        self.on_spare = False
        self.trouble: DeviceError | None = None
        """Why the wanted device is not in use."""
        self.losses = 0
        self._wanted = wanted
        self._spare = spare
        self._open = open_line
        self._retry_ns = 0
        self._past_holes = self._past_locked_out = 0
        self._past_cut_s = 0.0

    # -------------------------------------------------------------------------------------------------- counters

    @property
    def holes(self) -> int:
        return self._past_holes + (self.line.matcher.holes if self.line else 0)

    @property
    def cut_s(self) -> float:
        return self._past_cut_s + (self.line.matcher.cut_s if self.line else 0.0)

    @property
    def locked_out(self) -> int:
        return self._past_locked_out + (self.line.locked_out if self.line else 0)

    # --------------------------------------------------------------------------------------------------- seeking

    def due(self, now_ns: int) -> bool:
        """Whether it is time to look for a (better) device."""
        return (self.line is None or self.on_spare) and now_ns >= self._retry_ns

    def hurry(self) -> None:
        """Look for one at the next chance."""
        self._retry_ns = 0

    def seek(self, now_ns: int) -> None:
        """Open the best device there is."""
        self._retry_ns = now_ns + round((RETRY_FROM_SPARE_S if self.on_spare else RETRY_S) * NS_PER_S)
        try:
            found = self._open(self._wanted)
        except DeviceError as error:
            self.trouble = error
            if self.on_spare or self._spare is None:
                return
            try:
                self.line = self._open(self._spare)
            except DeviceError:
                return
            self.on_spare = True
        else:
            self.drop()
            self.line, self.trouble = found, None

    def keep(self) -> None:
        """Look after the line in use; let it go when it is lost."""
        if self.line is None:
            return
        self.line.look(time.monotonic_ns)
        if self.line.lost:
            self.losses += 1
            self.trouble = DeviceError(self.line.lost, "plug it in again, or wait for the sound server")
            self.drop()
            self.hurry()

    def test(self) -> None:
        """Devices came or went. A sound server may have moved our stream to another device without a word, but it
        opens no new one on a device that has gone."""
        if self.line is None:
            return
        try:
            self._open(self.line.device).close()
        except DeviceError as error:
            self.line.lost = error.what

    def drop(self) -> None:
        if self.line is None:
            return
        line, self.line = self.line, None
        self.on_spare = False
        line.close()
        self._past_holes += line.matcher.holes
        self._past_locked_out += line.locked_out
        self._past_cut_s += line.matcher.cut_s
