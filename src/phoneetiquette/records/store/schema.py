"""The tables, and which state of the schema this code expects."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

HEAD = "0007"
"""The newest migration. Compared with the database before anything of alembic is imported."""

metadata = sa.MetaData()


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware moment, kept in UTC; databases without time zones keep it without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(sa.types.TypeDecorator[str]):
    """Text as others wrote it. What a database cannot keep (NUL, what is no Unicode) is replaced, so that no caller's
    name holds up the filling of the store; the whole record has it as it was."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else _keepable(value)


class Name(sa.types.TypeDecorator[str]):
    """The same, of bounded length: PostgreSQL refuses what is longer, so it is cut."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        assert isinstance(self.impl, sa.String)
        return None if value is None else _keepable(value)[: self.impl.length]


def _keepable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


calls = sa.Table(
    "calls",
    metadata,
    sa.Column("call", sa.String(64), primary_key=True),
    sa.Column("seat", Name(128), nullable=False),
    sa.Column("direction", sa.String(3), nullable=False),
    sa.Column("caller", Words, nullable=False),
    sa.Column("called", Words, nullable=False),
    sa.Column("arrived", UtcDateTime, nullable=False),
    sa.Column("answered", UtcDateTime),
    sa.Column("ended", UtcDateTime),
    sa.Column("ended_by", sa.String(16)),
    sa.Column("code", sa.Integer, nullable=False),
    sa.Column("verdict", sa.String(16)),
    sa.Column("definitions", sa.String(16), nullable=False),
    sa.Column("record", sa.JSON, nullable=False),
    sa.Index("ix_calls_arrived", "arrived"),
    sa.Index("ix_calls_seat_arrived", "seat", "arrived"),
)
"""What is searched and counted has a column; the whole record is in ``record``."""

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("seat", Name(128), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("message", sa.String(64), primary_key=True),
    sa.Column("seat", Name(128), nullable=False),
    sa.Column("call", sa.String(64), nullable=False),
    sa.Column("by", sa.String(16), nullable=False),
    sa.Column("taken", UtcDateTime, nullable=False),
    sa.Column("due", UtcDateTime, nullable=False),
    sa.Column("settled", UtcDateTime),
    sa.Column("service", Words, nullable=False),
    sa.Column("topic", Words, nullable=False),
    sa.Column("name", Words, nullable=False),
    sa.Column("phone", Words, nullable=False),
    sa.Column("email", Words, nullable=False),
    sa.Column("matter", Words, nullable=False),
    sa.Column("language", Name(64), nullable=False),
    sa.Column("file", Words, nullable=False),
    sa.Column("duration_s", sa.Float, nullable=False),
    sa.Column("read_back", sa.Boolean, nullable=False),
    sa.Index("ix_messages_settled_due", "settled", "due"),
    sa.Index("ix_messages_taken", "taken"),
    sa.Index("ix_messages_call", "call"),
)
"""``settled`` is when the history first says that it was answered or closed."""

message_notes = sa.Table(
    "message_notes",
    metadata,
    sa.Column("note", sa.String(64), primary_key=True),
    sa.Column("message", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("what", sa.String(16), nullable=False),
    sa.Column("who", Words, nullable=False),
    sa.Column("text", Words, nullable=False),
    sa.Column("call", sa.String(64), nullable=False),
    sa.Index("ix_message_notes_message", "message", "at"),
)
"""The histories. Rows are added, never changed; one may be there before its message, which another seat stores."""

call_facts = sa.Table(
    "call_facts",
    metadata,
    sa.Column("call", sa.String(64), primary_key=True),
    sa.Column("seat", Name(128), nullable=False),
    sa.Column("direction", sa.String(3), nullable=False),
    sa.Column("arrived", UtcDateTime, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("line", Name(128), nullable=False),
    sa.Column("agent", Name(128), nullable=False, server_default=""),
    sa.Column("topic", Name(128), nullable=False),
    sa.Column("party", Name(128), nullable=False),
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
    sa.Column("greeting_s", sa.Float),
    sa.Column("clarify_s", sa.Float),
    sa.Column("check_s", sa.Float),
    sa.Column("close_s", sa.Float),
    sa.Column("pace", sa.Float),
    sa.Column("intonation_st", sa.Float),
    sa.Column("transfer", sa.String(16), nullable=False),
    sa.Column("specialist_s", sa.Float),
    sa.Column("left", sa.Boolean, nullable=False),
    sa.Column("called_back", sa.String(64), nullable=False),
    sa.Index("ix_call_facts_day", "day", "arrived"),
    sa.Index("ix_call_facts_party", "party", "arrived"),
    sa.Index("ix_call_facts_verdict_day", "verdict", "day"),
)
"""What is counted of each ended call."""

daily_tallies = sa.Table(
    "daily_tallies",
    metadata,
    sa.Column("part", sa.String(16), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("value", Name(128), primary_key=True),
    sa.Column("tally", sa.JSON, nullable=False),
)
"""The sums of a day at the site: of all (``part`` empty), and of each seat, line, topic and agent."""

monthly_tallies = sa.Table(
    "monthly_tallies",
    metadata,
    sa.Column("part", sa.String(16), primary_key=True),
    sa.Column("month", sa.Date, primary_key=True),
    sa.Column("value", Name(128), primary_key=True),
    sa.Column("tally", sa.JSON, nullable=False),
)
"""The same of a whole month, which ``month`` is the first day of: years are read from these."""

wake_ups = sa.Table(
    "wake_ups",
    metadata,
    sa.Column("wake_up", sa.String(64), primary_key=True),
    sa.Column("seat", sa.String(128), nullable=False),
    sa.Column("due", UtcDateTime, nullable=False),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("told", sa.JSON, nullable=False),
    sa.Index("ix_wake_ups_due", "due"),
    sa.Index("ix_wake_ups_open", "open"),
)
"""``told`` is the whole wake-up call with its history; ``open``: something is still to be done about it."""

duties = sa.Table(
    "duties",
    metadata,
    sa.Column("duty", sa.String(128), primary_key=True),
    sa.Column("seat", sa.String(128), nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
)
"""What any seat may do, and which one does it."""

uncounted = sa.Table("uncounted", metadata, sa.Column("call", sa.String(64), primary_key=True))
"""Calls that were stored before there were sums; they are counted bit by bit."""
