"""Reminders and escalation: which step of a message is due now. Pure, so a restart neither loses nor doubles one."""

from __future__ import annotations

from datetime import datetime

from phoneetiquette.followups.message import Message
from phoneetiquette.followups.promise import Promise

OVERDUE = "overdue"
"""The step that follows the reminders."""


def steps(message: Message, promise: Promise) -> list[tuple[str, datetime]]:
    """The steps of a message that nobody answers, in the order of time."""
    return [*promise.reminders(message.taken).items(), (OVERDUE, message.due)]


def step_due(message: Message, promise: Promise, now: datetime) -> str:
    """The step to be taken now; empty: none. Of several that have passed, with the machine off, only the last is worth
    taking: its history stands for the earlier ones too."""
    if not message.is_open:
        return ""
    passed = [name for name, at in steps(message, promise) if at <= now]
    return passed[-1] if passed and passed[-1] not in _taken(message) else ""


def next_step(message: Message, promise: Promise, now: datetime) -> datetime | None:
    """When the next step of an open message will be due."""
    return next((at for _, at in steps(message, promise) if at > now), None) if message.is_open else None


def _taken(message: Message) -> set[str]:
    taken = {note.text for note in message.history if note.what == "reminded"}
    return taken | {OVERDUE for note in message.history if note.what == "escalated"}
