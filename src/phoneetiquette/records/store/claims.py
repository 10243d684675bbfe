"""Claiming what any seat of a store may do: ``python -m phoneetiquette.records.store.claims SEAT DUTY``, the database's
address as input. In a process of its own, as the filler is: a seat's main process holds calls, not databases.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from phoneetiquette.errors import StoreError
from phoneetiquette.records.store import open_store

YES, NO = "yes", "no"
PATIENCE_S = 60.0


async def claim(url: str, seat: str, duty: str) -> bool:
    """Whether the seat is the one to do it.

    Raises:
        StoreError: the store cannot tell.
    """
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, seat, duty, stdin=pipe, stdout=pipe, stderr=pipe
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            told, said = await child.communicate(url.encode())
    except TimeoutError:
        raise StoreError("the store does not say who is to do something", "is its disk full, or slow?") from None
    finally:
        if child.returncode is None:
            child.kill()
    if child.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise StoreError(f"the store does not say who is to do something: {lines[-1]}")
    return told.decode().strip() == YES


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("usage: claims SEAT DUTY <URL", file=sys.stderr)
        return 2
    try:
        store = open_store(sys.stdin.read().strip())
        try:
            print(YES if store.claim(arguments[1], arguments[0], datetime.now(UTC)) else NO)
        finally:
            store.close()
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
