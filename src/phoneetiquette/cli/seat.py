"""A running seat as the command line sees it: found by its ``seat.json``, asked over HTTP on loopback."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.runtime.paths import TOKEN, seat_files

TIMEOUT_S = 5.0


class NoSeatError(PhoneEtiquetteError):
    """No seat answers: none runs, or it hangs."""


class RefusedError(PhoneEtiquetteError):
    """The seat understood and cannot do it now."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat that runs. ``url`` is the root of its console, without a slash at the end."""

    name: str
    url: str
    token: str = field(default="", repr=False)
    """Its secret, where this user may read it."""
    certificate: str = field(default="", repr=False)
    """PEM; the only one that is accepted where ``url`` is HTTPS."""

    def get(self, path: str) -> dict[str, Any]:
        return self._ask("GET", path, None)

    def post(self, path: str, body: Mapping[str, object], timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
        return self._ask("POST", path, json.dumps(body), timeout_s)

    def _ask(self, method: str, path: str, body: str | None, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
        """The seat's JSON answer. Never through a proxy: the seat is on this machine."""
        address = urlsplit(self.url)
        host, headers = address.hostname or "127.0.0.1", {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        connection = http.client.HTTPConnection(host, address.port, timeout=timeout_s)
        if address.scheme == "https":
            connection = _encrypted(host, address.port, timeout_s, self.certificate)
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise NoSeatError(
                f"seat {self.name} does not answer at {self.url}: {error or type(error).__name__}",
                "see whether it still runs: phoneetiquette status",
            ) from error
        finally:
            connection.close()
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise PhoneEtiquetteError(
                f"{self.url}{path} answered {response.status} without an object", "is another program on that port?"
            )
        if response.status == http.HTTPStatus.OK:
            return answer
        if response.status == http.HTTPStatus.UNAUTHORIZED:
            raise PhoneEtiquetteError(
                f"seat {self.name} wants a login, and this user may not read its token",
                "ask as the user who runs the seat, or with sudo",
            )
        what, advice = str(answer.get("error", f"the seat answered {response.status}")), str(answer.get("advice", ""))
        if response.status == http.HTTPStatus.UNPROCESSABLE_ENTITY:
            raise PhoneEtiquetteError(what)
        raise RefusedError(what, advice)


def _encrypted(host: str, port: int | None, timeout_s: float, certificate: str) -> http.client.HTTPSConnection:
    """A connection to whoever has this very certificate, whatever names stand in it."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=certificate)
    return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context)


def _token_beside(file: Path) -> str:
    try:
        return file.with_name(TOKEN).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""  # another user's


def find(name: str | None) -> Seat:
    """The seat called ``name``, or the only one that runs.

    Raises :class:`NoSeatError` when there is none, :class:`PhoneEtiquetteError` when it is not clear which.
    """
    seats = {seat.name: seat for seat in running()}
    names = ", ".join(sorted(seats))
    if name is not None:
        if name in seats:
            return seats[name]
        raise NoSeatError(
            f"no seat {name!r} is running", f"running here: {names}" if seats else "start it: phoneetiquette run"
        )
    if not seats:
        raise NoSeatError("no seat is running", "start one: phoneetiquette run")
    if len(seats) > 1:
        raise PhoneEtiquetteError(f"several seats are running: {names}", f"say which: --seat {min(seats)}")
    return next(iter(seats.values()))


def running() -> list[Seat]:
    """The seats whose process still exists; a file left behind by a dead one is passed over."""
    found = []
    for file in seat_files():
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            name, url, pid = str(content["seat"]), str(content["url"]), int(content["pid"])
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            continue  # half written, or left behind by something else
        if is_alive(pid):
            certificate = str(content.get("certificate", ""))
            found.append(Seat(name, url.rstrip("/"), _token_beside(file), certificate))
    return found


def is_alive(pid: int) -> bool:
    """Whether there is such a process, anybody's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # a system service's process: there, but not ours
    return True
