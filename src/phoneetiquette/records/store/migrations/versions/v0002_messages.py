"""The tables of messages and their histories."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("message", sa.String(64), primary_key=True),
        sa.Column("seat", sa.String(128), nullable=False),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("taken", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled", sa.DateTime(timezone=True)),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("matter", sa.Text, nullable=False),
        sa.Column("language", sa.String(64), nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("duration_s", sa.Float, nullable=False),
        sa.Column("read_back", sa.Boolean, nullable=False),
    )
    op.create_index("ix_messages_settled_due", "messages", ["settled", "due"])
    op.create_index("ix_messages_taken", "messages", ["taken"])
    op.create_index("ix_messages_call", "messages", ["call"])
    op.create_table(
        "message_notes",
        sa.Column("note", sa.String(64), primary_key=True),
        sa.Column("message", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("call", sa.String(64), nullable=False),
    )
    op.create_index("ix_message_notes_message", "message_notes", ["message", "at"])


def downgrade() -> None:
    op.drop_table("message_notes")
    op.drop_table("messages")
