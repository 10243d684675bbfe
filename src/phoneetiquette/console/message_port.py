"""What the console asks about messages. The seat's part for them satisfies it by structure."""

from __future__ import annotations

from typing import Any, Protocol

from phoneetiquette.events import CallId, Happened
from phoneetiquette.followups.book import Wanted
from phoneetiquette.followups.form import MessageForm


class MessagePort(Protocol):
    """Every method is called on the loop's thread."""

    async def take(self, form: MessageForm, call: CallId | None) -> str:
        """Keep a message that was written in ``call``; its id.

        Raises:
            FormError: it is not complete.
        """

    def get(self, message: str) -> dict[str, Any] | None:
        """The message as ``followups.message.message_object`` gives it; ``None``: there is none."""

    def messages(self, wanted: Wanted, limit: int) -> list[dict[str, Any]]: ...

    async def note(self, message: str, what: Happened, who: str, text: str) -> None:
        """Add to the history of an open message.

        Raises:
            CallError: it is answered or closed.
        """

    async def call(self, message: str) -> CallId:
        """Dial the customer of an open message; the call's id.

        Raises:
            CallError: it cannot be had now.
        """

    def deliver(self, message: str) -> int:
        """Try again what could not be delivered about it; how many."""

    def drafts(self) -> dict[str, dict[str, str]]: ...

    async def put_draft(self, key: str, text: dict[str, str]) -> None:
        """
        Raises:
            DraftError: it is too large, or there are too many.
            StoreError: the disk cannot be written.
        """

    async def delete_draft(self, key: str) -> bool:
        """Whether there was one."""
