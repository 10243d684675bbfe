"""Half-typed forms, kept on disk so that a reload of the page, a crash or loss of power loses none of them.

One small file for each key; a file is replaced as a whole, so there is always either the old text or the new.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from pathlib import Path

from phoneetiquette.errors import PhoneEtiquetteError, StoreError
from phoneetiquette.records.whole_files import replace_file

DRAFTS = 100
"""At most so many."""
FIELDS = 32
BYTES = 15 * 1024
"""Of one draft, as JSON in UTF-8: the longest message the form takes fits, also with three bytes a letter."""
FORGOTTEN_AFTER_S = 7 * 86_400
"""A draft that was not touched for so long makes room for another one."""
KEY = re.compile(r"[0-9A-Za-z_-]{1,64}")


class DraftError(PhoneEtiquetteError):
    """A draft is too large, or there are too many."""


class FormDrafts:
    """The drafts of one seat, by key. Callable from any thread; writing waits for the disk."""

    def __init__(self, directory: Path) -> None:
        """``directory`` need not exist. Files in it that cannot be read are left alone."""
        self._directory = directory
        self._changing = threading.Lock()
        """Held for the whole of a change, files too."""
        self._lock = threading.Lock()
        """Held for what is in memory only, so that a loop may ask."""
        self._drafts: dict[str, tuple[float, dict[str, str]]] = {}
        for path in sorted(directory.glob("*.json")) if directory.is_dir() else ():
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                data = json.loads(path.read_bytes())
                text = {str(name): str(value) for name, value in data["text"].items()}
                if KEY.fullmatch(path.stem):
                    self._drafts[path.stem] = (float(data["at"]), text)

    def all(self) -> dict[str, dict[str, str]]:
        """Every draft, the one touched last first."""
        with self._lock:
            newest = sorted(self._drafts.items(), key=lambda item: item[1][0], reverse=True)
            return {key: dict(text) for key, (_, text) in newest}

    def put(self, key: str, text: dict[str, str]) -> None:
        """Keep ``text`` (field -> what is typed) under ``key``, in place of what was there. On disk when this returns.

        Raises:
            DraftError: it is too large, or there are too many.
            StoreError: the disk cannot be written; what was there before stays.
        """
        if not KEY.fullmatch(key):
            raise DraftError("a draft's key is of letters, digits, - and _", "use 1 to 64 of them")
        now = time.time()
        data = json.dumps({"at": now, "text": text}, ensure_ascii=False).encode("utf-8")
        if len(text) > FIELDS or len(data) > BYTES:
            raise DraftError(f"a draft has at most {FIELDS} fields and {BYTES} bytes", "shorten it")
        with self._changing:
            if key not in self._drafts and len(self._drafts) >= DRAFTS:
                self._make_room(now)
            try:
                self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
                replace_file(self._path(key), data)
            except OSError as error:
                raise _cannot_write(self._directory, error) from error
            with self._lock:
                self._drafts[key] = (now, dict(text))

    def delete(self, key: str) -> bool:
        """Forget a draft; whether there was one.

        Raises:
            StoreError: its file cannot be removed.
        """
        with self._changing:
            if key not in self._drafts:
                return False
            try:
                self._path(key).unlink(missing_ok=True)
            except OSError as error:
                raise _cannot_write(self._directory, error) from error
            with self._lock:
                del self._drafts[key]
            return True

    def _make_room(self, now: float) -> None:
        oldest = min(self._drafts, key=lambda key: self._drafts[key][0])
        if now - self._drafts[oldest][0] < FORGOTTEN_AFTER_S:
            raise DraftError(f"there are {DRAFTS} half-typed messages already", "finish or discard some of them")
        with contextlib.suppress(OSError):
            self._path(oldest).unlink(missing_ok=True)
        with self._lock:
            del self._drafts[oldest]

    def _path(self, key: str) -> Path:
        return self._directory / f"{key}.json"


def _cannot_write(directory: Path, error: OSError) -> StoreError:
    return StoreError(
        f"cannot keep drafts in {directory}: {error.strerror}", "free disk space, or check its permissions"
    )
