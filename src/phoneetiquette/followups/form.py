"""The form a message is written in: what must be filled in, and what it is when that is right (``message.take``)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from phoneetiquette.dialplan.numbers import NumberError, contact
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.followups.email import EmailError, normalised

LONGEST = {"name": 200, "matter": 4000, "phone": 64, "email": 254, "service": 64, "topic": 64, "language": 35}
"""Characters."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


class FormError(PhoneEtiquetteError):
    """A message cannot be saved as it is: ``fields`` says what is wrong with which field."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("the message is not complete: " + "; ".join(fields.values()), "fill in what is missing")
        self.fields = dict(fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageForm:
    """What was written down."""

    name: str = ""
    matter: str = ""
    phone: str = ""
    email: str = ""
    service: str = ""
    topic: str = ""
    language: str = ""
    read_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Who answers messages: its name for people, and where they are sent."""

    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a form is checked against, and whose days count."""

    country: str
    """ISO 3166: how telephone numbers are written here."""
    services: Mapping[str, Service]
    """Those of the dialplan, by name. Empty: there is none, and any name will do."""
    topics: Mapping[str, str]
    """Topic -> the service that the dialplan names for it."""
    region: str = ""
    zone: tzinfo | None = None
    """``None``: the machine's."""


def checked(form: MessageForm, site: Site) -> MessageForm:
    """The form with its texts tidied, its number in E.164 and the service found by the topic.

    Raises:
        FormError: something is missing or wrong, everything at once.
    """
    problems: dict[str, str] = {}
    tidy = {field: _tidied(field, getattr(form, field), problems) for field in LONGEST}
    for field, what in (("name", "the customer's full name"), ("matter", "what the customer wants")):
        if not tidy[field] and field not in problems:
            problems[field] = f"write {what}"
    if not tidy["phone"] and not tidy["email"] and not {"phone", "email"} & problems.keys():
        problems["phone"] = "write a telephone number or an e-mail address"
    if tidy["phone"] and "phone" not in problems:
        try:
            tidy["phone"] = contact(tidy["phone"], site.country)
        except NumberError as error:
            problems["phone"] = str(error)
    if tidy["email"] and "email" not in problems:
        try:
            tidy["email"] = normalised(tidy["email"])
        except EmailError as error:
            problems["email"] = str(error)
    if tidy["language"] and not _LANGUAGE.fullmatch(tidy["language"]):
        problems["language"] = "write a language code, such as de"
    service = tidy["service"] or site.topics.get(tidy["topic"], "")
    if service and site.services and service not in site.services:
        problems["service"] = f"the dialplan has no service {service!r}: {_some(site.services)}"
    if problems:
        raise FormError(problems)
    return MessageForm(read_back=form.read_back, **tidy | {"service": service})


def _tidied(field: str, text: str, problems: dict[str, str]) -> str:
    lines = [" ".join(line.split()) if field != "matter" else line.rstrip() for line in text.splitlines()]
    text = unicodedata.normalize("NFC", ("\n" if field == "matter" else " ").join(lines).strip())
    wrong = next((one for one in text if unicodedata.category(one) in ("Cc", "Cs") and one not in "\n\t"), None)
    if wrong is not None:
        problems[field] = f"leave the character U+{ord(wrong):04X} out"
    elif len(text) > LONGEST[field]:
        problems[field] = f"write at most {LONGEST[field]} characters ({len(text)} are written)"
    return text


def _some(names: Collection[str]) -> str:
    return "write one of " + ", ".join(sorted(names)[:8])
