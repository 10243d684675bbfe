"""Who is let in to a page: whoever works at this machine while there are no users, else who has logged in."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from phoneetiquette.access.passwords import matches
from phoneetiquette.access.sessions import Session, Sessions
from phoneetiquette.access.throttle import Throttle
from phoneetiquette.access.users import LONGEST_PASSWORD, Permission, Role, User
from phoneetiquette.access.users_file import UsersFile
from phoneetiquette.console.guard import harmless
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.records.whole_files import replace_file
from phoneetiquette.units import NS_PER_S

log = logging.getLogger(__name__)

IDLE_S = 30 * 60
LONGEST_S = 12 * 3600
TOKEN_BYTES = 32
KEPT_EVERY_NS = 60 * NS_PER_S
"""So old may be what is written of when a session was used last: after a restart it ends that much too early."""
WAITING = 8
"""Logins that may wait for the one that is being checked; more are turned away at once."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks. Without a ``session`` it is somebody at this machine: its command line (``by_token``), or its user
    while no login is needed."""

    name: str = ""
    role: Role | None = None
    session: Session | None = None
    by_token: bool = False


class LoginError(PhoneEtiquetteError):
    """Nobody was logged in. ``wait_s``: how long to wait with another try; 0: the name or the password is wrong."""

    def __init__(self, what: str, advice: str, wait_s: int = 0) -> None:
        super().__init__(what, advice)
        self.wait_s = wait_s


class Gate:
    """Users, sessions and failed logins of one server. Loop's thread."""

    def __init__(
        self,
        users: UsersFile,
        *,
        name: str,
        seat: str = "",
        always: bool = False,
        token: str = "",
        idle_s: float = IDLE_S,
        longest_s: float = LONGEST_S,
        kept_in: Path | None = None,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """``name`` tells its cookie from those of other servers of the machine; ``seat`` is the one whose page it is.
        ``always``: a login is needed though there are no users. Who has ``token``, the command line, needs none; empty:
        nobody has. Sessions outlive a restart of the program in the file ``kept_in``."""
        self.name = name
        self._users = users
        self._seat = seat
        self._always = always
        self._token = token
        self._kept_in = kept_in
        self._clock = clock
        self._sessions = Sessions(round(idle_s * NS_PER_S), round(longest_s * NS_PER_S))
        self._longest_s = longest_s
        self._throttle = Throttle()
        self._checking = asyncio.Lock()
        self._waiting = 0
        self._kept_ns = clock()
        self._take_up()

    def is_needed(self) -> bool:
        """Whether a login is needed.

        Raises:
            ConfigurationError: the file of the users cannot be used. Nobody gets in by a page then.
        """
        return bool(self._users.users()) or self._always

    def visitor(self, cookie: str, bearer: str) -> Visitor | None:
        """Who asks with this token of a session, or of the command line; ``None``: has to log in.

        Raises:
            ConfigurationError: see :meth:`is_needed`.
        """
        if self._token and bearer and hmac.compare_digest(bearer.encode(), self._token.encode()):
            return Visitor(by_token=True)
        if not self.is_needed():
            return Visitor()
        now_ns = self._clock()
        session = self._sessions.find(cookie, now_ns) if cookie else None
        user = self._user(session)
        if session is None or user is None:
            return None
        self._use(session, now_ns)
        return Visitor(name=user.name, role=user.role, session=session)

    def permits(self, visitor: Visitor, permission: Permission) -> bool:
        if visitor.session is None:
            return True
        user = self._user(visitor.session)
        return user is not None and user.may(permission, self._seat if permission is Permission.DESK else "")

    def holds(self, visitor: Visitor, permission: Permission) -> bool:
        """Whether what a visitor has open may stay open. An open live page keeps its session from idling."""
        try:
            if visitor.session is None:
                return visitor.by_token or not self.is_needed()
            now_ns = self._clock()
            if not (self._sessions.runs(visitor.session, now_ns) and self.permits(visitor, permission)):
                return False
            self._use(visitor.session, now_ns)
        except PhoneEtiquetteError:
            return False
        return True

    async def login(self, name: str, password: str, source: str) -> str:
        """Begin a session, and give its token.

        Raises:
            LoginError: the name or the password is wrong, or it was tried too often.
            ConfigurationError: see :meth:`is_needed`.
        """
        if self._waiting >= WAITING:
            raise LoginError("too many are logging in", "try again", wait_s=1)
        self._waiting += 1
        try:
            async with self._checking:  # one after the other, so that none slips through while another is checked
                return await self._login(name, password, source)
        finally:
            self._waiting -= 1

    async def _login(self, name: str, password: str, source: str) -> str:
        wait_ns = self._throttle.wait_ns(source, name, self._clock())
        if wait_ns:
            wait_s = -(-wait_ns // NS_PER_S)
            raise LoginError("it was tried too often", f"try again in {wait_s} s", wait_s)
        user = self._users.users().get(name)
        known = user.password if user else None
        if len(password) > LONGEST_PASSWORD or not await asyncio.to_thread(matches, password, known):
            self._throttle.failed(source, name, self._clock())
            log.warning("login failed: user %s from %s", harmless(name), source)
            raise LoginError("the name or the password is wrong", "try again, or ask the administrator")
        assert user
        self._throttle.succeeded(source, name)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._sessions.begin(token, user, self._clock())
        self._keep()
        log.info("login: user %s from %s", name, source)
        return token

    def logout(self, visitor: Visitor) -> None:
        if visitor.session is not None:
            self._sessions.end(visitor.session)
            self._keep()
            log.info("logout: user %s", visitor.name)

    @property
    def longest_s(self) -> int:
        return round(self._longest_s)

    def _user(self, session: Session | None) -> User | None:
        """The user of a session; one who has got another password, or is gone, has none any more."""
        if session is None:
            return None
        user = self._users.users().get(session.user)
        if user is None or user.password != session.password:
            self._sessions.end(session)
            return None
        return user

    def _use(self, session: Session, now_ns: int) -> None:
        session.used_ns = now_ns
        if now_ns - self._kept_ns >= KEPT_EVERY_NS:
            self._keep()

    def _keep(self) -> None:
        if self._kept_in is None:
            return
        self._kept_ns = self._clock()
        kept = [
            {
                "digest": digest,
                "user": one.user,
                "password": one.password,
                "begun_ns": one.begun_ns,
                "used_ns": one.used_ns,
            }
            for digest, one in self._sessions.dump()
        ]
        try:
            replace_file(self._kept_in, json.dumps({"boot": _boot(), "sessions": kept}).encode())
        except OSError as error:
            log.warning("sessions will not outlive a restart: %s: %s", self._kept_in, error.strerror)

    def _take_up(self) -> None:
        """Go on with the sessions of the program that ran before, if the machine was not started anew since."""
        try:
            kept = json.loads(self._kept_in.read_bytes()) if self._kept_in else {}
            if kept.get("boot") != _boot():
                return
            now_ns = self._clock()
            for one in kept["sessions"]:
                session = Session(
                    user=one["user"],
                    password=one["password"],
                    begun_ns=int(one["begun_ns"]),
                    used_ns=int(one["used_ns"]),
                )
                self._sessions.restore(one["digest"], session, now_ns)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return  # nobody has logged in yet, or everybody logs in again


def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""
