"""Sending an e-mail by SMTP, with the standard library."""

from __future__ import annotations

import contextlib
import email.policy
import email.utils
import smtplib
import ssl
import time
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from phoneetiquette.followups.email import EmailError, ascii_form
from phoneetiquette.followups.parcel import Parcel, one_line
from phoneetiquette.notify.errors import DeliveryError

TIMEOUT_S = 30.0
LARGEST_ATTACHMENT = 20 << 20
TOO_LARGE = 552
"""The answer to a sender whose mail is larger than the server takes (RFC 1870)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The mail server and who writes. Without ``user`` nobody logs in."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    sender_name: str = ""
    user: str = ""
    password: str = ""
    ca: str = ""
    recordings: Path = Path()
    """Beneath this are the recordings that parcels name."""


def send(settings: MailSettings, parcel: Parcel) -> None:
    """Deliver the parcel to the mail server.

    Raises:
        DeliveryError: it was not taken.
    """
    mail = compose(settings, parcel)
    try:
        with _connected(settings) as server:
            if settings.user:
                server.login(settings.user, settings.password)
            server.send_message(mail, settings.sender, [str(mail["To"])])
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()), (550, b""))
        raise _refused(f"the mail server does not take mail for {parcel.to}", code, said) from error
    except smtplib.SMTPAuthenticationError as error:
        raise DeliveryError("the mail server refuses user or password", "check messages.smtp") from error
    except smtplib.SMTPResponseException as error:
        if isinstance(error, smtplib.SMTPDataError) or error.smtp_code == TOO_LARGE:
            raise _refused("the mail server refuses the mail", error.smtp_code, error.smtp_error) from error
        words = one_line(_words(error.smtp_error))
        what = f"the mail server {settings.host} refuses to be spoken to: {error.smtp_code} {words}"
        raise DeliveryError(what, "check messages.smtp") from error  # of any mail, so nothing is wrong with this one
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or error
        raise DeliveryError(
            f"no trusted connection to the mail server {settings.host}: {reason}",
            "check messages.smtp.security, and messages.smtp.ca for an authority of your own",
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(
            f"the mail server {settings.host}:{settings.port} cannot be reached: {error}", "check messages.smtp"
        ) from error


def compose(settings: MailSettings, parcel: Parcel) -> EmailMessage:
    """The e-mail. Its ``Message-ID`` is that of the parcel, so that one sent twice is known as one.

    A customer's address that few servers take is not in its headers; the text has it.

    Raises:
        DeliveryError: the address it goes to is none.
    """
    mail = EmailMessage(policy=email.policy.SMTP)
    try:
        mail["To"] = ascii_form(parcel.to)
        mail["From"] = Address(one_line(settings.sender_name, 64), addr_spec=settings.sender)
    except EmailError as error:
        raise DeliveryError(error.what, error.advice, final=True) from error
    if parcel.reply_to:
        with contextlib.suppress(EmailError):
            mail["Reply-To"] = ascii_form(parcel.reply_to)
    mail["Subject"] = one_line(parcel.subject)
    mail["Date"] = email.utils.formatdate(time.time())
    mail["Message-ID"] = f"<{parcel.id}@{settings.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    text, sound = parcel.text, b""
    if parcel.attachment:
        try:
            sound = _recording(settings.recordings, parcel.attachment)
        except OSError as error:
            text += f"\nThe recording {parcel.attachment} cannot be attached: {error.strerror or error}\n"
    mail.set_content(text)
    if sound:
        mail.add_attachment(sound, maintype="audio", subtype="wav", filename=Path(parcel.attachment).name)
    return mail


def _recording(directory: Path, name: str) -> bytes:
    path = (directory / name).resolve()
    if not path.is_relative_to(directory.resolve()):
        raise OSError("it is not among the messages")
    if path.stat().st_size > LARGEST_ATTACHMENT:
        raise OSError(f"it is larger than {LARGEST_ATTACHMENT >> 20} MB")
    return path.read_bytes()


def _connected(settings: MailSettings) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=settings.ca or None)
    if settings.security == "tls":
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT_S, context=context)
    server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_S)
    if settings.security == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def _refused(what: str, code: int, said: bytes | str) -> DeliveryError:
    return DeliveryError(
        f"{what}: {code} {one_line(_words(said))}", "check the address of the service", final=code >= 500
    )


def _words(said: bytes | str) -> str:
    return said.decode("ascii", "replace") if isinstance(said, bytes) else said
