"""The keys of ``messages`` and ``hooks``: the three-day promise, and who is told what, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from phoneetiquette.config.keys import described
from phoneetiquette.config.kinds import (
    Email,
    File,
    Flag,
    Host,
    ListOf,
    Password,
    Section,
    Text,
    WebAddress,
    Whole,
    Word,
)
from phoneetiquette.config.secret import Secret

_VARIABLE = Text("the name of an environment variable", 64, r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpConfig:
    """The mail server that takes messages for the services. The password comes from at most one of `password`,
    `password_file` and `password_env`."""

    host: str = field(metadata=described(Host(), "The mail server.", example="host: mail.hotel.example"))
    sender: str = field(
        metadata=described(Email(), "Who the mails are from.", example="sender: reception@hotel.example")
    )
    security: Literal["starttls", "tls", "none"] = field(
        default="starttls",
        metadata=described(
            Word(("starttls", "tls", "none")),
            "How the connection is kept private; the server's certificate is checked. `none` only on a network of your"
            " own.",
            example="security: tls",
        ),
    )
    port: int | None = field(
        default=None,
        metadata=described(
            Whole(1, 65535), "Its port.", null="587 with `starttls`, 465 with `tls`, else 25", example="port: 2525"
        ),
    )
    user: str | None = field(
        default=None,
        metadata=described(Text("a user name", 128), "Who logs in.", null="nobody does", example="user: reception"),
    )
    password: Secret | None = field(
        default=None,
        metadata=described(
            Password(),
            "The password itself. The file it is written in must have mode 0600.",
            null="taken from elsewhere",
            example='password: "long and random"',
        ),
    )
    password_file: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "File whose first line is the password; its mode must be 0600.",
            null="taken from elsewhere",
            example="password_file: /etc/phoneetiquette/smtp-password",
        ),
    )
    password_env: str | None = field(
        default=None,
        metadata=described(
            _VARIABLE,
            "Environment variable that holds the password.",
            null="taken from elsewhere",
            example="password_env: PHONEETIQUETTE_SMTP_PASSWORD",
        ),
    )
    ca: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "PEM file of the authorities whose certificates are trusted.",
            null="those of the system",
            example="ca: /etc/ssl/hotel-ca.pem",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConfig:
    """A signed HTTP POST for each message and reminder; see [messages](messages.md#webhooks). The secret comes from
    exactly one of `secret`, `secret_file` and `secret_env`."""

    url: str = field(
        metadata=described(WebAddress(), "Where to.", example="url: https://desk.hotel.example/phoneetiquette")
    )
    secret: Secret | None = field(
        default=None,
        metadata=described(
            Password(),
            "What both sides know. The file it is written in must have mode 0600.",
            null="taken from elsewhere",
            example='secret: "long and random"',
        ),
    )
    secret_file: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "File whose first line is the secret; its mode must be 0600.",
            null="taken from elsewhere",
            example="secret_file: /etc/phoneetiquette/webhook-secret",
        ),
    )
    secret_env: str | None = field(
        default=None,
        metadata=described(
            _VARIABLE,
            "Environment variable that holds the secret.",
            null="taken from elsewhere",
            example="secret_env: PHONEETIQUETTE_WEBHOOK_SECRET",
        ),
    )
    allow_private: bool = field(
        default=False,
        metadata=described(Flag(), "Also to addresses of this machine and of private networks."),
    )
    ca: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "PEM file of the authorities whose certificates are trusted.",
            null="those of the system",
            example="ca: /etc/ssl/hotel-ca.pem",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesConfig:
    """What customers want answered: by when, and how it reaches who is responsible. Who that is, the dialplan's
    `services` say. See [messages](messages.md)."""

    days: Literal["calendar", "working"] = field(
        default="calendar",
        metadata=described(
            Word(("calendar", "working")),
            "Which days count to the three in which a message is answered: all, or the `working` days of the dialplan's"
            " country and region (else of `pickup.country`).",
        ),
    )
    to: str | None = field(
        default=None,
        metadata=described(
            Email(),
            "Who gets messages whose service has no address, or that have no service.",
            null="nobody: they stay on the page",
            example="to: office@hotel.example",
        ),
    )
    escalate_to: str | None = field(
        default=None,
        metadata=described(
            Email(),
            "Who is told when a message was not answered in time.",
            null="the service again",
            example="escalate_to: manager@hotel.example",
        ),
    )
    smtp: SmtpConfig | None = field(
        default=None, metadata=described(Section(SmtpConfig), "", null="messages are not mailed")
    )
    webhook: WebhookConfig | None = field(
        default=None, metadata=described(Section(WebhookConfig), "", null="no program is told of messages")
    )


HookEvent = Literal["ringing", "answered", "ended", "message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HooksConfig:
    """Programs that are told what happens, after it has happened: a call never waits for them. See
    [messages](messages.md#hooks)."""

    on: tuple[HookEvent, ...] = field(
        default=(),
        metadata=described(
            ListOf(Word(("ringing", "answered", "ended", "message"))),
            "What is told.",
            example="on: [ringing, ended]",
        ),
    )
    command: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "A program of this machine: the name of what happened is its argument, its input is the JSON.",
            null="none",
            example="command: /usr/local/bin/screen-pop",
        ),
    )
    webhook: WebhookConfig | None = field(default=None, metadata=described(Section(WebhookConfig), "", null="none"))
