"""The gate of a page as the configuration wants it."""

from __future__ import annotations

from pathlib import Path

from phoneetiquette.access.users_file import UsersFile
from phoneetiquette.config import Config, ConsoleConfig, OfficeConfig
from phoneetiquette.config.access_schema import is_for_others
from phoneetiquette.console.gate import Gate

SESSIONS = "sessions.json"


def gate_of(
    config: Config, page: ConsoleConfig | OfficeConfig, seat: str = "", runtime: Path | None = None, token: str = ""
) -> Gate:
    """``page``: the section whose page it is; ``seat``: where it is that of one; ``runtime``: where sessions are kept
    for the next process, if anywhere."""
    return Gate(
        UsersFile(config.access.users),
        name=f"seat-{seat}" if seat else "office",
        seat=seat,
        always=is_for_others(page.listen, page.hosts),
        token=token,
        idle_s=config.access.idle_min * 60,
        longest_s=config.access.longest_min * 60,
        kept_in=runtime / SESSIONS if runtime else None,
    )
