"""The sums of months, made of those of their days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    months = op.create_table(
        "monthly_tallies",
        sa.Column("part", sa.String(16), primary_key=True),
        sa.Column("month", sa.Date, primary_key=True),
        sa.Column("value", sa.String(128), primary_key=True),
        sa.Column("tally", sa.JSON, nullable=False),
    )
    days = sa.table(
        "daily_tallies",
        sa.column("part", sa.String),
        sa.column("day", sa.Date),
        sa.column("value", sa.String),
        sa.column("tally", sa.JSON),
    )
    sums: dict[tuple[object, object, object], dict[str, float]] = {}
    for part, day, value, tally in op.get_bind().execute(sa.select(*days.c)):
        into = sums.setdefault((part, day.replace(day=1), value), {})
        for name, added in tally.items():
            into[name] = into.get(name, 0.0) + added
    if sums:
        op.bulk_insert(
            months,
            [
                {"part": part, "month": month, "value": value, "tally": told}
                for (part, month, value), told in sums.items()
            ],
        )


def downgrade() -> None:
    op.drop_table("monthly_tallies")
