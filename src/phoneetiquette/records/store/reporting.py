"""A report, read from a store."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from phoneetiquette.figures.counting import Tally, total
from phoneetiquette.figures.report import PARTS, By, Part, Report, by_span
from phoneetiquette.records.store import Store


def report(
    store: Store,
    first: date,
    last: date,
    *,
    by: By = "",
    part: Part | None = None,
    value: str | None = None,
    zone: tzinfo | None = None,
    now: datetime | None = None,
) -> Report:
    """The report of the days ``first`` to ``last``, of all or of what has ``value`` as its ``part``.

    ``zone`` is the site's (``None``: the machine's). ``by`` another part than ``part`` cannot be had with a value.

    Raises:
        StoreError: the store cannot be read.
    """
    days = store.tallies(first, last, part, value, by_day=by in ("day", "week"))
    rows: dict[str, Tally] = {}
    if by in ("day", "week", "month"):
        rows = by_span([(day, told) for day, _, told in days], by)
    elif by == part and value is not None:
        rows = {value: total(told for _, _, told in days)}
    elif by in PARTS:
        assert value is None, "parts of parts are not kept"
        gathered: dict[str, list[Tally]] = {}
        for _, name, told in store.tallies(first, last, by, None):
            gathered.setdefault(name, []).append(told)
        summed = {name: total(tallies) for name, tallies in gathered.items()}
        rows = dict(sorted(summed.items(), key=lambda item: (-item[1].get("calls", 0.0), item[0])))
    since, until = _midnight(first, zone), _midnight(last + timedelta(days=1), zone)
    followups = store.followups(since, until, now or datetime.now(UTC), part, value)
    return Report(first=first, last=last, by=by, all=total(told for _, _, told in days), rows=rows, followups=followups)


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    moment = datetime.combine(day, time())
    return (moment.replace(tzinfo=zone) if zone is not None else moment.astimezone()).astimezone(UTC)
