"""The milestones of calls in the log, each with the id that journal, records and pages know the call by."""

from __future__ import annotations

import logging

from phoneetiquette import events as e
from phoneetiquette.records.entry import Entry

log = logging.getLogger(__name__)


def tell(entry: Entry) -> None:
    """Log what has been journalled, if it is one. Refused calls are not: no stranger fills the log."""
    event = entry.event
    match event:
        case e.CallArrived():
            words = f"from {event.caller} to {event.called}"
        case e.CallDialled():
            words = f"dialled {event.target}"
        case e.CallAnswered():
            words = "answered"
        case e.CallEnded():
            words = f"ended by {event.by}" + (f": {event.code} {event.reason}".rstrip() if event.code else "")
        case e.MessageTaken():
            words = f"left message {event.message}"
        case _:
            return
    log.info("call %s %s", event.call, words, extra={"call": event.call})
