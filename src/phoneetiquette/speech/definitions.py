"""Every threshold of the measurement, in one place. ``docs/definitions.md`` says in words what each one means.

Times are in milliseconds and are turned into samples where they are used; levels are in dB. A change of any value or
rule is a change of :data:`DEFINITIONS`: a record keeps the version it was measured with.
"""

from __future__ import annotations

from typing import Final

DEFINITIONS: Final = "4"

# ------------------------------------------------------------------------------------------------ speech activity

FRAME_MS: Final = 20
"""Speech is decided in steps of this length."""
ONSET_FRAMES: Final = 7
ONSET_WINDOW: Final = 9
"""Speech begins once this many frames of so many in a row are active; anything shorter is a click."""
PAUSE_MS: Final = 200
"""Shorter gaps belong to the speech around them. What they join is an inter-pausal unit: one *segment*."""

# ------------------------------------------------------------------------------------------------ who has the floor

SPURT_PAUSE_MS: Final = 600
"""Segments of one party with shorter pauses between them are one *spurt*."""
FLOOR_HELD_MS: Final = 500
"""The other's spurt must be this old for a newcomer to interrupt it, or both simply started together."""
TALKED_OVER_MS: Final = 400
"""The other's spurt goes on for this long at least, or the newcomer merely came in on its last word."""
NEWCOMER_MS: Final = 1250
"""The newcomer's spurt lasts this long at least, or it was an encouragement."""
PRESUMED_MS: Final = 1200
"""When the verdict is due, so much is taken for enough: the newcomer may be between two syllables."""
CERTAIN_SCORE: Final = 1.5
"""The logarithm of the odds above which a frame is certainly speech, not only probably."""
LIKELY_SCORE: Final = -1.0
ONSET_EARLIER_MS: Final = 500
LIKELY_GAP_MS: Final = 40
"""A spurt is taken to have begun up to so much before it was noticed, over frames with odds of this logarithm at least
and gaps of so much between them: a first word under noise or a leak is softer than what follows."""
NEWCOMER_CERTAIN_MS: Final = 700
"""So much of the newcomer's first ``NEWCOMER_MS`` is certainly speech."""
HELD_CERTAIN_MS: Final = 300
"""So much of the other's spurt is, before the newcomer begins."""
OVER_CERTAIN_MS: Final = 200
"""And so much after it."""
HINT_MS: Final = 300
"""A newcomer who talks over the other for so long is hinted at, whatever will become of it."""
TURN_MS: Final = 1000
"""A shorter spurt does not take the turn."""

# ------------------------------------------------------------------------------------------------ the call

SILENCE_MS: Final = 3_000
"""Silences this long are listed, and end the turn before them."""
OPENING_MS: Final = 25_000
"""The opening block of a call."""
UNHEARD_S: Final = 30
"""A channel without any sound for so long from the beginning is not connected, or holds nothing of its party."""
SAME_LIKENESS: Final = 0.93
"""Channels whose levels rise and fall together so well carry the same sound."""
LEAK_MOST_DB: Final = -6.0
"""The other's voice, leaking in louder than this below a party's own, cannot be told from it."""
LENGTH_BANDS_MIN: Final = (10, 15)
"""A call should not exceed ten to fifteen minutes."""
