"""What the keys of ``wakeups`` need of the rest."""

from __future__ import annotations

from phoneetiquette.config.files import UnusableFileError
from phoneetiquette.config.reading import Reading
from phoneetiquette.config.wake_up_schema import ROOM
from phoneetiquette.config.zone_files import posix_zone
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.problems import Severity

LEAST_LINES = 2
"""One for the room, one for who calls meanwhile."""


def run(reading: Reading) -> None:
    """Check how guests are woken."""
    wakeups = reading.config.wakeups
    if wakeups.call is None:
        return
    if reading.usable("wakeups.call", "sip.domain", "sip.account"):
        try:
            reading.config.dial(wakeups.call.replace(ROOM, "101"))
        except PhoneEtiquetteError as error:
            reading.problem("wakeups.call", f"wakeups.call cannot be dialled: {error.what}", error.advice)
    least = LEAST_LINES + (reading.config.seat.hardware == "desk_phone")
    if reading.usable("sip.lines") and reading.config.sip.lines < least:
        what = f"sip.lines is {reading.config.sip.lines}: a wake-up call leaves lines to callers, and is never made"
        reading.problem("sip.lines", what, f"write {least} or more")
    if reading.config.seat.hardware == "desk_phone" and reading.config.audio.ringer.output is None:
        what = "wakeups: nothing rings at the desk for a guest whom nobody could wake, the page alone tells it"
        reading.problem("wakeups.call", what, "name a loudspeaker in audio.ringer.output", Severity.WARNING)
    if wakeups.timezone is not None and reading.usable("wakeups.timezone"):
        try:
            posix_zone(wakeups.timezone)
        except UnusableFileError as error:
            reading.problem("wakeups.timezone", f"wakeups.timezone {error.what}", error.advice)
    if wakeups.mail_to is not None and reading.config.messages.smtp is None and reading.usable("messages.smtp"):
        what = "wakeups.mail_to has no effect: there is no mail server"
        reading.problem("wakeups.mail_to", what, "write messages.smtp", Severity.WARNING)
