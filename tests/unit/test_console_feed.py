"""Live events: the whole state first, the latest news only, nothing kept for a page that has stopped reading."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from phoneetiquette.console.feed import PAGES, Feeds, Mailbox
from phoneetiquette.errors import PhoneEtiquetteError
from tests.peers.scripted_desk import ScriptedDesk, measures


def parsed(piece: bytes) -> list[tuple[str, Any]]:
    """The events of a piece of the stream."""
    found = []
    for block in piece.decode("ascii").strip().split("\n\n"):
        kind, data = block.split("\n")
        found.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def following(stream: AsyncIterator[bytes]) -> bytes:
    async with asyncio.timeout(2):
        return await anext(stream)


async def test_a_page_gets_the_state_at_once_and_on_every_change() -> None:
    desk = ScriptedDesk()
    async with aclosing(Feeds(desk).stream()) as stream:
        assert (await following(stream)).startswith(b"retry: ")
        ((kind, state),) = parsed(await following(stream))
        assert (kind, state["calls"], state["seat"]) == ("state", [], "desk")
        desk.ring("Anna Berger")
        ((kind, state),) = parsed(await following(stream))
        assert (kind, state["calls"][0]["party"]["name"]) == ("state", "Anna Berger")


async def test_changes_that_come_together_are_told_once() -> None:
    desk = ScriptedDesk()
    async with aclosing(Feeds(desk).stream()) as stream:
        await following(stream)
        await following(stream)
        for name in ("Anna", "Bert", "Clara"):
            desk.ring(name)
        ((_, state),) = parsed(await following(stream))
        assert [call["party"]["name"] for call in state["calls"]] == ["Anna", "Bert", "Clara"]
        desk.seat["muted"] = True
        desk.changed()
        ((_, state),) = parsed(await following(stream))
        assert state["muted"] is True


async def test_measures_travel_alone_and_only_the_latest() -> None:
    desk = ScriptedDesk()
    call = desk.ring("Anna Berger")
    desk.answer(call)
    async with aclosing(Feeds(desk).stream()) as stream:
        await following(stream)
        await following(stream)
        desk.measure(call, measures(1, 0.4, 0.5))
        desk.measure(call, measures(2, 0.8, 1.0))
        assert parsed(await following(stream)) == [("measures", {"call": call, "measures": measures(2, 0.8, 1.0)})]


async def test_a_mailbox_nobody_empties_does_not_grow() -> None:
    desk, mailbox = ScriptedDesk(), Mailbox()
    mailbox.take(desk)
    for n in range(5000):
        mailbox.measures_taken(f"call {n % 4}", {"duration_s": n})
    assert [data["measures"]["duration_s"] for _, data in parsed(mailbox.take(desk))] == [4996, 4997, 4998, 4999]
    for n in range(5000):
        mailbox.measures_taken(f"call {n}", {"duration_s": n})
        mailbox.state_changed()
        mailbox.measures_taken(f"call {n}", {"duration_s": n})
    ((kind, _),) = parsed(mailbox.take(desk))
    assert kind == "state"


async def test_silence_is_filled_with_heartbeats() -> None:
    async with aclosing(Feeds(ScriptedDesk(), heartbeat_s=0.02).stream()) as stream:
        await following(stream)
        await following(stream)
        assert await following(stream) == b": here\n\n"
        assert await following(stream) == b": here\n\n"


async def test_a_page_that_leaves_is_forgotten() -> None:
    desk = ScriptedDesk()
    feeds = Feeds(desk)
    async with aclosing(feeds.stream()) as stream:
        await following(stream)
        assert (len(feeds), len(desk.listeners)) == (1, 1)
    assert (len(feeds), len(desk.listeners)) == (0, 0)


async def test_closing_ends_a_waiting_stream() -> None:
    desk = ScriptedDesk()
    feeds = Feeds(desk)
    stream = feeds.stream()
    await following(stream)
    await following(stream)
    asyncio.get_running_loop().call_later(0.02, feeds.close)
    with pytest.raises(StopAsyncIteration):
        await following(stream)
    assert not desk.listeners


async def test_too_many_pages_are_refused() -> None:
    feeds = Feeds(ScriptedDesk())
    streams = [feeds.stream() for _ in range(PAGES)]
    for stream in streams:
        feeds.check_room()
        await following(stream)
    with pytest.raises(PhoneEtiquetteError, match="pages are connected already"):
        feeds.check_room()
    feeds.close()
    for stream in streams:
        assert [piece async for piece in stream] == []
