"""What a plan says, as sounds: named ahead, spoken by espeak-ng or made of files, once."""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from phoneetiquette.audio import speech_synthesis
from phoneetiquette.config.dialplans.loader import inspect
from phoneetiquette.dialplan.model import Plan
from phoneetiquette.dialplan.questions import OpenMenu
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.ivr import phrases
from phoneetiquette.runtime.plan_voice import PlanVoice

RATE = 16000
SHIPPED = sorted((Path(__file__).parents[2] / "dialplans").glob("*/dialplan.yaml"))


def plan_of(file: Path) -> Plan:
    plan = inspect(file, date(2026, 12, 1)).plan
    assert plan
    return plan


def written(folder: Path, text: str) -> Plan:
    (folder / "plan.yaml").write_text(
        "dialplan: 1\nname: Hotel\ncountry: AT\ntimezone: Europe/Vienna\nlanguages: [en, de]\n"
        "variables: {house: {en: House, de: Haus}}\nservices: {office: {email: o@h.example}}\n"
        "lines: {main: {rules: [{do: {menu: night}}]}, other: {called: '5', rules: [{do: {menu: night}}]}}\n"
        f"menus:\n  night: {{say: {text}, keys: {{9: {{message: office}}}}, no_key: {{then: {{message: office}}}}}}\n"
    )
    return plan_of(folder / "plan.yaml")


def make(voice: PlanVoice, cache: Path) -> str:
    """What the child process says about it."""
    wish = {
        "rate_hz": RATE,
        "cache": str(cache),
        "menus": [str(file) for file in voice.files],
        "texts": sorted(voice.texts),
    }
    command = [sys.executable, "-m", "phoneetiquette.audio.prompts"]
    return subprocess.run(command, input=json.dumps(wish), capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.parent.name)
def test_whatever_a_shipped_plan_can_be_asked_to_say_is_known_ahead(file: Path, tmp_path: Path) -> None:
    plan = plan_of(file)
    voice = PlanVoice(plan, "Anna", RATE, tmp_path)
    known = {voice._spoken(text, language) for text, language in voice.texts}
    languages = [one.text for one in plan.languages] or [plan.language]
    for language in languages:
        for line in ("", *plan.lines):
            for name, menu in plan.menus.items():
                first = menu.wrong_key.say if menu.wrong_key else None
                said = voice.menu(OpenMenu(name, first_say=first), line, language)
                assert len(said) == 1 + bool(first)
                assert known >= set(said)
        assert known >= {voice.phrase(one, language) for one in phrases.names()}


def test_texts_and_files_are_made_once(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "night.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(np.full(8000, 1000, np.int16).tobytes())
    plan = written(tmp_path, "{en: '{house} on {line}, {agent} {caller}', de: {file: night.wav}}")
    voice = PlanVoice(plan, "Anna", RATE, tmp_path / "cache")
    voice.texts &= {("House on main, Anna", "en"), ("House on other, Anna", "en")}
    assert len(voice.texts) == 2
    assert make(voice, tmp_path / "cache") == ""
    spoken, file = (voice.menu(OpenMenu("night"), "main", language) for language in ("en", "de"))
    for (name,), least_s in ((spoken, 0.8), (file, 1.0)):
        with wave.open(name) as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (RATE, 1, 2)
            assert sound.getnframes() >= least_s * RATE
    before = Path(spoken[0]).stat().st_mtime_ns
    assert make(voice, tmp_path / "cache") == ""
    assert Path(spoken[0]).stat().st_mtime_ns == before


def test_file_that_has_gone_since_the_plan_was_checked_is_asked_for_all_the_same(tmp_path: Path) -> None:
    """Nothing to say would be silence for ever; what cannot be played is noticed, and a message taken."""
    file = tmp_path / "night.wav"
    file.write_bytes(b"RIFF")
    plan = written(tmp_path, "{file: night.wav}")
    file.unlink()
    voice = PlanVoice(plan, "Anna", RATE, tmp_path / "cache")
    assert voice.menu(OpenMenu("night"), "main", "en") == (str(file),)
    assert not voice.files


def test_language_without_a_text_is_spoken_in_the_first_one(tmp_path: Path) -> None:
    voice = PlanVoice(written(tmp_path, "Nobody is here."), "Anna", RATE, tmp_path)
    assert ("Nobody is here.", "en") in voice.texts
    assert voice.menu(OpenMenu("night"), "", "de") == voice.menu(OpenMenu("night"), "", "en")


@pytest.mark.parametrize("language", phrases.PHRASES)
def test_every_language_of_the_machine_can_be_spoken(language: str) -> None:
    samples, rate_hz = speech_synthesis.spoken(*phrases.phrase("thanks", language))
    assert len(samples) > 2 * rate_hz
    assert np.sqrt(np.mean(samples.astype(float) ** 2)) > 500


def test_missing_program_and_unknown_language_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'xx'"):
        speech_synthesis.spoken("hello", "xx")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"not installed.*espeak-ng"):
        speech_synthesis.spoken("hello", "en")


def test_where_everything_is_that_was_made(tmp_path: Path) -> None:
    """What is not among these is removed."""
    with wave.open(str(tmp_path / "night.wav"), "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        sound.writeframes(bytes(2000))
    voice = PlanVoice(written(tmp_path, "{en: {file: night.wav}, de: Gute Nacht.}"), "Anna", RATE, tmp_path / "cache")
    assert make(voice, tmp_path / "cache") == ""
    assert set((tmp_path / "cache").iterdir()) == voice.sounds
