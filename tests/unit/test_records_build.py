"""Events become records, whoever dies in between."""

from __future__ import annotations

import typing
from datetime import timedelta

import pytest

from phoneetiquette import events as ev
from phoneetiquette.records.build import DEAD_ENTRIES, RecordBuilder
from phoneetiquette.records.record import CallRecord
from tests.unit.record_cases_alone import ALONE
from tests.unit.record_cases_crashed import CRASHED
from tests.unit.record_cases_together import TOGETHER
from tests.unit.record_script import CUSTOMER, IN_TALK, RINGS, START, TALK, built, entries, told

CASES = ALONE | TOGETHER


@pytest.mark.parametrize("name", CASES)
def test_events_become_records(name: str) -> None:
    notation, expected = CASES[name]
    builder, records = built(notation)
    assert [told(record) for record in records.values()] == expected
    assert builder.open_calls() == []
    assert builder.settled_seq == len(entries(notation))


@pytest.mark.parametrize("name", CRASHED)
def test_crashed_calls_are_completed(name: str) -> None:
    notation, expected = CRASHED[name]
    _, records = built(notation)
    assert [told(record) for record in records.values()] == expected


@pytest.mark.parametrize("name", [*CASES, *CRASHED])
def test_reading_again_from_the_settled_entry_gives_the_same(name: str) -> None:
    """A store that stops at any entry and starts anew after the settled one ends with the same records."""
    everything = entries((CASES | CRASHED)[name][0])
    _, expected = built((CASES | CRASHED)[name][0])
    for stop in range(len(everything)):
        records: dict[str, CallRecord] = {}
        first = RecordBuilder()
        for entry in everything[:stop]:
            first.feed(entry)
        second = RecordBuilder()
        for record in first.completed():
            records[record.call] = record
        for entry in everything[first.settled_seq :]:
            second.feed(entry)
        for record in second.completed():
            records[record.call] = record
        assert records == expected, f"stopped after {stop}"


def test_an_open_call_is_told_as_far_as_it_got() -> None:
    builder, records = built(TALK + "\n12 CallArrived b caller=sip:77@pbx")
    assert records == {}
    first, second = builder.open_calls()
    assert told(first) == [CUSTOMER, "ended - by -", *IN_TALK]
    assert told(second) == ["b in sip:77@pbx", "ended - by -"]
    assert [leg.ended_ms for leg in first.legs] == [None]
    assert builder.settled_seq == 0


def test_a_call_whose_desk_never_speaks_again_is_let_go() -> None:
    lines = [RINGS, "9 EngineLost - pid=100"]
    lines += [f"{10 + n} PresenceChanged - presence=present" for n in range(DEAD_ENTRIES + 1)]
    builder, records = built("\n".join(lines))
    assert told(records["a"])[:2] == [CUSTOMER, "ended 9 by crash"]
    assert builder.open_calls() == []
    assert builder.settled_seq == len(entries("\n".join(lines)))


def test_entries_of_unknown_calls_change_nothing() -> None:
    builder, records = built("1 CallAnswered z\n2 CallEnded z by=customer\n3 CallsJoined z other=y\n4 CallClosed z")
    assert records == {}
    assert builder.settled_seq == 4


def test_walls_and_identity() -> None:
    _, records = built(CASES["on time"][0])
    record = records["a"]
    assert (record.seat, record.caller_name, record.codec, record.encrypted) == ("desk", "Eva Huber", "G722", False)
    assert record.arrived == START
    assert record.answered == START + timedelta(seconds=8.001)
    assert record.talk_s == pytest.approx(5.999)
    assert record.media_ms == 8020.0
    assert (record.first_seq, record.last_seq) == (1, 13)
    assert [leg.kind for leg in record.legs] == ["incoming"]


def test_the_timeline_tells_no_digits() -> None:
    _, records = built(CASES["two calls interleaved: events without a call go to the one in talk"][0])
    texts = [mark.text for mark in records["a"].timeline]
    assert "digits sent" in texts
    assert not any("123" in text for text in texts if "sip:" not in text)
    assert [mark.at_ms for mark in records["a"].timeline] == sorted(mark.at_ms for mark in records["a"].timeline)


def test_every_call_event_leaves_a_trace_or_is_known_not_to() -> None:
    """A new kind of event must be thought of here: does it belong into the record?"""
    silent = {"CallEvent", "DeskEvent", "AgentHeld", "AgentResumed", "AgentConferenced"}
    silent |= {"TalkingOverNoticed", "OverlapJudged"}  # what became of it is in the measures
    used = {
        line.split()[1] for text, _ in (CASES | CRASHED).values() for line in text.splitlines() if " " in line.strip()
    }
    used |= {"CommandFailed", "AgentMuted", "AgentHungUp"}  # tested below
    used |= {"PhoneCalled", "PhoneLegBegun", "PhoneActed", "PhoneAsked", "PhoneAskEnded"}  # test_records_phone
    used |= {"PhoneUnavailable"}  # likewise
    silent |= {"PhoneReplied", "PhoneReferred", "PhoneLost", "PhoneCodeCarriedOut"}  # the desk tells what came of them
    silent |= {"PeerLost"}  # likewise
    used |= {"AgentNamed"}  # test_coaching
    silent |= {"AgentTookMessage", "MessageTaken", "MessageNoted"}  # messages are kept apart; test_seat_messages
    silent |= {"WrapUpEnded"}  # how long it took is in the journal
    used |= {"AgentWrappedUp"}  # test_records_wrap_up
    used |= {"MenuOpened", "MessageBegun", "MessageTaken", "AgentLeftToMachine"}  # test_records_topics
    silent |= {"PromptEnded"}
    used |= {"WakeUpCalled", "WakeUpTried"}  # test_wake_ups
    used |= {"AgentNamed"}  # test_coaching
    used |= {"AgentChoseTopic", "RouteDecided", "AttemptBegun", "AttemptEnded", "SearchEnded"}  # test_records_topics
    kinds = {
        name
        for name, kind in vars(ev).items()
        if isinstance(kind, type) and issubclass(kind, ev.Event) and "call" in typing.get_type_hints(kind)
    }
    assert kinds - silent - used == set()


def test_who_was_lost_in_a_joined_call_is_in_the_timeline() -> None:
    _, records = built(CASES["attended transfer whose REFER is refused is joined inside"][0])
    texts = [mark.text for mark in records["a"].timeline]
    assert "consultation leg: the other side was lost: no sound comes, and no answer" in texts


def test_mute_hang_up_and_failed_commands_are_in_the_timeline() -> None:
    _, records = built(
        TALK
        + """
        9   AgentMuted - muted=yes
        10  AgentTransferred a target=sip:201@pbx
        10  CommandFailed a command=TransferBlind what='no_such_host
        11  AgentHungUp -
        11  CallEnded a by=agent
        11  CallClosed a
        """
    )
    record = records["a"]
    assert [mark.kind for mark in record.timeline][-5:] == ["muted", "transfer", "trouble", "hung_up", "ended"]
    assert [transfer.result for transfer in record.transfers] == ["failed"]
