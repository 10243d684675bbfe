"""The ways out of a seat, as the configuration has them: mail, webhook, command."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from phoneetiquette.config import Config, SmtpConfig, WebhookConfig
from phoneetiquette.followups.parcel import Channel
from phoneetiquette.notify.delivery import Send
from phoneetiquette.runtime.courier import Routes

if TYPE_CHECKING:
    from phoneetiquette.notify.mail import MailSettings
    from phoneetiquette.notify.webhook import WebhookSettings

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def routes_of(config: Config) -> Routes:
    """Where messages are sent."""
    messages = config.messages
    return Routes(
        mail=messages.smtp is not None,
        to=messages.to or "",
        escalate_to=messages.escalate_to or "",
        webhook=messages.webhook is not None,
    )


def hook_channels_of(config: Config) -> tuple[Channel, ...]:
    """By which ways hooks are told."""
    given: tuple[tuple[Channel, object], ...] = (
        ("hook_webhook", config.hooks.webhook),
        ("command", config.hooks.command),
    )
    return tuple(channel for channel, configured in given if configured is not None)


def ways_of(config: Config) -> Mapping[Channel, Send]:
    """How each channel delivers. What waits for one that is not configured any more keeps waiting.

    Only what is configured is imported: most seats never send a mail.
    """
    ways: dict[Channel, Send] = {}
    messages, hooks = config.messages, config.hooks
    if messages.smtp is not None:
        from phoneetiquette.notify import mail

        settings = _mail(config, messages.smtp)
        ways["mail"] = lambda parcel: mail.send(settings, parcel)
    webhooks: tuple[tuple[Channel, WebhookConfig | None], ...] = (
        ("webhook", messages.webhook),
        ("hook_webhook", hooks.webhook),
    )
    for channel, configured in webhooks:
        if configured is not None:
            from phoneetiquette.notify import webhook

            ways[channel] = partial(webhook.post, _webhook(configured))
    if hooks.command is not None:
        from phoneetiquette.notify import command

        program = hooks.command
        ways["command"] = lambda parcel: command.run(program, parcel)
    return ways


def _mail(config: Config, smtp: SmtpConfig) -> MailSettings:
    from phoneetiquette.notify.mail import MailSettings

    return MailSettings(
        host=smtp.host,
        port=smtp.port or _PORTS[smtp.security],
        security=smtp.security,
        sender=smtp.sender,
        sender_name=config.seat.display_name,
        user=smtp.user or "",
        password=smtp.password.reveal() if smtp.password else "",
        ca=str(smtp.ca or ""),
        recordings=Path(config.directory / "messages"),
    )


def _webhook(settings: WebhookConfig) -> WebhookSettings:
    from phoneetiquette.notify.webhook import WebhookSettings

    return WebhookSettings(
        url=settings.url,
        secret=settings.secret.reveal() if settings.secret else "",
        allow_private=settings.allow_private,
        ca=str(settings.ca or ""),
    )
