"""A phone's vendor has its own way to have it answer: by HTTP, with a password, and not on every model.

Whether it works is not believed but tried: ``phoneetiquette doctor --phones`` gives the command to each phone, and what
worked is written down. In a call only what is written down is used.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phoneetiquette.phones.profile import Command

PROVED = "phone-commands.json"
PATIENCE_S = 1.5
"""How long a phone may take to obey; in a call it has less, and is asked otherwise then."""


@dataclass(frozen=True, slots=True)
class PhoneAccess:
    """How a phone is commanded. ``facts`` are those of its commands: address, user, password."""

    address: str
    """SIP URI, as configured."""
    commands: tuple[Command, ...]
    facts: dict[str, str]

    def usable(self) -> tuple[Command, ...]:
        """Those by HTTP for which everything is known, in order."""
        return tuple(one for one in self.commands if one.by == "http" and one.facts <= self.facts.keys())


def give(access: PhoneAccess, command: Command) -> int:
    """Give a command; the HTTP status, 0 when there was no answer. Blocks up to :data:`PATIENCE_S`."""
    url, body = command.filled(access.facts)
    request = urllib.request.Request(url, body.encode() or None, method=command.method)  # noqa: S310 - of a profile
    if command.content_type:
        request.add_header("Content-Type", command.content_type)
    user, password = access.facts.get("user", ""), access.facts.get("password", "")
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), _unverified(), _Here()]
    if command.authentication == "basic":
        request.add_header("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())
    elif command.authentication == "digest":
        known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        known.add_password(None, url, user, password)
        handlers.append(urllib.request.HTTPDigestAuthHandler(known))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=PATIENCE_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, http.client.HTTPException, ValueError):
        return 0


class _Here(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere: the password is for this phone alone."""

    def redirect_request(self, *_: object) -> None:
        return None


def _unverified() -> urllib.request.HTTPSHandler:
    """Desk phones have certificates that they signed themselves."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return urllib.request.HTTPSHandler(context=context)


def prove(access: PhoneAccess) -> Command | None:
    """The first command that the phone takes; ``None``: it takes none. An idle phone has nothing to answer."""
    return next((one for one in access.usable() if 200 <= give(access, one) < 300), None)


def remember(directory: Path, address: str, command: Command | None) -> None:
    """Write down what a phone has taken, or that it takes nothing.

    Raises:
        OSError: it cannot be written.
    """
    known = _known(directory)
    if command:
        known[address] = command.url
    else:
        known.pop(address, None)
    (directory / PROVED).write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def proved(directory: Path, address: str) -> bool:
    """Whether a command has been proved to work with this phone."""
    return address in _known(directory)


def _known(directory: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((directory / PROVED).read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


class PhoneCommander:
    """Gives the proved command of each phone, in a thread of its own."""

    def __init__(self, directory: Path, phones: Iterable[PhoneAccess]) -> None:
        known = _known(directory)
        self._commands = {
            phone.address: (phone, command)
            for phone in phones
            for command in phone.usable()
            if command.url == known.get(phone.address)
        }
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="phone-commands")

    def press(self, phone: str) -> Future[int]:
        """Have this phone answer; the status it gives, 0 when it says nothing or no command is proved."""
        return self._thread.submit(self._press, phone)

    def _press(self, phone: str) -> int:
        access, command = self._commands.get(phone, (None, None))
        return give(access, command) if access and command else 0

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
