"""Converting the sound files of the configuration for the engine, in a short-lived child process."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Iterable
from pathlib import Path

from phoneetiquette.errors import ConfigurationError
from phoneetiquette.sip.settings import EngineSettings

log = logging.getLogger(__name__)


async def convert_sounds(
    settings: EngineSettings,
    prompts: Iterable[str] = (),
    *,
    texts: Iterable[tuple[str, str]] = (),
    menus: Iterable[Path] = (),
) -> ConfigurationError | None:
    """Convert the prompts and the hold music, the built-in prompt in any case, speak ``texts`` (each with its language)
    and convert ``menus``, files that a dialplan plays; the trouble with those that cannot be.

    Until a prompt is converted the engine converts it itself when it is needed; what a dialplan says it has not got
    until then.
    """
    wish = {
        "rate_hz": settings.audio.rate_hz,
        "cache": settings.cache_dir,
        "prompts": sorted({prompt for prompt in prompts if prompt}),
        "hold_music": settings.hold_music,
        "texts": sorted(texts),
        "menus": sorted(map(str, menus)),
    }
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "phoneetiquette.audio.prompts", stdin=pipe, stdout=pipe, stderr=pipe
    )
    try:
        told, failed = await child.communicate(json.dumps(wish).encode())
    finally:
        if child.returncode is None:  # the seat stops
            child.kill()
    if child.returncode:
        log.error("sound files could not be converted ahead of time: %s", failed.decode(errors="replace").strip())
    troubles = [json.loads(line) for line in told.splitlines()]
    if not troubles:
        return None
    return ConfigurationError("; ".join(one["what"] for one in troubles), troubles[0]["advice"])
