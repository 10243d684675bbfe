"""``phoneetiquette provision``: configuration files for desk phones, written and checked; phones told to read them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phoneetiquette.cli import resync
from phoneetiquette.config import Inspection, InvalidConfigurationError, inspect
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.phones.checking import differences
from phoneetiquette.phones.formats import RefusedValueError
from phoneetiquette.phones.phone import Phone
from phoneetiquette.phones.private_files import openness, write_privately
from phoneetiquette.phones.profile import PhoneProfile
from phoneetiquette.phones.profiles import profiles
from phoneetiquette.phones.reading import LARGEST, UnreadableFileError, read
from phoneetiquette.phones.rendering import ConfigFile, Rendered, render
from phoneetiquette.problems import Place, Problem
from phoneetiquette.runtime.phones import chosen, provisioned, provisioning_directory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="configuration file (default: the usual places)")
    parser.add_argument(
        "--phone", action="append", default=[], metavar="NAME", help="only this one of phones; may be repeated"
    )
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="where the files are, in place of provisioning.output"
    )
    parser.add_argument(
        "--phone-passwords",
        type=Path,
        metavar="FILE",
        help="in place of edge.phone_passwords, where that is what only the edge's service sees",
    )
    doings = parser.add_mutually_exclusive_group()
    doings.add_argument("--stdout", action="store_true", help="print the files, secrets masked, and write none")
    doings.add_argument(
        "--check", nargs="*", type=Path, metavar="FILE|DIR", help="say key by key what differs in files that lie there"
    )
    doings.add_argument("--resync", action="store_true", help="tell the phones to read their files again")
    doings.add_argument("--profiles", action="store_true", help="list the phones that are known, and from where")
    parser.add_argument("--secrets", action="store_true", help="with --stdout: print passwords, too")
    parser.add_argument("--reboot", action="store_true", help="with --resync: the phones are to restart")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(args: argparse.Namespace) -> int:
    """0 fine; 1 files differ, or a phone does not answer; 2 bad input."""
    for option, needed in (("secrets", "stdout"), ("reboot", "resync")):
        if getattr(args, option) and not getattr(args, needed):
            raise ConfigurationError(f"--{option} is for --{needed}", f"leave it out, or add --{needed}")
    if args.profiles:
        return _profiles(as_json=args.json)
    inspection = inspect(args.config, starting=False)
    if inspection.failed:
        raise InvalidConfigurationError(inspection.problems)
    if args.resync:
        phones = chosen(inspection.config, args.phone)
        return resync.run(inspection.config, phones, reboot=args.reboot, as_json=args.json)
    renderer = _Renderer(inspection)
    made = list(renderer.rendered(provisioned(inspection, args.phone, args.phone_passwords)))
    directory: Path = args.output or provisioning_directory(inspection.config)
    if args.check is not None:
        renderer.refuse()
        return _check(made, args.check or [directory], as_json=args.json)
    # All are made before one is written: a value that one phone cannot take leaves the files as they were.
    ready = list(renderer.texts(made, masked=args.stdout and not args.secrets))
    renderer.refuse()
    return _print(ready, as_json=args.json) if args.stdout else _write(made, ready, directory, as_json=args.json)


@dataclass(frozen=True, slots=True)
class _Made:
    """A phone with its files."""

    phone: Phone
    rendered: Rendered

    @property
    def profile(self) -> PhoneProfile:
        return self.phone.profile


_Text = tuple[_Made, ConfigFile, str]


class _Renderer:
    """Makes files of phones, and keeps what cannot be made, with the place of the phone in the configuration."""

    def __init__(self, inspection: Inspection) -> None:
        self._inspection = inspection
        self._problems: list[Problem] = []

    def rendered(self, phones: Iterable[Phone]) -> Iterator[_Made]:
        for phone in phones:
            try:
                yield _Made(phone, render(phone))
            except ConfigurationError as error:
                self._problem(phone, error.what, error.advice)

    def texts(self, made: Iterable[_Made], *, masked: bool) -> Iterator[_Text]:
        """What is to stand in each file. What a phone would not do as configured is a problem, too."""
        for one in made:
            for gap in one.rendered.gaps:
                if gap.grave:
                    self._problem(one.phone, gap.what, "configure what this phone can do")
            for file in one.rendered.files:
                try:
                    whole = file.text()
                    yield one, file, file.text(masked=True) if masked else whole
                except RefusedValueError as refused:
                    self._problem(one.phone, refused.what, refused.advice)

    def refuse(self) -> None:
        """Raises :class:`InvalidConfigurationError` with all that has been found."""
        if self._problems:
            raise InvalidConfigurationError(self._problems)

    def _problem(self, phone: Phone, what: str, advice: str) -> None:
        place = self._inspection.origins.get(f"phones.{phone.name}", Place(str(self._inspection.files[0])))
        told = f"phones.{phone.name} ({phone.profile.name}): {what}"
        self._problems.append(Problem.at(place, told, advice))


def _print(ready: list[_Text], *, as_json: bool) -> int:
    texts = {file.name: text for _, file, text in ready}
    if as_json:
        print(json.dumps(texts, ensure_ascii=False, indent=2))
        return 0
    for name, text in texts.items():
        print(f"----- {name}\n{text}", end="")
    return 0


def _write(made: list[_Made], ready: list[_Text], directory: Path, *, as_json: bool) -> int:
    written: dict[str, list[str]] = {one.phone.name: [] for one in made}
    for one, file, text in ready:
        was = write_privately(directory, file.name, text)
        if was:
            print(f"warning: {was}; it is replaced by one that only its owner can read", file=sys.stderr)
        written[one.phone.name].append(str(directory / file.name))
    if directory.stat().st_mode & 0o077:
        print(f"warning: others can see which files are in {directory} (chmod 700 {directory})", file=sys.stderr)
    if as_json:
        print(json.dumps([_as_json(one) | {"files": written[one.phone.name]} for one in made], ensure_ascii=False))
        return 0
    for one in made:
        for path in written[one.phone.name]:
            print(path)
        for line in _remarks(one):
            print(f"    {line}")
    return 0


def _as_json(one: _Made) -> dict[str, Any]:
    provisioning = one.profile.provisioning
    assert provisioning
    return {
        "phone": one.phone.name,
        "profile": one.profile.name,
        "tried": one.profile.tried,
        "restricted_by": provisioning.restricts,
        "not_written": [gap.what for gap in one.rendered.gaps],
        "remarks": list(provisioning.remarks),
    }


def _remarks(one: _Made) -> Iterator[str]:
    profile, provisioning = one.profile, one.profile.provisioning
    assert provisioning
    yield f"for {one.phone.name}, {profile.vendor} {profile.models}; tried: {profile.tried}"
    yield f"what keeps others from commanding it: {provisioning.restricts}"
    yield from (f"not written: {gap.what}" for gap in one.rendered.gaps)
    yield from provisioning.remarks


def _check(made: list[_Made], paths: list[Path], *, as_json: bool) -> int:
    worst, told = 0, []
    for path, file in _paired([file for one in made for file in one.rendered.files], paths, only_one=len(made) == 1):
        status, lines = compared(path, file)
        worst = max(worst, status)
        told.append({"file": str(path), "differences": lines})
        if not as_json:
            print("\n".join(f"{path}: {line}" for line in lines) if lines else f"{path}: as it should be")
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
    return worst


def _paired(
    wanted: list[ConfigFile], paths: list[Path], *, only_one: bool
) -> Iterator[tuple[Path, tuple[ConfigFile, ...]]]:
    """Each path with what could be in it; a directory stands for the files that it should have.

    Where there is but one phone, a file of any name is compared with what it has in that form: a copy, or what was
    fetched from the phone.
    """
    for path in paths:
        if path.is_dir():
            yield from ((path / file.name, (file,)) for file in dict.fromkeys(wanted))
            continue
        named = tuple(file for file in wanted if file.name == path.name)
        yield path, named or (tuple(wanted) if only_one else ())


def compared(path: Path, wanted: tuple[ConfigFile, ...]) -> tuple[int, list[str]]:
    """A file as it lies there against what it should be, the first of ``wanted`` that has its form.

    0 and nothing; 1 and what differs; 2 and why it cannot be read.
    """
    if path.exists() and not path.is_file():
        return 2, ["is not a regular file"]
    try:
        with path.open("rb") as stream:
            found = read(stream.read(LARGEST + 1))
    except FileNotFoundError:
        return 1, ["is not there"]
    except OSError as error:
        return 2, [f"cannot be read: {error.strerror}"]
    except UnreadableFileError as error:
        return 2, [str(error)]
    if not wanted:
        return 2, ["no phone of the configuration has a file of this name (say whose it is: --phone NAME)"]
    file = next((one for one in wanted if one.form == found.form), wanted[0])
    lines = list(differences(found, file))
    if file.settings and (was := openness(path)):
        lines.append(was.removeprefix(f"{path} "))
    return int(bool(lines)), lines


def _profiles(*, as_json: bool) -> int:
    known = profiles().values()
    if as_json:
        fields = ("name", "vendor", "models", "tried", "talk", "sources")
        print(json.dumps([{field: getattr(one, field) for field in fields} for one in known], ensure_ascii=False))
        return 0
    for one in known:
        file = one.provisioning.file if one.provisioning else "no file is known"
        print(f"{one.name:<16} {one.vendor} {one.models}: {file}; tried: {one.tried}")
        for source in one.sources:
            print(f"{'':<16}   {source}")
    return 0
