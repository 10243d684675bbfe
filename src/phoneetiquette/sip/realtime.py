"""Scheduling of the two threads that a caller or a listener notices: the SIP thread and the clock of the bridge."""

from __future__ import annotations

import logging
import os

log = logging.getLogger(__name__)

PRIORITY = 5
"""Low among the real-time priorities: above everything ordinary, below sound servers and the kernel's own."""


def prefer_this_thread() -> None:
    """Have the calling thread run as soon as it wants to, where we may (root, or ``LimitRTPRIO=`` of a unit).

    A nice value alone does not do it: with autogroups it weighs within one session only. Threads and processes that
    this one starts are ordinary again.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))
    except OSError:
        log.debug("no permission for real-time scheduling")
