"""What the console asks about wake-up calls. The seat's part for them satisfies it by structure."""

from __future__ import annotations

from typing import Any, Protocol

from phoneetiquette.wakeups.form import WakeUpForm


class WakeUpPort(Protocol):
    """Every method is called on the loop's thread."""

    def read_back(self, form: WakeUpForm) -> dict[str, Any]:
        """What a form means, to be read back to the guest.

        Raises:
            WakeUpFormError: it cannot be set as it is.
        """

    async def set(self, form: WakeUpForm, who: str) -> str:
        """Wake a guest; the id.

        Raises:
            WakeUpFormError: it cannot be set as it is.
        """

    async def cancel(self, wake_up: str, who: str) -> None:
        """
        Raises:
            CallError: it is over already.
        """

    async def settle(self, wake_up: str, who: str, text: str) -> None:
        """Somebody has seen to it.

        Raises:
            CallError: it is over already.
        """

    def get(self, wake_up: str) -> dict[str, Any] | None:
        """As ``wakeups.wake_up.wake_up_object`` gives it; ``None``: there is none."""

    def wake_ups(self, *, only_open: bool, limit: int) -> list[dict[str, Any]]: ...
