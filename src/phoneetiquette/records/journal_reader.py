"""Reading a journal, also while a seat is writing it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from phoneetiquette.errors import StoreError
from phoneetiquette.problems import Problem, Severity
from phoneetiquette.records.entry import Entry, entry_of, seq_of

RECENT_BYTES = 16 << 20
_NAME = re.compile(r"(?P<seat>.+)-(?P<seq>\d{12})\.jsonl")


@dataclass(frozen=True, slots=True, order=True)
class JournalFile:
    seat: str
    first_seq: int
    path: Path


def files_of(directory: Path, seat: str | None = None) -> list[JournalFile]:
    """The journal files of one seat or of all, by seat and age. Empty where the directory does not exist."""
    if not directory.is_dir():
        return []
    found = []
    for path in directory.iterdir():
        name = _NAME.fullmatch(path.name)
        if name and seat in (None, name["seat"]):
            found.append(JournalFile(name["seat"], int(name["seq"]), path))
    return sorted(found)


def seats_of(directory: Path) -> list[str]:
    """The seats that have a journal here."""
    return sorted({file.seat for file in files_of(directory)})


def recent_seq(directory: Path, seat: str, size: int = RECENT_BYTES) -> int:
    """Where to begin reading for the newest ``size`` bytes or somewhat more: hours of talk, in which a restarted seat
    finds its unfinished calls, however many years the journal holds."""
    first = 1
    for file in reversed(files_of(directory, seat)):
        first = file.first_seq
        size -= file.path.stat().st_size
        if size <= 0:
            break
    return first - 1


def torn_bytes(directory: Path, seat: str) -> int:
    """Bytes behind the last whole line: an entry that is being written, or what a crash has left."""
    files = files_of(directory, seat)
    if not files:
        return 0
    data = files[-1].path.read_bytes()
    return len(data) - data.rfind(b"\n") - 1


class JournalReader:
    """Yields the entries of one seat after ``after_seq``; each later call of :meth:`entries` goes on where it stopped.

    A damaged line is skipped and told to ``report``. An unfinished last line is left for the next call: it is being
    written, or it is what a crash left, which the seat sets aside when it opens its journal again.
    """

    def __init__(
        self, directory: Path | str, seat: str, after_seq: int = 0, report: Callable[[Problem], None] | None = None
    ) -> None:
        self.directory = Path(directory)
        self.seat = seat
        self.seq = after_seq
        """Number of the last entry yielded."""
        self._report = report or (lambda _problem: None)
        self._file: JournalFile | None = None
        self._offset = 0
        self._line = 0

    def entries(self) -> Iterator[Entry]:
        """Everything that has been written since the last call.

        Raises:
            StoreError: a file cannot be read.
        """
        for file, is_last in self._pending():
            if file != self._file:
                self._file, self._offset, self._line = file, 0, 0
            try:
                yield from self._read(file, is_last)
            except FileNotFoundError:
                continue  # dropped since it was listed: the store has it
            except OSError as error:
                raise StoreError(f"cannot read {file.path}: {error.strerror}", "check its permissions") from error

    def _pending(self) -> Iterator[tuple[JournalFile, bool]]:
        files = files_of(self.directory, self.seat)
        for n, file in enumerate(files):
            following = files[n + 1] if n + 1 < len(files) else None
            if self._file is not None and file < self._file:
                continue
            if following is not None and following.first_seq <= self.seq + 1:
                continue
            yield file, following is None

    def _read(self, file: JournalFile, is_last: bool) -> Iterator[Entry]:
        with file.path.open("rb") as stream:
            stream.seek(self._offset)
            for line in stream:
                if not line.endswith(b"\n"):
                    if not is_last:
                        self._offset += len(line)
                        self._skip(file, self._line + 1, "an unfinished entry")
                    return
                self._offset += len(line)
                self._line += 1
                seq = seq_of(line)
                if seq is not None and seq <= self.seq:
                    continue
                try:
                    entry = entry_of(line, self.seat)
                except StoreError as error:
                    self._skip(file, self._line, error.what, error.advice)
                    continue
                self.seq = entry.seq
                yield entry

    def _skip(self, file: JournalFile, line: int, what: str, advice: str = "") -> None:
        advice = advice or "the entry is skipped; the rest of the journal is fine"
        self._report(Problem(str(file.path), line, 1, what, advice, Severity.WARNING))


def read(
    directory: Path | str,
    after_seq: int = 0,
    *,
    seat: str | None = None,
    report: Callable[[Problem], None] | None = None,
) -> Iterator[Entry]:
    """All entries after ``after_seq`` of one seat, or of every seat in the directory one after the other.

    Raises:
        StoreError: a file cannot be read.
    """
    for name in [seat] if seat is not None else seats_of(Path(directory)):
        yield from JournalReader(directory, name, after_seq, report).entries()
