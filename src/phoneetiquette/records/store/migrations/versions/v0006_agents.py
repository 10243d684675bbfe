"""Who had a call, and how long its stages were. Calls that were counted before tell neither."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MEASURES = ("greeting_s", "clarify_s", "check_s", "close_s", "pace", "intonation_st")


def upgrade() -> None:
    op.add_column("call_facts", sa.Column("agent", sa.String(128), nullable=False, server_default=""))
    for name in _MEASURES:
        op.add_column("call_facts", sa.Column(name, sa.Float))


def downgrade() -> None:
    with op.batch_alter_table("call_facts") as table:
        for name in ("agent", *_MEASURES):
            table.drop_column(name)
