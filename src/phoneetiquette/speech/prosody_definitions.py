"""Every threshold of pitch, pace and loudness, in one place. ``docs/score-card.md`` says in words what each one means.

Times are in milliseconds, levels in dB, intervals in semitones. A change of any value is a change of
:data:`phoneetiquette.speech.definitions.DEFINITIONS`.
"""

from __future__ import annotations

from typing import Final

# ------------------------------------------------------------------------------------------------ analysis windows

WINDOW_MS: Final = 40
"""Length of an analysis window: more than two periods of the lowest voice."""
HOP_MS: Final = 10
"""From one window to the next."""
VOICE_BAND_HZ: Final = (350, 3400)
"""What every telephone line carries. Level and loudness are those of this band, on wideband lines too."""

# ------------------------------------------------------------------------------------------------ pitch

PITCH_BAND_HZ: Final = (500, 3000)
"""Where harmonics are looked for; their weight is half at these bounds,"""
PITCH_EDGES_HZ: Final = (300, 400)
"""and rises and falls this far to either side: the sharp edge of a line's own band would look like a high pitch."""
PITCH_HZ: Final = (60, 500)
"""Voices are looked for between these."""
PITCH_STEP_ST: Final = 0.1
"""Resolution in which pitch is kept."""
CANDIDATES: Final = 4
"""Candidate periods kept of each window."""
PERIODIC_LEAST: Final = 0.10
"""Least strength of a periodicity, 0 to 1, for a window to be followed as voiced."""
VOICED_WINDOWS: Final = 3
"""A voiced stretch is at least this many windows long."""
STRETCH_WINDOWS: Final = 200
"""A stretch is decided after this many windows at the latest."""
OCTAVE_JUMP_COST: Final = 0.35
"""What a jump by an octave from one window to the next costs, in strength."""
STRONG_SHARES: Final = (0.4, 0.6)
"""Windows count from this strength on, measured by the strongest tenth of the same voice, and fully from that."""
CERTAIN_SHARES: Final = (0.3, 0.8)
"""The same where the range of a voice is estimated."""
TRIM_BELOW_ST: Final = 5.0
TRIM_ABOVE_ST: Final = 6.5
"""Pitch this far outside the middle half of a voice is an octave error, or creak, and is left out."""
VOICED_LEAST_MS: Final = 400
"""With less voiced speech that counts pitch is unknown."""

# ------------------------------------------------------------------------------------------------ pace

SYLLABLE_BAND_HZ: Final = (300, 2500)
"""Where vowels are loud and fricatives are not."""
SYLLABLE_SMOOTHING: Final = 7
"""The level is smoothed by a Hann window of so many windows."""
SYLLABLE_DIP_DB: Final = 2.5
"""Between two syllables the level dips by at least this."""
SYLLABLE_RANGE_DB: Final = 25.0
"""A syllable's peak is at most this far below the voice's loud ones (the 95th percentile)."""
SYLLABLE_VOICED: Final = 0.08
"""Least periodicity at a syllable's peak."""
PACE_LEAST_MS: Final = 2_000
"""With less speech pace is unknown, and where pitch is: what has no voice has no syllables."""

# ------------------------------------------------------------------------------------------------ loudness

LEVEL_STEP_DB: Final = 0.1
LEVEL_LEAST_DBFS: Final = -90.0
ACTIVE_MARGIN_DB: Final = 15.9
"""ITU-T P.56: speech is active down to this far below its active level."""
ACTIVE_HANGOVER_MS: Final = 200
"""ITU-T P.56: and for this long after."""
LOUDNESS_LEAST_MS: Final = 500
"""With less active speech loudness is unknown."""

# ------------------------------------------------------------------------------------------------ composure

LOUD_CUSTOMER_DB: Final = 6.0
"""A customer is loud in a segment this far above the middle level of that customer's segments."""
LOUD_SEGMENT_MS: Final = 500
"""Shorter segments say nothing of loudness."""
UNDER_FIRE_MS: Final = 10_000
"""What the desk says until this long after a loud segment is its answer to it."""
COMPOSURE_LEAST_MS: Final = 2_000
"""Least speech of the desk, in answer and otherwise, for a comparison."""

# ------------------------------------------------------------------------------------------------ questions

QUESTION_RISE_ST: Final = 3.0
"""A segment that ends this much higher sounds like a question."""
RISE_END_MS: Final = 150
"""The end of a segment, in voiced speech,"""
RISE_BEFORE_MS: Final = 400
"""and what it is compared with: the voiced speech before."""
QUESTION_PAUSE_MS: Final = 600
"""A desk that goes on sooner has not asked: its voice rose in the middle of what it says."""

# ------------------------------------------------------------------------------------------------ pictures

CONTOUR_MS: Final = 500
"""Step of pitch and level as drawn."""
