"""The keys of ``messages``: the three-day promise, and how messages reach who is responsible."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from phoneetiquette.config.keys import described
from phoneetiquette.config.kinds import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesConfig:
    """What customers want answered: by when. Who answers it is in the dialplan's `services`."""

    days: Literal["calendar", "working"] = field(
        default="calendar",
        metadata=described(
            Word(("calendar", "working")),
            "Which days count to the three in which a message is answered: all, or the `working` days of the dialplan's"
            " country and region (else of `pickup.country`).",
        ),
    )
