"""Learning of the callers that the library turns away by itself.

With all its calls in use the library answers a further INVITE with 486 and tells nobody but its log. So the log is
listened to: the message as received comes first, the refusal in the same turn of the loop after it. Because a talkative
log costs time at every message, it is made to talk only while all calls are in use.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import pjsua2 as pj

log = logging.getLogger("pjsip")

_REFUSED = "too many calls"
QUIET, TALKATIVE = 2, 4
"""Log levels of the library: warnings only, or every message."""
_LEVELS = {1: logging.ERROR, 2: logging.WARNING}


class RefusalWatch(pj.LogWriter):
    """The library's log: passed on to :mod:`logging`, and read for refusals. Called on the SIP thread and others."""

    def __init__(self, on_refusal: Callable[[str, str], None]) -> None:
        super().__init__()
        self._on_refusal = on_refusal
        self._source = ""
        self._invite = ""

    def write(self, entry: pj.LogEntry) -> None:
        text = entry.msg
        if entry.level == 4:
            at = text.find("Request msg INVITE/")
            if at >= 0 and "RX " in text[:at]:
                first_line, _, rest = text[at:].partition("\n")
                words = first_line.rstrip(":\r").split(" ")
                self._source, self._invite = words[-1], rest
            return
        if entry.level == 2 and _REFUSED in text and self._invite:
            source, invite, self._invite = self._source, self._invite, ""
            self._on_refusal(source, invite)
        level = _LEVELS.get(entry.level, logging.DEBUG)
        if log.isEnabledFor(level):
            log.log(level, "%s", text.rstrip())
