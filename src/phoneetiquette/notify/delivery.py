"""The threads that deliver what waits in the outbox, one for each channel: a slow receiver holds up its own only."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from phoneetiquette.followups.parcel import Channel, Parcel
from phoneetiquette.notify.errors import DeliveryError
from phoneetiquette.notify.outbox import Outbox

log = logging.getLogger(__name__)

LOOK_S = 3600.0
"""It is woken when there is something; this is for clocks that are set."""

Send = Callable[[Parcel], None]
"""Delivers, or raises :class:`DeliveryError`."""


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt went. ``error`` ``None``: delivered; ``dead``: it is not tried again."""

    parcel: Parcel
    error: DeliveryError | None = None
    dead: bool = False


class Delivery:
    """Delivers until stopped. ``told`` is called from its threads and returns at once.

    A delivered parcel is to be removed from the outbox by who is told, once that is journalled.
    """

    def __init__(self, outbox: Outbox, ways: Mapping[Channel, Send], told: Callable[[Result], object]) -> None:
        self._outbox = outbox
        self._ways = dict(ways)
        self._told = told
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._loop, args=(channel,), name=f"deliver-{channel}", daemon=True)
            for channel in self._ways
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """End; what is being sent just now may take up to ``timeout_s``, and is sent again at the next start."""
        self._stopping.set()
        self._outbox.close()
        for thread in self._threads:
            thread.join(timeout_s)

    def _loop(self, channel: Channel) -> None:
        while not self._stopping.is_set():
            waiting = self._outbox.take(channel, LOOK_S)
            if waiting is not None:
                self._deliver(channel, waiting.parcel)

    def _deliver(self, channel: Channel, parcel: Parcel) -> None:
        try:
            self._ways[channel](parcel)
        except DeliveryError as error:
            after = self._outbox.failed(parcel.id, error)
            self._told(Result(parcel, error, dead=after is None or after.dead))
        except Exception as error:
            log.exception("a delivery failed")
            failure = DeliveryError(f"unexpected {type(error).__name__}: {error}", "please report it with the log")
            after = self._outbox.failed(parcel.id, failure)
            self._told(Result(parcel, failure, dead=after is None or after.dead))
        else:
            self._outbox.handed_over(parcel.id)
            self._told(Result(parcel))
