"""A PBX that is subscribed to (RFC 6665): what it answers and tells, with moods; alone, or at a UDP socket."""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import threading
import time
from collections.abc import Callable
from typing import Self

from tests.peers.ports import LOOPBACK, free_port
from tests.peers.sip_call import PeerTimeoutError
from tests.peers.sip_message import Message, new_branch, tag_of, token, uri_of

REALM = "phoneetiquette.test"
DIALOG, PIDF = "application/dialog-info+xml", "application/pidf+xml"
_FORMS = {"dialog": DIALOG, "presence": PIDF}


def dialog_info(state: str = "", *, version: int = 0, kind: str = "full", name: str = "1") -> str:
    """What RFC 4235 has for one dialog in ``state``; empty: for none."""
    dialog = f'<dialog id="{name}"><state>{state}</state></dialog>' if state else ""
    head = f'version="{version}" state="{kind}" entity="sip:maria@pbx"'
    return f'<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" {head}>{dialog}</dialog-info>'


def pidf(basic: str = "open", activity: str = "") -> str:
    """What RFC 3863 has for one tuple, with an activity of RFC 4480."""
    doing = f"<dm:person><r:activities><r:{activity}/></r:activities></dm:person>" if activity else ""
    spaces = 'xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:r="urn:ietf:params:xml:ns:pidf:rpid"'
    return (
        f'<presence xmlns="urn:ietf:params:xml:ns:pidf" {spaces} entity="sip:maria@pbx">{doing}'
        f'<tuple id="t"><status><basic>{basic}</basic></status></tuple></presence>'
    )


def _user(request: Message) -> str:
    """Whom a request is for."""
    return uri_of(request.get("To")).partition(":")[2].partition("@")[0]


class Subscriber:
    """One subscription, from the server's side."""

    def __init__(self, request: Message, host: str) -> None:
        self.user = _user(request)
        self.package = request.get("Event")
        self.target, self.tag = uri_of(request.get("Contact")), token(4)
        self._call_id, self._from, self._to = request.get("Call-ID"), request.get("To"), request.get("From")
        self._host, self._sequence, self._version = host, 0, -1

    def knows(self, request: Message) -> bool:
        return (request.get("Call-ID"), tag_of(request.get("To"))) == (self._call_id, self.tag)

    def notify(self, body: str = "", state: str = "active;expires=300", **instead: str) -> Message:
        """The next NOTIFY; ``instead`` of header fields (``call_id``: Call-ID) others are written."""
        self._sequence += 1
        fields = {
            "via": f"SIP/2.0/UDP {self._host};branch={new_branch()}",
            "from": f"{self._from};tag={self.tag}",
            "to": self._to,
            "call-id": self._call_id,
            "cseq": f"{self._sequence} NOTIFY",
            "contact": f"<sip:{self.user}@{self._host}>",
            "event": self.package,
            "subscription-state": state,
            **({"content-type": _FORMS[self.package]} if body else {}),
            **{name.replace("_", "-"): value for name, value in instead.items()},
        }
        return Message(f"NOTIFY {self.target} SIP/2.0", list(fields.items()), body)


class PresenceServer:
    """Answers SUBSCRIBE as its attributes say.

    Attributes:
        password: of every user; empty: nobody is asked for one.
        refuse: event package -> code with which it is refused, and header fields with it.
        refused_users: who is not known here.
        knows_nothing: of anybody; its documents are empty.
        silent: takes subscriptions and tells nothing.
        busy: users that are in a call.
        seen: every SUBSCRIBE taken in.
        subscribers: subscriptions that are alive.
    """

    def __init__(self, password: str = "", host: str = "pbx") -> None:
        self.password, self.host, self.expires_s = password, host, 300
        self.refuse: dict[str, tuple[int, str]] = {}
        self.refused_users: set[str] = set()
        self.silent = self.knows_nothing = False
        self.busy: set[str] = set()
        self.seen: list[Message] = []
        self.subscribers: list[Subscriber] = []
        self._nonce = token(4)

    def forget(self) -> None:
        """As after a restart."""
        self.subscribers.clear()
        self.new_challenge()

    def new_challenge(self) -> None:
        """The old one is not accepted any more."""
        self._nonce = token(4)

    def take(self, request: Message) -> list[Message]:
        """What a SUBSCRIBE brings about: the answer, then the NOTIFY that goes with it. Everybody may register, and
        nobody can be called."""
        if request.method == "REGISTER":
            contact = f"{request.get('Contact')};expires=300"
            return [request.answer(200, "OK", token(4), [("Contact", contact), ("Expires", "300")])]
        if request.method == "ACK":
            return []
        if request.method != "SUBSCRIBE":
            return [request.answer(480, "Temporarily Unavailable", token(4))]
        self.seen.append(request)
        if self.password and not self._proved(request):
            challenge = f'Digest realm="{REALM}", nonce="{self._nonce}", qop="auth", algorithm=MD5'
            return [request.answer(401, "Unauthorized", token(4), [("WWW-Authenticate", challenge)])]
        code, field = self.refuse.get(request.get("Event"), (0, ""))
        if code:
            name, _, value = field.partition(": ")
            return [request.answer(code, "Not Here", token(4), [(name, value)] if name else [])]
        if _user(request) in self.refused_users:
            return [request.answer(404, "Not Found", token(4))]
        known = next((one for one in self.subscribers if one.knows(request)), None)
        if known is None and tag_of(request.get("To")):
            return [request.answer(481, "Subscription Does Not Exist")]
        one = known or Subscriber(request, self.host)
        expires = request.get("Expires")
        granted = [("Expires", str(min(int(expires), self.expires_s))), ("Contact", f"<sip:{one.user}@{self.host}>")]
        answered = request.answer(200, "OK", one.tag, granted)
        if known and expires == "0":
            self.subscribers.remove(known)
            return [answered, one.notify(state="terminated;reason=timeout")]
        if known is None:
            self.subscribers.append(one)
        standing = f"active;expires={self.expires_s}"
        return [answered] if self.silent else [answered, one.notify(self.document(one), standing)]

    def document(self, one: Subscriber) -> str:
        if self.knows_nothing:
            return ""
        busy = one.user in self.busy
        if one.package == "dialog":
            return dialog_info("confirmed" if busy else "")
        return pidf("open", "on-the-phone" if busy else "")

    def of(self, user: str) -> Subscriber:
        """The newest subscription to this user."""
        return next(one for one in reversed(self.subscribers) if one.user == user)

    def _proved(self, request: Message) -> bool:
        given = dict(re.findall(r'(\w+)="?([^",\s]+)"?', request.get("Authorization")))
        if given.get("nonce") != self._nonce:
            return False

        def hashed(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        who = hashed(f"{given['username']}:{REALM}:{self.password}")
        what = hashed(f"SUBSCRIBE:{given['uri']}")
        return str(given["response"]) == hashed(f"{who}:{self._nonce}:{given['nc']}:{given['cnonce']}:auth:{what}")


class PresencePbx(PresenceServer):
    """The same at a UDP socket on loopback; ready when the constructor returns."""

    def __init__(self, password: str = "") -> None:
        self.port = free_port()
        super().__init__(password, f"{LOOPBACK}:{self.port}")
        self.answers: list[Message] = []
        """What the subscriber says of each NOTIFY."""
        self._peer = (LOOPBACK, 0)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, self.port))
        threading.Thread(target=self._serve, name="presence server", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def uri(self, user: str) -> str:
        return f"sip:{user}@{self.host}"

    def tell(self, user: str, *, busy: bool) -> None:
        """Somebody's call has begun, or is over."""
        (self.busy.add if busy else self.busy.discard)(user)
        one = self.of(user)
        self.send(one.notify(self.document(one)))

    @property
    def subscriber(self) -> tuple[str, int]:
        """Where SUBSCRIBE came from last."""
        return self._peer

    def send(self, message: Message) -> None:
        self._socket.sendto(message.encode(), self._peer)

    def wait(self, done: Callable[[PresencePbx], bool], timeout_s: float = 15.0) -> None:
        """Raises :class:`PeerTimeoutError` when it does not come to this in time."""
        deadline = time.monotonic() + timeout_s
        while not done(self):
            if time.monotonic() > deadline:
                raise PeerTimeoutError(f"{[one.start for one in self.seen]} came, {self.answers} was said")
            time.sleep(0.01)

    def _serve(self) -> None:
        while True:
            try:
                data, peer = self._socket.recvfrom(65536)
            except OSError:
                return
            if not data.strip():
                continue
            message = Message.parse(data)
            if message.code:
                self.answers.append(message)
                continue
            if message.method == "SUBSCRIBE":
                self._peer = (str(peer[0]), int(peer[1]))
            for answer in self.take(message):
                with contextlib.suppress(OSError):  # closed meanwhile: subscriptions are taken back at the end
                    self._socket.sendto(answer.encode(), peer)
