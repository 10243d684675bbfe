"""What the machine says to callers: sound files one after the other. SIP thread only."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import pjsua2 as pj

from phoneetiquette import events as e
from phoneetiquette.sip.patchbay import Patchbay
from phoneetiquette.units import NS_PER_MS, NS_PER_S

TAIL_NS = 40 * NS_PER_MS
"""Between the file's last sample by the clock and by the bridge, which plays in ticks and begins with one."""


def port_of(call: e.CallId) -> str:
    """Name of what the caller hears, at the patchbay."""
    return f"prompt:{call}"


@dataclass(slots=True)
class _Prompt:
    number: int
    left: deque[Path]
    player: pj.AudioMediaPlayer | None = None
    until_ns: int = 0
    """End of the file that is being played; 0: none is yet."""


@dataclass(slots=True)
class Speaking:
    """The prompts of all calls. ``rate_hz`` is that of the bridge and of every file."""

    bay: Patchbay
    rate_hz: int
    _prompts: dict[e.CallId, _Prompt] = field(default_factory=dict)

    def say(self, call: e.CallId, number: int, files: Collection[Path]) -> None:
        """Say this from the next turn on, instead of what is being said.

        Raises:
            FileNotFoundError: a file is not there; nothing changes.
        """
        missing = next((file for file in files if not file.exists()), None)
        if missing:
            raise FileNotFoundError(f"what is to be said has not been made: {missing}")
        self.be_quiet(call)
        if files:
            self._prompts[call] = _Prompt(number, deque(files))

    def be_quiet(self, call: e.CallId) -> None:
        """Say nothing more in this call."""
        if self._prompts.pop(call, None):
            self.bay.remove(port_of(call))

    def turn(self, now_ns: int, ready: Collection[e.CallId]) -> list[tuple[e.CallId, int]]:
        """Begin what is due in the calls that have sound; the prompts that have been said to their end."""
        over = []
        for call, prompt in list(self._prompts.items()):
            if call not in ready or now_ns < prompt.until_ns:
                continue
            self.bay.remove(port_of(call))
            prompt.player = None
            if prompt.left:
                self._begin(call, prompt)
            else:
                del self._prompts[call]
                over.append((call, prompt.number))
        return over

    def _begin(self, call: e.CallId, prompt: _Prompt) -> None:
        player = pj.AudioMediaPlayer()
        try:
            player.createPlayer(str(prompt.left.popleft()), pj.PJMEDIA_FILE_NO_LOOP)
        except pj.Error:  # it has gone since it was asked for, or is not whole
            return
        length_ns = round(player.getInfo().sizeSamples / self.rate_hz * NS_PER_S)
        prompt.player, prompt.until_ns = player, time.monotonic_ns() + length_ns + TAIL_NS
        self.bay.add(port_of(call), player.getPortId())

    def next_ns(self, ready: Collection[e.CallId]) -> int | None:
        """The moment at which :meth:`turn` has something to do."""
        return min((one.until_ns for call, one in self._prompts.items() if call in ready), default=None)
