"""Which sound goes where: the wanted connections of the conference bridge, and the steps from the present ones."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from phoneetiquette.sip.native import library

log = logging.getLogger(__name__)

Cord = tuple[str, str]
"""From one named port to another."""


class Patchbay:
    """Named ports and the cords between them. SIP thread only.

    Ports go by their number in the bridge, since pjsua2 has no object for the one of the microphone.
    """

    def __init__(self) -> None:
        self._ports: dict[str, int] = {}
        self._plugged: set[Cord] = set()

    def add(self, name: str, port: int) -> None:
        """Name a port; a port that had the name before is gone, and so are its cords."""
        self.remove(name)
        self._ports[name] = port

    def remove(self, name: str) -> None:
        """Forget a port. Its cords are pulled if it still lives."""
        if name in self._ports:
            for cord in [c for c in self._plugged if name in c]:
                self._pull(cord)
            del self._ports[name]

    def drop(self, name: str) -> None:
        """Forget a port that the library has taken away itself."""
        self._ports.pop(name, None)
        self._plugged = {cord for cord in self._plugged if name not in cord}

    def __contains__(self, name: str) -> bool:
        return name in self._ports

    def patch(self, wanted: Iterable[Cord]) -> None:
        """Plug and pull until exactly the wanted cords between known ports are in."""
        target = {(a, b) for a, b in wanted if a in self._ports and b in self._ports}
        for cord in self._plugged - target:
            self._pull(cord)
        for a, b in target - self._plugged:
            status = library().pjsua_conf_connect(self._ports[a], self._ports[b])
            if status:
                log.error("the bridge does not connect %s with %s (status %d)", a, b, status)
            else:
                self._plugged.add((a, b))

    def _pull(self, cord: Cord) -> None:
        self._plugged.discard(cord)
        # The library pulls the cords of a port that it removes; whichever of us comes second is told that, and no more.
        library().pjsua_conf_disconnect(self._ports[cord[0]], self._ports[cord[1]])
