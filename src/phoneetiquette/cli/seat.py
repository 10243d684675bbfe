"""A running seat as the command line sees it: found by its ``seat.json``, asked over HTTP on loopback."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.runtime.paths import seat_files

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

    def get(self, path: str) -> dict[str, Any]:
        return self._ask("GET", path, None)

    def post(self, path: str, body: Mapping[str, object], timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
        return self._ask("POST", path, json.dumps(body), timeout_s)

    def _ask(self, method: str, path: str, body: str | None, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
        """The seat's JSON answer. Never through a proxy: the seat is on this machine."""
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=timeout_s)
        headers = {"Accept": "application/json"}
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
        what, advice = str(answer.get("error", f"the seat answered {response.status}")), str(answer.get("advice", ""))
        if response.status == http.HTTPStatus.UNPROCESSABLE_ENTITY:
            raise PhoneEtiquetteError(what)
        raise RefusedError(what, advice)


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
            found.append(Seat(name, url.rstrip("/")))
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
