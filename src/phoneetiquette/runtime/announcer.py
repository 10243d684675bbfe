"""Who calls, said to the receptionist who has lifted before the window.

What is to be said is made while the call rings, by a child process, and lies in a file until the call is over. The
engine is told of it when the receptionist waits and it is there, whichever comes later; it says it to the receptionist
alone, and stops when the waiting ends.
"""

from __future__ import annotations

import asyncio
import shutil
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.audio import sound_cache
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.ivr import phrases

LONGEST_NAME = 60
"""A name comes with the call, from anybody: a longer one is cut."""
LONGEST_NUMBER = 20
_SPOKEN = frozenset("LMN")
"""Unicode categories of letters, marks and numbers; of everything else only these are left to the synthesiser."""
_BETWEEN = " .,'’-&"
WITHHELD: Mapping[str, str] = {
    "en": "Number withheld",
    "de": "Nummer unterdrückt",
    "uk": "Номер приховано",
    "nl": "Nummer afgeschermd",
    "ar": "رقم محجوب",
    "kk": "Нөмір жасырын",
    "ru": "Номер скрыт",
}


def announcement(name: str, number: str, language: str) -> str:
    """What is said of a caller: the name as far as it can be spoken, else the number digit by digit. A caller without
    a telephone number has the user name of an address in its place."""
    for called in (name, number):
        said = _spoken(called)
        if any(one.isalpha() for one in said):
            return said
    digits = [one for one in number if one in "+0123456789"][:LONGEST_NUMBER]
    if not digits:
        return WITHHELD.get(language, WITHHELD["en"])
    return " ".join(phrases.phrase(one, language)[0] for one in digits)


def _spoken(name: str) -> str:
    """What of a name is words."""
    plain = unicodedata.normalize("NFC", name[: 2 * LONGEST_NAME])
    spoken = (one if one in _BETWEEN or unicodedata.category(one)[0] in _SPOKEN else " " for one in plain)
    return " ".join("".join(spoken).split())[:LONGEST_NAME].strip()


class Announcer:
    """Told of what is journalled, which is all that it goes by. Loop's thread."""

    def __init__(
        self,
        language: str,
        rate_hz: int,
        folder: Path,
        *,
        known: Callable[[e.CallArrived], tuple[str, str]],
        make: Callable[[str, str, Path], Awaitable[PhoneEtiquetteError | None]],
        send: Callable[[c.Command], None],
        trouble: Callable[[PhoneEtiquetteError | None], None],
    ) -> None:
        """``known``: the caller's name and number, as far as they are known. ``make``: the sound of a text in a
        language, in a directory, under its name in the cache; ``folder`` is where such directories are made. ``send``
        gives commands to the engine; ``trouble`` is told that nothing can be said, or (``None``) that it can."""
        self._language = language
        self._rate = rate_hz
        self._folder = folder
        self._known = known
        self._make = make
        self._send = send
        self._trouble = trouble
        self._made: dict[e.CallId, asyncio.Task[Path | None]] = {}
        self._at_work = asyncio.Lock()
        """One after the other: calls that ring at the same time need the machine themselves."""
        self._waiting: set[e.CallId] = set()
        """Calls that were lifted early, and of which nothing has been said yet."""
        shutil.rmtree(folder, ignore_errors=True)  # who called before a crash is nobody's business any more

    def take_in(self, event: e.Event) -> None:
        match event:
            case e.CallArrived():
                task = self._made[event.call] = asyncio.create_task(self._prepare(event.call, *self._known(event)))
                task.add_done_callback(lambda _: self._say(event.call))
            case e.CallArmed():
                self._waiting.add(event.call)
                # The command that begins the waiting tone leaves after this.
                asyncio.get_running_loop().call_soon(self._say, event.call)
            case e.CallDisarmed() | e.CallAnswered():
                self._waiting.discard(event.call)
            case e.CallEnded():
                self._forget(event.call)
            case e.EngineLost():
                self.close()

    async def _prepare(self, call: e.CallId, name: str, number: str) -> Path | None:
        text, folder = announcement(name, number, self._language), self._folder / call
        async with self._at_work:
            try:
                error = await self._make(text, self._language, folder)
            except OSError as failed:
                advice = f"see that {self._folder.parent} can be written and has room"
                error = PhoneEtiquetteError(f"who calls cannot be said: {failed}", advice)
        self._trouble(error)
        return None if error else sound_cache.of_text(text, self._language, self._rate, folder)

    def _say(self, call: e.CallId) -> None:
        """Now, if the receptionist waits and it is made."""
        task = self._made.get(call)
        if call in self._waiting and task and task.done() and not task.cancelled() and (sound := task.result()):
            self._waiting.discard(call)
            self._send(c.AnnounceCaller(call=call, sound=str(sound)))

    def _forget(self, call: e.CallId) -> None:
        self._waiting.discard(call)
        if task := self._made.pop(call, None):
            task.cancel()
            shutil.rmtree(self._folder / call, ignore_errors=True)

    def close(self) -> None:
        """No call is left."""
        for call in list(self._made):
            self._forget(call)
        shutil.rmtree(self._folder, ignore_errors=True)
