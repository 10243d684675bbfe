"""A desk phone on the desk, as scenes in virtual time: see ``desk_script`` for the notation.

Austria: the window is open from 7 to 13 s, and the third ring begins at 12 s.
"""

from __future__ import annotations

from tests.unit.desk_script import MESSAGE, OVERFLOW, phone_desk, scene
from tests.unit.topic_scenes import guide

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


def test_hold_at_the_phone() -> None:
    scene(
        IN_TALK
        + """
      10   | A-phone1 holds us    | A held at A-phone1; hold A      |
      10.1 | A held               |                                 | A held
      15   | A-phone1 releases us | A resumed at A-phone1; resume A |
      15.1 | A unheld             |                                 | A talking
        """,
        phone_desk(),
    )


def test_hung_up_while_held_at_the_phone() -> None:
    scene(
        IN_TALK
        + """
      10   | A-phone1 holds us       | A held at A-phone1; hold A                |
      10.1 | A held                  |                                           | A held
      15   | A-phone1 ended by agent | A hung_up at A-phone1; hang up A by agent |
      15.1 | A ended by agent        |                                           | A ended
        """,
        phone_desk(),
    )


def test_held_on_the_page_and_put_down_the_phone_calls_back() -> None:
    scene(
        IN_TALK
        + """
      10   | hold                    | hold A                          |
      10.1 | A held                  |                                 | A held
      15   | A-phone1 ended by agent |                                 |
      45   | wait                    | A rings A-phone2; ring A-phone2 |
      46.1 | A-phone2 rings there    |                                 |
      47   | A-phone2 answered       | A lifted at A-phone2; resume A  |
      47.1 | A unheld                |                                 | A talking
        """,
        phone_desk(),
    )


def test_resumed_on_the_page_the_phone_rings() -> None:
    scene(
        IN_TALK
        + """
      10   | hold                    | hold A                          |
      10.1 | A held                  |                                 | A held
      15   | A-phone1 ended by agent |                                 |
      20   | resume                  | A rings A-phone2; ring A-phone2 |
      21   | A-phone2 rings there    |                                 |
      22   | A-phone2 answered       | A lifted at A-phone2; resume A  |
      22.1 | A unheld                |                                 | A talking
        """,
        phone_desk(),
    )


def test_resumed_on_the_page_what_the_phone_holds() -> None:
    scene(
        """
      0    | A arrives                          | bell ringer                                     | A alerting
      0    | A rings                            | A window 7..13; A rings A-phone1; ring A-phone1 |
      0.01 | A-phone1 placed                    |                                                 |
      0.02 | A-phone1 rings there allowing talk |                                                 |
      8    | A-phone1 answered                  | A lifted at A-phone1; answer A; bell off        | A answering
      8.01 | A answered                         | A on_time in ring 2 +1010/+4990 ms              | A talking
      8.01 | A has sound                        |                                                 |
      10   | A-phone1 holds us                  | A held at A-phone1; hold A                      |
      10.1 | A held                             |                                                 | A held
      12   | resume                             | talk A-phone1                                   |
      12.1 | A-phone1 releases us               | A resumed at A-phone1; resume A                 |
      12.2 | A unheld                           |                                                 | A talking
        """,
        phone_desk(),
    )


def test_the_phone_is_lost_in_the_call() -> None:
    scene(
        IN_TALK
        + """
      10   | A-phone1 vanishes    | A lost at A-phone1; hang up A-phone1 by peer; hold A |
      10.1 | A held               | A rings A-phone2; ring A-phone2                      | A held
      10.2 | A-phone2 refuses 408 | A phone unreachable                                  |
      15.2 | wait                 | A rings A-phone3; ring A-phone3                      |
      16   | A-phone3 rings there |                                                      |
      17   | A-phone3 answered    | A lifted at A-phone3; resume A                       |
      17.1 | A unheld             |                                                      | A talking
        """,
        phone_desk(),
    )


def test_transfer_key() -> None:
    scene(
        IN_TALK
        + """
      10    | A-phone1 transfers to 205 | A transferred at A-phone1; refer A to sip:205@pbx; | A transferring
            |                           | hang up A-phone1 by desk                           |
      10.05 | A-phone1 ended by agent   |                                                    |
      10.1  | A referred 202            |                                                    |
      11    | A referred 200 finally    | hang up A by transfer                              |
        """,
        phone_desk(),
    )


def test_transfer_key_and_nobody_takes_it() -> None:
    scene(
        IN_TALK
        + """
      10    | A-phone1 transfers to 205 | A transferred at A-phone1; refer A to sip:205@pbx; | A transferring
            |                           | hang up A-phone1 by desk                           |
      10.05 | A-phone1 ended by agent   |                                                    |
      10.1  | A referred 202            |                                                    |
      11    | A referred 486 finally    | resume A; hold A                                   | A talking
      11.1  | A held                    | A rings A-phone2; ring A-phone2                    | A held
      11.2  | A-phone2 rings there      |                                                    |
      12    | A-phone2 answered         | A lifted at A-phone2; resume A                     |
      12.1  | A unheld                  |                                                    | A talking
        """,
        phone_desk(),
    )


def test_attended_transfer_at_the_phone() -> None:
    scene(
        IN_TALK
        + """
      10   | A-phone1 holds us           | A held at A-phone1; hold A             |
      10.1 | A held                      |                                        | A held
      12   | phone dials 205             | p-out called p; dial p-out sip:205@pbx | A held, p-out dialling
      12.1 | p-out placed                |                                        |
      13   | p-out answered              | answer p                               | A held, p-out talking
      13.1 | p answered                  |                                        |
      15   | A-phone1 transfers to leg p | A transferred at A-phone1;             | A transferring, p-out transferring
           |                             | refer A to call p-out;                 |
           |                             | hang up A-phone1 by desk;              |
           |                             | hang up p by desk                      |
      15.1 | A-phone1 ended by agent     |                                        |
      15.2 | p ended by agent            |                                        |
      15.3 | A referred 200 finally      | hang up A by transfer;                 |
           |                             | hang up p-out by transfer              |
        """,
        phone_desk(),
    )


def test_transfer_key_to_what_cannot_be_called() -> None:
    scene(
        IN_TALK
        + """
      10    | A-phone1 transfers to *31 in vain | A transferred at A-phone1; hold A; | A talking
            |                                   | hang up A-phone1 by desk           |
      10.05 | A-phone1 ended by agent           |                                    |
      10.1  | A held                            | A rings A-phone2; ring A-phone2    | A held
      11    | A-phone2 rings there              |                                    |
      12    | A-phone2 answered                 | A lifted at A-phone2; resume A     |
      12.1  | A unheld                          |                                    | A talking
        """,
        phone_desk(),
    )


def test_transfer_key_to_what_cannot_be_called_while_another_is_in_talk() -> None:
    """The customer is not put through to them."""
    scene(
        IN_TALK
        + """
      10   | A-phone1 holds us                 | A held at A-phone1; hold A             |
      10.1 | A held                            |                                        | A held
      12   | phone dials 205                   | p-out called p; dial p-out sip:205@pbx | A held, p-out dialling
      12.1 | p-out placed                      |                                        |
      13   | p-out answered                    | answer p                               | A held, p-out talking
      13.1 | p answered                        |                                        |
      15   | A-phone1 transfers to *31 in vain | A transferred at A-phone1;             |
           |                                   | hang up A-phone1 by desk               |
      15.1 | A-phone1 ended by agent           |                                        |
      16   | p-out leaves                      | p-out closed                           | A held
      16.1 | p ended by agent                  | A rings A-phone2; ring A-phone2        |
        """,
        phone_desk(),
    )


def test_a_second_call_taken_on_the_page() -> None:
    scene(
        IN_TALK
        + """
      10   | B arrives          | bell ear                                             | A talking, B alerting
      10   | B rings            | B window 17..23                                      |
      18   | lift B             | answer B; bell off                                   | A talking, B answering
      18.1 | B answered         | B on_time in ring 2 +1100/+4900 ms; hold A; resume B | A talking, B talking
      18.2 | A held             |                                                      | A held, B talking
      20   | B leaves           | B closed                                             | A held
      20   | B measured finally |                                                      |
        """,
        phone_desk(),
    )


def test_a_second_call_taken_by_hanging_up() -> None:
    scene(
        IN_TALK
        + """
      10   | B arrives               | bell ear                                 | A talking, B alerting
      10   | B rings                 | B window 17..23                          |
      12   | A-phone1 ended by agent | A hung_up at A-phone1; B rings B-phone1; |
           |                         | hang up A by agent; ring B-phone1        |
      12.1 | A ended by agent        | bell ringer                              | A ended, B alerting
      12.2 | A measured finally      | A closed                                 | B alerting
      12.3 | B-phone1 rings there    |                                          |
      19   | B-phone1 answered       | B lifted at B-phone1; answer B; bell off | B answering
      19.1 | B answered              | B on_time in ring 2 +2100/+3900 ms       | B talking
        """,
        phone_desk(),
    )


def test_dialled_at_the_phone() -> None:
    scene(
        """
      0   | phone dials 205      | p-out called p; dial p-out sip:205@pbx     | p-out dialling
      0.1 | p-out placed         |                                            |
      0.3 | p-out rings there    |                                            | p-out ringing
      5   | p-out answered       | answer p                                   | p-out talking
      5.1 | p answered           |                                            |
      9   | p ended by agent     | p-out hung_up at p; hang up p-out by agent |
      9.1 | p-out ended by agent | p-out closed                               | none
        """,
        phone_desk(),
    )


def test_dialled_at_the_phone_and_busy() -> None:
    scene(
        """
      0   | phone dials 205   | p-out called p; dial p-out sip:205@pbx | p-out dialling
      0.1 | p-out placed      |                                        |
      0.3 | p-out refuses 486 | p-out closed; reject p 486             | none
      0.4 | p ended by desk   |                                        |
        """,
        phone_desk(),
    )


def test_dialled_at_the_phone_and_given_up() -> None:
    scene(
        """
      0   | phone dials 205   | p-out called p; dial p-out sip:205@pbx | p-out dialling
      0.1 | p-out placed      |                                        |
      0.3 | p-out rings there |                                        | p-out ringing
      0.4 | p refuses 487     | hang up p-out by agent                 |
      0.5 | p-out refuses 487 | p-out closed                           | none
        """,
        phone_desk(),
    )


def test_dialled_at_the_phone_what_cannot_be_called() -> None:
    scene(
        """
      0   | phone dials 205 in vain | reject p 404 |
      0.1 | p ended by desk         |              |
        """,
        phone_desk(),
    )


def test_a_code_is_dialled_while_it_rings() -> None:
    """It goes on ringing."""
    scene(
        RINGS
        + """
      2   | phone dials for absent |                                          |
      2.1 | absent                 |                                          |
      2.1 | p carries out its code | answer p warning; hang up p by desk      |
      2.2 | p answered             |                                          |
      2.9 | p ended by desk        |                                          |
      8   | A-phone1 answered      | A lifted at A-phone1; answer A; bell off | A answering
        """,
        phone_desk(),
    )


def test_the_code_that_lifts_is_dialled_while_it_rings() -> None:
    scene(
        RINGS_AND_KNOWS_TALK
        + """
      8    | phone dials for lift   |                                                            |
      8.1  | lift                   | A asks A-phone1: talk; talk A-phone1                       |
      8.1  | p carries out its code | answer p warning; hang up p by desk                        |
      8.15 | p answered             |                                                            |
      8.2  | A-phone1 answered      | A talk: answered; A answered_itself at A-phone1; answer A; | A answering
           |                        | bell off                                                   |
      8.25 | A answered             | A on_time in ring 2 +1250/+4750 ms                         | A talking
      8.9  | p ended by desk        |                                                            |
        """,
        phone_desk(),
    )


def test_dialled_on_the_page() -> None:
    scene(
        """
      0   | dial C                 | C rings C-phone1; ring C-phone1        | C dialling
      0.1 | C-phone1 rings there   |                                        |
      2   | C-phone1 answered      | C lifted at C-phone1; dial C sip:C@pbx |
      2.1 | C placed               |                                        |
      3   | C answered             |                                        | C talking
      9   | C leaves               | C closed; hang up C-phone1 by desk     | none
      9.1 | C-phone1 ended by desk |                                        |
      9.2 | C measured finally     |                                        |
        """,
        phone_desk(),
    )


def test_dialled_on_the_page_and_not_lifted() -> None:
    scene(
        """
      0   | dial C               | C rings C-phone1; ring C-phone1         | C dialling
      0.1 | C-phone1 rings there |                                         |
      2   | C-phone1 refuses 603 | C phone dnd; C ended by agent; C closed | none
        """,
        phone_desk(),
    )


def test_hung_up_on_the_page_before_it_was_lifted() -> None:
    scene(
        """
      0   | dial C               | C rings C-phone1; ring C-phone1                      | C dialling
      0.1 | C-phone1 rings there |                                                      |
      1   | hang up C            | C ended by agent; C closed; hang up C-phone1 by desk | none
      1.1 | C-phone1 refuses 487 |                                                      |
        """,
        phone_desk(),
    )


def test_the_engine_dies_and_the_phone_with_it() -> None:
    scene(
        IN_TALK
        + """
      10   | engine lost   | A ended by crash; A closed                       | none
      10.5 | engine starts | unmute; bell off                                 |
      11   | B arrives     | bell ringer                                      | B alerting
      11   | B rings       | B window 18..24; B rings B-phone1; ring B-phone1 |
        """,
        phone_desk(),
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
