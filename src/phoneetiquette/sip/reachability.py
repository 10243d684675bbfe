"""Whether incoming calls can reach us: the registration at the PBX, and the network it goes through.

The library refreshes a registration, and tries again when the PBX does not answer or has a fault. What it leaves to the
application is done here: to try again, seldom, after a refusal; to notice that the network or our address changed;
and to tell, loudly, when a call could not come.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from phoneetiquette import events as e
from phoneetiquette.addresses import parse_sip_uri
from phoneetiquette.sip.network import Names, address_toward, first_outside
from phoneetiquette.sip.settings import EngineSettings
from phoneetiquette.units import NS_PER_S, seconds

if TYPE_CHECKING:
    from phoneetiquette.sip.endpoint import Account, SipEndpoint

log = logging.getLogger(__name__)

LOOK_EVERY_NS = 2 * NS_PER_S
ANSWER_WITHIN_NS = 5 * NS_PER_S
"""A PBX that takes longer over a REGISTER is told of; the request itself is given up only after 32 s."""
AFTER_REFUSAL_NS = 300 * NS_PER_S
"""When to try again after the PBX has refused us: seldom, for it may lock out who tries too often."""
TRIED_AGAIN_BY_LIBRARY = frozenset({408, 480, 500, 502, 503, 504})
REFUSED = frozenset({401, 403, 407})
REGISTRATION, NETWORK, CERTIFICATE = "sip.registration", "sip.network", "sip.certificate"


class Reachability:
    """SIP thread only, but for :meth:`registrar_addresses`."""

    def __init__(self, settings: EngineSettings, endpoint: SipEndpoint, emit: Callable[[e.Event], None]) -> None:
        self._settings = settings
        self._endpoint = endpoint
        self._emit = emit
        account = settings.account
        self._uris = [uri for uri in (account.proxy, account.registrar) if uri] if account else []
        self._names = Names(parse_sip_uri(uri).host for uri in self._uris)
        self._told: tuple[str, int, str] | None = None
        self._troubles: dict[str, str] = {}
        self._asked_ns = 0
        """Since when the PBX owes us an answer to our first REGISTER; 0: it does not."""
        self._lapses_ns = 0
        """When the registration runs out unless it is renewed, which is begun 5 s before; 0: there is none."""
        self._again_ns = 0
        """When to try again after a refusal; 0: no need to."""
        self._address: str | None = None
        self._look_ns = 0

    def open(self) -> None:
        """The endpoint has started."""
        self._names.start()

    def registrar_addresses(self) -> frozenset[str]:
        """Where the PBX is, as far as is known: it may call us."""
        return self._names.addresses

    def turn(self, now_ns: int) -> None:
        """Look after what time brings. Called in every turn of the loop."""
        if now_ns < self._look_ns:
            return
        self._look_ns = now_ns + LOOK_EVERY_NS
        self._look_at_network()
        if (self._asked_ns and now_ns - self._asked_ns > ANSWER_WITHIN_NS) or 0 < self._lapses_ns < now_ns:
            self._trouble(REGISTRATION, "does not answer", "check that it is up and can be reached from here")
        if self._again_ns and now_ns >= self._again_ns:
            self._again_ns = 0
            self._endpoint.register()

    # ------------------------------------------------------------------------------------------------- registration

    def registration_asked(self, account: Account) -> None:
        """A REGISTER leaves."""
        self._asked_ns = self._asked_ns or time.monotonic_ns()
        if self._told is None:
            self._tell(account.name, "registering")

    def registration_answered(self, account: Account, code: int, reason: str, expires_s: int) -> None:
        """The library tells how a REGISTER, first or repeated, went."""
        now = time.monotonic_ns()
        self._asked_ns = self._again_ns = self._lapses_ns = 0
        if 200 <= code < 300:
            account.registered = expires_s > 0
            self._lapses_ns = now + seconds(expires_s) if expires_s > 0 else 0
            self._tell(account.name, "registered" if account.registered else "none", code, reason, expires_s)
            self._over(REGISTRATION)
            return
        account.registered = False
        self._tell(account.name, "failing", code, reason)
        if code in REFUSED:
            advice = "check sip.account: user, auth_user and password"
            self._trouble(REGISTRATION, f"refuses our user name or password ({code} {reason})", advice)
        else:
            self._trouble(REGISTRATION, f"does not take our registration ({code} {reason})", "see sip.account")
        if code not in TRIED_AGAIN_BY_LIBRARY and code < 600:
            self._again_ns = now + AFTER_REFUSAL_NS

    def certificate_refused(self, why: str) -> None:
        """A TLS server's certificate is not what it should be."""
        advice = "check the names in the certificate, sip.tls.ca, and the clock of this machine"
        self._say(CERTIFICATE, f"no encrypted connection: the certificate of the other side is refused: {why}", advice)

    def certificate_accepted(self) -> None:
        """There is a TLS connection again."""
        self._over(CERTIFICATE)

    def _tell(self, account: str, state: str, code: int = 0, reason: str = "", expires_s: int = 0) -> None:
        """Only news: a registration that is merely renewed is none."""
        if (state, code, reason) != self._told:
            self._told = (state, code, reason)
            self._emit(
                e.RegistrationChanged(
                    at_ns=time.monotonic_ns(),
                    account=account,
                    state=state,  # type: ignore[arg-type]
                    code=code,
                    reason=reason,
                    expires_s=expires_s,
                )
            )

    # ------------------------------------------------------------------------------------------------------ network

    def _look_at_network(self) -> None:
        towards = min(self._names.addresses, default=None) or first_outside(self._settings.peers)
        if towards is None:
            return
        before = self._address
        try:
            self._address = address_toward(towards)
        except OSError as error:
            self._address = ""
            self._say(
                NETWORK,
                f"incoming calls cannot reach us: there is no network to {towards} ({error.strerror})",
                "check the cable, the wireless network or the VPN",
            )
            return
        self._over(NETWORK)
        if before is not None and before != self._address:
            log.warning("our address is now %s (was %s)", self._address, before or "none")
            self._endpoint.address_changed()

    # ----------------------------------------------------------------------------------------------------- troubles

    def _trouble(self, key: str, what: str, advice: str) -> None:
        self._say(key, f"incoming calls cannot reach us: {self._uris[-1]} {what}", advice)

    def _say(self, key: str, what: str, advice: str) -> None:
        if self._troubles.get(key) != what:
            self._troubles[key] = what
            log.error("%s (%s)", what, advice)
            self._emit(e.TroubleNoticed(at_ns=time.monotonic_ns(), key=key, what=what, advice=advice))

    def _over(self, key: str) -> None:
        what = self._troubles.pop(key, None)
        if what is not None:
            self._emit(e.TroubleNoticed(at_ns=time.monotonic_ns(), key=key, what=what, cleared=True))
