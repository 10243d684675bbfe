"""Keeps the console of a seat busy: a listener on its event stream and requests for its state without pause."""

from __future__ import annotations

import threading
from typing import Self

import httpx

PAUSE_S = 0.02
QUIET_S = 120
"""A stream may be silent for so long."""


class ConsoleTraffic:
    """About 50 requests a second and two open event streams, for the time of a ``with`` block."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._over = threading.Event()
        self.requests = 0
        self.failed = 0

    def __enter__(self) -> Self:
        for work in (self._ask, self._listen, self._listen):
            threading.Thread(target=work, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _ask(self) -> None:
        with httpx.Client(base_url=self._base, timeout=5) as client:
            while not self._over.wait(PAUSE_S):
                for path in ("/api/state", "/"):
                    try:
                        self.failed += client.get(path).status_code >= 400
                        self.requests += 1
                    except httpx.HTTPError:
                        self.failed += 1

    def _listen(self) -> None:
        try:
            with httpx.stream("GET", f"{self._base}/api/events", timeout=QUIET_S) as stream:
                for _ in stream.iter_lines():
                    if self._over.is_set():
                        return
        except httpx.HTTPError:
            self.failed += 1
