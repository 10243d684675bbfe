"""A registrar over UDP that checks digest passwords and has moods."""

from __future__ import annotations

import hashlib
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable

from tests.peers.ports import LOOPBACK, free_port
from tests.peers.sip_call import PeerTimeoutError
from tests.peers.sip_message import Message, token, uri_of

REALM = "phoneetiquette.test"


class Registrar:
    """Ready when the constructor returns.

    Attributes:
        silent: takes everything in and says nothing.
        refuse: answers every REGISTER with this code; 0: as it should.
        expires_s: the longest registration it grants.
        seen: every REGISTER taken in, with its arrival in monotonic seconds.
        contacts: who is registered, and where.
    """

    def __init__(self, passwords: dict[str, str], *, host: str = LOOPBACK, port: int = 0) -> None:
        self.host, self.port = host, port or free_port()
        self.silent, self.refuse, self.expires_s = False, 0, 3600
        self.seen: list[tuple[float, Message]] = []
        self.contacts: dict[str, str] = {}
        self._passwords = passwords
        self._nonces: set[str] = set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, self.port))
        threading.Thread(target=self._serve, name="registrar", daemon=True).start()

    def __enter__(self) -> Registrar:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def uri(self) -> str:
        return f"sip:{self.host}:{self.port}"

    def account(self, user: str, password: str, **more: object) -> dict[str, object]:
        """The ``sip.account`` of a seat that registers here."""
        return {"registrar": self.uri, "user": user, "password": password, **more}

    def wait(self, done: Callable[[Registrar], bool], timeout_s: float = 10.0) -> None:
        """Raises :class:`PeerTimeoutError` when it does not come to this in time."""
        deadline = time.monotonic() + timeout_s
        while not done(self):
            if time.monotonic() > deadline:
                raise PeerTimeoutError(f"the registrar did not get there: {self.contacts}, {len(self.seen)} seen")
            time.sleep(0.02)

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                data, sender = self._socket.recvfrom(65536)
            except OSError:
                return
            if not data.strip():
                continue
            request = Message.parse(data)
            seen_as = f";received={sender[0]};rport={sender[1]}"  # RFC 3581, 4
            request.headers = [(k, v.replace(";rport", seen_as) if k == "via" else v) for k, v in request.headers]
            self.seen.append((time.monotonic(), request))
            if not self.silent and request.method != "ACK":
                self._socket.sendto(self._answer(request).encode(), sender)

    def _answer(self, request: Message) -> Message:
        if request.method != "REGISTER":
            return request.answer(501, "Not Implemented", token(4))
        if self.refuse:
            return request.answer(self.refuse, "Not Now", token(4))
        given = dict(re.findall(r'(\w+)="?([^",]+)"?', request.get("Authorization")))
        if given.get("nonce") not in self._nonces:
            nonce = secrets.token_hex(8)
            self._nonces.add(nonce)
            challenge = f'Digest realm="{REALM}", nonce="{nonce}", algorithm=MD5, qop="auth"'
            return request.answer(401, "Unauthorized", token(4), [("WWW-Authenticate", challenge)])
        if given["response"] != self._expected(given):
            return request.answer(403, "Forbidden", token(4))
        user = re.sub(r"^sips?:|@.*", "", uri_of(request.get("To")))
        contact = request.get("Contact")
        wanted = re.search(r"expires=(\d+)", contact)
        expires_s = min(int(wanted[1] if wanted else request.get("Expires") or 3600), self.expires_s)
        if expires_s == 0 or contact == "*":
            self.contacts.pop(user, None)
            return request.answer(200, "OK", token(4))
        self.contacts[user] = uri_of(contact)
        kept = f"<{uri_of(contact)}>;expires={expires_s}"
        return request.answer(200, "OK", token(4), [("Contact", kept), ("Expires", str(expires_s))])

    def _expected(self, given: dict[str, str]) -> str:
        """RFC 2617, 3.2.2."""
        password = self._passwords.get(given["username"], "")
        ha1 = _md5(f"{given['username']}:{REALM}:{password}")
        ha2 = _md5(f"REGISTER:{given['uri']}")
        return _md5(f"{ha1}:{given['nonce']}:{given['nc']}:{given['cnonce']}:{given['qop']}:{ha2}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - what the protocol asks for
