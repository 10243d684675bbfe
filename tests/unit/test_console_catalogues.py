"""The catalogues of the page: each has every message, and says of the same things."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.core import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from phoneetiquette.config.schema import LANGUAGES as CONFIGURABLE
from phoneetiquette.console import catalogues
from phoneetiquette.console.catalogues import LANGUAGES, PLURALS, catalogue, po_file

PAGE = Path(catalogues.__file__).parent
PLACEHOLDER = re.compile(r"\{\w*\}")
TRANSLATED = [language for language in LANGUAGES if language != "en"]
Id = str | tuple[str, ...]


@cache
def wanted() -> set[Id]:
    """Every message of template and scripts."""
    methods = [("templates/**.html", "jinja2"), ("static/**.js", "javascript")]
    keywords = {"_": None, "t": None, "N": None, "tn": (1, 2)}
    found = extract_from_dir(str(PAGE), methods, keywords=keywords, comment_tags=())
    return {message if isinstance(message, str) else tuple(message) for _, _, message, _, _ in found}


def read(language: str) -> Catalog:
    with po_file(language).open("rb") as stream:
        return read_po(stream, locale=language)


def test_the_page_has_its_messages() -> None:
    assert len(wanted()) > 200
    assert "Lift" in wanted()
    assert ("you interrupted once", "you interrupted {n} times") in wanted()


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_is_complete_and_has_nothing_else(language: str) -> None:
    known = {message.id: message for message in read(language) if message.id}
    assert set(known) == wanted()
    for message in known.values():
        assert not message.fuzzy, message.id
        forms = [message.string] if isinstance(message.id, str) else message.string
        assert all(form and str(form).strip() for form in forms or [""]), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_agree(language: str) -> None:
    for message in read(language):
        if not message.id:
            continue
        if isinstance(message.id, str):
            pairs = [(message.id, str(message.string))]
        else:
            pairs = [(message.id[1], str(form)) for form in message.string or ()]
        for source, translation in pairs:
            ours, theirs = set(PLACEHOLDER.findall(translation)), set(PLACEHOLDER.findall(source))
            assert ours == theirs or (ours <= theirs == {"{n}"}), (source, translation)


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_are_those_of_the_language(language: str) -> None:
    """The page chooses a form by its name, the catalogue by its place."""
    rule = Locale.parse(language).plural_form
    assert {rule(n) for n in range(200)} == set(PLURALS[language])
    if language != "en":
        catalog = read(language)
        assert catalog.num_plurals == len(PLURALS[language])
        expression = catalog.plural_expr
        for n in range(200):
            place = int(eval(_python(expression), {"n": n}))  # noqa: S307 - a catalogue of ours
            assert PLURALS[language][place] == rule(n), n


def _python(expression: str) -> str:
    """A gettext plural expression (C) as Python."""
    while match := re.fullmatch(r"\((.*)\)", expression.strip()):
        inner = match[1]
        if "(" in inner or ")" in inner:
            break
        expression = inner
    if "?" in expression:
        condition, _, rest = expression.partition("?")
        first, _, second = rest.partition(":")
        return f"({_python(first)} if {_python(condition)} else {_python(second)})"
    return expression.replace("&&", " and ").replace("||", " or ")


def test_the_configuration_offers_every_language() -> None:
    assert tuple(LANGUAGES) == CONFIGURABLE


def test_arabic_runs_from_right_to_left_and_english_is_its_own_key() -> None:
    assert catalogue("ar").direction == "rtl"
    assert catalogue("kk").direction == "ltr"
    assert catalogue("en").gettext("Lift") == "Lift"
    assert catalogue("de").gettext("Lift") == "Abheben"
    assert catalogue("de").gettext("no such message") == "no such message"
    assert catalogue("uk").as_json()["messages"]["you interrupted once"][1] == "Ви перебили {n} рази"
