"""Run by alembic: migrates the database whose address the configuration carries."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context

from phoneetiquette.records.store.engines import demand_unicode, engine_of, one_writer
from phoneetiquette.records.store.schema import metadata


def _in_one_transaction(engine: sa.Engine) -> None:
    """SQLite can undo the making of tables, but its Python driver begins a transaction for changes of rows only."""

    @sa.event.listens_for(engine, "connect")
    def _leave_it_to_us(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _run() -> None:
    """All or nothing: whoever is killed on the way leaves what was there before."""
    engine = engine_of(context.config.attributes["url"])
    if engine.dialect.name == "sqlite":
        _in_one_transaction(engine)
    try:
        with engine.connect() as connection:
            context.configure(
                connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True
            )
            with context.begin_transaction():
                demand_unicode(connection)
                one_writer(connection)
                context.run_migrations()
    finally:
        engine.dispose()


_run()
