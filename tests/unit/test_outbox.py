"""The outbox: nothing put into it is lost, whatever happens to process or disk; dead letters stay in sight."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from phoneetiquette.errors import StoreError
from phoneetiquette.followups.parcel import Parcel
from phoneetiquette.notify import outbox as module
from phoneetiquette.notify.errors import DeliveryError
from phoneetiquette.notify.outbox import GIVE_UP_S, Outbox
from phoneetiquette.records.whole_files import replace_file

LATER = DeliveryError("nobody there")
NEVER = DeliveryError("no such address", final=True)


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def parcel(name: str = "m-mail", **more: object) -> Parcel:
    return Parcel(**{"id": name, "channel": "mail", "message": "m", "to": "a@b.example", "text": "\udc80é"} | more)  # type: ignore[arg-type]


def taken(outbox: Outbox) -> str:
    waiting = outbox.take("mail", 0)
    return waiting.parcel.id if waiting else ""


def test_a_parcel_is_there_after_a_restart_until_it_is_removed(tmp_path: Path) -> None:
    Outbox(tmp_path / "o").put(parcel(data={"a": [1, "b"]}))
    again = Outbox(tmp_path / "o")
    waiting = again.take("mail", 0)
    assert waiting is not None
    assert waiting.parcel == parcel(data={"a": [1, "b"]})
    again.handed_over("m-mail")
    assert taken(again) == ""
    assert taken(Outbox(tmp_path / "o")) == "m-mail"  # killed before it was journalled: once more
    again.remove("m-mail")
    assert taken(Outbox(tmp_path / "o")) == ""


def test_the_same_parcel_is_put_once(tmp_path: Path, clock: Clock) -> None:
    outbox = Outbox(tmp_path)
    outbox.put(parcel())
    outbox.failed("m-mail", LATER)
    outbox.put(parcel(text="other"))
    assert [(one.attempts, one.parcel.text) for one in outbox.all()] == [(1, "\udc80é")]


def test_attempts_are_further_and_further_apart_and_end_after_a_day(tmp_path: Path, clock: Clock) -> None:
    outbox = Outbox(tmp_path)
    outbox.put(parcel())
    began, at = clock.now, []
    while taken(outbox):
        at.append(round(clock.now - began))
        outbox.failed("m-mail", LATER)
        clock.now = outbox.all()[0].next_at
    assert at[:7] == [0, 5, 35, 155, 755, 2555, 6155]
    assert at[-1] >= GIVE_UP_S
    assert len(at) < 40
    (dead,) = Outbox(tmp_path).all()
    assert (dead.dead, dead.error) == (True, "nobody there")
    assert outbox.try_again("other") == 0
    assert outbox.try_again("m") == 1
    assert taken(outbox) == "m-mail"


def test_a_final_refusal_ends_at_once_and_stays_in_sight(tmp_path: Path, clock: Clock) -> None:
    outbox = Outbox(tmp_path)
    outbox.put(parcel())
    after = outbox.failed("m-mail", NEVER)
    assert after is not None
    assert after.dead
    clock.now += 10 * GIVE_UP_S
    assert taken(outbox) == ""
    assert [one.error for one in outbox.all()] == ["no such address"]


def test_one_that_fails_does_not_hold_up_the_others(tmp_path: Path, clock: Clock) -> None:
    outbox = Outbox(tmp_path)
    outbox.put(parcel("a"))
    clock.now += 1
    outbox.put(parcel("b"))
    outbox.put(parcel("c", channel="webhook"))
    assert taken(outbox) == "a"
    outbox.failed("a", LATER)
    assert taken(outbox) == "b"
    outbox.handed_over("b")
    assert taken(outbox) == ""


def test_a_full_disk_keeps_it_in_memory_and_saves_it_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = Outbox(tmp_path)

    def full(_path: Path, _data: bytes) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as broken:
        broken.setattr(module, "replace_file", full)
        with pytest.raises(StoreError, match="No space left"):
            outbox.put(parcel())
        assert taken(outbox) == "m-mail"
    assert not list(tmp_path.iterdir())
    assert taken(outbox) == "m-mail"
    assert [one.parcel for one in Outbox(tmp_path).all()] == [parcel()]


def test_who_asks_what_waits_does_not_wait_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = Outbox(tmp_path)
    outbox.put(parcel("a"))
    writing, go_on = threading.Event(), threading.Event()

    def slow(path: Path, data: bytes) -> None:
        writing.set()
        assert go_on.wait(30)
        replace_file(path, data)

    monkeypatch.setattr(module, "replace_file", slow)
    with ThreadPoolExecutor() as threads:
        try:
            for write in (lambda: outbox.put(parcel("b")), lambda: outbox.failed("a", LATER)):
                writing.clear()
                go_on.clear()
                done = threads.submit(write)
                assert writing.wait(30)
                asked = threads.submit(outbox.all)
                assert sorted(one.parcel.id for one in asked.result(30)) == ["a", "b"]
                assert threads.submit(outbox.try_again, "other").result(30) == 0
                go_on.set()
                done.result(30)
        finally:
            go_on.set()
    assert [(one.parcel.id, one.attempts) for one in Outbox(tmp_path).all()] == [("a", 1), ("b", 0)]


def test_what_is_removed_while_it_is_written_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = Outbox(tmp_path)
    with ThreadPoolExecutor() as threads:
        removed = []

        def overtaken(path: Path, data: bytes) -> None:
            removed.append(threads.submit(outbox.remove, "m-mail"))
            end = time.monotonic() + 30
            while outbox.all() and time.monotonic() < end:
                time.sleep(0.001)
            replace_file(path, data)

        monkeypatch.setattr(module, "replace_file", overtaken)
        outbox.put(parcel())
        removed[0].result(30)
    assert list(tmp_path.iterdir()) == []


def test_damaged_files_are_passed_over_and_left(tmp_path: Path) -> None:
    Outbox(tmp_path).put(parcel())
    (tmp_path / "x.json").write_bytes(b"{")
    (tmp_path / "y.json").write_bytes((tmp_path / "m-mail.json").read_bytes())
    (tmp_path / ".new-abc").write_bytes(b"half")
    assert [one.parcel.id for one in Outbox(tmp_path).all()] == ["m-mail"]
    assert len(list(tmp_path.iterdir())) == 4


def test_hooks_are_dropped_before_messages_when_too_many_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    outbox = Outbox(tmp_path)
    outbox.put(parcel("a", purpose="hook"))
    outbox.put(parcel("b"))
    with pytest.raises(StoreError, match="2 parcels wait"):
        outbox.put(parcel("c", purpose="hook"))
    outbox.put(parcel("d"))
    assert sorted(one.parcel.id for one in outbox.all()) == ["a", "b", "d"]


def test_hooks_that_were_given_up_make_room_and_are_dropped_in_time(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 1)
    outbox = Outbox(tmp_path)
    for name, purpose in (("m", "delivery"), ("h", "hook")):
        outbox.put(parcel(name, purpose=purpose))
        outbox.failed(name, NEVER)
    outbox.put(parcel("new", purpose="hook"))
    clock.now += module.HOOKS_KEPT_S
    assert outbox.remove_old_hooks() == 0
    clock.now += 1
    assert outbox.remove_old_hooks() == 1
    assert sorted(one.parcel.id for one in Outbox(tmp_path).all()) == ["m", "new"]


def test_hooks_that_wait_from_earlier_go_by_a_channel_of_their_own(tmp_path: Path) -> None:
    Outbox(tmp_path).put(parcel("h", channel="webhook", purpose="hook"))
    Outbox(tmp_path).put(parcel("m", channel="webhook"))
    assert {one.parcel.id: one.parcel.channel for one in Outbox(tmp_path).all()} == {
        "h": "hook_webhook",
        "m": "webhook",
    }


def test_a_closed_outbox_lets_who_waits_go(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.put(parcel())
    outbox.close()
    assert outbox.take("mail", 3600) is None
