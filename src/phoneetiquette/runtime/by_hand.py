"""What was turned by hand and holds until it is turned again, whatever is restarted: switches, and who is not there."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from phoneetiquette import events as e
from phoneetiquette.errors import StoreError

log = logging.getLogger(__name__)


class ByHand:
    """A small file beside the journal, which forgets after a while."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def events(self, now_ns: int) -> Iterator[e.SwitchTurned | e.PersonMarked]:
        """What brings a new desk to where the last one was."""
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            switches, people = [str(name) for name in kept["switches"]], dict(kept["people"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error("%s cannot be read, all switches are off: %s", self._file, error)
            return
        for name in switches:
            yield e.SwitchTurned(at_ns=now_ns, name=name, on=True)
        for who, presence in people.items():
            if presence in ("absent", "do_not_disturb"):
                yield e.PersonMarked(at_ns=now_ns, who=str(who), presence=presence)

    def keep(self, switches: Iterable[str], people: Mapping[str, str]) -> None:
        """Write it down: whole or not at all.

        Raises:
            StoreError: the file cannot be written.
        """
        part = self._file.with_suffix(".part")
        try:
            with part.open("w", encoding="utf-8") as file:
                json.dump({"switches": sorted(switches), "people": dict(people)}, file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._file)
        except OSError as error:
            what = f"{self._file}: what was switched by hand cannot be kept: {error.strerror}"
            raise StoreError(what, "check records.directory and its disk") from error
