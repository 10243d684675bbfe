"""What the program says of itself: lines on standard error, or fields in systemd's journal where that is listening.

In the journal each message has ``PRIORITY``, ``LOGGER``, ``PHONEETIQUETTE_SEAT`` and, where it is about a call,
``PHONEETIQUETTE_CALL``; ``PHONEETIQUETTE_DROPPED`` where messages before it could not be kept. Whom it is about is
masked unless ``log.personal_data`` asks for it.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import sys

JOURNAL = "/run/systemd/journal/socket"
LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
_PERSONAL = re.compile(
    r"(?P<scheme>\b(?:sips?|tel|mailto):)(?P<user>[^\s@;>\"']+)"
    r"|(?P<mail>[\w.+-]+)(?=@[\w-]+\.[\w.-]+)"
    r"|(?P<number>\+[\d ()/-]{5,}\d)"
)
"""Users in SIP URIs, numbers in tel URIs, e-mail addresses, and numbers that are written with their country."""


def masked(text: str) -> str:
    """``text`` without what tells who somebody is: ``sip:***@pbx.example``, ``tel:***``, ``+***``."""

    def mask(found: re.Match[str]) -> str:
        if found["number"]:
            return "+***"
        scheme = found["scheme"] or ""
        if scheme in ("sip:", "sips:") and not text.startswith("@", found.end()):
            return found[0]  # a host alone
        return f"{scheme}***"

    return _PERSONAL.sub(mask, text)


class Masking(logging.Formatter):
    """Formats as another does, and masks whom it is about, tracebacks too."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class JournalHandler(logging.Handler):
    """Sends each message to systemd's journal with its fields (systemd.journal-fields(7))."""

    def __init__(self, seat: str, address: str = JOURNAL) -> None:
        super().__init__()
        self._seat, self._address = seat, address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.dropped = 0
        """Messages that the journal did not take; the next one that it takes says how many."""

    def emit(self, record: logging.LogRecord) -> None:
        fields = {
            "MESSAGE": self.format(record),
            "PRIORITY": str(_PRIORITIES.get(record.levelno, 6)),
            "LOGGER": record.name,
            "CODE_FILE": record.pathname,
            "CODE_LINE": str(record.lineno),
            "SYSLOG_IDENTIFIER": "phoneetiquette",
            "PHONEETIQUETTE_SEAT": self._seat,
            "PHONEETIQUETTE_CALL": str(getattr(record, "call", "")),
            "PHONEETIQUETTE_DROPPED": str(self.dropped or ""),
        }
        datagram = b"".join(_field(name, value) for name, value in fields.items() if value)
        try:
            self._socket.sendto(datagram, socket.MSG_DONTWAIT, self._address)  # no call waits for the journal
        except OSError:
            self.dropped += 1  # standard error leads to the same journal, and would be waited for
        else:
            self.dropped = 0

    def close(self) -> None:
        self._socket.close()
        super().close()


def set_up(level: str, seat: str, *, personal_data: bool, part: str = "") -> None:
    """Begin to log, from ``level`` on. ``part`` is told of lines: which process says it."""
    handler: logging.Handler = JournalHandler(seat) if _is_journal(sys.stderr.fileno()) else logging.StreamHandler()
    line = "%(message)s" if isinstance(handler, JournalHandler) else LINE.replace("%(name)s", f"{part}%(name)s")
    handler.setFormatter((logging.Formatter if personal_data else Masking)(line))
    logging.basicConfig(level=level.upper(), handlers=[handler])


def _field(name: str, value: str) -> bytes:
    """A line, or with its length where it has several."""
    data = value.encode("utf-8", "backslashreplace")
    if b"\n" not in data:
        return b"%s=%s\n" % (name.encode(), data)
    return b"%s\n%s%s\n" % (name.encode(), len(data).to_bytes(8, "little"), data)


def _is_journal(descriptor: int) -> bool:
    """Whether systemd has connected this to its journal (``$JOURNAL_STREAM``, systemd.exec(5))."""
    device, _, inode = os.environ.get("JOURNAL_STREAM", "").partition(":")
    status = os.fstat(descriptor)
    return (device, inode) == (str(status.st_dev), str(status.st_ino)) and os.path.exists(JOURNAL)
