"""Who of the dialplan is in a call, as the PBX tells: subscriptions for whom the plan in force asks about."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from phoneetiquette.addresses import parse_sip_uri
from phoneetiquette.calls.guide import Guide
from phoneetiquette.config import Config
from phoneetiquette.dialplan.presence import Package
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.presence.link import KEEP_OPEN_S, Destination, Link
from phoneetiquette.presence.subscription import Identity, News, State
from phoneetiquette.presence.subscriptions import Subscriptions
from phoneetiquette.units import NS_PER_S

log = logging.getLogger(__name__)

TRY_AGAIN_S = 10.0
TROUBLE = "presence"
_NAMED = 5

Asked = dict[str, tuple[str, tuple[Package, ...]]]
"""Who -> SIP URI and the event packages to ask for."""


class Watched(Protocol):
    """The seat, as far as presence needs it."""

    @property
    def guide(self) -> Guide | None: ...

    @property
    def registered(self) -> bool:
        """Whether the PBX knows us now."""
        ...

    def person_seen(self, who: str, state: State, *, package: str, why: str) -> None:
        """What is known of somebody now."""
        ...

    def trouble(self, key: str, error: PhoneEtiquetteError | None) -> None: ...


class Presence:
    """Listens to the seat for plans and registrations. Every method runs on the loop."""

    def __init__(self, config: Config, seat: Watched) -> None:
        self._config, self._seat = config, seat
        self._guide: Guide | None = None
        self._registered = False
        self._known: dict[str, News] = {}
        self._trouble = ""
        self._ways: dict[Destination, _Way] = {}
        account = config.sip.account
        domain = parse_sip_uri(account.registrar).host_and_port if account else config.domain
        self._identity = Identity(
            f"sip:{account.user if account else config.sip.user}@{domain or 'invalid'}",
            (account.auth_user or account.user) if account else "",
            account.password.reveal() if account and account.password else "",
            account.transport if account else config.sip.transports[0],
        )

    def state_changed(self) -> None:
        """Follow the plan that is in force; ask anew when the PBX has come back."""
        if self._seat.guide is not self._guide:
            self._guide = self._seat.guide
            self._follow()
        registered, self._registered = self._registered, self._seat.registered
        if self._registered and not registered:
            for way in self._ways.values():
                way.ask_anew()

    def measures_taken(self, call: str, measures: Mapping[str, object]) -> None:
        """Nothing to us."""

    async def stop(self) -> None:
        """Take all subscriptions back."""
        for way in self._ways.values():
            await way.stop()

    def _follow(self) -> None:
        guide = self._guide
        asked: dict[Destination, Asked] = {}
        for who, packages in guide.watched.items() if guide else ():
            target = guide.addresses[who] if guide else ""
            if target:
                asked.setdefault(self._destination(target), {})[who] = target, packages
        self._known = {who: news for who, news in self._known.items() if guide and who in guide.watched}
        for who in guide.watched if guide else ():
            if guide and not guide.addresses[who] and self._known.get(who) != News(who, "unknown"):
                self._told(News(who, "unknown"))
        self._tell_trouble()
        for to in [*asked, *(to for to in self._ways if to not in asked)]:
            if to not in self._ways:
                self._ways[to] = _Way(to, self._bind, self._identity_at(to), self._told)
            self._ways[to].watch(asked.get(to, {}))

    def _told(self, news: News) -> None:
        if self._guide and news.who in self._guide.watched:
            self._known[news.who] = news
            self._seat.person_seen(news.who, news.state, package=news.package, why=news.why)
            self._tell_trouble()

    def _tell_trouble(self) -> None:
        unknown: dict[str, list[str]] = {}
        for news in self._known.values():
            if news.why:
                unknown.setdefault(news.why, []).append(news.who)
        what = "; ".join(f"of {_some(who)}: {why}" for why, who in sorted(unknown.items()))
        if what != self._trouble:
            self._trouble = what
            advice = "see what the PBX says of subscriptions (BLF, hints), or leave presence out of the dialplan"
            error = PhoneEtiquetteError(f"whether people are in a call is not known {what}", advice) if what else None
            self._seat.trouble(TROUBLE, error)

    @property
    def _bind(self) -> str:
        """The address that calls go out from, unless an edge has them go out from its own."""
        listen = self._config.sip.listen
        return "" if self._config.edge or ipaddress.ip_address(listen).is_unspecified else listen

    def _destination(self, target: str) -> Destination:
        account = self._config.sip.account
        return self._at(account.proxy if account and account.proxy else target)

    def _identity_at(self, to: Destination) -> Identity:
        """Only hosts of the configuration are answered with the password: a plan may name any."""
        account, domain = self._config.sip.account, self._config.domain
        ours = (account.registrar, account.proxy, domain and f"sip:{domain}") if account else ()
        trusted = [self._at(uri) for uri in ours if uri]
        return self._identity if to in trusted else replace(self._identity, user="", password="")

    def _at(self, address: str) -> Destination:
        uri, tls = parse_sip_uri(address), self._config.sip.tls
        transport = self._identity.transport
        port = uri.port or (5061 if transport == "tls" else 5060)
        return Destination(uri.host, port, transport, str(tls.ca or ""), tls.verify)


class _Way:
    """One PBX: the link to it, and what is asked of it."""

    def __init__(self, to: Destination, bind: str, identity: Identity, tell: Callable[[News], None]) -> None:
        self._subscriptions = Subscriptions(identity, lambda: secrets.token_hex(12), tell, self._fault)
        self._woken = asyncio.Event()
        self._link = Link(to, self._received, self._woken.set, bind)
        self._asked: Asked = {}
        self._again_s = 0.0
        """When a way to the PBX may be looked for again."""
        self._task = asyncio.create_task(self._run(), name=f"presence at {to.host}")

    def watch(self, asked: Asked) -> None:
        self._asked = asked
        for message in self._subscriptions.watch(asked, time.monotonic_ns(), self._link.local):
            self._link.send(message)
        self._woken.set()

    def ask_anew(self) -> None:
        self._subscriptions.again(time.monotonic_ns())
        self._woken.set()

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self.watch({})
        self._link.close()

    def _fault(self, error: Exception) -> None:
        log.error("in a message for %s", self._task.get_name(), exc_info=error)

    def _received(self, data: bytes) -> None:
        for answer in self._subscriptions.received(data, time.monotonic_ns(), self._link.local):
            self._link.send(answer)
        self._woken.set()

    async def _run(self) -> None:
        while True:
            try:
                await self._keep_up()
            except Exception as error:
                log.exception("in %s", self._task.get_name())
                self._link.close()
                self._tell_failed(f"presence has failed: {error}")
            await asyncio.sleep(TRY_AGAIN_S)

    def _tell_failed(self, why: str) -> None:
        try:
            self._subscriptions.unreachable(why)
        except Exception:
            log.exception("in %s, telling that it has failed", self._task.get_name())

    async def _keep_up(self) -> None:
        looked_s = 0.0
        while True:
            self._woken.clear()
            if not self._asked:
                self._link.close()
                await self._woken.wait()
                continue
            now_s = time.monotonic()
            lost = not self._link.local
            if now_s - looked_s >= KEEP_OPEN_S:
                looked_s = now_s
                lost = lost or not self._link.keep_open()
            if lost and not await self._opened():
                continue
            now_ns = time.monotonic_ns()
            for message in self._subscriptions.turn(now_ns, self._link.local):
                self._link.send(message)
            next_ns = self._subscriptions.next_ns()
            wait_s = KEEP_OPEN_S if next_ns is None else max(0.0, min((next_ns - now_ns) / NS_PER_S, KEEP_OPEN_S))
            with contextlib.suppress(TimeoutError):
                # Not wait_for, which forgets in Python 3.11 that it was cancelled if it is woken at the same moment.
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()

    async def _opened(self) -> bool:
        """Whether there is a way to the PBX now. It is looked for once in a while, however soon it is lost again."""
        await asyncio.sleep(max(0.0, self._again_s - time.monotonic()))
        self._again_s = time.monotonic() + TRY_AGAIN_S
        try:
            await self._link.open()
        except (OSError, ValueError) as error:  # no way, no such name, a name that cannot be one, a certificate
            why = getattr(error, "strerror", None) or str(error) or "it does not answer"
            self._subscriptions.unreachable(f"the PBX cannot be reached: {why}")
            return False
        self._subscriptions.again(time.monotonic_ns())
        return True


def _some(who: list[str]) -> str:
    named = ", ".join(sorted(who)[:_NAMED])
    return f"{named} and {len(who) - _NAMED} more" if len(who) > _NAMED else named
