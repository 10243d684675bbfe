"""One subscription to what somebody's telephone does (RFC 6665): time and messages come in, messages go out. Pure.

While nothing is known for certain the state is ``unknown``, with the reason. What was refused is asked for again,
seldom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from phoneetiquette.addresses import name_address
from phoneetiquette.dialplan.presence import Package
from phoneetiquette.presence import documents
from phoneetiquette.presence.digest import answer, can_be_met, challenge_of
from phoneetiquette.presence.message import Header, Message, parameters, rendered, response
from phoneetiquette.units import NS_PER_S, seconds

State = Literal["available", "busy", "away", "unknown"]

ACCEPT: dict[Package, str] = {"dialog": "application/dialog-info+xml", "presence": "application/pidf+xml"}
EXPIRES_S = 300
"""A PBX that was restarted has forgotten us for as long at most."""
LEAST_EXPIRES_S, MOST_EXPIRES_S = 10, 3600
T1_NS, T2_NS = seconds(0.5), seconds(4)
GIVEN_UP_NS = 64 * T1_NS
"""Timers F and N: for so long an answer, and then the first NOTIFY, is waited for."""
SOON_NS = seconds(1)
FIRST_RETRY_NS, LAST_RETRY_NS = seconds(15), seconds(300)
REFUSED_NS = seconds(900)
_MOST_ROUNDS = 3
"""Challenges and objections that are met before an answer is taken for a refusal."""
_NOT_NOW = frozenset({408, 480, 500, 502, 503, 504})
_AGENT = "phoneetiquette"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who subscribes. ``uri``: of From; ``user`` and ``password`` answer challenges, both empty: none is answered."""

    uri: str
    user: str = ""
    password: str = ""
    transport: Literal["udp", "tcp", "tls"] = "udp"


@dataclass(frozen=True, slots=True)
class News:
    """What is known of somebody now. ``why`` says what went wrong where that is ``unknown``; empty: nothing did, the
    PBX does not know it either."""

    who: str
    state: State
    package: Package | Literal[""] = ""
    why: str = ""


class Subscription:
    """``token()`` gives an unguessable word; ``tell`` is told of news, of each once."""

    def __init__(
        self,
        who: str,
        target: str,
        packages: Sequence[Package],
        identity: Identity,
        token: Callable[[], str],
        tell: Callable[[News], None],
    ) -> None:
        """``packages``: which are asked for, the preferred one first."""
        self.who, self.target, self.packages = who, target, tuple(packages)
        self._identity, self._token, self._tell = identity, token, tell
        self._told: News | None = None
        self._package: Package = self.packages[0]
        self._retry_ns: int = FIRST_RETRY_NS
        self._anew_ns: int = SOON_NS
        """When one that the PBX has ended is begun anew: later and later while none of them tells anything."""
        self._expires_s = EXPIRES_S
        self._leaving = False
        self._new_dialog()
        self.next_ns: int | None = 0
        """When :meth:`turn` has something to do; ``None``: never."""

    def _new_dialog(self) -> None:
        self.call_id, self._tag, self._remote_tag = self._token(), self._token(), ""
        self._remote, self._route = self.target, list[str]()
        self._sequence, self._heard_sequence = 0, -1
        self._dialogs: dict[str, str] = {}
        self._version: int | None = None
        self._has_heard = False
        """A document has come in this dialog."""
        self._pending = b""
        self._branch = ""
        self._resend_ns = self._interval_ns = self._gives_up_ns = 0
        self._awaited_ns: int | None = None
        self._lapses_ns: int | None = None
        self._rounds = 0
        self._challenge: tuple[str, dict[str, str]] | None = None
        """The header field that answers, and the challenge that was made last."""
        self._answered = 0

    # -------------------------------------------------------------------------------------------------------- asking

    def turn(self, now_ns: int, local: str) -> list[bytes]:
        """Do what is due. ``local``: our ``host:port`` as the PBX can reach it."""
        if self.next_ns is None or now_ns < self.next_ns:
            return []
        if self._pending:
            if now_ns >= self._gives_up_ns:
                self._lost(now_ns, "the PBX does not answer")
                return []
            self._interval_ns = min(2 * self._interval_ns, T2_NS)
            self._resend_ns = now_ns + self._interval_ns
            self.next_ns = min(self._resend_ns, self._gives_up_ns)
            return [self._pending] if self._identity.transport == "udp" else []
        if self._awaited_ns is not None and now_ns >= self._awaited_ns:
            self._lost(now_ns, "the PBX took the subscription and tells nothing")
            return []
        self._rounds = 0
        return [self._subscribe(now_ns, local)]

    def leave(self, now_ns: int, local: str) -> list[bytes]:
        """Take the subscription back; no answer is waited for."""
        self._leaving = True
        self.next_ns = None
        return [self._subscribe(now_ns, local)] if self._remote_tag else []

    def again(self, now_ns: int) -> None:
        """The network or the PBX has come back: what was agreed before may be forgotten there."""
        self._begin_anew(now_ns, 0)

    def unreachable(self, why: str) -> None:
        """Nothing can be asked or heard until :meth:`again`."""
        self._tell_unknown(why)
        self._new_dialog()
        self.next_ns = None

    def _subscribe(self, now_ns: int, local: str) -> bytes:
        self._sequence += 1
        self._branch = f"z9hG4bK{self._token()}"
        scheme = self._identity.transport
        to = f"<{self.target}>" + (f";tag={self._remote_tag}" if self._remote_tag else "")
        contact = f"<sip:{_AGENT}@{local}{'' if scheme == 'udp' else f';transport={scheme}'}>"
        headers = [
            ("Via", f"SIP/2.0/{scheme.upper()} {local};branch={self._branch};rport"),
            ("Max-Forwards", "70"),
            *(("Route", route) for route in self._route),
            ("From", f"<{self._identity.uri}>;tag={self._tag}"),
            ("To", to),
            ("Call-ID", self.call_id),
            ("CSeq", f"{self._sequence} SUBSCRIBE"),
            ("Contact", contact),
            ("Event", self._package),
            ("Accept", ACCEPT[self._package]),
            ("Expires", "0" if self._leaving else str(self._expires_s)),
            ("User-Agent", _AGENT),
            *self._credentials(),
        ]
        message = rendered(f"SUBSCRIBE {self._remote} SIP/2.0", headers)
        if not self._leaving:
            self._pending, self._interval_ns = message, T1_NS
            self._resend_ns, self._gives_up_ns = now_ns + T1_NS, now_ns + GIVEN_UP_NS
            self.next_ns = self._resend_ns
        return message

    # ------------------------------------------------------------------------------------------------------- answers

    def responded(self, said: Message, now_ns: int, local: str) -> list[bytes]:
        """An answer has come, perhaps to something else."""
        via = parameters(said.get("via"))
        if not self._pending or via.get("branch") != self._branch or said.sequence != (self._sequence, "SUBSCRIBE"):
            return []
        code = said.status
        if code < 200:
            self._interval_ns = T2_NS
            return []
        self._pending = b""
        if code < 300:
            self._accepted(said, now_ns)
            return []
        self._rounds += 1
        if self._rounds < _MOST_ROUNDS and self._meets(said):
            return [self._subscribe(now_ns, local)]
        if code == 481 and self._remote_tag:
            self._begin_anew(now_ns, 0)
        elif code in _NOT_NOW:
            self._lost(now_ns, f"the PBX answers {code} {said.reason}".rstrip(), said.number("retry-after"))
        else:
            self._refused(now_ns, f"{code} {said.reason}".rstrip())
        return []

    def _meets(self, said: Message) -> bool:
        """Whether the next request meets what this answer objects to."""
        least = said.number("min-expires")
        if said.status == 423 and least and self._expires_s < least <= MOST_EXPIRES_S:
            self._expires_s = least
            return True
        if said.status in (401, 407) and self._identity.password:
            asked, answered = (
                ("www-authenticate", "Authorization")
                if said.status == 401
                else ("proxy-authenticate", "Proxy-Authorization")
            )
            for challenge in filter(None, (challenge_of(value) for key, value in said.headers if key == asked)):
                if self._rounds > 1 and challenge.get("stale", "").lower() != "true":
                    return False
                if can_be_met(challenge):
                    self._challenge, self._answered = (answered, challenge), 0
                    return True
        return False

    def _credentials(self) -> Iterator[Header]:
        """Those that met the last challenge are shown again unasked."""
        if self._challenge:
            name, challenge = self._challenge
            self._answered += 1
            who = self._identity
            yield (
                name,
                answer(challenge, who.user, who.password, "SUBSCRIBE", self._remote, self._token(), self._answered),
            )

    def _accepted(self, said: Message, now_ns: int) -> None:
        self._retry_ns = FIRST_RETRY_NS
        if not self._remote_tag:
            self._remote_tag = parameters(said.get("to")).get("tag", "")
            self._route = said.values("record-route")[::-1]
        self._remote = name_address(said.get("contact"))[1] or self._remote
        granted = said.number("expires")
        self._lapse(now_ns, self._expires_s if granted is None else granted)
        if self._heard_sequence < 0:
            self._awaited_ns = now_ns + GIVEN_UP_NS
        self._look_ahead()

    def _lapse(self, now_ns: int, granted_s: int) -> None:
        granted_s = max(LEAST_EXPIRES_S, min(granted_s, MOST_EXPIRES_S))
        self._lapses_ns = now_ns + granted_s * NS_PER_S - min(granted_s * NS_PER_S // 4, seconds(30))

    def _look_ahead(self) -> None:
        moments = [moment for moment in (self._awaited_ns, self._lapses_ns) if moment is not None]
        self.next_ns = min(moments, default=None)

    # -------------------------------------------------------------------------------------------------------- NOTIFY

    def notified(self, said: Message, now_ns: int) -> bytes:
        """A NOTIFY with our Call-ID has come; the answer to it."""
        remote_tag = parameters(said.get("from")).get("tag", "")
        number = said.sequence[0]
        if parameters(said.get("to")).get("tag") != self._tag or not remote_tag:
            return response(said, 481, "Subscription Does Not Exist")
        if self._remote_tag and remote_tag != self._remote_tag:
            return response(said, 481, "Subscription Does Not Exist")  # another branch of a fork
        if said.get("event").partition(";")[0].strip().lower() != self._package:
            return response(said, 489, "Bad Event")
        if number == self._heard_sequence:
            return response(said, 200, "OK")  # it has been sent again
        if number < self._heard_sequence:
            return response(said, 500, "Out Of Order")
        kind = said.get("content-type").partition(";")[0].strip().lower()
        if said.body and kind != ACCEPT[self._package]:
            return response(said, 415, "Unsupported Media Type", "", ("Accept", ACCEPT[self._package]))
        if not self._remote_tag:
            self._remote_tag, self._route = remote_tag, said.values("record-route")
        self._remote = name_address(said.get("contact"))[1] or self._remote
        self._heard_sequence, self._awaited_ns = number, None
        try:
            self._learn(said, now_ns)
        except documents.DocumentError as error:
            self._tell_unknown(f"what the PBX tells cannot be read: {error}")
            return response(said, 400, "Unreadable Body")
        return response(said, 200, "OK")

    def _learn(self, said: Message, now_ns: int) -> None:
        standing = said.get("subscription-state")
        state, given = standing.partition(";")[0].strip().lower(), parameters(standing)
        if state == "terminated":
            self._terminated(now_ns, given.get("reason", "").lower(), given.get("retry-after", ""))
            return
        expires = given.get("expires", "")
        if expires.isascii() and expires.isdigit() and len(expires) < 8:
            self._lapse(now_ns, int(expires))
        if not self._pending:
            self._look_ahead()
        if state == "pending":
            self._tell_unknown("the subscription waits to be allowed")
        elif not said.body and not self._has_heard:
            self._tell_unknown("")  # the PBX has no word of this telephone, as long as it does not tell another thing
        elif not said.body:
            pass  # the subscription has been renewed, and nothing is new
        elif self._package == "dialog":
            self._take_in(documents.dialog_info(said.body), now_ns)
            self._know("busy" if self._dialogs else "available")
        else:
            self._know(documents.presence_of(said.body))

    def _take_in(self, told: documents.DialogInfo, now_ns: int) -> None:
        before, self._version = self._version, told.version
        if not told.full and before is not None and told.version > before + 1 and not self._pending:
            self.next_ns = now_ns  # one is missing: a new subscription request brings the whole
        self._dialogs = documents.merged(self._dialogs, told)

    def _terminated(self, now_ns: int, reason: str, retry_after: str) -> None:
        if reason in ("rejected", "noresource"):
            self._refused(now_ns, reason)
        elif reason in ("deactivated", "timeout"):
            if self._anew_ns > SOON_NS:
                self._tell_unknown("the PBX ends each subscription")
            self._begin_anew(now_ns, self._anew_ns)
            self._anew_ns = max(FIRST_RETRY_NS, min(2 * self._anew_ns, LAST_RETRY_NS))
        else:
            after = (
                int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6 else None
            )
            self._lost(now_ns, "the PBX has ended the subscription", after)

    # ---------------------------------------------------------------------------------------------------- what follows

    def _begin_anew(self, now_ns: int, after_ns: int) -> None:
        self._new_dialog()
        self.next_ns = now_ns + after_ns

    def _lost(self, now_ns: int, why: str, after_s: int | None = None) -> None:
        self._tell_unknown(why)
        self._begin_anew(now_ns, self._retry_ns if after_s is None else max(1, min(after_s, 900)) * NS_PER_S)
        self._retry_ns = min(2 * self._retry_ns, LAST_RETRY_NS)

    def _refused(self, now_ns: int, what: str) -> None:
        """The other event package is asked for next, if there is one left."""
        following = self.packages[self.packages.index(self._package) + 1 :]
        if following:
            self._package = following[0]
            self._begin_anew(now_ns, 0)
            return
        self._tell_unknown(f"the PBX refuses to tell: {what}")
        self._package = self.packages[0]
        self._begin_anew(now_ns, REFUSED_NS)

    def _know(self, state: State) -> None:
        self._has_heard, self._anew_ns = True, SOON_NS
        self._say(News(self.who, state, self._package))

    def _tell_unknown(self, why: str) -> None:
        self._say(News(self.who, "unknown", why=why))

    def _say(self, news: News) -> None:
        if news != self._told:
            self._told = news
            self._tell(news)
