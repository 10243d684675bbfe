"""Who calls, as it is said to a receptionist who has lifted early, and when."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.audio import sound_cache
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.ivr.phrases import PHRASES
from phoneetiquette.runtime.announcer import LONGEST_NAME, WITHHELD, Announcer, announcement


@pytest.mark.parametrize(
    ("name", "number", "language", "said"),
    [
        ("Anna Berger", "0312345678", "en", "Anna Berger"),
        ("  Søren \t O’Neill-Łuk ", "1", "en", "Søren O’Neill-Łuk"),
        ("أحمد", "1", "ar", "أحمد"),
        ("Bob\r\nVia: x\x00[[k'aU]]<say>", "1", "en", "Bob Via x k'aU say"),
        ("", "+4930 12", "en", "plus 4 9 3 0 1 2"),
        ("", "+4930", "ru", "плюс 4 9 3 0"),
        ("0301234", "0301234", "en", "0 3 0 1 2 3 4"),
        ("***", "201", "en", "2 0 1"),
        ("", "guest", "en", "guest"),
        ("", "", "de", WITHHELD["de"]),
        ("\u202e\u0007", "", "en", WITHHELD["en"]),
        ("x" * 5000, "1", "en", "x" * LONGEST_NAME),
        ("", "1" * 5000, "en", " ".join("1" * 20)),
    ],
)
def test_what_is_said(name: str, number: str, language: str, said: str) -> None:
    assert announcement(name, number, language) == said


def test_every_language_of_the_page_knows_what_a_withheld_number_is() -> None:
    assert WITHHELD.keys() == PHRASES.keys()


def arrived(call: str = "a") -> e.CallArrived:
    return e.CallArrived(
        at_ns=1, call=call, caller="sip:1@pbx", caller_name="Anna", called="sip:desk@pbx", peer="", sip_call_id="x"
    )


ARMED = e.CallArmed(at_ns=2, call="a", connects_ns=9)
ENDED = e.CallEnded(at_ns=5, call="a", by="peer", code=200, reason="")


def keep(sound: Path) -> None:
    sound.parent.mkdir(parents=True)
    sound.write_bytes(b"")


class Scene:
    """An announcer whose sounds are made when ``make`` says so."""

    def __init__(self, folder: Path, error: PhoneEtiquetteError | OSError | None = None) -> None:
        self.folder = folder
        self.sent: list[c.Command] = []
        self.troubles: list[PhoneEtiquetteError | None] = []
        self.make = asyncio.Event()

        async def make(text: str, language: str, folder: Path) -> PhoneEtiquetteError | None:
            await self.make.wait()
            if isinstance(error, OSError):
                raise error
            keep(sound_cache.of_text(text, language, 8000, folder))
            return error

        self.announcer = Announcer(
            "en",
            8000,
            folder,
            known=lambda event: (event.caller_name, "1"),
            make=make,
            send=self.sent.append,
            trouble=self.troubles.append,
        )

    def kept(self) -> list[str]:
        """The calls for which there are sounds."""
        return sorted(one.parent.name for one in self.folder.glob("*/*"))

    async def told(self, *events: e.Event) -> list[c.Command]:
        """What has been sent when the announcer knows of these and has nothing more to do."""
        for event in events:
            self.announcer.take_in(event)
        for _ in range(10):
            await asyncio.sleep(0)
        return self.sent


async def test_it_is_said_when_it_is_made_and_the_receptionist_waits(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.make.set()
    assert await scene.told(arrived()) == []
    (wish,) = await scene.told(ARMED)
    assert isinstance(wish, c.AnnounceCaller)
    assert scene.kept() == ["a"]
    await scene.told(ENDED)
    assert scene.kept() == []
    assert scene.troubles == [None]


async def test_it_is_said_later_when_it_took_longer_to_make(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert await scene.told(arrived(), ARMED) == []
    scene.make.set()
    assert len(await scene.told()) == 1


@pytest.mark.parametrize("over", [e.CallDisarmed(at_ns=3, call="a"), e.CallAnswered(at_ns=3, call="a"), ENDED])
async def test_nothing_is_said_to_who_does_not_wait_any_more(tmp_path: Path, over: e.Event) -> None:
    scene = Scene(tmp_path)
    await scene.told(arrived(), ARMED, over)
    scene.make.set()
    assert await scene.told() == []


async def test_it_is_said_again_to_who_lifts_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.make.set()
    await scene.told(arrived(), ARMED)
    assert len(await scene.told(e.CallDisarmed(at_ns=3, call="a"))) == 1
    assert len(await scene.told(ARMED)) == 2


async def test_that_nothing_can_be_said_is_told(tmp_path: Path) -> None:
    error = PhoneEtiquetteError("espeak-ng is not installed", "install it")
    scene = Scene(tmp_path, error)
    scene.make.set()
    assert await scene.told(arrived(), ARMED) == []
    assert scene.troubles == [error]


async def test_a_lost_engine_has_no_calls(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.make.set()
    await scene.told(arrived(), arrived("b"), e.EngineLost(at_ns=3, pid=1, status="killed"))
    assert scene.kept() == []


async def test_a_full_disk_is_told_and_nothing_is_said(tmp_path: Path) -> None:
    scene = Scene(tmp_path, OSError("No space left on device"))
    scene.make.set()
    assert await scene.told(arrived(), ARMED) == []
    (trouble,) = scene.troubles
    assert trouble
    assert "No space left on device" in trouble.what
