"""How scenes of a desk phone begin: see ``desk_script`` for the notation.

Austria: the window is open from 7 to 13 s, and the third ring begins at 12 s.
"""

from __future__ import annotations

RINGS = """
      0    | A arrives            | bell ringer                                     | A alerting
      0    | A rings              | A window 7..13; A rings A-phone1; ring A-phone1 |
      0.01 | A-phone1 placed      |                                                 |
      0.02 | A-phone1 rings there |                                                 |
"""

RINGS_AND_KNOWS_TALK = """
      0    | A arrives                          | bell ringer                                     | A alerting
      0    | A rings                            | A window 7..13; A rings A-phone1; ring A-phone1 |
      0.01 | A-phone1 placed                    |                                                 |
      0.02 | A-phone1 rings there allowing talk |                                                 |
"""

IN_TALK = """
      0    | A arrives            | bell ringer                                     | A alerting
      0    | A rings              | A window 7..13; A rings A-phone1; ring A-phone1 |
      0.01 | A-phone1 placed      |                                                 |
      0.02 | A-phone1 rings there |                                                 |
      8    | A-phone1 answered    | A lifted at A-phone1; answer A; bell off        | A answering
      8.01 | A answered           | A on_time in ring 2 +1010/+4990 ms              | A talking
      8.01 | A has sound          |                                                 |
"""
