"""Readers of telephones' configuration files that share no code with the product's, and phones to write them for."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any
from xml.dom import minidom

from phoneetiquette.phones.formats import Entry
from phoneetiquette.phones.phone import Phone
from phoneetiquette.phones.profiles import profile_of, profiles
from phoneetiquette.phones.zones import zone

PROVISIONED = [name for name, profile in profiles().items() if profile.provisioning]
VIENNA = zone("Europe/Vienna", "CET-1CEST,M3.5.0,M10.5.0/3")

_SAYS_WHICH = ("name", "idx", "index", "ID")


def minimal(profile: str, **more: Any) -> Phone:
    """The account of ``tests/data/phones``, and nothing that could be left out."""
    given: dict[str, Any] = {
        "name": "desk",
        "profile": profile_of(profile),
        "mac": "0015650a0b0c",
        "user": "1001",
        "auth_user": "1001",
        "password": "secret",
        "server_host": "192.0.2.10",
        "server_port": 5060,
        "display_name": "Reception",
        "label": "Reception",
        "seat_host": "192.0.2.10",
    }
    return Phone(**{**given, **more})


def full(profile: str, **more: Any) -> Phone:
    """A phone of which everything is configured that can be."""
    given: dict[str, Any] = {
        "auth_user": "auth-1001",
        "admin_user": profile_of(profile).admin_user,
        "admin_password": "Adm1nAdm1n",
        "events": "http://192.0.2.10:8470/phones",
        "ntp": "192.0.2.1",
        "language": "en",
        "zone": VIENNA,
        "people": (Entry("Anna Berg", "201"), Entry("Øyvind <Küche>", "+4315550100")),
    }
    return minimal(profile, **{**given, **more})


def values(text: str) -> dict[str, str]:
    """Key -> value of a file in any form, by a path of this module's own."""
    if text.startswith("#!version"):
        return dict(_split(line, " = ") for line in text.splitlines() if not line.startswith("#"))
    if text.startswith("SET "):
        return {key: value for _, key, value in (shlex.split(line) for line in text.splitlines())}
    if not text.lstrip().startswith("<"):
        return dict(_split(line, ": ") if ": " in line else (line.rstrip(":"), "") for line in text.splitlines())
    root = minidom.parseString(text).documentElement  # noqa: S318 - our own files
    assert root
    return dict(_of_element(root, ""))


def _split(line: str, by: str) -> tuple[str, str]:
    key, _, value = line.partition(by)
    return key, "" if value == "%NULL%" else value


def _of_element(element: minidom.Element, above: str) -> Iterator[tuple[str, str]]:
    which = [f"{one}={element.getAttribute(one)}" for one in _SAYS_WHICH if element.hasAttribute(one)]
    path = f"{above}/{element.tagName}" + (f"[{','.join(which)}]" if which else "")
    children = [child for child in element.childNodes if isinstance(child, minidom.Element)]
    attributes = [(name, value) for name, value in element.attributes.items() if "." in name or name == "value"]
    for name, value in attributes:
        yield f"{path}@{name}", value
    for child in children:
        yield from _of_element(child, path)
    if not children and not attributes:
        yield path, "".join(node.data for node in element.childNodes if isinstance(node, minidom.Text))
