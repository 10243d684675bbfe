"""What comes before a transfer or a conference, as scenes to go on from. See ``desk_script`` for the notation."""

from __future__ import annotations

from tests.unit.desk_script import scene

TALKING_TO_A = """
      0 | dial A     | dial A sip:A@pbx         | A dialling
      1 | A answered |                          | A talking
"""
CALLING_B = (
    TALKING_TO_A
    + """
      2 | dial B     | hold A; dial B sip:B@pbx | A talking, B dialling
      2 | A held     |                          | A held, B dialling
"""
)
CONSULTING_B = (
    CALLING_B
    + """
      3 | B answered |                          | A held, B talking
"""
)
BLIND = (
    TALKING_TO_A
    + """
      2 | refer to specialist | refer A to sip:specialist@pbx | A transferring
"""
)
ATTENDED = (
    CONSULTING_B
    + """
      4 | put through | refer A to call B       | A transferring, B transferring
"""
)
IN_THE_SEAT = (
    BLIND
    + """
      2 | A referred 603 refused | hold A; dial A-1 sip:specialist@pbx apart | A transferring, A-1 dialling
      2 | A held                 |                                           |
"""
)
CONFERENCE = (
    CONSULTING_B
    + """
      4 | confer             | join B and A with agent |
      4 | B and A conferring |                         | A conference, B conference
      4 | A unheld           |                         |
"""
)


def play(before: str, after: str) -> None:
    scene(before + after)
