"""The keys of messages, hooks and records: what they need from one another, and their secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from phoneetiquette.config import check, load
from phoneetiquette.config.secret import MASK, Secret

SMTP = "host: mail.example, sender: desk@hotel.example"
URL = "url: 'https://desk.example/x'"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("messages: {smtp: {host: mail.example}}", "sender"),
        ("messages: {smtp: {host: mail.example, sender: desk}}", "is no e-mail address"),
        (f"messages: {{smtp: {{{SMTP}, user: desk}}}}", "has a user, but no password"),
        (f"messages: {{smtp: {{{SMTP}, user: d, password: a, password_env: B}}}}", "password and password_env"),
        (f"messages: {{smtp: {{{SMTP}, user: d, password: a, security: none}}}}", "travels unencrypted"),
        (f"messages: {{smtp: {{{SMTP}, ca: nothing.pem}}}}", "cannot be read"),
        (f"messages: {{smtp: {{{SMTP}, user: d, password_env: NOT_SET_ANYWHERE}}}}", "is not set"),
        ("messages: {to: office@hotel.example}", "there is no mail server"),
        (f"messages: {{webhook: {{{URL}}}}}", "has no secret"),
        ("messages: {webhook: {url: 'ftp://x/', secret: a}}", "is not an https: or http: URL"),
        ("messages: {webhook: {url: 'https://u:p@x/', secret: a}}", "user name or a fragment"),
        ("messages: {webhook: {url: 'http://desk.example/', secret: a}}", "unencrypted"),
        ("hooks: {on: [ringing]}", "tells nobody"),
        (f"hooks: {{webhook: {{{URL}, secret: a}}}}", "nothing is told"),
        ("hooks: {on: [ringing], command: nothing}", "cannot be read"),
        ("hooks: {on: [ringing], command: p.yaml}", "is no program"),
        ("hooks: {on: [rings], command: p.yaml}", "did you mean 'ringing'"),
        ("office: {listen: 192.0.2.1}", "passwords would cross the network"),
        ("records: {record_days: 20}", "the journal is kept 35 days"),
        ("records: {store: 'mysql://u@h/d'}", "is not a postgresql: URL"),
        ("records: {store: 'postgresql://u@h/'}", "is not a postgresql: URL"),
        ("records: {store: 'postgresql://u:p@h/d'}", "holds a password"),
        ("records: {store: 'postgresql://u@h/d?password=p'}", "holds a password"),
        ("records: {store: 'postgresql://h/d', password: p}", "has a password, but no user"),
        ("records: {store: 'postgresql://u@h/d', password: p, password_env: B}", "password and password_env"),
        ("records: {store: 'postgresql://u@h/d', password_env: NOT_SET_ANYWHERE}", "is not set"),
        ("records: {store: 'postgresql://u@db.example/d?sslmode=require'}", "whose certificate is not checked"),
        ("records: {store: 'postgresql://u@localhost/d', database: d.sqlite}", "records.database has no effect"),
        ("records: {password_env: HOME}", "records.password_env has no effect"),
        ("records: {record_days: 20, journal_days: 0}", "the journal is kept for ever"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(text)
    file.chmod(0o600)
    problems = [str(problem) for problem in check([file])]
    assert any(said in problem and problem.startswith(f"{file}:1:") for problem in problems), problems


def test_secrets_come_from_where_they_are_and_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "from the environment")
    (tmp_path / "password").write_text("from a file\nnot this\n")
    (tmp_path / "password").chmod(0o600)
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    file = tmp_path / "p.yaml"
    file.write_text(
        f"messages: {{smtp: {{{SMTP}, user: desk, password_file: password}}, to: office@hotel.example}}\n"
        f"hooks: {{on: [ended], command: program, webhook: {{{URL}, secret_env: HOOK_SECRET}}}}\n"
        "records: {record_days: 400}\n"
    )
    config = load(file)
    assert config.messages.smtp
    assert config.hooks.webhook
    assert config.messages.smtp.password == Secret("from a file")
    assert config.hooks.webhook.secret == Secret("from the environment")
    assert MASK in str(config.messages.smtp)
    assert "from the environment" not in str(config)


@pytest.mark.parametrize(
    ("store", "url"),
    [
        ("postgresql://u@127.0.0.1:5433/d", "postgresql://u:p%40ss%2Fw%25rd%3A%20long@127.0.0.1:5433/d"),
        ("postgresql://u@/d?host=/run/postgresql", "postgresql://u:p%40ss%2Fw%25rd%3A%20long@/d?host=/run/postgresql"),
    ],
)
def test_the_password_of_the_store_is_put_into_its_address(tmp_path: Path, store: str, url: str) -> None:
    (tmp_path / "password").write_text("p@ss/w%rd: long\n")
    (tmp_path / "password").chmod(0o600)
    file = tmp_path / "p.yaml"
    file.write_text(f"records: {{store: '{store}', password_file: password}}")
    config = load(file)
    assert check([file]) == []
    assert config.store == url
    assert "w%rd" not in repr(config)
