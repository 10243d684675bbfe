"""By when a message is to be answered: three days, in the calendar or of work (``message.answer_within_3_days``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

DAYS = 3
LAST_REMINDER = timedelta(hours=6)
"""Before it is due: 66 hours after a message was taken, where days are of the calendar."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Counts days on the wall clock of the site: a day later is the same time of day, also when the clocks change."""

    zone: tzinfo | None = None
    """``None``: the machine's."""
    is_working_day: Callable[[date], bool] | None = None
    """Which days count; ``None``: all."""

    def due(self, taken: datetime) -> datetime:
        """The moment, in UTC, by which what was taken at an aware moment is to be answered."""
        return self.after(taken, DAYS)

    def reminders(self, taken: datetime) -> dict[str, datetime]:
        """When who is responsible is reminded, by the name of the reminder, in the order of time."""
        return {
            "24 h": self.after(taken, 1),
            "48 h": self.after(taken, 2),
            "66 h": self.due(taken) - LAST_REMINDER,
        }

    def after(self, taken: datetime, days: int) -> datetime:
        """So many days later. Where only working days count, what is taken on another day counts from the end of it."""
        local = taken.astimezone(self.zone).replace(tzinfo=None)
        if self.is_working_day is None:
            local += timedelta(days=days)
        else:
            if not self.is_working_day(local.date()):
                local = local.replace(hour=0, minute=0, second=0, microsecond=0)
                while not self.is_working_day(local.date()):
                    local += timedelta(days=1)
            for _ in range(days):
                local += timedelta(days=1)
                while not self.is_working_day(local.date()):
                    local += timedelta(days=1)
        aware = local.replace(tzinfo=self.zone) if self.zone is not None else local.astimezone()
        return aware.astimezone(UTC)
