"""What reports read: a narrow row for each call, and sums for each day; used by :mod:`.sql`, in its transactions.

The sums are kept as calls are stored: what the row of a replaced record added is taken away again.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from phoneetiquette.figures.counting import Is, Operator, Tally, Where, add, counted_as, tally
from phoneetiquette.figures.facts import CALLED_BACK_WITHIN, CallFacts, facts_of
from phoneetiquette.figures.report import PARTS, FollowUps, Part, whole_months
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.store.schema import call_facts, daily_tallies, message_notes, messages, monthly_tallies

_FIELDS = tuple(field.name for field in dataclasses.fields(CallFacts))
_DAY = timedelta(days=1)
_COLUMNS = [call_facts.c[name] for name in _FIELDS]


def put(connection: Connection, record: CallRecord, day_of: Callable[[datetime], date]) -> None:
    """Count a call; one that is counted already is counted anew."""
    if record.ended is None or record.wake_up:  # the machine's calls are no measure of the desk
        return
    found = connection.execute(sa.select(*_COLUMNS).where(call_facts.c.call == record.call)).first()
    old = None if found is None else _facts(found)
    new = facts_of(record, day_of)
    if new.left and new.party:
        new = dataclasses.replace(new, called_back=_talk_after(connection, new))
    elif new.left and old is not None:  # the caller was erased
        new = dataclasses.replace(new, called_back=old.called_back)
    if old == new:
        return
    row = {name: getattr(new, name) for name in _FIELDS}
    if old is None:
        connection.execute(sa.insert(call_facts).values(row))
    else:
        _count(connection, old, -1)
        connection.execute(sa.update(call_facts).where(call_facts.c.call == record.call).values(row))
    _count(connection, new, 1)
    if new.answered and new.party:
        _settle_left(connection, new)


def tallies(
    connection: Connection, first: date, last: date, part: Part | None, value: str | None, *, by_day: bool
) -> list[tuple[date, str, Tally]]:
    """Sums, oldest first; of whole months in one, under their first days, unless ``by_day``."""
    day, month = daily_tallies.c, monthly_tallies.c
    begin, end = (last, last) if by_day else whole_months(first, last)
    days = sa.select(day.day, day.value, day.tally).where(
        day.part == (part or ""), sa.or_(day.day.between(first, begin - _DAY), day.day.between(end, last))
    )
    months = sa.select(month.month, month.value, month.tally).where(
        month.part == (part or ""), month.month >= begin, month.month < end
    )
    if value is not None:
        days, months = days.where(day.value == value), months.where(month.value == value)
    found = [*connection.execute(days), *connection.execute(months)]
    return sorted(((at, name, told) for at, name, told in found), key=lambda row: row[:2])


def facts(
    connection: Connection, where: Where, first: date, last: date, part: Part | None, value: str | None, limit: int
) -> list[CallFacts]:
    """Rows that fulfil the conditions, newest first."""
    wanted = sa.select(*_COLUMNS).where(call_facts.c.day >= first, call_facts.c.day <= last)
    name = counted_as(where)
    if name:
        wanted = wanted.where(call_facts.c.day.in_(_days_of(connection, name, first, last, part, value, limit)))
    for condition in where:
        wanted = wanted.where(_clause(condition))
    if part is not None and value is not None:
        wanted = wanted.where(call_facts.c[part] == value)
    wanted = wanted.order_by(call_facts.c.day.desc(), call_facts.c.arrived.desc(), call_facts.c.call.desc())
    return [_facts(row) for row in connection.execute(wanted.limit(limit))]


def _days_of(
    connection: Connection, name: str, first: date, last: date, part: Part | None, value: str | None, limit: int
) -> list[date]:
    """The newest days with ``limit`` such calls or with all there are, as the sums tell: the calls of a rare figure are
    not looked for in every day of years."""
    begin = first
    found = 0.0
    for at, _, told in reversed(tallies(connection, first, last, part, value, by_day=False)):
        found += told.get(name, 0.0)
        if found >= limit:
            begin = at
            break
    days = []
    found = 0.0
    for at, _, told in reversed(tallies(connection, begin, last, part, value, by_day=True)):
        if told.get(name):
            days.append(at)
            found += told[name]
        if found >= limit:
            break
    return days


def followups(
    connection: Connection, since: datetime, until: datetime, now: datetime, part: Part | None, value: str | None
) -> FollowUps:
    """Messages taken in the time. Only those of a seat or a topic can be told apart."""
    m = messages.c
    told = sa.exists().where(message_notes.c.message == m.message, message_notes.c.what == "delay_told")
    is_open, overdue = m.settled.is_(None), sa.and_(m.settled.is_(None), m.due < now)
    late = sa.and_(m.settled.is_not(None), m.settled > m.due)

    def count(condition: Any) -> Any:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    wanted = sa.select(
        sa.func.count(),
        count(sa.and_(m.settled.is_not(None), m.settled <= m.due)),
        count(late),
        count(overdue),
        count(sa.and_(is_open, m.due >= now)),
        count(sa.and_(sa.or_(late, overdue), told)),
    ).where(m.taken >= since, m.taken < until)
    if part in ("seat", "topic") and value is not None:
        wanted = wanted.where(m[part] == value)
    elif value is not None:
        return FollowUps()
    taken, in_time, late_, overdue_, open_, delay_told = connection.execute(wanted).one()
    return FollowUps(taken=taken, in_time=in_time, late=late_, overdue=overdue_, open=open_, delay_told=delay_told)


def calls_of(connection: Connection, is_party: Callable[[str], bool]) -> list[str]:
    """Calls with the customers whose number fits."""
    c = call_facts.c
    parties = connection.scalars(sa.select(c.party).where(c.party > "").distinct())
    fitting = [party for party in parties if is_party(party)]
    return [call for party in fitting for call in connection.scalars(sa.select(c.call).where(c.party == party))]


def forget(connection: Connection, before: datetime) -> None:
    """Drop the rows of calls that arrived before a moment; what they added to the sums stays."""
    connection.execute(sa.delete(call_facts).where(call_facts.c.arrived < before))


def parts_of(row: CallFacts) -> list[tuple[str, str]]:
    """The sums a call counts in: those of all, and of its seat, line, topic and agent."""
    return [("", ""), *((part, getattr(row, part)) for part in PARTS if getattr(row, part))]


def _count(connection: Connection, row: CallFacts, times: int) -> None:
    added = tally(row)
    for part, value in parts_of(row):
        days = {"part": part, "day": row.day, "value": value}
        months = {"part": part, "month": row.day.replace(day=1), "value": value}
        _add(connection, daily_tallies, days, added, times)
        _add(connection, monthly_tallies, months, added, times)


def _add(connection: Connection, table: sa.Table, key: dict[str, Any], added: Tally, times: int) -> None:
    here = sa.and_(*(table.c[name] == value for name, value in key.items()))
    sums: Tally | None = connection.scalar(sa.select(table.c.tally).where(here).with_for_update())
    if sums is None:
        connection.execute(sa.insert(table).values(**key, tally=added))
    else:
        add(sums, added, times)
        connection.execute(sa.update(table).where(here).values(tally=sums))


def _talk_after(connection: Connection, left: CallFacts) -> str:
    """The first talk with the number of a caller who left, in time to count as calling back."""
    c = call_facts.c
    wanted = sa.select(c.call).where(
        c.party == left.party,
        c.answered.is_(True),
        c.arrived > left.arrived,
        c.arrived <= left.arrived + CALLED_BACK_WITHIN,
    )
    return connection.scalar(wanted.order_by(c.arrived).limit(1)) or ""


def _settle_left(connection: Connection, talk: CallFacts) -> None:
    """Callers who left are called back by this talk, unless they were before."""
    c = call_facts.c
    wanted = sa.select(*_COLUMNS).where(
        c.party == talk.party,
        c.left.is_(True),
        c.called_back == "",
        c.arrived < talk.arrived,
        c.arrived >= talk.arrived - CALLED_BACK_WITHIN,
    )
    for found in connection.execute(wanted).all():
        old = _facts(found)
        _count(connection, old, -1)
        _count(connection, dataclasses.replace(old, called_back=talk.call), 1)
        connection.execute(sa.update(call_facts).where(c.call == old.call).values(called_back=talk.call))


def _facts(row: Sequence[Any]) -> CallFacts:
    return CallFacts(**dict(zip(_FIELDS, row, strict=True)))


_OPERATORS: dict[Operator, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda column, values: column.in_(values),
    "known": lambda column, _: column.is_not(None),
}


def _clause(condition: Is) -> sa.ColumnElement[bool]:
    clause: sa.ColumnElement[bool] = _OPERATORS[condition.operator](call_facts.c[condition.column], condition.value)
    return clause
