"""What every store of records must do: the same suite on the memory store, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from itertools import permutations
from pathlib import Path

import pytest
import sqlalchemy as sa

from phoneetiquette import events as ev
from phoneetiquette.errors import StoreError
from phoneetiquette.events import Happened
from phoneetiquette.figures.counting import COUNTS, SPREADS, spread, total
from phoneetiquette.figures.report import FollowUps, Part
from phoneetiquette.followups.message import Message, Note
from phoneetiquette.records.anonymous import anonymous_record, anonymous_wake_up
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.record import (
    CallRecord,
    Deadline,
    Hold,
    Interruption,
    Leg,
    Mark,
    Pickup,
    Ring,
    StageMark,
    Transfer,
)
from phoneetiquette.records.record_json import record_from, record_object
from phoneetiquette.records.store import (
    CLAIM_HOLDS,
    MessageQuery,
    Query,
    Store,
    WakeUpQuery,
    database_url,
    open_store,
)
from phoneetiquette.records.store.catch_up import catch_up, forget
from phoneetiquette.records.store.engines import engine_of
from phoneetiquette.records.store.memory import MemoryStore
from phoneetiquette.records.store.schema import call_facts, calls, daily_tallies, metadata, monthly_tallies, uncounted
from phoneetiquette.wakeups.wake_up import Note as WakeUpNote
from phoneetiquette.wakeups.wake_up import WakeUp
from tests.peers.postgresql import PostgreSql

DAY = datetime(2026, 3, 2, tzinfo=UTC)

FULL = CallRecord(
    call="full",
    seat="desk",
    direction="in",
    caller="sip:+43@pbx",
    caller_name="Éva \x1b[31m =1+1 😀",
    called="sip:desk@seat",
    arrived=DAY + timedelta(hours=8, microseconds=123456),
    alerting=DAY + timedelta(hours=8, seconds=1),
    answered=DAY + timedelta(hours=8, seconds=9),
    ended=DAY + timedelta(hours=8, seconds=70),
    ended_by="transfer",
    code=200,
    ring=Ring(country="GB", cadence_ms=(400, 200, 400, 2000), opens_ms=4000.0, closes_ms=7000.0),
    pickup=Pickup(verdict="on_time", ring=3, after_open_ms=0.25, before_close_ms=2999.75),
    lifted_ms=(3.5, 4.0),
    armed_ms=(3.5,),
    connects_ms=4000.0,
    deadline=Deadline(at_ms=7000.0, action="overflow", target="sip:n@pbx"),
    holds=(Hold(by="us", start_ms=1.0, end_ms=2.0), Hold(by="peer", start_ms=3.0)),
    transfers=(Transfer(at_ms=1.0, kind="blind", target="sip:x@pbx", result="succeeded", code=200),),
    stages=(StageMark(at_ms=1.0, stage="greeting"),),
    definitions="1",
    measures={"definitions": "1", "parties": {"agent": {"talk_share": 0.5}}, "silences": [[1.0, 2.0]]},
    measures_final=True,
    agent_segments=((0.5, 1.5), (3.0, 4.0)),
    interruptions=(Interruption(by="agent", start_s=1.0, end_s=2.0, outcome="taken"),),
    legs=(Leg(call="full", kind="incoming", party="sip:+43@pbx", began_ms=0.0, ended_by="transfer"),),
    related=("other",),
    notes=("a", "b"),
    timeline=(Mark(at_ms=0.0, kind="arrived", text="call"),),
    first_seq=3,
    last_seq=90,
)


def record(call: str, hour: float = 8, **changes: object) -> CallRecord:
    plain = CallRecord(
        call=call,
        seat="desk",
        direction="in",
        caller="sip:c@pbx",
        caller_name="",
        called="sip:d@seat",
        arrived=DAY + timedelta(hours=hour),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def judged(verdict: str) -> Pickup:
    return Pickup(verdict=verdict, ring=3, after_open_ms=1.0, before_close_ms=1.0)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy: migrating takes longer than all the rest."""
    path = tmp_path_factory.mktemp("template") / "records.sqlite"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def migrated(postgresql: PostgreSql) -> str:
    """A PostgreSQL database with its tables, for test after test."""
    url = postgresql.create()
    open_store(url).close()
    return url


def emptied(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with its tables and nothing in them."""
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("empty_database"), tmp_path / "records.sqlite")
        return database_url(tmp_path)
    url: str = request.getfixturevalue("migrated")
    engine = engine_of(url)
    with engine.begin() as connection:
        for table in metadata.tables.values():
            connection.execute(sa.delete(table))  # TRUNCATE makes new files
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return emptied(request.param, request, tmp_path)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[tzinfo], Store]:
    """Opens a store of a site in a time zone."""
    if request.param == "memory":
        return MemoryStore
    url = emptied(request.param, request, tmp_path)
    return lambda zone: open_store(url, zone)


@pytest.fixture
def store(opened: Callable[[tzinfo], Store]) -> Iterator[Store]:
    store = opened(UTC)
    yield store
    store.close()


@pytest.fixture
def zoned(opened: Callable[[tzinfo], Store]) -> Iterator[Store]:
    """A store of a site that is two hours ahead."""
    store = opened(timezone(timedelta(hours=2)))
    yield store
    store.close()


def test_a_record_comes_back_as_it_went(store: Store) -> None:
    store.put(FULL)
    assert store.get("full") == FULL
    assert record_from(record_object(FULL)) == FULL


def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.get("full") is None
    assert store.find("f") == []
    assert store.query(Query()) == []


def test_putting_again_replaces(store: Store) -> None:
    store.put(record("a", ended_by="crash"))
    store.put(record("a", ended_by="customer", notes=("amended",)))
    store.put(record("a", ended_by="customer", notes=("amended",)))
    (found,) = store.query(Query())
    assert (found.ended_by, found.notes) == ("customer", ("amended",))


def test_newest_first_and_no_more_than_the_limit(store: Store) -> None:
    for call, hour in (("b", 9), ("a", 8), ("c", 10), ("d", 10)):
        store.put(record(call, hour))
    assert [r.call for r in store.query(Query())] == ["d", "c", "b", "a"]
    assert [r.call for r in store.query(Query(limit=2))] == ["d", "c"]


def test_a_range_of_days_includes_its_beginning_and_not_its_end(store: Store) -> None:
    for call, hour in (("a", -0.001), ("b", 0), ("c", 23.999), ("d", 24)):
        store.put(record(call, hour))
    found = store.query(Query(since=DAY, until=DAY + timedelta(days=1)))
    assert [r.call for r in found] == ["c", "b"]
    vienna = timezone(timedelta(hours=1))
    assert [r.call for r in store.query(Query(since=datetime(2026, 3, 3, 1, tzinfo=vienna)))] == ["d"]


def test_every_condition_counts(store: Store) -> None:
    store.put(record("a", pickup=judged("on_time")))
    store.put(record("b", pickup=judged("late")))
    store.put(record("c", seat="other", pickup=judged("late")))
    store.put(record("d", direction="out"))
    assert [r.call for r in store.query(Query(verdict="late"))] == ["c", "b"]
    assert [r.call for r in store.query(Query(verdict="late", seat="desk"))] == ["b"]
    assert [r.call for r in store.query(Query(direction="out"))] == ["d"]
    assert [r.call for r in store.query(Query(seat="desk"))] == ["d", "b", "a"]


def test_a_prefix_finds_every_call_that_begins_with_it(store: Store) -> None:
    for call in ("abc1", "abc2", "abd", "a%c", "a_c"):
        store.put(record(call))
    assert [r.call for r in store.find("abc")] == ["abc1", "abc2"]
    assert [r.call for r in store.find("abc", limit=1)] == ["abc1"]
    assert [r.call for r in store.find("a%")] == ["a%c"]
    assert [r.call for r in store.find("a_")] == ["a_c"]


def test_checkpoints_are_kept_by_seat(store: Store) -> None:
    assert store.checkpoint("desk") == 0
    store.set_checkpoint("desk", 7)
    store.set_checkpoint("desk", 2**40)
    store.set_checkpoint("other", 1)
    assert (store.checkpoint("desk"), store.checkpoint("other")) == (2**40, 1)


# --------------------------------------------------------------------------------------------------- messages


def message(name: str, hour: float = 8, **changes: object) -> Message:
    plain = Message(
        id=name,
        seat="desk",
        call="c",
        taken=DAY + timedelta(hours=hour, microseconds=1),
        due=DAY + timedelta(days=3, hours=hour),
        name="\u00c9va \x1b[31m =1+1 \U0001f600",
        phone="+43",
        matter="a\nb",
        read_back=True,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def noted(what: Happened, hour: float, name: str = "") -> Note:
    return Note(id=name or f"{what}-{hour}", at=DAY + timedelta(hours=hour), what=what, who="Eva", text="x", call="d")


def test_a_message_comes_back_with_its_history_in_order(store: Store) -> None:
    store.put_message(message("m"))
    late, early = noted("answered", 10), noted("claimed", 9)
    for note in (late, early, late):
        store.add_note("m", note)
    assert store.messages(MessageQuery()) == [message("m", history=(early, late))]


def test_a_message_that_is_known_stays_as_it_is(store: Store) -> None:
    store.put_message(message("m"))
    store.put_message(message("m", due=DAY))
    assert [one.due for one in store.messages(MessageQuery())] == [message("m").due]


def test_an_answer_may_be_stored_before_its_message(store: Store) -> None:
    store.add_note("m", noted("answered", 10))
    assert store.messages(MessageQuery()) == []
    store.put_message(message("m"))
    assert store.messages(MessageQuery(is_open=True)) == []
    assert [one.state for one in store.messages(MessageQuery(is_open=False))] == ["answered"]


def test_open_messages_by_when_they_are_due_and_others_newest_first(store: Store) -> None:
    for name, hour in (("b", 9), ("a", 8), ("c", 10)):
        store.put_message(message(name, hour))
    store.add_note("a", noted("closed", 11))
    assert [one.id for one in store.messages(MessageQuery())] == ["c", "b", "a"]
    assert [one.id for one in store.messages(MessageQuery(is_open=True))] == ["b", "c"]
    assert [one.id for one in store.messages(MessageQuery(is_open=True, limit=1))] == ["b"]
    by = DAY + timedelta(days=3, hours=9.5)
    assert [one.id for one in store.messages(MessageQuery(due_before=by))] == ["b", "a"]
    since, until = DAY + timedelta(hours=8.5), DAY + timedelta(hours=9.5)
    assert [one.id for one in store.messages(MessageQuery(since=since, until=until))] == ["b"]


def test_messages_settled_lately(store: Store) -> None:
    for name, hour in (("a", 9), ("b", 10), ("c", 11)):
        store.put_message(message(name))
        store.add_note(name, noted("answered", hour))
    store.put_message(message("d"))
    since = DAY + timedelta(hours=10)
    assert {one.id for one in store.messages(MessageQuery(settled_since=since))} == {"b", "c"}


def test_messages_are_found_by_how_their_ids_begin(store: Store) -> None:
    for name in ("ab1", "ab2", "b_"):
        store.put_message(message(name))
    assert [one.id for one in store.find_messages("ab")] == ["ab1", "ab2"]
    assert store.find_messages("a_") == []
    assert [one.id for one in store.find_messages("ab", 1)] == ["ab1"]


# --------------------------------------------------------------------------------------------------- reports

MONDAY = DAY.date()


def incoming(call: str, hour: float, verdict: str = "on_time", *, talk: bool = True, **changes: object) -> CallRecord:
    arrived = DAY + timedelta(hours=hour)
    facts: dict[str, object] = {
        "alerting": arrived,
        "answered": arrived + timedelta(seconds=8) if talk else None,
        "ended": arrived + timedelta(seconds=68),
        "pickup": judged(verdict),
        "caller": "sip:+4366412345@pbx",
    }
    return record(call, hour, **facts | changes)


def counted(store: Store, part: Part | None = None, value: str | None = None) -> dict[tuple[str, str], int]:
    rows = store.tallies(date(2020, 1, 1), date(2030, 1, 1), part, value, by_day=True)
    return {(day.isoformat()[5:], name): round(told["calls"]) for day, name, told in rows}


def test_calls_are_counted_by_day_and_by_part(store: Store) -> None:
    store.put(incoming("a", 8))
    store.put(incoming("b", 9, seat="other"))
    store.put(incoming("c", 30, called="sip:bar@seat"))
    assert counted(store) == {("03-02", ""): 2, ("03-03", ""): 1}
    assert counted(store, "seat") == {("03-02", "desk"): 1, ("03-02", "other"): 1, ("03-03", "desk"): 1}
    assert counted(store, "line", "bar") == {("03-03", "bar"): 1}
    assert counted(store, "topic") == {}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 2, 1), date(2026, 4, 30)),
        (date(2026, 2, 2), date(2026, 4, 29)),
        (date(2026, 3, 1), date(2026, 3, 31)),
        (date(2026, 3, 2), date(2026, 3, 2)),
        (date(2026, 2, 10), date(2026, 3, 30)),
        (date(2026, 1, 31), date(2026, 2, 28)),
    ],
)
def test_months_are_the_sums_of_their_days(store: Store, first: date, last: date) -> None:
    for n in range(-40, 70, 3):
        store.put(incoming(f"c{n}", 24 * n + 8))
    by_day = store.tallies(first, last, by_day=True)
    assert total(told for _, _, told in store.tallies(first, last)) == total(told for _, _, told in by_day)
    days = [DAY.date() + timedelta(days=n) for n in range(-40, 70, 3)]
    assert [day for day, _, _ in by_day] == [day for day in days if first <= day <= last]


def test_a_call_counts_to_its_day_at_the_site(zoned: Store) -> None:
    zoned.put(incoming("a", 23.5))
    assert counted(zoned) == {("03-03", ""): 1}


def test_a_record_that_is_replaced_counts_once_and_as_it_is_now(store: Store) -> None:
    for verdict in ("late", "late", "on_time"):
        store.put(incoming("a", 8, verdict))
    ((_, _, told),) = store.tallies(MONDAY, MONDAY)
    assert (told["calls"], told.get("verdict_late", 0), told["verdict_on_time"], told["talk_s"]) == (1, 0, 1, 60)


def test_a_call_that_goes_on_is_not_counted(store: Store) -> None:
    store.put(incoming("a", 8, ended=None))
    assert counted(store) == {}


@pytest.mark.parametrize("order", list(permutations("lbx")))
def test_who_left_is_called_back_in_whatever_order_calls_are_stored(store: Store, order: tuple[str, ...]) -> None:
    calls = {
        "l": incoming("l", 8, "abandoned", talk=False),
        "b": incoming("b", 9, direction="out", called="sip:+4366412345@pbx", caller="sip:d@seat", pickup=None),
        "x": incoming("x", 10, caller="sip:+431@pbx"),
    }
    for name in order:
        store.put(calls[name])
        store.put(calls[name])
    ((_, _, told),) = store.tallies(MONDAY, MONDAY)
    assert (told["left"], told["left_called_back"], told.get("left_not_called_back", 0)) == (1, 1, 0)
    (row,) = store.facts(COUNTS["left_called_back"], MONDAY, MONDAY)
    assert (row.call, row.called_back) == ("l", "b")


@pytest.mark.parametrize("order", ["lb", "bl"])
def test_an_erased_caller_who_was_called_back_stays_so_in_the_sums(url: str, order: str) -> None:
    calls = {
        "l": incoming("l", 8, "abandoned", talk=False),
        "b": incoming("b", 9, direction="out", called="sip:+4366412345@pbx", caller="sip:d@seat", pickup=None),
    }
    store = open_store(url)
    for call in calls.values():
        store.put(call)
    before = store.tallies(MONDAY, MONDAY)
    for name in order:
        store.put(anonymous_record(calls[name]))
        assert store.tallies(MONDAY, MONDAY) == before
    assert before[0][2]["left_called_back"] == 1
    store.close()


def test_every_figure_opens_to_the_calls_it_was_made_of(store: Store) -> None:
    store.put(FULL)
    store.put(incoming("a", 8))
    store.put(incoming("b", 8, "late", called="sip:bar@seat"))
    store.put(incoming("c", 8, "abandoned", talk=False))
    store.put(incoming("d", 8, direction="out", pickup=None))
    told = total(sums for _, _, sums in store.tallies(MONDAY, MONDAY))
    for name, where in COUNTS.items():
        assert len(store.facts(where, MONDAY, MONDAY)) == told.get(name, 0), name
    for name, one in SPREADS.items():
        assert [len(store.facts(where, MONDAY, MONDAY)) for where in one.bins()] == spread(told, name), name
    (late,) = store.facts(COUNTS["verdict_late"], MONDAY, MONDAY)
    assert (late.call, late.line, late.wait_s, late.talk_s) == ("b", "bar", 8.0, 60.0)
    assert store.facts(COUNTS["verdict_late"], MONDAY, MONDAY, "line", "d") == []
    assert [row.call for row in store.facts((), MONDAY, MONDAY, limit=2)] == ["full", "d"]


def test_the_newest_calls_of_a_figure_over_many_months(store: Store) -> None:
    for n in range(60):
        store.put(incoming(f"c{n:02}", 48 * n + 8, "late" if n % 10 == 0 else "on_time"))
    last = MONDAY + timedelta(days=200)
    found = store.facts(COUNTS["verdict_late"], MONDAY, last)
    assert [row.call for row in found] == ["c50", "c40", "c30", "c20", "c10", "c00"]
    assert [row.call for row in store.facts(COUNTS["verdict_late"], MONDAY, last, limit=2)] == ["c50", "c40"]
    assert [row.call for row in store.facts(COUNTS["verdict_on_time"], MONDAY, last, limit=2)] == ["c59", "c58"]
    assert store.facts(COUNTS["verdict_early"], MONDAY, last) == []
    assert store.facts(COUNTS["verdict_late"], MONDAY, last, "line", "nobody") == []


def test_what_is_old_is_forgotten_and_open_messages_never(store: Store) -> None:
    for n in (1, 2, 3):
        store.put(incoming(f"c{n}", 24 * n))
        store.put_message(message(f"m{n}", 24 * n))
    store.add_note("m1", noted("answered", 30))
    store.add_note("m3", noted("answered", 90))
    before = DAY + timedelta(hours=60)
    assert store.forget(before) == 2
    assert stored(store) == {"c3"}
    assert {one.id for one in store.messages(MessageQuery())} == {"m2", "m3"}
    assert [row.call for row in store.facts((), MONDAY, MONDAY + timedelta(days=9))] == ["c3"]
    assert store.forget(before) == 0


def test_sums_outlive_their_calls(url: str) -> None:
    store = open_store(url, UTC)
    store.put(incoming("a", 8))
    before = store.tallies(MONDAY, MONDAY)
    store.forget(DAY + timedelta(days=1))
    assert store.tallies(MONDAY, MONDAY) == before
    store.close()


def test_recordings_are_forgotten_with_the_calls(store: Store, tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    for name in ("old.wav", "owed.wav", "new.wav"):
        path = tmp_path / "messages" / name
        path.write_bytes(b"RIFF")
        if name != "new.wav":
            os.utime(path, (DAY.timestamp(), DAY.timestamp()))
    store.put_message(message("m", file="owed.wav"))
    forget(tmp_path, store, DAY + timedelta(days=1))
    assert {path.name for path in (tmp_path / "messages").iterdir()} == {"owed.wav", "new.wav"}


def test_messages_in_time(store: Store) -> None:
    for name in ("in time", "late", "told", "overdue", "open"):
        store.put_message(message(name, seat="other" if name == "open" else "desk"))
    store.put_message(message("before", -9))
    store.add_note("in time", noted("answered", 9))
    for name in ("late", "told"):
        store.add_note(name, noted("answered", 90, name))
    store.add_note("told", noted("delay_told", 70))
    store.put_message(message("not due", due=DAY + timedelta(days=30)))
    now = DAY + timedelta(days=4)
    told = store.followups(DAY, DAY + timedelta(days=1), now)
    assert told == FollowUps(taken=6, in_time=1, late=2, overdue=2, open=1, delay_told=1)
    assert store.followups(DAY, DAY + timedelta(days=1), now, "seat", "other").taken == 1
    assert store.followups(DAY, DAY + timedelta(days=1), now, "line", "d").taken == 0


def wake_up(id_: str, hours: float, *told: str) -> WakeUp:
    notes = tuple(
        WakeUpNote(id=f"{id_}{n}", at=DAY + timedelta(hours=hours, minutes=n), seq=n, what=what)  # type: ignore[arg-type]
        for n, what in enumerate(told)
    )
    due = (DAY + timedelta(hours=hours)).astimezone(timezone(timedelta(hours=1)))
    return WakeUp(
        id=id_, seat="desk", room="12", target="sip:212@pbx", due=due, set_at=DAY, name="Éva =1+1", history=notes
    )


def test_wake_up_calls_keep_their_histories_whatever_comes_first(store: Store) -> None:
    over, coming = wake_up("over", 6, "called", "busy", "called", "confirmed"), wake_up("coming", 30)
    for one in (coming, replace(over, history=())):
        store.put_wake_up(one)
    for note in (*reversed(over.history), *over.history):
        assert store.add_wake_up_note("over", note)
    store.put_wake_up(replace(over, history=()))
    assert not store.add_wake_up_note("nobody", over.history[0])
    assert store.wake_ups(WakeUpQuery()) == [over, coming]
    assert store.wake_ups(WakeUpQuery(limit=1)) == [over]
    assert store.wake_ups(WakeUpQuery(is_open=True)) == [coming]
    assert store.wake_ups(WakeUpQuery(since=over.due, until=coming.due)) == [over]
    assert store.wake_ups(WakeUpQuery())[0].due.utcoffset() == timedelta(hours=1)


def test_a_wake_up_call_is_replaced_with_its_history(store: Store) -> None:
    over, other = wake_up("over", 6, "called", "confirmed"), wake_up("other", 7)
    for one in (over, other):
        store.put_wake_up(one)
    nameless = anonymous_wake_up(replace(over, history=tuple(replace(note, text="x") for note in over.history)))
    store.replace_wake_up(nameless)
    assert store.wake_ups(WakeUpQuery()) == [nameless, other]
    assert (nameless.name, nameless.room, [note.text for note in nameless.history]) == ("", "", ["", ""])


def test_wake_up_calls_that_are_over_are_forgotten_and_no_others(store: Store) -> None:
    for one in (wake_up("over", 1, "cancelled"), wake_up("missed", 1, "escalated"), wake_up("later", 9, "cancelled")):
        store.put_wake_up(one)
    store.forget(DAY + timedelta(hours=8))
    assert [one.id for one in store.wake_ups(WakeUpQuery())] == ["missed", "later"]


def test_what_any_seat_may_do_one_does_until_its_claim_is_old(store: Store) -> None:
    assert store.claim("m-24h", "one", DAY)
    assert not store.claim("m-24h", "two", DAY + CLAIM_HOLDS)
    assert store.claim("m-24h", "one", DAY + timedelta(minutes=20))
    assert store.claim("m-48h", "two", DAY)
    assert not store.claim("m-24h", "two", DAY + timedelta(minutes=50))
    assert store.claim("m-24h", "two", DAY + timedelta(minutes=51))
    assert not store.claim("m-24h", "one", DAY + timedelta(minutes=52))


def test_calls_of_the_machine_are_stored_and_count_for_nobody(store: Store) -> None:
    store.put(replace(FULL, call="woken", wake_up="w"))
    assert store.get("woken") == replace(FULL, call="woken", wake_up="w")
    assert store.tallies(DAY.date(), DAY.date()) == []


def test_calls_stored_before_there_were_sums_are_counted(url: str) -> None:
    store = open_store(url)
    for n in range(5):
        store.put(incoming(f"c{n}", 8 + n))
    whole = store.tallies(MONDAY, MONDAY)
    store.close()
    engine = engine_of(url)
    with engine.begin() as connection:
        connection.execute(sa.insert(uncounted).from_select(["call"], sa.select(calls.c.call)))
        for table in (call_facts, daily_tallies, monthly_tallies):
            connection.execute(sa.delete(table))
    engine.dispose()
    store = open_store(url)
    assert [store.count_earlier(2) for _ in range(4)] == [2, 2, 1, 0]
    assert store.tallies(MONDAY, MONDAY) == whole
    store.close()


# ---------------------------------------------------------------------------------------- filling from a journal


def talk(journal: Journal, call: str) -> None:
    begin(journal, call)
    end(journal, call)


def begin(journal: Journal, call: str) -> None:
    now = time.monotonic_ns()
    arrived = ev.CallArrived(
        at_ns=now,
        call=call,
        caller="sip:c@pbx",
        caller_name="",
        called="sip:d@seat",
        peer="",
        sip_call_id=call,
    )
    journal.append(arrived)
    journal.append(ev.CallAnswered(at_ns=now + 1, call=call))


def end(journal: Journal, call: str) -> None:
    now = time.monotonic_ns()
    journal.append(ev.CallEnded(at_ns=now, call=call, by="customer", code=200, reason=""))
    journal.append(ev.CallClosed(at_ns=now, call=call))


def stored(store: Store) -> set[str]:
    return {r.call for r in store.query(Query())}


@pytest.mark.parametrize("hostile", ["nul \0 in it", "no unicode \udc80", "x" * 5000], ids=["nul", "surrogate", "long"])
def test_no_words_of_a_stranger_hold_up_the_store(store: Store, hostile: str) -> None:
    told = incoming("a", 8, caller=f"sip:{hostile}@pbx", caller_name=hostile, called=f"sip:{hostile}@seat")
    store.put(told)
    store.put(told)
    assert store.get("a") == told
    assert counted(store) == {("03-02", ""): 1}
    store.put_message(replace(message("m"), name=hostile, matter=hostile, topic=hostile))
    store.add_note("m", replace(noted("claimed", 9), who=hostile, text=hostile))
    assert [one.id for one in store.messages(MessageQuery())] == ["m"]


@pytest.mark.parametrize("seats", [4])
def test_seats_that_store_at_the_same_time_add_to_the_same_sums(url: str, seats: int) -> None:
    """Each by a connection of its own, as the seats of several machines."""
    failed: list[StoreError] = []

    def fill(seat: str) -> None:
        store = open_store(url, UTC)
        try:
            for n in range(12):
                days = 24 * (n if seat in ("s0", "s2") else 11 - n)  # in orders that would wait for one another
                store.put(incoming(f"{seat}-{n}", days + 8, seat=seat))
                store.add_note("m", replace(noted("claimed", 9), id=f"{seat}-{n}"))
        except StoreError as error:
            failed.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=fill, args=(f"s{n}",)) for n in range(seats)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    store = open_store(url, UTC)
    told = store.tallies(MONDAY, MONDAY + timedelta(days=30), by_day=True)
    assert [sums["calls"] for _, _, sums in told] == [seats] * 12
    store.close()


def test_catching_up_stores_what_is_complete_and_only_what_is_new(store: Store, tmp_path: Path) -> None:
    with Journal.open(tmp_path / "j", "desk") as journal:
        talk(journal, "a")
        begin(journal, "b")
        assert catch_up(journal, store) == 1
        assert stored(store) == {"a"}
        assert catch_up(journal, store) == 0
        end(journal, "b")
        talk(journal, "c")
        assert catch_up(journal, store) == 2
        assert stored(store) == {"a", "b", "c"}
        assert store.checkpoint("desk") == journal.last_seq
        assert catch_up(journal, store) == 0


class Failing:
    """Refuses the n-th record, like a database that goes away."""

    def __init__(self, store: Store, refused: int) -> None:
        self._store = store
        self._left = refused

    def put(self, record: CallRecord) -> None:
        if not self._left:
            raise StoreError("gone")
        self._left -= 1
        self._store.put(record)

    def __getattr__(self, name: str) -> Callable[..., object]:
        method: Callable[..., object] = getattr(self._store, name)
        return method


@pytest.mark.parametrize("refused", range(4))
def test_a_store_that_fails_on_the_way_has_everything_after_another_try(
    store: Store, tmp_path: Path, refused: int
) -> None:
    with Journal.open(tmp_path / "j", "desk") as journal:
        for call in "abcd":
            talk(journal, call)
        with pytest.raises(StoreError):
            catch_up(journal, Failing(store, refused))  # type: ignore[arg-type]
        assert len(stored(store)) == refused
        catch_up(journal, store)
        assert stored(store) == set("abcd")


def test_a_journal_begun_anew_is_stored_as_well(store: Store, tmp_path: Path) -> None:
    with Journal.open(tmp_path / "one", "desk") as journal:
        for call in "abcd":
            talk(journal, call)
        catch_up(journal, store)
    with Journal.open(tmp_path / "two", "desk") as journal:
        talk(journal, "e")
        catch_up(journal, store)
        talk(journal, "f")
        catch_up(journal, store)
    assert stored(store) == set("abcdef")


def test_a_journal_without_entries_changes_nothing(store: Store, tmp_path: Path) -> None:
    store.set_checkpoint("desk", 5)
    with Journal.open(tmp_path / "j", "desk") as journal:
        assert catch_up(journal, store) == 0
    assert store.checkpoint("desk") == 5
