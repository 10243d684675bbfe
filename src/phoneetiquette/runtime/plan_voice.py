"""Which sound files say what a dialplan has written: names alone, the sounds are made elsewhere."""

from __future__ import annotations

from pathlib import Path

from phoneetiquette.audio import sound_cache
from phoneetiquette.dialplan.model import Plan, Spoken, Words
from phoneetiquette.dialplan.parts import spoken_words
from phoneetiquette.dialplan.questions import OpenMenu
from phoneetiquette.dialplan.words import text_of
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.ivr import phrases


class PlanVoice:
    """The voice of a plan (:class:`phoneetiquette.calls.guide.Voice`).

    ``texts`` are all it can be asked to say, each with its language, and ``files`` the sound files among them.
    """

    def __init__(self, plan: Plan, agent: str, rate_hz: int, cache: Path) -> None:
        """``agent`` is what stands for ``{agent}``; sounds are of ``rate_hz`` and lie in ``cache``."""
        self._plan = plan
        self._agent = agent
        self._rate = rate_hz
        self._cache = cache
        self.texts: set[tuple[str, str]] = set()
        self.files: set[Path] = set()
        self._converted: dict[Path, str] = {}
        self._gather()

    @property
    def sounds(self) -> frozenset[Path]:
        """Where all of it is, once it is made."""
        texts = (self._spoken(text, language) for text, language in self.texts)
        return frozenset(map(Path, (*texts, *self._converted.values(), self.phrase(phrases.BEEP, ""))))

    def menu(self, menu: OpenMenu, line: str, language: str) -> tuple[str, ...]:
        first = self.words(menu.first_say, line, language) if menu.first_say else ()
        written = self._plan.menus.get(menu.menu)
        return (*first, *(self.words(written.say, line, language) if written else ()))

    def words(self, words: Words, line: str, language: str) -> tuple[str, ...]:
        spoken, in_language = _in_language(words, language, self._plan.language)
        if spoken.file is not None:
            # One that is not there any more is asked for all the same: that it cannot be played is then noticed.
            return (self._converted.get(spoken.file, str(spoken.file)),)
        text = self._text(words, line, in_language)
        return (self._spoken(text, in_language),) if text else ()

    def phrase(self, name: str, language: str) -> str:
        if name == phrases.BEEP:
            return str(sound_cache.of_beep(self._rate, self._cache))
        return self._spoken(*phrases.phrase(name, language))

    def _spoken(self, text: str, language: str) -> str:
        return str(sound_cache.of_text(text, language, self._rate, self._cache))

    def _text(self, words: Words, line: str, language: str) -> str:
        return text_of(self._plan, words, language, {"line": line, "agent": self._agent})

    def _gather(self) -> None:
        languages = [one.text for one in self._plan.languages] or [self._plan.language]
        lines = ["", *self._plan.lines]
        for _, words in spoken_words(self._plan):
            for asked in {*languages, *filter(None, words.by_language)}:
                spoken, language = _in_language(words, asked, self._plan.language)
                if spoken.file is None:
                    self.texts |= {(text, language) for line in lines if (text := self._text(words, line, language))}
                else:
                    self._convert(spoken.file)
        self.texts |= {phrases.phrase(name, language) for name in phrases.names() for language in languages}

    def _convert(self, file: Path) -> None:
        try:
            self._converted[file] = str(sound_cache.of_file("menu", file, self._rate, self._cache))
        except ConfigurationError:
            return  # it has gone since the plan was checked
        self.files.add(file)


def _in_language(words: Words, language: str, otherwise: str) -> tuple[Spoken, str]:
    """What is said to who speaks ``language``, and the language that it is in."""
    spoken = words.in_language(language, otherwise)
    written = next(one for one, said in words.by_language.items() if said is spoken)
    return spoken, written or otherwise
