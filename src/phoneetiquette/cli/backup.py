"""``phoneetiquette backup`` and ``restore``: everything a seat keeps in one archive, and back again."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

from phoneetiquette.cli.places import add_place, located
from phoneetiquette.config import inspect
from phoneetiquette.config.description import as_yaml, effective
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.records.backup import CONFIGURATION, Manifest, back_up, restore, verify
from phoneetiquette.records.store import sqlite_file, whereabouts


class Backup:
    """The seat may run."""

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        add_place(parser)
        parser.add_argument(
            "archive",
            type=Path,
            nargs="?",
            default=Path(),
            metavar="ARCHIVE",
            help="the .tar.gz to write, or a directory for it (default: a new name here)",
        )
        parser.add_argument(
            "--verify", action="store_true", help="write nothing: read ARCHIVE and say whether it is whole"
        )
        parser.add_argument("--json", action="store_true", help="print what is in it as JSON")

    @staticmethod
    def run(args: argparse.Namespace) -> int:
        """0: the archive is whole; 2: it is not, or cannot be made."""
        if args.verify:
            _tell(verify(args.archive), args.archive, "is whole", as_json=args.json)
            return 0
        directory, url = located(args)
        if not directory.is_dir():
            raise PhoneEtiquetteError(
                f"{directory}: there is nothing to back up", "start the seat once, or name --directory"
            )
        archive = args.archive
        if archive.is_dir():
            archive /= f"phoneetiquette-{directory.name}-{time.strftime('%Y%m%dT%H%M%S')}.tar.gz"
        file = sqlite_file(url)
        configuration = "" if args.directory else _configuration(args.config)
        store = "records.sqlite" if file else whereabouts(url)
        manifest = back_up(directory, file, archive, store=store, configuration=configuration)
        _tell(manifest, archive, "written and verified", as_json=args.json)
        return 0


class Restore:
    """The seat must not run."""

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        add_place(parser)
        parser.add_argument("archive", type=Path, metavar="ARCHIVE", help="what backup has written")
        parser.add_argument("--force", action="store_true", help="set aside what is there")

    @staticmethod
    def run(args: argparse.Namespace) -> int:
        """0: restored; 2: the archive is damaged, the seat runs, or something is there."""
        if args.directory is not None:
            args.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory, url = located(args)
        manifest, aside = restore(args.archive, directory, sqlite_file(url), force=args.force)
        _tell(manifest, args.archive, f"restored to {directory}")
        if aside is not None:
            print(f"what was there before is in {aside}; remove it when all is well")
        print(f"the configuration is as it was; that of the backup is {CONFIGURATION} in the archive")
        return 0


def _configuration(path: Path | None) -> str:
    inspection = inspect(path, starting=False)
    return as_yaml(effective(inspection.config, inspection.origins)) + "\n"


def _tell(manifest: Manifest, archive: Path, how: str, *, as_json: bool = False) -> None:
    if as_json:
        print(json.dumps(asdict(manifest), indent=1))
        return
    size = sum(file["size"] for file in manifest.files.values())
    entries = ", ".join(f"{count} entries of seat {seat}" for seat, count in manifest.entries.items())
    print(f"{archive}: {how}; {len(manifest.files)} files, {size / 1e6:.1f} MB unpacked, of {manifest.made}")
    print(f"journal: {entries or 'none'}")
    if manifest.store == "records.sqlite":
        print(f"database: {manifest.calls} calls, {manifest.messages} messages")
    else:
        print(f"database: {manifest.store} is not in the archive; pg_dump backs it up")
