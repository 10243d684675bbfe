"""A desk phone on the desk that rings: lifted, put down again, made to answer, not there. Scenes in virtual time."""

from __future__ import annotations

from tests.unit.desk_script import MESSAGE, OVERFLOW, phone_desk, scene
from tests.unit.phone_scenes import IN_TALK, RINGS, RINGS_AND_KNOWS_TALK
from tests.unit.topic_scenes import guide


def test_lifted_in_time_and_put_down_at_the_end() -> None:
    scene(
        RINGS
        + """
      8     | A-phone1 answered       | A lifted at A-phone1; answer A; bell off  | A answering
      8.01  | A answered              | A on_time in ring 2 +1010/+4990 ms        | A talking
      8.01  | A has sound             |                                           |
      20    | A-phone1 ended by agent | A hung_up at A-phone1; hang up A by agent |
      20.02 | A ended by agent        |                                           | A ended
      20.1  | A measured finally      | A closed                                  | none
        """,
        phone_desk(),
    )


def test_the_customer_hangs_up() -> None:
    scene(
        IN_TALK
        + """
      20    | A leaves               | hang up A-phone1 by desk | A ended
      20.02 | A-phone1 ended by desk |                          |
      20.1  | A measured finally     | A closed                 | none
        """,
        phone_desk(),
    )


def test_the_customer_hangs_up_while_it_rings() -> None:
    scene(
        RINGS
        + """
      3   | A leaves             | A short_abandon in ring 1 -4000/+10000 ms; A closed; bell off; | none
          |                      | hang up A-phone1 by desk                                       |
      3.1 | A-phone1 refuses 487 |                                                                |
        """,
        phone_desk(),
    )


def test_lifted_as_the_customer_hangs_up() -> None:
    scene(
        RINGS
        + """
      8    | A leaves               | A abandoned in ring 2 +1000/+5000 ms; A closed; bell off; | none
           |                        | hang up A-phone1 by desk                                  |
      8.01 | A-phone1 answered      |                                                           |
      8.1  | A-phone1 ended by desk |                                                           |
        """,
        phone_desk(),
    )


def test_lifted_early() -> None:
    scene(
        RINGS
        + """
      1 | A-phone1 answered | A lifted at A-phone1; A armed for 7; answer A at 7; bell armed | A armed
      7 | A answered        | A on_time in ring 2 +0/+6000 ms; bell off                      | A talking
        """,
        phone_desk(),
    )


def test_lifted_early_and_put_down_again() -> None:
    scene(
        RINGS
        + """
      1    | A-phone1 answered       | A lifted at A-phone1; A armed for 7; answer A at 7; bell armed  | A armed
      2    | A-phone1 ended by agent | A put_down at A-phone1; A disarmed; A rings A-phone2; forget A; | A alerting
           |                         | bell ringer; ring A-phone2                                      |
      2.01 | A-phone2 placed         |                                                                 |
      2.02 | A-phone2 rings there    |                                                                 |
      8    | A-phone2 answered       | A lifted at A-phone2; answer A; bell off                        | A answering
      8.01 | A answered              | A on_time in ring 2 +1010/+4990 ms                              | A talking
        """,
        phone_desk(),
    )


def test_never_and_the_phone_knows_talk() -> None:
    scene(
        RINGS_AND_KNOWS_TALK
        + """
      12    | wait                      | A asks A-phone1: talk; talk A-phone1                       |
      12.02 | A-phone1 says 200 to talk |                                                            |
      12.05 | A-phone1 answered         | A talk: answered; A answered_itself at A-phone1; answer A; | A answering
            |                           | bell off                                                   |
      12.06 | A answered                | A on_time in ring 3 +5060/+940 ms                          | A talking
        """,
        phone_desk(),
    )


def test_never_and_the_phone_only_claims_to_know_talk() -> None:
    scene(
        RINGS_AND_KNOWS_TALK
        + """
      12    | wait                      | A asks A-phone1: talk; talk A-phone1                    |
      12.02 | A-phone1 says 489 to talk | A talk: unknown; A asks A-phone1: auto_answer;          |
            |                           | hang up A-phone1 by desk                                |
      12.05 | A-phone1 refuses 487      | A asked A-phone2; ring A-phone2 to answer               |
      12.06 | A-phone2 placed           |                                                         |
      12.08 | A-phone2 rings there      |                                                         |
      12.1  | A-phone2 answered         | A auto_answer: answered; A answered_itself at A-phone2; | A answering
            |                           | answer A; bell off                                      |
      12.11 | A answered                | A on_time in ring 3 +5110/+890 ms                       | A talking
        """,
        phone_desk(),
    )


def test_never_and_the_vendors_command_works() -> None:
    scene(
        RINGS_AND_KNOWS_TALK
        + """
      11.9  | wait                        |                                                              |
      12    | wait                        | A asks A-phone1: talk; talk A-phone1                         |
      12.3  | wait                        | A talk: silent; A asks A-phone1: vendor; press A-phone1      |
      12.41 | A-phone1 says 200 to vendor |                                                              |
      12.5  | A-phone1 answered           | A vendor: answered; A answered_itself at A-phone1; answer A; | A answering
            |                             | bell off                                                     |
      12.51 | A answered                  | A on_time in ring 3 +5510/+490 ms                            | A talking
        """,
        phone_desk(vendor=True),
    )


def test_never_and_the_vendors_command_fails() -> None:
    scene(
        RINGS
        + """
      12    | wait                        | A asks A-phone1: vendor; press A-phone1                 |
      12.1  | A-phone1 says 401 to vendor | A vendor: unknown; A asks A-phone1: auto_answer;        |
            |                             | hang up A-phone1 by desk                                |
      12.15 | A-phone1 refuses 487        | A asked A-phone2; ring A-phone2 to answer               |
      12.3  | A-phone2 answered           | A auto_answer: answered; A answered_itself at A-phone2; | A answering
            |                             | answer A; bell off                                      |
      12.31 | A answered                  | A on_time in ring 3 +5310/+690 ms                       | A talking
        """,
        phone_desk(vendor=True),
    )


def test_never_and_nothing_works() -> None:
    scene(
        RINGS_AND_KNOWS_TALK
        + """
      12    | wait                 | A asks A-phone1: talk; talk A-phone1                 |
      12.4  | wait                 | A talk: silent; A asks A-phone1: auto_answer;        |
            |                      | hang up A-phone1 by desk                             |
      12.45 | A-phone1 refuses 487 | A asked A-phone2; ring A-phone2 to answer            |
      12.5  | A-phone2 rings there |                                                      |
      13    | wait                 | A deadline: overflow sip:night@pbx;                  | A diverted, A-1 dialling
            |                      | A auto_answer: silent; dial A-1 sip:night@pbx apart; |
            |                      | bell off; hang up A-phone2 by desk                   |
      13.01 | A-phone2 refuses 487 |                                                      |
        """,
        phone_desk(when_absent=OVERFLOW),
    )


def test_never_and_there_is_no_way() -> None:
    scene(
        RINGS
        + """
      12.9  | wait                 |                                                        |
      13    | wait                 | A deadline: message; A diverted in ring 3 +6000/+0 ms; | A message
            |                      | message A; bell off; hang up A-phone1 by desk          |
      13.01 | A-phone1 refuses 487 |                                                        |
        """,
        phone_desk(auto_answer=False, when_absent=MESSAGE),
    )


def test_lifted_while_it_is_being_asked() -> None:
    scene(
        RINGS_AND_KNOWS_TALK
        + """
      12    | wait                   | A asks A-phone1: talk; talk A-phone1                    |
      12.4  | wait                   | A talk: silent; A asks A-phone1: auto_answer;           |
            |                        | hang up A-phone1 by desk                                |
      12.41 | A-phone1 answered      |                                                         |
      12.45 | A-phone1 ended by desk | A asked A-phone2; ring A-phone2 to answer               |
      12.5  | A-phone2 answered      | A auto_answer: answered; A answered_itself at A-phone2; | A answering
            |                        | answer A; bell off                                      |
      12.51 | A answered             | A on_time in ring 3 +5510/+490 ms                       | A talking
        """,
        phone_desk(),
    )


def test_absent_nobody_makes_the_phone_answer() -> None:
    scene(
        """
      0    | absent               |                                                 |
      0    | A arrives            | bell ringer                                     | A alerting
      0    | A rings              | A window 7..13; A rings A-phone1; ring A-phone1 |
      0.01 | A-phone1 placed      |                                                 |
      0.02 | A-phone1 rings there |                                                 |
      13   | wait                 | A deadline: overflow sip:night@pbx;             | A diverted, A-1 dialling
           |                      | dial A-1 sip:night@pbx apart; bell off;         |
           |                      | hang up A-phone1 by desk                        |
        """,
        phone_desk(when_absent=OVERFLOW),
    )


def test_lifted_on_the_page() -> None:
    scene(
        RINGS_AND_KNOWS_TALK
        + """
      8    | lift              | A asks A-phone1: talk; talk A-phone1                       |
      8.1  | A-phone1 answered | A talk: answered; A answered_itself at A-phone1; answer A; | A answering
           |                   | bell off                                                   |
      8.11 | A answered        | A on_time in ring 2 +1110/+4890 ms                         | A talking
        """,
        phone_desk(),
    )


def test_lifted_on_the_page_and_there_is_no_way() -> None:
    scene(
        RINGS
        + """
      8 | lift | refused: the phone cannot be made to answer |
        """,
        phone_desk(auto_answer=False),
    )


def test_do_not_disturb() -> None:
    scene(
        RINGS
        + """
      1  | A-phone1 refuses 603 | A phone dnd                            |
      13 | wait                 | A deadline: overflow sip:night@pbx;    | A diverted, A-1 dialling
         |                      | dial A-1 sip:night@pbx apart; bell off |
        """,
        phone_desk(when_absent=OVERFLOW),
    )


def test_off_and_on_again() -> None:
    scene(
        """
      0    | A arrives            | bell ringer                                     | A alerting
      0    | A rings              | A window 7..13; A rings A-phone1; ring A-phone1 |
      0.01 | A-phone1 placed      |                                                 |
      0.1  | A-phone1 refuses 480 | A phone off                                     |
      5.1  | wait                 | A rings A-phone2; ring A-phone2                 |
      5.2  | A-phone2 rings there |                                                 |
      8    | A-phone2 answered    | A lifted at A-phone2; answer A; bell off        | A answering
      8.1  | A answered           | A on_time in ring 2 +1100/+4900 ms              | A talking
        """,
        phone_desk(),
    )


def test_nothing_is_heard_of_it() -> None:
    scene(
        """
      0    | A arrives            | bell ringer                                     | A alerting
      0    | A rings              | A window 7..13; A rings A-phone1; ring A-phone1 |
      0.01 | A-phone1 placed      |                                                 |
      3    | wait                 | A phone unreachable                             |
      9    | A-phone1 rings there |                                                 |
      10   | A-phone1 answered    | A lifted at A-phone1; answer A; bell off        | A answering
      10.1 | A answered           | A on_time in ring 2 +3100/+2900 ms              | A talking
        """,
        phone_desk(),
    )


def test_two_phones_ring_and_the_first_has_the_call() -> None:
    scene(
        """
      0    | A arrives            | bell ringer                                         | A alerting
      0    | A rings              | A window 7..13; A rings A-phone1; A rings A-phone2; |
           |                      | ring A-phone1; ring second A-phone2                 |
      0.02 | A-phone2 rings there |                                                     |
      0.03 | A-phone1 rings there |                                                     |
      8    | A-phone2 answered    | A lifted at A-phone2; answer A; bell off;           | A answering
           |                      | hang up A-phone1 by desk                            |
      8.1  | A answered           | A on_time in ring 2 +1100/+4900 ms                  | A talking
      8.1  | A-phone1 refuses 487 |                                                     |
        """,
        phone_desk(second=True),
    )


def test_the_dialplan_has_the_desk_connected_after_others_were_called() -> None:
    """The phone rings once more, and is made to answer before that ring is over."""
    scene(
        """
      0    | A arrives for late   | A plan: desk; bell ringer                                | A alerting
      0    | A rings              | A window 7..13; A rings A-phone1; ring A-phone1          |
      0.1  | A-phone1 rings there |                                                          |
      13   | wait                 | A plan: boss; A deadline: overflow sip:boss@pbx;         | A diverted, A-1 dialling
           |                      | A tries boss; dial A-1 sip:boss@pbx apart; bell off;     |
           |                      | hang up A-phone1 by desk                                 |
      13.1 | A-phone1 refuses 487 |                                                          |
      13.3 | A-1 refuses 486      | A boss: busy; A plan: connect; A search: nobody;         | A alerting
           |                      | A-1 closed; A rings A-phone2; bell ringer; ring A-phone2 |
      14   | A-phone2 rings there |                                                          |
      18.7 | wait                 | A asks A-phone2: auto_answer; hang up A-phone2 by desk   |
      18.8 | A-phone2 refuses 487 | A asked A-phone3; ring A-phone3 to answer                |
      18.9 | A-phone3 answered    | A auto_answer: answered; A answered_itself at A-phone3;  | A answering
           |                      | answer A; bell off                                       |
      19   | A answered           | A late in ring 4 +12000/-6000 ms                         | A talking
        """,
        phone_desk(guide=guide(), when_absent=OVERFLOW),
    )


def test_the_dialplan_goes_on_where_the_phone_could_not_be_made_to_answer() -> None:
    scene(
        """
      0    | A arrives for open   | A plan: desk; bell ringer                               | A alerting
      0    | A rings              | A window 7..13; A rings A-phone1; ring A-phone1         |
      0.1  | A-phone1 rings there |                                                         |
      13   | wait                 | A plan: connect; A plan: message sales;                 | A message
           |                      | A deadline: message; A asked for a message sales;       |
           |                      | A diverted in ring 3 +6000/+0 ms;                       |
           |                      | say leave_message+beep to A; bell off;                  |
           |                      | hang up A-phone1 by desk                                |
        """,
        phone_desk(guide=guide(), auto_answer=False, when_absent=OVERFLOW),
    )


def test_a_menu_goes_on_where_the_phone_could_not_be_made_to_answer() -> None:
    """It rings once, not for ever."""
    scene(
        """
      0    | A arrives for night  | A plan: menu night                                      | A diverted
      0    | A rings              | A window 7..13                                          |
      7    | wait                 | A hears night; A diverted in ring 2 +0/+6000 ms;        | A menu
           |                      | say night to A                                          |
      7    | A answered           |                                                         |
      9    | A presses 4          | A plan: connect; A rings A-phone1; music for A;         | A alerting
           |                      | bell ringer; ring A-phone1                              |
      9.1  | A-phone1 rings there |                                                         |
      15   | wait                 | A plan: connect; A plan: say; say said to A; bell off;  | A menu
           |                      | hang up A-phone1 by desk                                |
      15.1 | A-phone1 refuses 487 |                                                         |
      300  | wait                 |                                                         |
        """,
        phone_desk(guide=guide(), auto_answer=False, when_absent=OVERFLOW),
    )


def test_lifted_on_the_page_while_others_are_called() -> None:
    scene(
        """
      0    | A arrives for sales  | A plan: m                                               | A diverted
      0    | A rings              | A window 7..13                                          |
      3    | lift                 | refused: a call that is diverted cannot be lifted early |
      7    | wait                 | A tries m; dial A-1 sip:m@pbx apart                     | A diverted, A-1 dialling
      8    | lift                 | A asked A-phone1; ring A-phone1 to answer               |
      8.05 | lift                 |                                                         |
      8.1  | A-phone1 answered    | A answered_itself at A-phone1; A m: withdrawn;          | A answering, A-1 dialling
           |                      | A search: taken_back; hang up A-1 by desk; answer A     |
      8.2  | A answered           | A on_time in ring 2 +1200/+4800 ms                      | A talking, A-1 dialling
        """,
        phone_desk(guide=guide(), second=True),
    )


def test_taken_by_somebody_else_before_the_phone_has_answered() -> None:
    scene(
        """
      0    | A arrives for sales  | A plan: m                                               | A diverted
      0    | A rings              | A window 7..13                                          |
      7    | wait                 | A tries m; dial A-1 sip:m@pbx apart                     | A diverted, A-1 dialling
      8    | lift                 | A asked A-phone1; ring A-phone1 to answer               |
      8.1  | A-1 answered         | A m: answered; A search: connected;                     | A joined, A-1 joined
           |                      | A diverted in ring 2 +1100/+4900 ms; answer A apart;    |
           |                      | join A and A-1; hang up A-phone1 by desk                |
      8.2  | A-phone1 refuses 487 |                                                         |
        """,
        phone_desk(guide=guide()),
    )


def test_lifted_on_the_page_while_the_machine_speaks() -> None:
    scene(
        """
      0    | A arrives for night  | A plan: menu night                                      | A diverted
      0    | A rings              | A window 7..13                                          |
      7    | wait                 | A hears night; A diverted in ring 2 +0/+6000 ms;        | A menu
           |                      | say night to A                                          |
      7    | A answered           |                                                         |
      8    | lift A               | A asked A-phone1; ring A-phone1 to answer               |
      8.1  | A-phone1 refuses 486 | A phone busy                                            |
      9    | A presses 9          | A plan: message sales; A asked for a message sales;     | A message
           |                      | say leave_message+beep to A                             |
      10   | lift A               | A asked A-phone2; ring A-phone2 to answer               |
      10.1 | A-phone2 answered    | A answered_itself at A-phone2; answer A                 | A answering
      10.2 | A answered           |                                                         | A talking
        """,
        phone_desk(guide=guide()),
    )
