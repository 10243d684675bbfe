"""Answering a digest challenge (RFC 7616, and RFC 2617 for those without ``qop``). Pure."""

from __future__ import annotations

import hashlib
import re

from phoneetiquette.presence.message import unquoted

_PART = re.compile(r'(?<![\w-])([\w-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^,\s]+)')
_HASH = {"MD5": "md5", "SHA-256": "sha256"}


def challenge_of(value: str) -> dict[str, str]:
    """The parts of a WWW- or Proxy-Authenticate value; empty: it is no digest."""
    scheme, _, parts = value.partition(" ")
    return {name.lower(): unquoted(part) for name, part in _PART.findall(parts)} if scheme.lower() == "digest" else {}


def can_be_met(challenge: dict[str, str]) -> bool:
    """Whether it asks for nothing but what is known here."""
    offered = _offered(challenge)
    return _algorithm(challenge) in _HASH and "nonce" in challenge and (not offered or "auth" in offered)


def _algorithm(challenge: dict[str, str]) -> str:
    return challenge.get("algorithm", "MD5").upper()


def _offered(challenge: dict[str, str]) -> set[str]:
    """The qualities of protection to choose from; none: the challenge is of the old form."""
    return {one.strip().lower() for one in challenge.get("qop", "").split(",")} - {""}


def answer(
    challenge: dict[str, str], user: str, password: str, method: str, uri: str, cnonce: str, times: int = 1
) -> str:
    """The value of the Authorization or Proxy-Authorization that answers, for the so-many-th time.

    ``challenge``: one that :func:`can_be_met`.
    """
    algorithm, offered = _algorithm(challenge), _offered(challenge)

    def hashed(text: str) -> str:
        return hashlib.new(_HASH[algorithm], text.encode(), usedforsecurity=False).hexdigest()

    realm, nonce = challenge.get("realm", ""), challenge["nonce"]
    who, what = hashed(f"{user}:{realm}:{password}"), hashed(f"{method}:{uri}")
    count = f"{times:08x}"
    between = f"{nonce}:{count}:{cnonce}:auth" if offered else nonce
    quoted = {"username": user, "realm": realm, "nonce": nonce, "uri": uri}
    quoted["response"] = hashed(f"{who}:{between}:{what}")
    if "opaque" in challenge:
        quoted["opaque"] = challenge["opaque"]
    parts = [f'{name}="{_escaped(value)}"' for name, value in quoted.items()] + [f"algorithm={algorithm}"]
    if offered:
        parts += ["qop=auth", f"nc={count}", f'cnonce="{cnonce}"']
    return "Digest " + ", ".join(parts)


def _escaped(text: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", text)
