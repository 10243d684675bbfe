"""A real mail server on loopback: it takes mail, or refuses it as the test says."""

from __future__ import annotations

import email
import email.policy
import ssl
import time
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from tests.peers.ports import LOOPBACK, free_port
from tests.peers.sip_call import PeerTimeoutError


class MailServer:
    """``refuses``: the answer to every recipient in place of taking it, such as ``451 later``.

    With ``certificate`` and ``key`` it insists on STARTTLS, and with ``login`` on that user and password.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        certificate: Path | None = None,
        key: Path | None = None,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.port = port or free_port()
        self.refuses = ""
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self._login = login
        options: dict[str, Any] = {}
        if certificate and key:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            options |= {"tls_context": context, "require_starttls": True}
        if login:
            options |= {
                "authenticator": self._authenticate,
                "auth_required": True,
                "auth_require_tls": bool(certificate),
            }
        self._controller = Controller(self, hostname=LOOPBACK, port=self.port, **options)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    def wait_mails(self, count: int, timeout_s: float = 20.0) -> list[EmailMessage]:
        """
        Raises:
            PeerTimeoutError: fewer came in time.
        """
        deadline = time.monotonic() + timeout_s
        while len(self.mails) < count:
            if time.monotonic() > deadline:
                raise PeerTimeoutError(f"{len(self.mails)} of {count} mails came")
            time.sleep(0.02)
        return list(self.mails)

    async def handle_RCPT(  # noqa: N802 - the library looks for this name
        self, _server: SMTP, _session: object, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: object, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.recipients += envelope.rcpt_tos
        self.mails.append(mail)
        return "250 taken"

    def _authenticate(
        self, _server: SMTP, _session: object, _envelope: object, _how: str, data: LoginPassword
    ) -> AuthResult:
        assert self._login
        right = (data.login.decode(), data.password.decode()) == self._login
        return AuthResult(success=right, handled=False)
