"""The table of wake-up calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wake_ups",
        sa.Column("wake_up", sa.String(64), primary_key=True),
        sa.Column("seat", sa.String(128), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("told", sa.JSON, nullable=False),
    )
    op.create_index("ix_wake_ups_due", "wake_ups", ["due"])
    op.create_index("ix_wake_ups_open", "wake_ups", ["open"])


def downgrade() -> None:
    op.drop_table("wake_ups")
