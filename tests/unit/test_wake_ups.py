"""Wake-up calls in virtual time: what is set, what is called when, and what becomes of it."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.errors import CallError
from phoneetiquette.ivr import wake_up_words
from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.store.memory import MemoryStore
from phoneetiquette.runtime.history import History
from phoneetiquette.runtime.sound_files import remove_sounds
from phoneetiquette.wakeups.book import WakeUpBook
from phoneetiquette.wakeups.export import COLUMNS, write_csv
from phoneetiquette.wakeups.form import WakeUpForm, WakeUpFormError, moments
from phoneetiquette.wakeups.rules import Rules
from phoneetiquette.wakeups.wake_up import wake_up_from, wake_up_object
from tests.unit.hotel import VIENNA, Answer, Hotel, answers_and_presses, answers_and_sleeps_on, hangs_up, is_busy

EVENING = datetime(2026, 11, 27, 21, 0, tzinfo=UTC)
NIGHT_S = 9 * 3600.0


@pytest.fixture
def hotel(tmp_path: Path) -> Hotel:
    hotel = Hotel(tmp_path)
    hotel.set_clock(EVENING)
    return hotel


def rings_on(_hotel: Hotel, _dial: c.Dial) -> None:
    """Nobody takes it up by themselves."""


def calls(hotel: Hotel) -> list[c.Dial]:
    return [one for one in hotel.commands if isinstance(one, c.Dial)]


def said(hotel: Hotel) -> list[str]:
    return [sound for one in hotel.commands if isinstance(one, c.Speak) for sound in one.sounds]


# ------------------------------------------------------------------------------------------------ what is understood


def read(hotel: Hotel, **form: str) -> dict[str, object]:
    return hotel.desk_of_wake_ups.read_back(WakeUpForm(**form))  # type: ignore[arg-type]


def fields(hotel: Hotel, **form: str) -> dict[str, str]:
    with pytest.raises(WakeUpFormError) as refusal:
        read(hotel, **form)
    return refusal.value.fields


def test_the_guest_list_gives_name_and_language_and_the_pattern_the_extension(hotel: Hotel) -> None:
    assert read(hotel, room="12", clock="6:30") == {
        "room": "12",
        "target": "sip:212@pbx",
        "name": "Anna Nováková",
        "language": "de",
        "known": True,
        "moments": ["2026-11-28T06:30:00+01:00"],
        "at_that_time": 0,
    }
    unknown = read(hotel, room="99", clock="0630", name="Bo", language="nl")
    assert (unknown["known"], unknown["name"], unknown["language"]) == (False, "Bo", "nl")


@pytest.mark.parametrize(
    ("clock", "moment"),
    [
        ("22:30", "2026-11-27T22:30:00+01:00"),
        ("21:59", "2026-11-28T21:59:00+01:00"),
        ("7.05", "2026-11-28T07:05:00+01:00"),
    ],
)
def test_without_a_day_it_is_the_next_time_that_the_clocks_show_it(hotel: Hotel, clock: str, moment: str) -> None:
    assert read(hotel, room="12", clock=clock)["moments"] == [moment]


def test_everything_that_is_wrong_is_told_at_once_and_by_field(hotel: Hotel) -> None:
    assert set(fields(hotel, room="", clock="25:00", day="tomorrow", language="!")) == {
        "room",
        "clock",
        "day",
        "language",
    }
    assert "past" in fields(hotel, room="12", clock="6:30", day="2026-11-27")["clock"]
    assert "within a year" in fields(hotel, room="12", clock="6:30", day="2031-01-01")["day"]
    assert "letters and digits" in fields(hotel, room="12;rm", clock="6:30")["room"]


def test_a_time_that_the_clocks_leap_over_is_told_so_with_its_neighbours(hotel: Hotel) -> None:
    told = fields(hotel, room="12", clock="2:30", day="2027-03-28")["clock"]
    assert told == "02:30 does not exist on 2027-03-28: the clocks are put forward; 01:30 and 03:30 do"


async def test_a_time_that_is_shown_twice_is_to_be_chosen(hotel: Hotel) -> None:
    form = WakeUpForm(room="12", clock="2:30", day="2027-10-31")
    told = hotel.desk_of_wake_ups.read_back(form)
    assert told["moments"] == ["2027-10-31T02:30:00+02:00", "2027-10-31T02:30:00+01:00"]
    with pytest.raises(WakeUpFormError) as refusal:
        await hotel.desk_of_wake_ups.set(form, "Eva")
    assert "twice" in refusal.value.fields["which"]
    first = await hotel.desk_of_wake_ups.set(
        WakeUpForm(room="12", clock="2:30", day="2027-10-31", which="first"), "Eva"
    )
    second = await hotel.desk_of_wake_ups.set(WakeUpForm(room="12", clock="2:30", day="2027-10-31", which="second"), "")
    assert hotel.get(second).due - hotel.get(first).due == timedelta(hours=1)


def test_moments_of_every_minute_around_both_changes_of_the_clocks() -> None:
    for day, counts in ((date(2027, 3, 28), {0, 1}), (date(2027, 10, 31), {1, 2}), (date(2027, 6, 1), {1})):
        found = [moments(day, clock_time(minute // 60, minute % 60), VIENNA) for minute in range(1440)]
        assert {len(one) for one in found} == counts
        every = [moment.astimezone(UTC) for one in found for moment in one]
        assert len(set(every)) == len(every)
        assert max(every) - min(every) == timedelta(minutes=len(every) - 1)


async def test_the_same_room_is_not_set_twice_for_the_same_moment(hotel: Hotel) -> None:
    await hotel.set()
    with pytest.raises(WakeUpFormError, match="already"):
        await hotel.set()
    assert read(hotel, room="13", clock="6:30")["at_that_time"] == 1


# ------------------------------------------------------------------------------------------------ what is called


async def test_a_guest_is_called_at_the_minute_and_confirms_by_a_key(hotel: Hotel) -> None:
    hotel.answer = answers_and_presses
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S - 1800 - 1)
    assert calls(hotel) == []
    await hotel.wait(2)
    (dial,) = calls(hotel)
    assert (dial.target, dial.to_agent, dial.to_machine) == ("sip:212@pbx", False, True)
    assert hotel.told(wake_up) == ["called", "confirmed"]
    assert hotel.get(wake_up).history[0].at == datetime(2026, 11, 28, 5, 30, tzinfo=UTC)
    await hotel.wait(86400)
    assert len(calls(hotel)) == 1
    assert hotel.bell() == "off"


async def test_what_is_said_is_made_before_the_night_in_the_guest_s_language(hotel: Hotel) -> None:
    hotel.answer = answers_and_presses
    await hotel.set()
    await asyncio.sleep(0)
    assert hotel.spoken == [
        ("Guten Morgen, Frau Nowakowa. Dies ist Ihr Weckruf. Es ist 6 Uhr 30. Bitte drücken Sie die 1.", "de"),
        ("Vielen Dank. Einen schönen Tag.", "de"),
    ]
    await hotel.wait(NIGHT_S)
    assert ["speech-de" in sound for sound in said(hotel)] == [True, True]


async def test_what_is_said_is_kept_over_a_restart_and_goes_with_the_last_guest_who_needs_it(hotel: Hotel) -> None:
    hotel.answer = answers_and_presses
    await hotel.set(clock="6:00")
    await hotel.set()
    await hotel.wait(60)
    hotel.restart()
    await hotel.wait(60)
    assert len(hotel.spoken) == 3
    assert len(list(hotel.folder.glob("speech-de-*"))) == 3
    await hotel.wait(NIGHT_S - 2000)
    assert len(list(hotel.folder.glob("speech-de-*"))) == 2
    await hotel.wait(2000)
    assert [file.name for file in hotel.sounds()] == ["beep-16000.wav"]


async def test_what_could_not_be_said_in_the_evening_is_tried_again_in_the_morning(hotel: Hotel) -> None:
    hotel.answer, hotel.has_voice = answers_and_presses, False
    await hotel.set()
    await hotel.wait(60)
    hotel.has_voice = True
    await hotel.wait(NIGHT_S)
    assert ["speech-de" in sound for sound in said(hotel)] == [True, True]


async def test_whose_words_are_not_made_waits_alone_and_not_for_long(hotel: Hotel) -> None:
    hotel.answer, hotel.stuck_language = answers_and_presses, "de"
    hotel.rules = Rules(at_once=1)
    hotel.set_clock(datetime(2026, 11, 28, 5, 29, 58, tzinfo=UTC))
    hotel.restart()
    first = await hotel.set(room="12")
    await hotel.wait(0.5)
    second = await hotel.set(room="13")
    await hotel.wait(4)
    assert (hotel.told(first), hotel.told(second)) == ([], ["called", "confirmed"])
    await hotel.wait(6)
    assert hotel.told(first) == ["called", "confirmed"]
    assert said(hotel)[-1] == str(hotel.folder / "beep-16000.wav")


async def test_a_greeting_that_is_gone_is_made_again(hotel: Hotel) -> None:
    hotel.answer = answers_and_presses
    await hotel.set()
    await hotel.wait(1)
    remove_sounds(hotel.folder, apart_from=())
    await hotel.wait(NIGHT_S)
    assert ["speech-de" in sound for sound in said(hotel)] == [True, True]


async def test_without_a_voice_a_tone_wakes_the_guest(hotel: Hotel) -> None:
    hotel.answer = answers_and_presses
    hotel.has_voice = False
    hotel.restart()
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S)
    assert said(hotel) == [str(hotel.folder / "beep-16000.wav")]
    assert hotel.told(wake_up) == ["called", "confirmed"]


@pytest.mark.parametrize(
    ("answer", "result"),
    [(None, "no_answer"), (is_busy, "busy"), (answers_and_sleeps_on, "unconfirmed"), (hangs_up, "hung_up")],
)
async def test_who_does_not_confirm_is_called_again_and_then_the_desk_is(
    hotel: Hotel, answer: Answer | None, result: str
) -> None:
    hotel.answer = answer
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S)
    assert hotel.told(wake_up) == ["called", result] * 3 + ["escalated", "told"]
    begun = [note.at for note in hotel.get(wake_up).history if note.what == "called"]
    assert all(timedelta(seconds=179.9) < later - earlier < timedelta(minutes=5) for earlier, later in pairwise(begun))
    assert hotel.bell() == "ringer"
    assert [(one.channel, one.to) for one in hotel.parcels] == [("mail", "night@hotel.example"), ("webhook", "")]
    assert hotel.parcels[0].subject == "Not woken: room 12, Anna Nováková, 06:30"
    await hotel.desk_of_wake_ups.settle(wake_up, "Eva", "knocked")
    await hotel.wait(1)
    assert hotel.bell() == "off"
    with pytest.raises(CallError, match="settled already"):
        await hotel.desk_of_wake_ups.cancel(wake_up, "Eva")
    assert not hotel.desk.sessions


async def test_who_lifts_as_the_ringing_is_given_up_was_not_there(hotel: Hotel) -> None:
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S - 1800 + 1)
    (call,) = hotel.up
    hotel.goodbyes_take_long = True
    await hotel.wait(40)
    hotel.take_up(call)
    hotel.end(call, by="desk")
    assert hotel.told(wake_up) == ["called", "no_answer"]


async def test_where_nothing_can_be_said_the_room_is_hung_up_on_once(hotel: Hotel) -> None:
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S - 1800 + 1)
    (call,) = hotel.up
    hotel.take_up(call)
    hotel.goodbyes_take_long = True
    hotel.happen(e.CommandFailed(at_ns=hotel.now_ns(), command="Speak", call=call, what="no such file"))
    hotel.goodbyes_take_long = False
    hotel.up.clear()
    hotel.happen(e.CommandFailed(at_ns=hotel.now_ns(), command="Hangup", call=call, what="the call is over"))
    assert hotel.told(wake_up) == ["called", "lost"]
    assert not hotel.desk.sessions


async def test_a_key_of_the_second_attempt_counts_as_well(hotel: Hotel) -> None:
    hotel.answer = is_busy
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S - 1800 + 60)
    hotel.answer = answers_and_presses
    await hotel.wait(600)
    assert hotel.told(wake_up) == ["called", "busy", "called", "confirmed"]


async def test_a_cancelled_one_is_not_called_and_one_under_way_ends(hotel: Hotel) -> None:
    early, later = await hotel.set(clock="6:00"), await hotel.set(clock="6:30")
    await hotel.desk_of_wake_ups.cancel(later, "Eva")
    await hotel.wait(NIGHT_S - 3600 + 10)
    assert hotel.get(early).state == "calling"
    await hotel.desk_of_wake_ups.cancel(early, "Eva")
    assert hotel.told(early) == ["called", "cancelled", "withdrawn"]
    await hotel.wait(7200)
    assert len(calls(hotel)) == 1


async def test_one_that_is_cancelled_while_another_room_is_called_is_not_called(hotel: Hotel) -> None:
    first = await hotel.set(room="12")
    await hotel.wait(1)
    second = await hotel.set(room="13")

    def cancels_the_other(hotel: Hotel, dial: c.Dial) -> None:
        answers_and_presses(hotel, dial)
        hotel.happen(e.WakeUpNoted(at_ns=hotel.now_ns(), wake_up=second, what="cancelled"))

    hotel.answer = cancels_the_other
    await hotel.wait(NIGHT_S)
    assert (hotel.told(first), hotel.told(second)) == (["called", "confirmed"], ["cancelled"])


async def test_a_fault_about_one_room_harms_no_other(hotel: Hotel, monkeypatch: pytest.MonkeyPatch) -> None:
    hotel.answer = answers_and_presses
    first, second = await hotel.set(room="12"), await hotel.set(room="13")
    submit = hotel.submit

    async def fails(event: e.Event) -> None:
        if isinstance(event, e.WakeUpCalled) and event.wake_up == first:
            raise OSError("a fault")
        await submit(event)

    monkeypatch.setattr(hotel, "submit", fails)
    await hotel.wait(NIGHT_S - 1800 + 1)
    assert (hotel.told(first), hotel.told(second)) == ([], ["called", "confirmed"])
    monkeypatch.undo()
    await hotel.wait(20)
    assert hotel.told(first) == ["called", "confirmed"]


async def test_many_at_one_time_are_paced_and_leave_a_line(hotel: Hotel) -> None:
    wake_ups = [await hotel.set(room=str(room), clock="7:00") for room in range(100, 112)]
    hotel.answer = rings_on
    await hotel.wait(NIGHT_S - 1)
    seen = 0
    for _ in range(400):
        await hotel.wait(5)
        assert len(hotel.up) <= 2
        for call in list(hotel.up):
            hotel.take_up(call)
            hotel.press(call)
            seen += 1
        if all(hotel.get(one).state == "confirmed" for one in wake_ups):
            break
    assert seen == 12
    assert [hotel.told(one) for one in wake_ups] == [["called", "confirmed"]] * 12
    late = max(hotel.get(one).history[0].at for one in wake_ups) - hotel.get(wake_ups[0]).due
    assert late < timedelta(minutes=2)


async def test_the_last_line_is_left_to_callers_and_a_guest_waits_for_it(tmp_path: Path) -> None:
    hotel = Hotel(tmp_path, lines=2)
    hotel.set_clock(EVENING)
    hotel.answer = answers_and_presses
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S - 1801)
    arrival: Any = {"caller": "sip:a@pbx", "caller_name": "", "called": "sip:desk@seat", "peer": "192.0.2.1:5060"}
    hotel.happen(e.CallArrived(at_ns=hotel.now_ns(), call="A", sip_call_id="A", **arrival))
    hotel.happen(e.CallAnswered(at_ns=hotel.now_ns(), call="A"))
    await hotel.wait(60)
    assert calls(hotel) == []
    hotel.happen(e.CallEnded(at_ns=hotel.now_ns(), call="A", by="customer", code=200, reason=""))
    await hotel.wait(10)
    assert hotel.told(wake_up) == ["called", "confirmed"]


async def test_a_call_under_way_is_left_alone_and_the_receptionist_s_actions_are_not_about_it(hotel: Hotel) -> None:
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S - 1801)
    hotel.happen(e.AgentDialled(at_ns=hotel.now_ns(), call="B", target="sip:b@pbx"))
    hotel.happen(e.CallDialled(at_ns=hotel.now_ns(), call="B", target="sip:b@pbx"))
    hotel.happen(e.CallAnswered(at_ns=hotel.now_ns(), call="B"))
    before = len(hotel.commands)
    await hotel.wait(2)
    (call,) = hotel.up
    hotel.take_up(call)
    done = hotel.commands[before:]
    assert [type(one).__name__ for one in done] == ["Dial", "Speak"]
    assert [one["id"] for one in hotel.desk.as_snapshot()["calls"]] == ["B"]
    with pytest.raises(CallError, match="placed for a customer"):
        hotel.desk.handle(e.AgentLifted(at_ns=hotel.now_ns(), call=call))
    hotel.happen(e.AgentHungUp(at_ns=hotel.now_ns()))
    assert hotel.commands[-1] == c.Hangup(call="B")
    assert hotel.get(wake_up).state == "calling"


async def test_who_could_not_be_woken_is_told_in_the_ear_while_the_receptionist_talks(hotel: Hotel) -> None:
    hotel.answer = is_busy
    await hotel.set()
    await hotel.wait(NIGHT_S - 3600)
    hotel.happen(e.AgentDialled(at_ns=hotel.now_ns(), call="B", target="sip:b@pbx"))
    hotel.happen(e.CallAnswered(at_ns=hotel.now_ns(), call="B"))
    await hotel.wait(3600)
    assert hotel.bell() == "ear"


# ------------------------------------------------------------------------------------------------ through restarts


@pytest.mark.parametrize("engine_too", [False, True])
async def test_a_seat_that_was_down_calls_late_within_the_grace_and_else_calls_the_desk(
    hotel: Hotel, engine_too: bool
) -> None:
    soon, late = await hotel.set(clock="6:28"), await hotel.set(clock="6:15")
    hotel.answer = answers_and_presses
    hotel.set_clock(datetime(2026, 11, 28, 5, 30, tzinfo=UTC))
    hotel.restart(engine_too=engine_too)
    await hotel.wait(5)
    assert hotel.told(soon) == ["called", "confirmed"]
    assert hotel.told(late) == ["escalated"]
    assert hotel.get(late).attempts == 0


async def test_a_killed_main_neither_loses_the_attempt_under_way_nor_makes_it_twice(hotel: Hotel) -> None:
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S - 1800 + 5)
    (call,) = hotel.up
    hotel.restart()
    await hotel.wait(5)
    assert len(calls(hotel)) == 1
    hotel.take_up(call)
    hotel.restart()
    hotel.press(call)
    await hotel.wait(3600)
    assert hotel.told(wake_up) == ["called", "confirmed"]


async def test_an_attempt_that_died_with_the_engine_is_followed_by_the_next_one_soon(hotel: Hotel) -> None:
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S - 1800 + 5)
    hotel.restart(engine_too=True)
    hotel.answer = answers_and_presses
    await hotel.wait(30)
    assert hotel.told(wake_up) == ["called", "lost", "called", "confirmed"]


async def test_killed_between_the_journal_and_the_call_it_is_made_as_soon_as_that_is_known(hotel: Hotel) -> None:
    """The journal has the attempt, the engine has never heard of it."""
    wake_up = await hotel.set()
    hotel.carry_out = lambda _effects: None  # type: ignore[method-assign, assignment]
    await hotel.wait(NIGHT_S - 1800 + 1)
    del hotel.carry_out
    assert hotel.told(wake_up) == ["called"]
    hotel.answer = answers_and_presses
    hotel.restart()
    await hotel.wait(30)
    assert hotel.told(wake_up) == ["called", "lost", "called", "confirmed"]


async def test_another_start_of_the_machine_ends_an_attempt(hotel: Hotel) -> None:
    """The desk is not told of calls of an earlier boot at all."""
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S - 1800 + 1)
    kept = hotel.journal
    hotel.up.clear()
    hotel.journal = [one for one in kept if isinstance(one.event, e.WakeUpSet)]
    hotel.restart()
    for entry in kept:
        hotel.desk_of_wake_ups.take_in(entry)
    hotel.answer = answers_and_presses
    await hotel.wait(30)
    assert hotel.told(wake_up) == ["called", "lost", "called", "confirmed"]


async def test_what_the_store_knows_is_put_together_with_the_journal(hotel: Hotel) -> None:
    hotel.answer = is_busy
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S - 1800 + 60)
    stored = wake_up_from(wake_up_object(hotel.get(wake_up)))
    assert stored == hotel.get(wake_up)
    await hotel.wait(300)
    hotel.desk_of_wake_ups.merge([stored])
    assert hotel.told(wake_up) == ["called", "busy", "called", "busy"]
    book = Hotel(hotel.folder).desk_of_wake_ups.book
    book.merge(stored)
    assert book.get(wake_up) == stored


async def test_of_those_that_the_store_hands_back_the_newest_are_kept(hotel: Hotel) -> None:
    wake_up = await hotel.set()
    await hotel.desk_of_wake_ups.cancel(wake_up, "")
    book = WakeUpBook(over_kept=3)
    for number in range(20):
        book.merge(replace(hotel.get(wake_up), id=str(number), due=EVENING + timedelta(hours=number)))
    assert len(book.wake_ups()) <= 6
    assert book.get("19") is not None


async def test_an_engine_that_is_not_ready_is_waited_for(hotel: Hotel) -> None:
    hotel.answer, hotel.engine_ready = answers_and_presses, False
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S - 1800 + 20)
    assert hotel.told(wake_up) == []
    hotel.engine_ready = True
    await hotel.wait(2)
    assert hotel.told(wake_up) == ["called", "confirmed"]


async def test_each_attempt_has_a_record_that_counts_for_nobody(hotel: Hotel) -> None:
    hotel.answer = is_busy
    wake_up = await hotel.set()
    await hotel.wait(NIGHT_S)
    builder, store = RecordBuilder(), MemoryStore()
    for entry in hotel.journal:
        builder.feed(entry)
    records = builder.completed()
    assert [(one.wake_up, one.called, one.code, one.direction) for one in records] == [
        (wake_up, "sip:212@pbx", 486, "out")
    ] * 3
    assert [(mark.kind, mark.text) for mark in records[0].timeline] == [
        ("wake_up", "wake-up call for room 12"),
        ("dialled", "dialled sip:212@pbx"),
        ("ended", "ended by peer (486)"),
        ("wake_up", "wake-up call: busy"),
    ]
    for record in records:
        store.put(record)
    assert store.tallies(date(2026, 1, 1), date(2026, 12, 31)) == []


async def test_a_restarting_main_reads_an_attempt_under_way_from_its_beginning(hotel: Hotel) -> None:
    """Without it the call would be taken for the receptionist's."""
    await hotel.set()
    await hotel.wait(NIGHT_S - 1800 + 5)
    history = History("boot", 10)
    history.read(hotel.journal)
    assert "WakeUpCalled" in [type(entry.event).__name__ for entry in history.unsettled]
    assert not history.records


# ------------------------------------------------------------------------------------------------ words and tables


@pytest.mark.parametrize("language", wake_up_words.WORDS)
@pytest.mark.parametrize("hour", [0, 7, 12, 23])
def test_every_language_says_name_and_time(language: str, hour: int) -> None:
    for minute in (0, 5, 30):
        text, spoken = wake_up_words.greeting(
            datetime(2026, 3, 1, hour, minute, tzinfo=UTC), "Ann {name}", f"{language}-XX"
        )
        assert spoken == language
        assert "Ann {name}" in text
        assert str(hour) in text
        assert "{hour}" not in text
        assert "{minute}" not in text
        assert (str(minute) in text) or minute == 0
    assert wake_up_words.greeting(datetime(2026, 3, 1, hour, 5, tzinfo=UTC), "", language)[0].count("  ") == 0


def test_who_speaks_another_language_is_spoken_to_in_english() -> None:
    assert wake_up_words.greeting(datetime(2026, 3, 1, 7, 5, tzinfo=UTC), "", "sv") == (
        "Good morning. This is your wake-up call. The time is 7 oh 5. Please press 1.",
        "en",
    )


async def test_a_spreadsheet_takes_no_guest_for_a_formula(hotel: Hotel) -> None:
    hotel.answer = is_busy
    await hotel.desk_of_wake_ups.set(WakeUpForm(room="12", clock="6:30", name="=HYPERLINK(1)"), "Eva")
    await hotel.wait(NIGHT_S)
    out = io.StringIO()
    write_csv(hotel.desk_of_wake_ups.book.wake_ups(), out)
    head, line = out.getvalue().splitlines()
    assert head.split(",") == [column.name for column in COLUMNS]
    assert ",'=HYPERLINK(1)," in line
    assert ",escalated,3,busy busy busy," in line
