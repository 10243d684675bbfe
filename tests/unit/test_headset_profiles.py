"""The vendors' profiles that are shipped, and what is said of a wrong one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from phoneetiquette.config import inspect
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.headset.controls import Button, Style
from phoneetiquette.headset.profile import GENERIC, Profile
from phoneetiquette.headset.profiles import DIRECTORY, profile_of, profiles, read
from phoneetiquette.headset.settings import ButtonSettings


def written(directory: Path, text: str) -> Path:
    file = directory / "acme.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_vendors_of_the_desks_of_this_world_are_known() -> None:
    names = {profile.name for profile in profiles()}
    assert {"jabra", "poly", "epos", "logitech", "yealink", "microsoft", "lenovo", "generic"} <= names
    ids = [vendor_id for profile in profiles() for vendor_id in profile.vendor_ids]
    assert len(ids) == len(set(ids))


def test_the_generic_profile_is_what_the_program_takes_for_unknown_vendors() -> None:
    assert read(DIRECTORY / "generic.yaml") == GENERIC == profile_of(0xFFFF)


def test_a_profile_with_everything_in_it(tmp_path: Path) -> None:
    text = """
vendor: Acme
ids: [00ac, "1234"]
hook_style: toggle
mute_style: state
acknowledges: false
acknowledge_ms: 900
mute_echo_ms: 0
repeat_ms: 70
held_off_hook: false
second_call: hold_and_answer
programmable: none
without_buttons: [0a38 Model 1]
sources: [a catalogue]
tried: never
"""
    assert read(written(tmp_path, text)) == Profile(
        name="acme",
        vendor="Acme",
        vendor_ids=frozenset({0xAC, 0x1234}),
        hook_style=Style.TOGGLE,
        mute_style=Style.STATE,
        acknowledges=False,
        acknowledge_ms=900,
        mute_echo_ms=0,
        repeat_ms=70,
        held_off_hook=False,
        second_call="hold_and_answer",
        programmable="none",
        without_buttons={0xA38: "Model 1"},
    )


def test_every_problem_of_a_profile_is_told_with_its_place(tmp_path: Path) -> None:
    file = written(tmp_path, "vendor: Acme\nids: [xyz]\nacknowledge: no\nrepeat_ms: 5000\n")
    with pytest.raises(ConfigurationError) as told:
        read(file)
    lines = str(told.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        f"{file}:{place}" for place in ("1:1", "1:1", "2:6", "3:1", "4:12")
    ]
    assert "did you mean 'acknowledges'?" in lines[3]


@pytest.mark.parametrize("text", ["[1, 2]", "just words", "a: [", "\tvendor: x"])
def test_what_is_no_profile(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(str(tmp_path))):
        read(written(tmp_path, text))


def test_the_configuration_overrules_the_vendor() -> None:
    settings = ButtonSettings(hook_style="toggle", second_call="hold_and_answer")
    laid_over = settings.over(profile_of(0x0B0E))
    assert (laid_over.styles, laid_over.second_call) == ({Button.HOOK: Style.TOGGLE}, "hold_and_answer")
    assert (laid_over.acknowledge_ms, laid_over.programmable) == (2500, "decline")
    assert ButtonSettings().over(profile_of(0x6993)) == profile_of(0x6993)


def test_the_keys_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "phoneetiquette.yaml"
    file.write_text("seat: {hardware: none}\nheadset: {device: Evolve, second_call: end, mute_style: toggle}\n")
    config = inspect(file, starting=False).config
    assert (config.seat.hardware, config.headset.device, config.headset.second_call) == ("none", "Evolve", "end")
