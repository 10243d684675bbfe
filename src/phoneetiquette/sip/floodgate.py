"""No more calls at a time than the library survives. Pure.

Each INVITE costs it two sockets, those of strangers too, and a closed socket keeps its place for half a second. There
are 64 places, and when none is left an assertion ends the process (pjproject 2.15.1, ``ioqueue_select.c``). So after a
crowd of INVITEs the network is not read for a moment: what comes meanwhile waits in the kernel or is sent again.
"""

from __future__ import annotations

from collections import deque

from phoneetiquette.units import NS_PER_MS

SETTLED_NS = 600 * NS_PER_MS
"""After this an INVITE that was refused at once has left nothing behind."""
CROWD = 14
"""From here on the network is not read. One look at it can bring ten INVITEs more."""
MOST = 26
"""With the four calls that may be up, still fewer than 32."""


class Floodgate:
    """Counts the INVITEs of the last moments."""

    def __init__(self) -> None:
        self._came: deque[int] = deque()

    def passed(self, now_ns: int) -> None:
        """An INVITE has come."""
        self._came.append(now_ns)

    def holds(self, now_ns: int, many: int = CROWD) -> bool:
        """Whether ``many`` have come so lately that no other may."""
        while self._came and now_ns - self._came[0] > SETTLED_NS:
            self._came.popleft()
        return len(self._came) >= many
