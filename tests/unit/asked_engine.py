"""An engine of a seat under test that does nothing."""

from __future__ import annotations

from phoneetiquette import commands as c


class AskedEngine:
    """It remembers what it is asked for; what becomes of that, the test tells the seat."""

    def __init__(self) -> None:
        self.sent: list[c.Command] = []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def send(self, command: c.Command) -> None:
        self.sent.append(command)

    def asked(self, kind: type[c.Command]) -> int:
        """How often it was asked for this."""
        return sum(isinstance(command, kind) for command in self.sent)
