"""Digest authentication (RFC 2617), as a phone or a PBX answers a challenge."""

from __future__ import annotations

import hashlib
import re


def digest(challenge: str, method: str, uri: str, user: str, password: str) -> str:
    """Credentials for a challenge (RFC 2617)."""
    realm, nonce = (re.search(rf'{name}="([^"]*)"', challenge)[1] for name in ("realm", "nonce"))  # type: ignore[index]
    one = hashlib.md5(f"{user}:{realm}:{password}".encode()).hexdigest()  # noqa: S324 - what the protocol asks for
    two = hashlib.md5(f"{method}:{uri}".encode()).hexdigest()  # noqa: S324
    response = hashlib.md5(f"{one}:{nonce}:{two}".encode()).hexdigest()  # noqa: S324
    return f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}"'
