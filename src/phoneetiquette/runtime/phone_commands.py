"""A phone's vendor has its own way to have it answer: by HTTP, with a password, or by a NOTIFY, and not on every model.

Whether it works is not believed but tried: ``phoneetiquette doctor --phones`` gives the command to each phone, and what
worked is written down. In a call only what is written down is used. A command that needs the phone's own handle of the
call cannot be tried while there is none: there it is tried whether the phone tells of its calls.
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
from typing import Any, Literal

from phoneetiquette.addresses import SipUri
from phoneetiquette.phones.notify import Notify
from phoneetiquette.phones.profile import Command
from phoneetiquette.runtime.phone_notify import DEFAULT_PORT, NoAnswerError, by_udp

PROVED = "phone-commands.json"
PATIENCE_S = 1.5
"""How long a phone may take to obey; in a call it has less, and is asked otherwise then."""
NOTIFY_ATTEMPTS = 2
"""As many as there is time for."""
LONGEST_ANSWER = 65536


@dataclass(frozen=True, slots=True)
class PhoneAccess:
    """How a phone is commanded. ``facts`` are those of its commands: address, user, password."""

    address: str
    """SIP URI, as configured."""
    commands: tuple[Command, ...]
    facts: dict[str, str]
    notified: SipUri | None = None
    """Where a NOTIFY reaches it by UDP; ``None``: that is not known."""
    sender: str = ""
    """SIP URI that a NOTIFY is from."""

    def usable(self) -> tuple[Command, ...]:
        """Those for which everything is known, in order."""
        return tuple(
            one for one in self.commands if (one.by == "http" or self.notified) and one.facts <= self.facts.keys()
        )


def give(access: PhoneAccess, command: Command) -> int:
    """Give a command; the status of HTTP or SIP, 0 when there was no answer. Blocks up to :data:`PATIENCE_S`, twice
    that where the phone's handle of the call has to be asked for first."""
    facts = access.facts
    if command.handle_url:
        code, told = _ask(access, command, command.handle_at(facts))
        handle = _handle(told)
        if not 200 <= code < 300 or not handle:
            return code if code >= 300 else 404
        facts = {**facts, "call_handle": handle}
    url, body = command.filled(facts)
    if command.by == "http":
        return _ask(access, command, url, body, command.method)[0]
    assert access.notified, "it is usable"
    notify = Notify(str(access.notified), access.sender, command.event, command.content_type, body)
    try:
        return by_udp(notify, access.notified.host, access.notified.port or DEFAULT_PORT, attempts=NOTIFY_ATTEMPTS)[0]
    except NoAnswerError:
        return 0


def _handle(told: bytes) -> str:
    """The handle of the phone's call in what it tells of its calls; empty: it has none.

    Of several the first is taken: the phone is rung when it is idle.
    """
    try:
        status = json.loads(told)
        calls = status["data"]
        first = calls[0] if isinstance(calls, list) else calls
        return str(first["CallHandle"])
    except (ValueError, LookupError, TypeError):
        return ""


def _ask(
    access: PhoneAccess, command: Command, url: str, body: str = "", method: Literal["GET", "POST"] = "GET"
) -> tuple[int, bytes]:
    """The status and the body of the phone's answer by HTTP; 0 when there was none."""
    request = urllib.request.Request(url, body.encode() or None, method=method)  # noqa: S310 - of a profile
    if body and command.content_type:
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
            return int(answer.status), answer.read(LONGEST_ANSWER)
    except urllib.error.HTTPError as error:
        return error.code, b""
    except (OSError, http.client.HTTPException, ValueError):
        return 0, b""


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
    return next((one for one in access.usable() if 200 <= _tried(access, one) < 300), None)


def _tried(access: PhoneAccess, command: Command) -> int:
    if command.handle_url:
        return _ask(access, command, command.handle_at(access.facts))[0]
    return give(access, command)


def remember(directory: Path, address: str, command: Command | None) -> None:
    """Write down what a phone has taken, or that it takes nothing.

    Raises:
        OSError: it cannot be written.
    """
    known = _known(directory)
    if command:
        known[address] = command.name
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
            if command.name == known.get(phone.address)
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
