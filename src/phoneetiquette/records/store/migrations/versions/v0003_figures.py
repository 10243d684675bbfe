"""What reports read: a narrow row for each call, and sums for each day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_facts",
        sa.Column("call", sa.String(64), primary_key=True),
        sa.Column("seat", sa.String(128), nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("arrived", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("line", sa.String(128), nullable=False),
        sa.Column("topic", sa.String(128), nullable=False),
        sa.Column("party", sa.String(128), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("wait_s", sa.Float),
        sa.Column("place", sa.Float),
        sa.Column("answered", sa.Boolean, nullable=False),
        sa.Column("talk_s", sa.Float),
        sa.Column("measured_s", sa.Float),
        sa.Column("agent_s", sa.Float),
        sa.Column("customer_s", sa.Float),
        sa.Column("silence_s", sa.Float),
        sa.Column("longest_silence_s", sa.Float),
        sa.Column("agent_interruptions", sa.Integer),
        sa.Column("customer_interruptions", sa.Integer),
        sa.Column("greeting_delay_s", sa.Float),
        sa.Column("opening_agent_share", sa.Float),
        sa.Column("opening_silence_s", sa.Float),
        sa.Column("length_band", sa.String(16), nullable=False),
        sa.Column("stages", sa.Integer, nullable=False),
        sa.Column("stages_in_order", sa.Boolean, nullable=False),
        sa.Column("transfer", sa.String(16), nullable=False),
        sa.Column("specialist_s", sa.Float),
        sa.Column("left", sa.Boolean, nullable=False),
        sa.Column("called_back", sa.String(64), nullable=False),
    )
    op.create_index("ix_call_facts_day", "call_facts", ["day", "arrived"])
    op.create_index("ix_call_facts_party", "call_facts", ["party", "arrived"])
    op.create_index("ix_call_facts_verdict_day", "call_facts", ["verdict", "day"])
    op.create_table(
        "daily_tallies",
        sa.Column("part", sa.String(16), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("value", sa.String(128), primary_key=True),
        sa.Column("tally", sa.JSON, nullable=False),
    )
    op.create_table("uncounted", sa.Column("call", sa.String(64), primary_key=True))
    op.execute('INSERT INTO uncounted ("call") SELECT "call" FROM calls')


def downgrade() -> None:
    for table in ("uncounted", "daily_tallies", "call_facts"):
        op.drop_table(table)
