"""Commands that wait for their moment."""

from __future__ import annotations

from phoneetiquette import commands as c
from phoneetiquette.sip.kept import KeptCommands


def answer(call: str, at: int, slot: str = "pickup") -> c.Answer:
    return c.Answer(call=call, not_before_ns=at, slot=slot)


def drained(kept: KeptCommands, now: int) -> list[c.Command]:
    found = []
    while (command := kept.due(now)) is not None:
        found.append(command)
    return found


def test_commands_come_out_in_the_order_of_their_moments_and_never_early() -> None:
    kept = KeptCommands()
    for call, at in (("b", 20), ("a", 10), ("c", 30)):
        kept.keep(answer(call, at))
    assert kept.next_ns() == 10
    assert drained(kept, 9) == []
    assert [command.call for command in drained(kept, 25) if isinstance(command, c.Answer)] == ["a", "b"]
    assert kept.next_ns() == 30


def test_a_later_command_of_the_same_slot_takes_the_place_of_the_earlier() -> None:
    kept = KeptCommands()
    kept.keep(answer("a", 30))
    kept.keep(answer("a", 10))
    assert drained(kept, 100) == [answer("a", 10)]
    assert kept.next_ns() is None


def test_slots_of_other_calls_and_other_slots_are_left_alone() -> None:
    kept = KeptCommands()
    kept.keep(answer("a", 10))
    kept.keep(answer("b", 10))
    kept.keep(c.Hangup(call="a", not_before_ns=10, slot="message"))
    kept.cancel(c.CancelKept(call="a", slot="pickup"))
    assert drained(kept, 10) == [answer("b", 10), c.Hangup(call="a", not_before_ns=10, slot="message")]


def test_cancelling_without_a_slot_forgets_everything_of_the_call() -> None:
    kept = KeptCommands()
    kept.keep(answer("a", 10))
    kept.keep(c.Hangup(call="a", not_before_ns=10, slot="message"))
    kept.cancel(c.CancelKept(call="a"))
    assert kept.next_ns() is None


def test_a_command_carried_out_at_once_voids_what_its_slot_kept() -> None:
    kept = KeptCommands()
    kept.keep(answer("a", 30))
    kept.replaced_by(answer("a", 0))
    assert drained(kept, 100) == []


def test_commands_without_a_slot_are_all_kept() -> None:
    kept = KeptCommands()
    kept.keep(c.SetMute(muted=True, not_before_ns=5))
    kept.keep(c.SetMute(muted=False, not_before_ns=5))
    assert drained(kept, 5) == [c.SetMute(muted=True, not_before_ns=5), c.SetMute(muted=False, not_before_ns=5)]
