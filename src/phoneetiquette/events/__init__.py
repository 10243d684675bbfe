"""Everything that can happen in a seat, as frozen values.

An event is a fact in the past tense. It carries the moment it happened (``at_ns``, ``CLOCK_MONOTONIC``), is written to
the journal before anything else is done with it, travels between the processes of a seat as JSON, and is all that call
records are made of. Adding a field needs a default, so that old journals stay readable; a field never changes meaning.

Every event is defined in the module of who tells it, and is a name of this package: ``engine`` and ``call`` (what SIP
and sound report), ``measured`` (the measurement), ``agent`` (what the receptionist did), ``phone`` (the desk phone, and
what was made of it), ``desk`` (what the rules made of it), ``message`` (what becomes of a message afterwards),
``wake_up`` (wake-up calls).
"""

from __future__ import annotations

from phoneetiquette.events.agent import *  # noqa: F403
from phoneetiquette.events.base import *  # noqa: F403
from phoneetiquette.events.call import *  # noqa: F403
from phoneetiquette.events.desk import *  # noqa: F403
from phoneetiquette.events.engine import *  # noqa: F403
from phoneetiquette.events.measured import *  # noqa: F403
from phoneetiquette.events.message import *  # noqa: F403
from phoneetiquette.events.phone import *  # noqa: F403
from phoneetiquette.events.wake_up import *  # noqa: F403
