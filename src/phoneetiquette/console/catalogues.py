"""The words of the page in its languages, from gettext catalogues (``locale/LANGUAGE/LC_MESSAGES/console.po``).

The same catalogue fills the template and, as JSON, the scripts of the page. The message ids are the English texts.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

DOMAIN = "console"
DIRECTORY = Path(__file__).parent / "locale"
LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "uk": "Українська",
    "nl": "Nederlands",
    "ar": "العربية",
    "kk": "Қазақша",
    "ru": "Русский",
}
"""Code -> how the language calls itself."""
RIGHT_TO_LEFT = frozenset({"ar"})
PLURALS = {
    "en": ("one", "other"),
    "de": ("one", "other"),
    "uk": ("one", "few", "many"),
    "nl": ("one", "other"),
    "ar": ("zero", "one", "two", "few", "many", "other"),
    "kk": ("one", "other"),
    "ru": ("one", "few", "many"),
}
"""The plural forms of each catalogue in its order, as Unicode's CLDR and ``Intl.PluralRules`` name them."""


class Catalogue:
    """The messages of one language; English has none but its ids."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
        self._messages: dict[str, str | list[str]] = {}
        if language != "en":
            from babel.messages.pofile import read_po  # megabytes that an English desk does not need

            with po_file(language).open("rb") as stream:
                read = read_po(stream, locale=language, domain=DOMAIN)
            for message in read:
                if isinstance(message.id, str):
                    if message.id:
                        self._messages[message.id] = str(message.string or "")
                else:
                    self._messages[message.id[0]] = [str(form) for form in message.string or ()]

    def gettext(self, text: str) -> str:
        """The message in this language; itself where it has none."""
        found = self._messages.get(text)
        return found if isinstance(found, str) and found else text

    def as_json(self) -> dict[str, Any]:
        """What the scripts need (JSON-able)."""
        return {
            "language": self.language,
            "direction": self.direction,
            "plurals": list(PLURALS[self.language]),
            "messages": self._messages,
        }


def po_file(language: str) -> Path:
    return DIRECTORY / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of one of :data:`LANGUAGES`, read once."""
    return Catalogue(language)
