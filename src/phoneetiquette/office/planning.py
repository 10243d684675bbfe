"""The dialplan as an administrator changes it: looked at, tried, published, rolled back. Nothing is written outside its
directory, and nothing that a seat would not follow."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from phoneetiquette.config import Config
from phoneetiquette.config.dialplans import Drafts, Inspected
from phoneetiquette.config.dialplans.history import History, Version, hash_of
from phoneetiquette.config.dialplans.loader import name_below
from phoneetiquette.config.dialplans.seat import file_states, files_of, inspect_for_seat
from phoneetiquette.dialplan.coverage import Covered, coverage, holes
from phoneetiquette.dialplan.diff import diff
from phoneetiquette.dialplan.router import Router
from phoneetiquette.errors import CallError, ConfigurationError
from phoneetiquette.office.asked import AskedError
from phoneetiquette.problems import Problem, Severity
from phoneetiquette.records.whole_files import replace_file

MOST_TRIED = 8
"""Drafts that are remembered for their pictures and questions; each is a plan."""
OUTSIDE = "changed outside of this page"

Reload = Callable[[], list[str]]
"""Has the seats that run follow the plan; what each said."""


class RefusedPlanError(ConfigurationError):
    """A plan was not published; ``tried`` says what is wrong with it."""

    def __init__(self, what: str, advice: str, tried: Tried) -> None:
        super().__init__(what, advice)
        self.tried = tried


@dataclass(frozen=True)
class Tried:
    """What a plan would be. ``router`` is there when it can be asked where calls go."""

    id: str
    problems: tuple[Problem, ...]
    """Those of its files, and times in which nobody takes calls."""
    holes: bool
    """Whether there are such times."""
    router: Router | None
    covered: tuple[Covered, ...]
    changes: tuple[str, ...] = ()
    """Which calls would go elsewhere than by the plan that is published."""
    files: tuple[Path, ...] = ()
    """It and what it includes."""
    states: Mapping[Path, tuple[int, int]] = field(default_factory=dict)
    """Of every file it was made of, as :func:`file_states` gives them."""

    @property
    def followable(self) -> bool:
        """Whether a seat would follow it."""
        return self.router is not None


@dataclass(frozen=True)
class Current:
    """The plan as its files are. ``files``: those that can be changed here, by their names below its directory."""

    hash: str
    files: Mapping[str, bytes]
    main: str


class Planning:
    """The dialplan of a configuration. May be used from any thread; what takes long is done one at a time."""

    def __init__(self, config: Config, reload: Reload) -> None:
        """
        Raises:
            ConfigurationError: the configuration names no dialplan, or one that cannot be changed here.
        """
        if config.dialplan is None:
            raise ConfigurationError("the configuration names no dialplan", "write dialplan: plan.yaml in it")
        self._config = config
        self._file = config.dialplan
        self._directory = config.dialplan.parent
        if self._name(self._file) is None:
            raise ConfigurationError(
                f"{self._file} is hidden, or a link to a file elsewhere: the dialplan page cannot change it",
                f"write dialplan: {self._file.resolve()} in the configuration, under a name that begins with no dot",
            )
        self._reload = reload
        self._lock = threading.Lock()
        self._remembered: OrderedDict[str, Tried] = OrderedDict()
        self.history = History(self._directory)

    def current(self) -> Current:
        """The files as they are now.

        Raises:
            ConfigurationError: one cannot be read.
        """
        inspected, _ = inspect_for_seat(self._file, self._config)
        files = {}
        for path in inspected.files:
            name = self._name(path)
            if name is None:
                continue  # an included file elsewhere, or a hidden one, is nobody's business here
            try:
                files[name] = path.read_bytes()
            except OSError as error:
                if path == self._file:
                    what = f"{path}: cannot be read: {error.strerror}"
                    raise ConfigurationError(what, "let the user who runs the office read it") from error
        return Current(hash_of(files), files, self._file.name)

    def tried(self, current: Current, file: str, text: str | None) -> Tried:
        """What the plan would be with ``text`` in one of its files; ``None``: what it is.

        Raises:
            AskedError: there is no such file.
        """
        with self._lock:
            now = self._try(current.files, None)
            if text is None:
                return now
            if file not in current.files:
                raise AskedError(f"the dialplan has no file {file[:80]!r}")
            return self._try({**current.files, file: text.encode()}, now)

    def tried_earlier(self, current: Current, version: Version) -> Tried:
        """What the plan would be if it went back to a version.

        Raises:
            ConfigurationError: a file of it is gone, or is not what was published.
        """
        files = {**current.files, **self.history.contents(version)}
        with self._lock:
            return self._try(files, self._try(current.files, None))

    def remembered(self, id_: str) -> Tried | None:
        """A plan that was tried a moment ago."""
        with self._lock:
            return self._remembered.get(id_)

    def publish(self, base: str, file: str, text: str, who: str, why: str, *, with_holes: bool) -> tuple[Version, Any]:
        """Put ``text`` into one of the files, and have the seats follow; the version, and what the seats said.

        Raises:
            CallError: the plan is not ``base`` any more: somebody else has changed it.
            RefusedPlanError: no seat would follow it, or there are times in which nobody takes calls and ``with_holes``
                does not put up with them. The files are as they were.
            AskedError: there is no such file.
            ConfigurationError: one cannot be read or written.
        """

        def changed(current: Current) -> Mapping[str, bytes]:
            if file not in current.files:
                raise AskedError(f"the dialplan has no file {file[:80]!r}")
            return {**current.files, file: text.encode()}

        return self._put(base, changed, who, why, with_holes=with_holes)

    def restore(self, base: str, hash_: str, who: str, why: str, *, with_holes: bool) -> tuple[Version, Any]:
        """Go back to a version of the history; as :meth:`publish`."""

        def earlier(current: Current) -> Mapping[str, bytes]:
            version = self.history.find(hash_)
            if version is None:
                raise AskedError("there is no such version")
            return {**current.files, **self.history.contents(version)}

        return self._put(base, earlier, who, why, with_holes=with_holes)

    def _put(
        self,
        base: str,
        changed: Callable[[Current], Mapping[str, bytes]],
        who: str,
        why: str,
        *,
        with_holes: bool,
    ) -> tuple[Version, list[str]]:
        try:
            with self.history.writing():
                current = self.current()
                if current.hash != base:
                    raise CallError(
                        "the dialplan has been changed meanwhile", "load the page anew, and make your change again"
                    )
                asked = changed(current)
                with self._lock:
                    tried = self._try(asked, None)
                if not tried.followable:
                    raise RefusedPlanError("the plan has errors", "mend them; the old one stays", tried)
                if tried.holes and not with_holes:
                    raise RefusedPlanError(
                        "at some times nobody takes calls", "let something take them, or put up with it", tried
                    )
                # Those of the new plan: it may include others than the old one.
                files = {
                    name: asked[name] if name in asked else path.read_bytes()
                    for path in tried.files
                    if (name := self._name(path)) is not None
                }
                paths = {self._path(name): content for name, content in files.items()}
                for path in paths:
                    if path.is_symlink():
                        raise ConfigurationError(f"{path} is a symbolic link", "put the file itself there")
                newest = next(iter(self.history.versions()), None)
                if newest is None or newest.hash != current.hash:
                    self.history.add(current.files, "", OUTSIDE)
                with self._replaced(paths):
                    version = self.history.add(files, who, why)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise ConfigurationError(
                f"{where}cannot be written: {error.strerror}",
                f"let the user who runs the office write to {self._directory}",
            ) from error
        return version, self._reload()

    @contextmanager
    def _replaced(self, paths: Mapping[Path, bytes]) -> Iterator[None]:
        """Write the files; where that, or the block, fails, they are as they were."""
        before = {path: path.read_bytes() if path.exists() else None for path in paths}
        # What is included goes first: the plan itself never names what is not there yet.
        order = sorted(paths, key=lambda one: one == self._file)
        try:
            for path in order:
                self._write(path, paths[path])
            yield
        except OSError:
            for path in reversed(order):
                content = before[path]
                with suppress(OSError):
                    if content is None:
                        path.unlink(missing_ok=True)
                    else:
                        self._write(path, content)
            raise

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        before = path.stat() if path.exists() else None
        if before is None or path.read_bytes() != content:
            keep = before and (before.st_uid, before.st_gid, before.st_mode & 0o777)
            replace_file(path, content, keep=keep or (-1, -1, 0o644))

    def _try(self, files: Mapping[str, bytes], published: Tried | None) -> Tried:
        now, _ = inspect_for_seat(self._file, self._config)
        beside = files_of(now)
        # Lists of numbers, sounds and the day count too.
        told = repr((hash_of(files), today(), sorted(file_states(beside).items()), published and published.id))
        id_ = hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()
        known = self._remembered.pop(id_, None)
        if known is None or file_states(known.states) != known.states:  # a draft reads files that the plan does not
            known = self._examined(id_, files, beside, published)
        self._remembered[id_] = known
        while len(self._remembered) > MOST_TRIED:
            self._remembered.popitem(last=False)
        return known

    def _examined(
        self, id_: str, files: Mapping[str, bytes], beside: tuple[Path, ...], published: Tried | None
    ) -> Tried:
        contents = {self._path(name): content for name, content in files.items()}
        drafts = Drafts(contents, self._directory, frozenset(beside))
        inspected, problems = inspect_for_seat(self._file, self._config, drafts)
        router = _router(inspected, problems)
        covered: tuple[Covered, ...] = ()
        found: list[Problem] = []
        if router is not None:
            covered = tuple(coverage(router, today()))
            found = list(holes(router, covered))
        changes: tuple[str, ...] = ()
        if router is not None and published is not None and published.router is not None:
            changes = tuple(map(str, diff(published.router, router, today())))
        named = tuple(sorted(self._told(problem) for problem in (*problems, *found)))
        states = file_states(files_of(inspected))
        return Tried(id_, named, bool(found), router, covered, changes, inspected.files, states)

    def shortened(self, text: str) -> str:
        """A text in which files have their names below the directory."""
        return text.replace(f"{self._directory}/", "")

    def _told(self, problem: Problem) -> Problem:
        """The problem with the name of its file below the directory."""
        name = self._name(Path(problem.file))
        what = self.shortened(problem.what)
        file = name or self.shortened(problem.file)
        return Problem(file, problem.line, problem.column, what, problem.advice, problem.severity)

    def _name(self, path: Path) -> str | None:
        """Its name below the directory; ``None``: it cannot be changed here."""
        return name_below(self._directory, path)

    def _path(self, name: str) -> Path:
        path = self._directory / name
        if self._name(path) != name:
            raise ConfigurationError(f"{name[:80]!r} is no file of the dialplan's directory", "choose another version")
        return path


def _router(inspected: Inspected, problems: list[Problem]) -> Router | None:
    failed = inspected.plan is None or any(problem.severity is Severity.ERROR for problem in problems)
    return None if failed or inspected.plan is None else Router(inspected.plan)


def today() -> date:
    return datetime.now().astimezone().date()
