"""Texts with variables, in the language of the call."""

from __future__ import annotations

from pathlib import Path

import pytest

from phoneetiquette.dialplan.words import greeting_of, text_of
from tests.unit.dialplan_files import changed, router

TEXT = changed(
    ("hours:\n", "variables: {hotel: {en: 'The {plan}', de: 'Das {plan}'}}\nhours:\n"),
    ('{en: "Hotel, {agent} speaking."}', '{en: "{hotel}, {agent} speaking.", de: "{hotel}, {agent} am Apparat."}'),
    ("say: {en: Press., de: Drücken.}", "say: {en: {file: night.wav}, de: Drücken.}"),
)


@pytest.mark.parametrize(
    ("language", "values", "text"),
    [
        ("en", {"agent": "Maria"}, "The Hotel, Maria speaking."),
        ("de", {"agent": "Maria"}, "Das Hotel, Maria am Apparat."),
        ("uk", {"agent": "Maria"}, "The Hotel, Maria speaking."),
        ("en", {}, "The Hotel, speaking."),
        ("en", {"agent": "{hotel}"}, "The Hotel, speaking."),
    ],
)
def test_a_greeting(tmp_path: Path, language: str, values: dict[str, str], text: str) -> None:
    (tmp_path / "night.wav").write_bytes(b"RIFF....WAVE")
    plan = router(
        tmp_path, TEXT.replace("{en: The {plan}, de: Das {plan}}", '{en: "The {plan}", de: "Das {plan}"}')
    ).plan
    assert greeting_of(plan, "main", language, values) == text
    assert greeting_of(plan, "no such line", language, values) == ""
    assert text_of(plan, plan.menus["closed"].say, "en", {}) == ""
    assert text_of(plan, plan.menus["closed"].say, "de", {}) == "Drücken."
