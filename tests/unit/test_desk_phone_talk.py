"""A desk phone in a talk: hold, transfer, second calls, what is dialled at it. Scenes in virtual time."""

from __future__ import annotations

from tests.unit.desk_script import phone_desk, scene
from tests.unit.phone_scenes import IN_TALK, RINGS, RINGS_AND_KNOWS_TALK


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
