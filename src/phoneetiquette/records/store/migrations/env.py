"""Run by alembic: migrates the database whose address the configuration carries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from phoneetiquette.records.store.schema import metadata


def _run() -> None:
    engine = sa.create_engine(context.config.attributes["url"])
    try:
        with engine.connect() as connection:
            context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
            with context.begin_transaction():
                context.run_migrations()
    finally:
        engine.dispose()


_run()
