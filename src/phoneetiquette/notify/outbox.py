"""The outbox: what waits to be delivered, one file for each parcel, so that no crash loses any.

A parcel is removed when its delivery has been journalled. Whoever is killed between the two delivers it once more,
under the same id, by which the receiver can tell.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phoneetiquette.errors import StoreError
from phoneetiquette.followups.parcel import Channel, Parcel
from phoneetiquette.notify.errors import DeliveryError
from phoneetiquette.records.whole_files import replace_file

RETRIES_S = (5, 30, 120, 600, 1800, 3600)
"""So long after each failed attempt follows the next one; the last of these from then on."""
GIVE_UP_S = 86_400.0
"""After a day of failures a parcel is *dead*: it stays, and is only tried again when a person asks for it."""
HOOKS_KEPT_S = 7 * 86_400.0
"""A dead parcel of a hook is dropped when it is so old."""
MOST = 10_000
"""Parcels that are still tried. More than this is a receiver that was forgotten: hooks are dropped, messages never."""
_NAME = re.compile(r"[0-9A-Za-z_.-]{1,128}")


@dataclass(slots=True)
class Waiting:
    """A parcel and how it went so far. Moments are of the wall clock, in seconds: they must outlive the machine."""

    parcel: Parcel
    since: float
    next_at: float
    attempts: int = 0
    error: str = ""
    dead: bool = False
    handed_over: bool = False
    """Delivered, and not removed yet."""
    saved: bool = False
    """The file tells how it stands."""


class Outbox:
    """Callable from any thread; :meth:`put`, :meth:`take`, :meth:`failed` and :meth:`remove` wait for the disk."""

    def __init__(self, directory: Path) -> None:
        """What waits in ``directory`` is taken up; it need not exist."""
        self._directory = directory
        self._disk = threading.Lock()
        """Held while a file is written or removed; never taken by who holds the condition."""
        self._condition = threading.Condition()
        """Held for what is in memory only, so that a loop may ask."""
        self._closed = False
        self._waiting: dict[str, Waiting] = {}
        for path in sorted(directory.glob("*.json")) if directory.is_dir() else ():
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                self._waiting[path.stem] = _read(path)

    def put(self, parcel: Parcel) -> None:
        """Take a parcel; one that waits already stays as it is. It is on disk when this returns.

        Raises:
            StoreError: the disk cannot be written. The parcel is kept in memory and saved as soon as possible.
        """
        assert _NAME.fullmatch(parcel.id), parcel.id
        with self._condition:
            if parcel.id in self._waiting:
                return
            if parcel.purpose == "hook" and sum(map(_is_alive, self._waiting.values())) >= MOST:
                raise StoreError(f"{MOST} parcels wait to be delivered", "see why: phoneetiquette messages undelivered")
            now = time.time()
            self._waiting[parcel.id] = Waiting(parcel, since=now, next_at=now)
            self._condition.notify_all()
        self._save(parcel.id)

    def take(self, channel: Channel, timeout_s: float) -> Waiting | None:
        """The next parcel of a channel that is due, oldest first; ``None`` after ``timeout_s`` without one.

        It stays due until :meth:`handed_over` or :meth:`failed`: each channel has one taker.
        """
        end = time.monotonic() + timeout_s
        while True:
            self._save_the_unsaved()
            with self._condition:
                if self._closed:
                    return None
                alive = [w for w in self._waiting.values() if w.parcel.channel == channel and _is_alive(w)]
                now = time.time()
                due = [waiting for waiting in alive if waiting.next_at <= now]
                if due:
                    return min(due, key=lambda waiting: waiting.since)
                left = end - time.monotonic()
                if left <= 0:
                    return None
                until = min((waiting.next_at - now for waiting in alive), default=left)
                self._condition.wait(max(0.01, min(left, until)))

    def handed_over(self, name: str) -> None:
        """It is delivered: nobody takes it any more."""
        with self._condition:
            if name in self._waiting:
                self._waiting[name].handed_over = True

    def failed(self, name: str, error: DeliveryError) -> Waiting | None:
        """An attempt failed; how the parcel stands now (``None``: it was removed meanwhile)."""
        with self._condition:
            waiting = self._waiting.get(name)
            if waiting is None:
                return None
            now = time.time()
            waiting.next_at = now + RETRIES_S[min(waiting.attempts, len(RETRIES_S) - 1)]
            waiting.attempts += 1
            waiting.error = str(error)
            waiting.dead = error.final or now - waiting.since >= GIVE_UP_S
            waiting.saved = False
            after = dataclasses.replace(waiting)
        with contextlib.suppress(StoreError):  # then it is tried sooner after a restart, which does no harm
            self._save(name)
        return after

    def remove(self, name: str) -> None:
        """Forget a parcel, if it is there."""
        with self._condition:
            if self._waiting.pop(name, None) is None:
                return
        with self._disk, contextlib.suppress(OSError):
            self._path(name).unlink(missing_ok=True)

    def remove_old_hooks(self) -> int:
        """Forget hooks that were given up and that nobody has asked for since; how many."""
        before = time.time() - HOOKS_KEPT_S
        old = [one.parcel.id for one in self.all() if one.dead and one.parcel.purpose == "hook" and one.since < before]
        for name in old:
            self.remove(name)
        return len(old)

    def try_again(self, message: str = "") -> int:
        """Try what failed, or all that is about one message, again at once, dead ones too; how many."""
        with self._condition:
            found = [one for one in self._waiting.values() if one.attempts and message in ("", one.parcel.message)]
            for waiting in found:
                waiting.dead, waiting.since, waiting.next_at = False, time.time(), 0.0
            self._condition.notify_all()
            return len(found)

    def close(self) -> None:
        """Nothing is taken any more; what waits, waits on disk."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def all(self) -> list[Waiting]:
        """Everything that is not delivered yet, oldest first."""
        with self._condition:
            left = [dataclasses.replace(one) for one in self._waiting.values() if not one.handed_over]
        return sorted(left, key=lambda one: one.since)

    def __contains__(self, name: str) -> bool:
        return name in self._waiting

    def _save_the_unsaved(self) -> None:
        with self._condition:
            unsaved = [name for name, waiting in self._waiting.items() if not waiting.saved]
        for name in unsaved:
            with contextlib.suppress(StoreError):
                self._save(name)

    def _save(self, name: str) -> None:
        """Write how it stands now, unless the file has it or it is gone."""
        with self._disk:
            with self._condition:
                waiting = self._waiting.get(name)
                if waiting is None or waiting.saved or waiting.handed_over:
                    return
                now = dataclasses.replace(waiting)
            fields = ("since", "next_at", "attempts", "error", "dead")
            data: dict[str, Any] = {"parcel": dataclasses.asdict(now.parcel)}
            data |= {name: getattr(now, name) for name in fields}
            try:
                self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
                replace_file(self._path(now.parcel.id), json.dumps(data).encode("ascii"))
            except OSError as error:
                what = f"cannot keep what is to be delivered in {self._directory}: {error.strerror}"
                raise StoreError(what, "free disk space; it is kept in memory meanwhile") from error
            with self._condition:
                waiting.saved = waiting.attempts == now.attempts

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.json"


def read_outbox(directory: Path) -> list[Waiting]:
    """What waits in an outbox, oldest first, for looking at it."""
    return Outbox(directory).all()


def _read(path: Path) -> Waiting:
    data = json.loads(path.read_bytes())
    parcel = Parcel(**data.pop("parcel"))
    if parcel.purpose == "hook" and parcel.channel == "webhook":  # written when both kinds of webhooks shared one
        parcel = dataclasses.replace(parcel, channel="hook_webhook")
    if parcel.id != path.stem:
        raise ValueError(path)
    return Waiting(parcel, saved=True, **data)


def _is_alive(waiting: Waiting) -> bool:
    return not waiting.dead and not waiting.handed_over
