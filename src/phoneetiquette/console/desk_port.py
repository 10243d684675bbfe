"""What the console asks of the desk. The desk satisfies it by structure and knows nothing of the console."""

from __future__ import annotations

from typing import Any, Protocol

from phoneetiquette.events import CallId, Event


class DeskListener(Protocol):
    """Told of changes. Both methods return at once and never raise; called on the loop's thread."""

    def state_changed(self) -> None:
        """The snapshot is another one now; whoever wants it takes :meth:`DeskPort.snapshot` when ready to use it."""

    def measures_taken(self, call: CallId, measures: dict[str, Any]) -> None:
        """New measures of a call in talk (about once a second); no ``state_changed`` is needed for them."""


class DeskPort(Protocol):
    """The desk as faces see it. Every method is called on the loop's thread."""

    def snapshot(self) -> dict[str, Any]:
        """The whole seat as a JSON-able dictionary (`GET /api/state` documents it). A fresh one each time."""

    async def submit(self, event: Event) -> None:
        """Let an agent event happen.

        Raises:
            CallError: the call cannot do that now; nothing has changed.
        """

    async def reload(self) -> dict[str, Any] | None:
        """Load the dialplan anew; the one that is in force then, as the snapshot shows it.

        Raises:
            CallError: it has errors; the one before stays in force.
        """

    def subscribe(self, listener: DeskListener) -> None: ...

    def unsubscribe(self, listener: DeskListener) -> None: ...

    def calls(self, limit: int) -> list[dict[str, Any]]:
        """Records of the last ``limit`` calls, newest first, as ``records.scored.scored_object`` gives them."""

    def directory(self, text: str, limit: int) -> list[dict[str, Any]]:
        """At most ``limit`` topics, people, contacts and numbers that ``text`` may mean, the likeliest first."""

    def new_call_id(self) -> CallId: ...

    def now_ns(self) -> int:
        """``CLOCK_MONOTONIC`` now."""
