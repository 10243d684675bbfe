"""The names that templates of a profile may use: what is known of a phone, its account and its place.

Whether a fact is there at all says something too: ``registered`` and ``unregistered``, ``summer_time`` and
``no_summer_time``, ``tls``, ``srtp_off`` ... have the value ``yes`` or are missing. Templates of a profile's codecs
have ``codec`` and ``rank`` instead.
"""

from __future__ import annotations

_CHANGE = ("month", "week", "week_or_last", "nearest", "date", "last", "ordinal", "hour")
_DAY = ("day", "day_from_one", "day_from_monday", "day_name", "month_name")

FACTS: frozenset[str] = frozenset(
    {
        *("user", "auth_user", "password", "display_name", "label", "ring"),
        *("server", "server_host", "server_port", "server_port_hex", "transport", "tls", "mac_upper"),
        *("expires_s", "expires_min", "expires_hex"),
        *("srtp", "srtp_off", "srtp_optional", "srtp_mandatory", "registered", "unregistered"),
        *("seat_host", "admin_user", "admin_password", "events", "events_url", "ntp", "language"),
        *(
            "time_zone",
            "posix_time_zone",
            "utc_s",
            "utc_hours",
            "utc_clock",
            "utc_short",
            "utc_quarters",
            "utc_west_min",
        ),
        *("no_summer_time", "summer_time", "summer_saves_min", "summer_saves_h", "summer_saves_rest_min"),
        *(f"summer_{end}_{what}" for end in ("start", "end") for what in (*_CHANGE, *_DAY)),
    }
)

SECRET_FACTS = frozenset({"password", "admin_password"})
CODEC_FACTS = frozenset({"codec", "rank"})

RING = "phoneetiquette"
"""The word by which a phone knows our calls, where it can choose the tone by a word."""

EVENTS = (
    *(
        "started",
        "registered",
        "unregistered",
        "off_hook",
        "on_hook",
        "incoming",
        "outgoing",
        "answered",
        "ended",
        "missed",
    ),
    *("held", "resumed", "muted", "unmuted", "dnd_on", "dnd_off"),
)
"""What a phone can report by action URLs, in our words."""

VARIABLES = ("remote", "call_id")
"""What a phone can add to such a report: the other party's number, and the Call-ID."""
