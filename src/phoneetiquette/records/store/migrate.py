"""Create or upgrade the tables: ``python -m phoneetiquette.records.store.migrate URL`` (``-``: URL on standard input).

The only place that imports alembic.
"""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy.exc import SQLAlchemyError

from phoneetiquette.errors import StoreError
from phoneetiquette.records.store.engines import KEPT_MEANWHILE, reason_of


def configuration(url: str) -> Config:
    """Alembic's configuration for the packaged migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = url
    return config


def upgrade(url: str, to: str = "head") -> None:
    """Bring the database to the newest schema, or only as far as ``to``.

    Raises:
        StoreError: it cannot be reached, or was written by a newer version.
    """
    try:
        command.upgrade(configuration(url), to)
    except CommandError as error:
        advice = "the database was written by a newer version: upgrade phoneetiquette"
        raise StoreError(f"cannot upgrade the database: {error}", advice) from error
    except SQLAlchemyError as error:
        raise StoreError(f"cannot upgrade the database: {reason_of(error)}", KEPT_MEANWHILE) from error


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m phoneetiquette.records.store.migrate URL|-", file=sys.stderr)
        return 2
    try:
        upgrade(sys.stdin.read().strip() if arguments[0] == "-" else arguments[0])
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
