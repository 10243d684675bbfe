"""Converting the sound files of the configuration for the engine, in a short-lived child process."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

from phoneetiquette.errors import ConfigurationError
from phoneetiquette.sip.settings import EngineSettings

_OF_DIALPLANS = ("speech-", "menu-")
"""How the names of :mod:`phoneetiquette.audio.sound_cache` begin that dialplans need."""

log = logging.getLogger(__name__)


async def convert_sounds(settings: EngineSettings, prompts: Iterable[str]) -> ConfigurationError | None:
    """Convert the prompts and the hold music, the built-in prompt in any case; the trouble with those that cannot be.

    Until a sound is converted the engine converts it itself when it is needed.
    """
    return await _make(
        settings.audio.rate_hz,
        settings.cache_dir,
        {"prompts": sorted({prompt for prompt in prompts if prompt}), "hold_music": settings.hold_music},
    )


async def make_plan_sounds(
    rate_hz: int, cache: Path, texts: Iterable[tuple[str, str]], files: Iterable[Path]
) -> ConfigurationError | None:
    """Make what a dialplan says, texts with their language and sound files, and the beep; the trouble with those that
    cannot be made. What is there already is left as it is."""
    return await _make(rate_hz, str(cache), {"texts": sorted(texts), "menus": sorted(map(str, files))})


def remove_sounds(cache: Path, apart_from: Collection[str]) -> None:
    """Remove what was made for dialplans, but for the files of these names. What cannot be removed is left."""
    try:
        for file in cache.glob("*"):  # none where nothing was ever said
            if file.name.startswith(_OF_DIALPLANS) and file.name not in apart_from:
                file.unlink()
    except OSError as error:
        log.warning("sounds that are not needed any more stay in %s: %s", cache, error)


async def _make(rate_hz: int, cache: str, wish: dict[str, object]) -> ConfigurationError | None:
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "phoneetiquette.audio.prompts", stdin=pipe, stdout=pipe, stderr=pipe
    )
    asked = {"rate_hz": rate_hz, "cache": cache, **wish}
    try:
        told, failed = await child.communicate(json.dumps(asked).encode())
    finally:
        if child.returncode is None:  # the seat stops
            child.kill()
    troubles = [json.loads(line) for line in told.splitlines()]
    if child.returncode:
        log.error("sound files could not be converted ahead of time: %s", failed.decode(errors="replace").strip())
        troubles.append(
            {"what": "the program that makes sound files has failed", "advice": "see the log for the reason"}
        )
    if not troubles:
        return None
    return ConfigurationError("; ".join(one["what"] for one in troubles), troubles[0]["advice"])
