"""A password that does not show itself."""

from __future__ import annotations

MASK = "********"


class Secret:
    """A secret text. Only :meth:`reveal` gives it; printing, formatting and logging show :data:`MASK`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __str__(self) -> str:
        return MASK

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)
