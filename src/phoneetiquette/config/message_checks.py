"""What the keys of ``messages`` and ``hooks`` need from one another, and the secrets in them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from phoneetiquette.config import files
from phoneetiquette.config.message_schema import SmtpConfig, WebhookConfig
from phoneetiquette.config.reading import Reading
from phoneetiquette.config.secret_sources import examined, given, secret_of
from phoneetiquette.problems import Severity


def run(reading: Reading, *, starting: bool) -> None:
    """Check ``reading`` and complete its configuration: the secrets from wherever they are."""
    messages, hooks = reading.config.messages, reading.config.hooks
    smtp, webhook, hook = messages.smtp, messages.webhook, hooks.webhook
    if smtp is not None and reading.usable("messages.smtp"):
        smtp = _smtp(reading, smtp, starting=starting)
    if webhook is not None and reading.usable("messages.webhook"):
        webhook = _webhook(reading, "messages.webhook", webhook, starting=starting)
    if hook is not None and reading.usable("hooks.webhook"):
        hook = _webhook(reading, "hooks.webhook", hook, starting=starting)
    reading.config = replace(
        reading.config,
        messages=replace(messages, smtp=smtp, webhook=webhook),
        hooks=replace(hooks, webhook=hook),
    )
    if reading.usable("hooks"):
        _hooks(reading)
    for key in ("to", "escalate_to"):
        if getattr(messages, key) is not None and smtp is None and reading.usable("messages.smtp"):
            what = f"messages.{key} has no effect: there is no mail server"
            reading.problem(f"messages.{key}", what, "write messages.smtp", Severity.WARNING)


def _smtp(reading: Reading, smtp: SmtpConfig, *, starting: bool) -> SmtpConfig:
    password = secret_of(reading, "messages.smtp", "password", smtp, starting=starting)
    if smtp.user is not None and password is None and not given(smtp, "password"):
        reading.problem("messages.smtp.user", "messages.smtp has a user, but no password", "write one")
    if smtp.security == "none" and password is not None:
        what = "the password of messages.smtp travels unencrypted"
        reading.problem("messages.smtp.security", what, "use starttls or tls", Severity.WARNING)
    if smtp.ca is not None:
        examined(reading, "messages.smtp.ca", smtp.ca, files.authorities)
    return replace(smtp, password=password)


def _webhook(reading: Reading, path: str, webhook: WebhookConfig, *, starting: bool) -> WebhookConfig:
    secret = secret_of(reading, path, "secret", webhook, starting=starting)
    if not given(webhook, "secret"):
        reading.problem(path, f"{path} has no secret", "write one of secret, secret_file, secret_env")
    if webhook.url.startswith("http:") and not webhook.allow_private:
        what = f"{path}.url sends what customers say unencrypted"
        reading.problem(f"{path}.url", what, "use https", Severity.WARNING)
    if webhook.ca is not None:
        examined(reading, f"{path}.ca", webhook.ca, files.authorities)
    return replace(webhook, secret=secret)


def _hooks(reading: Reading) -> None:
    hooks = reading.config.hooks
    if hooks.on and hooks.command is None and hooks.webhook is None:
        reading.problem("hooks.on", "hooks.on tells nobody", "write hooks.command or hooks.webhook")
    if not hooks.on and (hooks.command or hooks.webhook):
        reading.problem("hooks", "hooks has no effect: nothing is told", "write on: [ringing, ended]", Severity.WARNING)
    if hooks.command is not None:
        examined(reading, "hooks.command", hooks.command, _program)


def _program(path: Path) -> None:
    files.readable(path)
    if not os.access(path, os.X_OK):
        raise files.UnusableFileError("is no program", f"chmod +x {path}")
