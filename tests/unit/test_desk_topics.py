"""Transfer by topic: who is called, for how long, and what becomes of the customer. See ``desk_script``."""

from __future__ import annotations

import pytest

from phoneetiquette import events as e
from phoneetiquette.calls.desk import Desk
from phoneetiquette.errors import CallError
from tests.unit.desk_script import event, moment, new_desk, remembered
from tests.unit.topic_scenes import WITH_B_WHILE_A_WAITS, guide, play


def test_direct_transfer_is_joined_in_the_seat() -> None:
    play(
        """
       9 | topic change     | A plan: m; A tries m; hold A;                 | A seeking, A-1 dialling
         |                  | dial A-1 sip:m@pbx apart                      |
       9 | A held           |                                               |
      10 | A-1 placed       |                                               |
      10 | A-1 rings there  |                                               | A seeking, A-1 ringing
      12 | A-1 answered     | A m: answered; join A and A-1                 | A seeking, A-1 joined
      12 | A and A-1 joined | A search: connected                           | A joined, A-1 joined
      12 | A unheld         |                                               |
      20 | A-1 leaves       | A-1 closed; hang up A by desk                 | A joined
        """
    )


def test_who_does_not_answer_in_time_is_followed_by_the_next_and_rings_are_counted_there() -> None:
    play(
        """
       9 | topic change      | A plan: m; A tries m; hold A;                 | A seeking, A-1 dialling
         |                   | dial A-1 sip:m@pbx apart                      |
       9 | A held            |                                               |
      10 | A-1 rings there   |                                               | A seeking, A-1 ringing
      21 | wait              |                                               |
      22 | wait              | A m: no_answer; A plan: j; A tries j;         | A seeking, A-1 ringing,
         |                   | hang up A-1 by desk;                          | A-2 dialling
         |                   | dial A-2 sip:j@pbx apart                      |
      22 | A-1 ended by desk | A-1 closed                                    | A seeking, A-2 dialling
      23 | A-2 rings there   |                                               | A seeking, A-2 ringing
      25 | A-2 answered      | A j: answered; join A and A-2                 | A seeking, A-2 joined
      25 | A and A-2 joined  | A search: connected                           | A joined, A-2 joined
        """
    )


def test_busy_and_refusing_specialists_are_not_rung_again_at_once() -> None:
    """Chosen again, the topic goes to nobody; a minute later they are asked again."""
    play(
        """
       9 | topic change      | A plan: m; A tries m; hold A;                 | A seeking, A-1 dialling
         |                   | dial A-1 sip:m@pbx apart                      |
       9 | A held            |                                               |
      10 | A-1 refuses 486   | A m: busy; A plan: j; A tries j; A-1 closed;  | A seeking, A-2 dialling
         |                   | dial A-2 sip:j@pbx apart                      |
      11 | A-2 refuses 603   | A j: refused;                                 | A held
         |                   | A plan: back to desk, or message sales;       |
         |                   | A search: nobody; A-2 closed                  |
      12 | topic change A    | A plan: back to desk, or message sales;       |
         |                   | A search: nobody                              |
      72 | topic change A    | A plan: m; A tries m;                         | A seeking, A-3 dialling
         |                   | dial A-3 sip:m@pbx apart                      |
      73 | A leaves          | A m: withdrawn; A search: left; A closed;     | A-3 dialling
         |                   | hang up A-3 by desk                           |
      73 | A-3 ended by desk | A-3 closed                                    | none
        """
    )


def test_specialist_is_announced() -> None:
    """The receptionist asks the supervisor first, and puts through as ever."""
    play(
        """
       9 | topic ask              | A plan: boss; A tries boss first; hold A;     | A seeking, A-1 dialling
         |                        | dial A-1 sip:boss@pbx                         |
       9 | A held                 |                                               |
       9 | A-1 rings there        |                                               | A seeking, A-1 ringing
      11 | A-1 answered           | A boss: answered; A search: consulting        | A held, A-1 talking
      13 | put through            | refer A to call A-1                           | A transferring, A-1 transferring
      14 | A referred 200 finally | hang up A by transfer;                        |
         |                        | hang up A-1 by transfer                       |
        """
    )


def test_all_at_once_and_the_first_who_answers_has_it() -> None:
    play(
        """
       9 | topic all         | A plan: m+j; A tries m; A tries j; hold A;    | A seeking, A-1 dialling,
         |                   | dial A-1 sip:m@pbx apart;                     | A-2 dialling
         |                   | dial A-2 sip:j@pbx apart                      |
       9 | A held            |                                               |
      11 | A-2 answered      | A m: withdrawn; A j: answered;                | A seeking, A-1 dialling,
         |                   | hang up A-1 by desk; join A and A-2           | A-2 joined
      11 | A-1 answered      |                                               |
      11 | A and A-2 joined  | A search: connected                           | A joined, A-1 dialling, A-2 joined
      11 | A-1 ended by desk | A-1 closed                                    | A joined, A-2 joined
        """
    )


def test_receptionist_takes_the_customer_back() -> None:
    play(
        """
       9 | topic change      | A plan: m; A tries m; hold A;                 | A seeking, A-1 dialling
         |                   | dial A-1 sip:m@pbx apart                      |
       9 | A held            |                                               |
      10 | resume            | A m: withdrawn; A search: taken_back;         | A held, A-1 dialling
         |                   | hang up A-1 by desk; resume A                 |
      10 | A-1 ended by desk | A-1 closed                                    | A held
      10 | A unheld          |                                               | A talking
        """
    )


def test_taken_back_before_the_hold_is_confirmed() -> None:
    play(
        """
       9 | topic change | A plan: m; A tries m; hold A;                 | A seeking, A-1 dialling
         |              | dial A-1 sip:m@pbx apart                      |
       9 | resume A     | A m: withdrawn; A search: taken_back;         | A held, A-1 dialling
         |              | hang up A-1 by desk; resume A                 |
       9 | A held       |                                               |
       9 | A unheld     |                                               | A talking, A-1 dialling
        """
    )


def test_customer_who_is_taken_back_and_given_on_at_once_is_put_on_hold_again() -> None:
    """What the engine tells of the first hold does not undo that the customer is being taken off it."""
    play(
        """
       9 | topic change | A plan: m; A tries m; hold A;                 | A seeking, A-1 dialling
         |              | dial A-1 sip:m@pbx apart                      |
       9 | resume A     | A m: withdrawn; A search: taken_back;         | A held, A-1 dialling
         |              | hang up A-1 by desk; resume A                 |
      10 | A held       |                                               |
      10 | topic ask A  | A plan: boss; A tries boss first; hold A;     | A seeking, A-1 dialling,
         |              | dial A-2 sip:boss@pbx                         | A-2 dialling
      10 | A unheld     |                                               |
      10 | A held       |                                               |
        """
    )


def test_hanging_up_ends_the_call_to_the_specialist_not_the_customers() -> None:
    play(
        """
       9 | topic ask          | A plan: boss; A tries boss first; hold A;     | A seeking, A-1 dialling
         |                    | dial A-1 sip:boss@pbx                         |
       9 | A held             |                                               |
      10 | hang up            | hang up A-1 by agent                          |
      10 | A-1 ended by agent | A boss: withdrawn; A search: taken_back;      | A held
         |                    | A-1 closed                                    |
        """
    )


def test_customer_leaves_while_specialists_are_called() -> None:
    play(
        """
       9 | topic all         | A plan: m+j; A tries m; A tries j; hold A;    | A seeking, A-1 dialling,
         |                   | dial A-1 sip:m@pbx apart;                     | A-2 dialling
         |                   | dial A-2 sip:j@pbx apart                      |
       9 | A held            |                                               |
      10 | A leaves          | A m: withdrawn; A j: withdrawn;               | A-1 dialling, A-2 dialling
         |                   | A search: left; A closed;                     |
         |                   | hang up A-1 by desk; hang up A-2 by desk      |
      10 | A-1 ended by desk | A-1 closed                                    | A-2 dialling
      10 | A-2 ended by desk | A-2 closed                                    | none
        """
    )


def test_specialist_vanishes_before_the_two_are_joined() -> None:
    play(
        """
       9 | topic change      | A plan: m; A tries m; hold A;                 | A seeking, A-1 dialling
         |                   | dial A-1 sip:m@pbx apart                      |
       9 | A held            |                                               |
      10 | A-1 answered      | A m: answered; join A and A-1                 | A seeking, A-1 joined
      10 | A-1 leaves        | A m: vanished; A plan: j; A tries j;          | A seeking, A-2 dialling
         |                   | A-1 closed; dial A-2 sip:j@pbx apart          |
      11 | A-2 answered      | A j: answered; join A and A-2                 | A seeking, A-2 joined
      11 | A cannot Join     | A j: vanished;                                | A held, A-2 joined
         |                   | A plan: back to desk, or message sales;       |
         |                   | A search: nobody; hang up A-2 by desk         |
      11 | A-2 ended by desk | A-2 closed                                    | A held
        """
    )


def test_topic_that_nobody_is_competent_for_comes_back_at_once() -> None:
    play(
        """
       9 | topic nobody | A plan: back to desk, or nothing;             | A held
         |              | A search: nobody; hold A                      |
       9 | A held       |                                               |
        """
    )


def test_supervisor_is_asked_for() -> None:
    play(
        """
       9 | topic change!   | A plan: boss; A tries boss first; hold A;     | A seeking, A-1 dialling
         |                 | dial A-1 sip:boss@pbx                         |
       9 | A held          |                                               |
      10 | A-1 refuses 486 | A boss: busy;                                 | A held
         |                 | A plan: back to desk, or message sales;       |
         |                 | A search: nobody; A-1 closed                  |
        """
    )


def test_emergency_is_never_given_up() -> None:
    """All refuse: they are called again a ring later, for as long as it takes."""
    play(
        """
       9 | topic danger     | A plan: guard; A tries guard; hold A;         | A seeking, A-1 dialling
         |                  | dial A-1 sip:guard@pbx apart                  |
       9 | A held           |                                               |
      10 | A-1 refuses 486  | A guard: busy; A plan: guard; A tries guard;  | A seeking, A-2 dialling
         |                  | A-1 closed; dial A-2 sip:guard@pbx apart      |
      11 | A-2 refuses 603  | A guard: refused; A-2 closed                  | A seeking
      16 | wait             |                                               |
      17 | wait             | A plan: guard; A tries guard;                 | A seeking, A-3 dialling
         |                  | dial A-3 sip:guard@pbx apart                  |
      18 | A-3 answered     | A guard: answered; join A and A-3             | A seeking, A-3 joined
      18 | A and A-3 joined | A search: connected                           | A joined, A-3 joined
        """
    )


def test_engine_is_lost_while_specialists_are_called() -> None:
    play(
        """
       9 | topic all   | A plan: m+j; A tries m; A tries j; hold A;    | A seeking, A-1 dialling,
         |             | dial A-1 sip:m@pbx apart;                     | A-2 dialling
         |             | dial A-2 sip:j@pbx apart                      |
       9 | A held      |                                               |
      10 | engine lost | A ended by crash; A-1 ended by crash;         | none
         |             | A-2 ended by crash; A m: withdrawn;           |
         |             | A j: withdrawn; A search: left; A closed;     |
         |             | A-1 closed; A-2 closed                        |
        """
    )


def test_late_answer_of_who_is_not_needed_does_not_take_the_headset() -> None:
    play(
        """
       9 | topic ask         | A plan: boss; A tries boss first; hold A;     | A seeking, A-1 dialling
         |                   | dial A-1 sip:boss@pbx                         |
       9 | A held            |                                               |
      10 | resume            | A boss: withdrawn; A search: taken_back;      | A held, A-1 dialling
         |                   | hang up A-1 by desk; resume A                 |
      10 | A unheld          |                                               | A talking, A-1 dialling
      10 | A-1 answered      | resume A                                      |
      10 | A-1 ended by desk | A-1 closed                                    | A talking
        """
    )


def test_receptionist_in_another_call_connects_at_once_and_keeps_it() -> None:
    play(
        """
      18 | topic ask A      | A plan: boss; A tries boss;                   | A seeking, B talking, A-1 dialling
         |                  | dial A-1 sip:boss@pbx apart                   |
      20 | A-1 answered     | A boss: answered; join A and A-1              | A seeking, B talking, A-1 joined
      20 | A and A-1 joined | A search: connected                           | A joined, B talking, A-1 joined
      20 | A unheld         |                                               |
        """,
        WITH_B_WHILE_A_WAITS,
    )


def in_talk(desk: Desk) -> Desk:
    for at, what in (("0", "A arrives"), ("0", "A rings"), ("8", "lift"), ("8", "A answered")):
        desk.before(event(moment(at), what))
        desk.handle(event(moment(at), what))
    return desk


def test_without_a_dialplan_there_are_no_topics() -> None:
    desk = in_talk(new_desk())
    before = remembered(desk)
    with pytest.raises(CallError, match="follows no dialplan"):
        desk.handle(event(moment("9"), "topic change"))
    assert remembered(desk) == before


def test_unknown_topic_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(CallError) as refused:
        in_talk(new_desk(guide=guide())).handle(event(moment("9"), "topic chnge"))
    assert refused.value.advice == "did you mean 'change'?"


def test_page_is_told_who_is_called_and_who_has_not_taken_it() -> None:
    desk = play("9 | topic change | A plan: m; A tries m; hold A; dial A-1 sip:m@pbx apart | A seeking, A-1 dialling")
    desk.handle(event(moment("10"), "A-1 refuses 486"))
    (search,) = (call["search"] for call in desk.as_snapshot()["calls"] if call["id"] == "A")
    assert (search["state"], search["calling"]) == ("calling", ["j"])
    assert search["tried"] == [{"who": "m", "result": "busy"}]
    desk.handle(event(moment("11"), "A-2 refuses 404"))
    (search,) = (call["search"] for call in desk.as_snapshot()["calls"] if call["id"] == "A")
    assert (search["state"], search["offer"]) == ("nobody", ["message sales"])


def test_calls_under_way_finish_on_the_plan_they_began_with() -> None:
    desk = in_talk(new_desk(guide=guide()))
    desk.routing.follow(guide(version="2"))
    made = desk.handle(event(moment("9"), "topic change")).events
    assert [one.plan for one in made if isinstance(one, e.RouteDecided)] == ["1"]
    desk.handle(
        e.CallArrived(
            at_ns=moment("9"),
            call="B",
            caller="sip:b@pbx",
            caller_name="",
            called="sip:desk@seat",
            peer="192.0.2.1:5060",
            sip_call_id="B",
        )
    )
    assert desk.sessions["B"].plan == "2"


def test_desk_brought_up_to_date_goes_by_what_the_plan_said_then() -> None:
    """The program was started anew with another plan, or with none."""
    desk = in_talk(new_desk(guide=guide()))
    journal: list[e.Event] = []
    for at, what in (("0", "A arrives"), ("0", "A rings"), ("8", "lift"), ("8", "A answered")):
        journal.append(event(moment(at), what))
    for at, what in (("9", "topic change"), ("10", "A-1 refuses 486")):
        happened = event(moment(at), what)
        journal += [happened, *desk.handle(happened).events]
    later = new_desk()
    later.replay(journal)
    assert {call: session.state for call, session in later.sessions.items()} == {
        call: session.state for call, session in desk.sessions.items()
    }
    assert later.sessions["A"].plan == "1"


def test_who_is_known_to_be_taken_is_told_with_since_when() -> None:
    desk = play(
        """
       9 | topic change     | A plan: m; A tries m; hold A;                 | A seeking, A-1 dialling
         |                  | dial A-1 sip:m@pbx apart                      |
       9 | A held           |                                               |
      10 | A-1 refuses 486  | A m: busy; A plan: j; A tries j; A-1 closed;  | A seeking, A-2 dialling
         |                  | dial A-2 sip:j@pbx apart                      |
        """
    )
    assert desk.routing.occupied(moment("12")) == {"m": moment("10"), "j": moment("10")}
    assert desk.routing.occupied(moment("71")) == {"j": moment("10")}


def test_whom_the_pbx_tells_to_be_in_a_call_is_passed_over() -> None:
    """Only of whom the plan asks, and until it tells otherwise."""
    play(
        """
       8 | m is seen busy    |                                               |
       8 | j is seen busy    |                                               |
       9 | topic change      | A plan: j; A tries j; hold A;                 | A seeking, A-1 dialling
         |                   | dial A-1 sip:j@pbx apart                      |
       9 | A held            |                                               |
      10 | m is seen available |                                             |
      11 | A-1 refuses 486   | A j: busy; A plan: m; A tries m; A-1 closed;  | A seeking, A-2 dialling
         |                   | dial A-2 sip:m@pbx apart                      |
        """
    )


def test_who_is_told_to_be_away_is_passed_over_until_it_is_not_known() -> None:
    play(
        """
       8 | m is seen away      |                                             |
       9 | topic change        | A plan: j; A tries j; hold A;               | A seeking, A-1 dialling
         |                     | dial A-1 sip:j@pbx apart                    |
       9 | A held              |                                             |
      10 | m is seen unknown   |                                             |
      11 | A-1 refuses 486     | A j: busy; A plan: m; A tries m; A-1 closed; | A seeking, A-2 dialling
         |                     | dial A-2 sip:m@pbx apart                    |
        """
    )


JOINED_WITH_M = """
       9 | topic change     | A plan: m; A tries m; hold A;                 | A seeking, A-1 dialling
         |                  | dial A-1 sip:m@pbx apart                      |
       9 | A held           |                                               |
      12 | A-1 answered     | A m: answered; join A and A-1                 | A seeking, A-1 joined
      12 | A and A-1 joined | A search: connected                           | A joined, A-1 joined
      12 | A unheld         |                                               |
"""


def test_specialist_who_vanishes_in_the_talk_gives_the_customer_back_to_the_desk_which_rings() -> None:
    desk = play(
        JOINED_WITH_M
        + """
      60 | A-1 is lost       | A m: vanished; hang up A-1 by peer; hold A;  | A held, A-1 joined
         |                   | bell ringer                                  |
      60 | A held            |                                              |
      62 | resume A          | resume A; bell off                           |
      62 | A unheld          |                                              | A talking, A-1 joined
      90 | A-1 ended by peer | A-1 closed                                   | A talking
        """
    )
    search = desk.as_snapshot()["calls"][0]["search"]
    assert (search["state"], search["tried"]) == ("nobody", [{"who": "m", "result": "vanished"}])


def test_customer_who_vanishes_lets_the_specialist_go() -> None:
    play(
        JOINED_WITH_M
        + """
      60 | A is lost         | hang up A by peer; hang up A-1 by desk       | A joined, A-1 joined
      60 | A-1 ended by desk | A-1 closed                                   | A joined
      92 | A ended by peer   | A closed                                     | none
        """
    )


def test_customer_whom_the_desk_never_had_goes_on_by_the_plan() -> None:
    play(
        """
       0 | S arrives for sales | S plan: m                                  | S diverted
       0 | S rings             | S window 7..13                             |
       7 | wait                | S tries m; dial S-1 sip:m@pbx apart        | S diverted, S-1 dialling
       9 | S-1 answered        | S m: answered; S search: connected;        | S joined, S-1 joined
         |                     | S diverted in ring 2 +2000/+4000 ms;       |
         |                     | answer S apart; join S and S-1             |
      60 | S-1 is lost         | S m: vanished; S plan: desk; S search: nobody; | S alerting, S-1 joined
         |                     | hang up S-1 by peer; music for S; bell ringer |
        """,
        before="",
    )
