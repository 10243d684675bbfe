"""Report descriptors, real and odd ones: which bit of which report is which button or lamp."""

from __future__ import annotations

from pathlib import Path

import pytest

from phoneetiquette.headset.controls import Button, Controls, Lamp, Style, controls_of
from phoneetiquette.headset.descriptor import DescriptorError, Kind, Usage, parse
from tests.peers.virtual_headset import DESCRIPTORS, recorded

BUTTONS = {
    "jabra_evolve_link_ms": "hook 2.0 state, mute 2.2 toggle, flash 2.3 press, redial 2.4 press,"
    " programmable 2.6 press, volume down 1.0 press, volume up 1.1 press",
    "jabra_biz_2400_ii": "hook 2.0 state, mute 2.2 toggle, flash 2.3 press, redial 2.4 press,"
    " programmable 2.11 press, volume down 1.0 press, volume up 1.1 press",
    "jabra_speak_810": "hook 2.0 state, mute 2.2 toggle, flash 2.3 press, programmable 2.4 press,"
    " volume down 1.0 press, volume up 1.1 press",
    "poly_bt700": "volume up 255.0 press, volume down 255.1 press, hook 32.0 state, mute 32.1 toggle, flash 32.2 press,"
    " redial 32.3 press, programmable 32.4 press",
    "poly_voyager_base_cd": "volume up 31.1 press, volume down 31.2 press, hook 1.0 state, mute 1.1 toggle,"
    " flash 1.2 press, redial 1.3 press, programmable 1.4 press",
    "poly_blackwire_c5220": "volume up 2.0 press, volume down 2.1 press, mute 8.0 toggle, hook 8.1 state,"
    " flash 8.2 press, redial 8.3 press, programmable 8.4 press",
    "epos_sc_660": "volume up 25.0 press, volume down 25.1 press, mute 8.0 toggle, hook 8.1 state, redial 8.2 press,"
    " flash 8.3 press, drop 8.4 press, programmable 8.5 press",
    "epos_impact_d1": "hook 2.0 state, flash 2.1 press, redial 2.2 press, mute 2.3 toggle, drop 2.4 press,"
    " programmable 2.5 press, volume up 1.0 press, volume down 1.1 press",
    "epos_impact_dw": "volume down 2.0 press, volume up 2.1 press, hook 2.2 state, flash 2.3 press, redial 2.4 press,"
    " mute 2.5 toggle, drop 2.6 press, programmable 2.7 press, volume down 1.0 press, volume up 1.1 press",
    "epos_impact_d": "volume down 2.0 press, volume up 2.1 press, hook 2.2 state, flash 2.3 press, redial 2.4 press,"
    " mute 2.5 toggle, drop 2.6 press, programmable 2.7 press, volume down 1.0 press, volume up 1.1 press",
    "yealink_wh66": "hook 2.0 state, mute 2.2 toggle, flash 2.3 press, redial 2.4 press, programmable 2.6 press,"
    " volume up 1.0 press, volume down 1.1 press",
    "logitech_g535": "volume up 1.0 press, volume down 1.1 press",
    "built_generic": "hook 1.0 state, mute 1.2 toggle, flash 1.3 press, redial 1.4 press",
    "built_logitech": "hook 0.0 state, mute 0.1 toggle",
    "built_microsoft": "hook 11.0 toggle, mute 11.1 toggle, programmable 11.2 press",
    "built_lenovo": "hook 1.0 on-off, mute 1.2 state",
}
"""Button, report id and bit, and how it tells; read off the descriptors by eye, with the HID specification."""
LAMPS = {
    "jabra_evolve_link_ms": "off-hook 2.0, mute 2.1, ring 2.2, hold 2.3",
    "jabra_biz_2400_ii": "off-hook 2.0, mute 2.1, ring 2.2, hold 2.3",
    "jabra_speak_810": "off-hook 2.0, mute 2.1, ring 2.2, hold 2.3",
    "poly_bt700": "ring 33.0, mute 35.0, off-hook 36.0, hold 37.0",
    "poly_voyager_base_cd": "ring 1.0, mute 3.0, off-hook 4.0, hold 5.0",
    "poly_blackwire_c5220": "mute 9.0, off-hook 23.0, ring 24.0, hold 32.0",
    "epos_sc_660": "mute 9.0, off-hook 9.1, ring 9.2, hold 9.5",
    "epos_impact_d1": "off-hook 3.0, ring 3.2, mute 3.3, hold 3.5",
    "epos_impact_dw": "off-hook 3.1, ring 3.3, mute 3.4, hold 3.6",
    "epos_impact_d": "off-hook 3.1, ring 3.3, mute 3.4, hold 3.6",
    "yealink_wh66": "off-hook 2.0, mute 2.1, ring 2.2, hold 2.3",
    "logitech_g535": "",
    "built_generic": "off-hook 2.0, ring 2.1, mute 2.2, hold 2.3",
    "built_logitech": "ring 0.0, off-hook 0.1, mute 0.2",
    "built_microsoft": "off-hook 12.0, ring 12.1, mute 12.2, hold 12.3",
    "built_lenovo": "off-hook 2.0, mute 2.1, ring 2.2",
}


def controls(name: str) -> Controls:
    return controls_of(parse(recorded(name)))


def written(*items: str) -> bytes:
    return bytes.fromhex("".join(items).replace(" ", ""))


@pytest.mark.parametrize("name", BUTTONS)
def test_buttons_of_headsets(name: str) -> None:
    found = controls(name).buttons
    assert ", ".join(f"{c.button} {c.field.report_id}.{c.field.bit_offset} {c.style}" for c in found) == BUTTONS[name]


@pytest.mark.parametrize("name", LAMPS)
def test_lamps_of_headsets(name: str) -> None:
    assert ", ".join(f"{lamp} {f.report_id}.{f.bit_offset}" for lamp, f in controls(name).lamps) == LAMPS[name]


def test_every_recorded_descriptor_is_in_these_tables() -> None:
    assert {path.stem for path in Path(DESCRIPTORS).glob("*.hex")} == set(BUTTONS) == set(LAMPS)


@pytest.mark.parametrize(
    ("name", "lit", "reports"),
    [
        ("jabra_evolve_link_ms", [], ["020000"]),
        ("jabra_evolve_link_ms", [Lamp.OFF_HOOK, Lamp.MUTE], ["020300"]),
        ("poly_bt700", [Lamp.OFF_HOOK, Lamp.RING], ["2101", "2300", "2401", "2500"]),
        ("epos_impact_d1", [Lamp.HOLD, Lamp.OFF_HOOK], ["0321"]),
        ("built_logitech", [Lamp.RING], ["0001"]),
        ("built_lenovo", [Lamp.HOLD], ["0200"]),
        ("logitech_g535", [Lamp.RING], []),
    ],
)
def test_reports_that_light_lamps_say_all_bits(name: str, lit: list[Lamp], reports: list[str]) -> None:
    assert [report.hex() for report in controls(name).reports(lit)] == reports


def test_a_headset_without_call_buttons_takes_no_calls() -> None:
    assert not controls("logitech_g535").takes_calls
    assert controls("built_lenovo").takes_calls


def test_the_microphone_lamp_stands_in_for_a_missing_mute_lamp() -> None:
    phone = "050b 0905 a101 1500 2501 7501 9501 0920 8122 9507 8103 0508"
    one = controls_of(parse(written(phone, "0917 0921 9502 9122 9506 9103 c0")))
    both = controls_of(parse(written(phone, "0921 0909 9502 9122 9506 9103 c0")))
    assert [one.reports([Lamp.MUTE])[0].hex(), both.reports([Lamp.MUTE])[0].hex()] == ["0002", "0002"]


def test_fields_keep_their_place_among_constants_pushed_states_and_four_byte_usages() -> None:
    descriptor = parse(
        written(
            "050b 0905 a101 8507",
            "1500 2501 7503 9501 8103",  # three bits of nothing
            "a4 7501 0b2f000b00 8106 b4",  # a usage that brings its page along; the size of a bit is taken back
            "0920 2507 8122",  # so this has three bits
            "fe 02 33 1122",  # a long item, which means nothing
            "c0",
        )
    )
    mute, hook = descriptor.fields
    assert (mute.bit_offset, mute.bit_size, mute.usages) == (3, 1, (Usage(0x0B, 0x2F),))
    assert (hook.bit_offset, hook.bit_size, hook.logical_max) == (4, 3, 7)
    assert descriptor.report_bits == {(Kind.INPUT, 7): 7}


def test_values_are_read_with_their_sign() -> None:
    (hook, _), (report, short) = parse(recorded("built_lenovo")).fields[:2], (b"\x03", b"")
    assert (hook.read(report), hook.read(b"\x01"), hook.read(b"\x00"), hook.read(short)) == (-1, 1, 0, None)


def test_of_an_array_the_pressed_button_is_told_by_number() -> None:
    array = controls_of(parse(written("050b 0905 a101 1501 2503 7508 9501 0920 0921 0924 8100 c0")))
    by_button = {control.button: control for control in array.buttons}
    assert [by_button[Button.FLASH].pressed(bytes([value])) for value in (0, 1, 2, 3, 9)] == [0, 0, 1, 0, 0]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("05", "breaks off"),
        ("26ff", "breaks off"),
        ("fe", "breaks off"),
        ("fe0900", "breaks off"),
        ("c0", "was not opened"),
        ("050b 0905 a101", "is not closed"),
        ("b4", "has not kept"),
        ("8500", "no report id"),
        ("0905 a101 7520 27ffffff7f 97ffffff7f 8102 c0", "longer than any"),
        ("0905 a101 7501 960040 0920 8102 8102 c0", "more than any device"),
    ],
)
def test_what_is_no_descriptor(data: str, why: str) -> None:
    with pytest.raises(DescriptorError, match=why):
        parse(written(data))


def test_styles_can_be_overruled() -> None:
    styled = controls("built_generic").styled({Button.HOOK: Style.TOGGLE})
    assert [control.style for control in styled.buttons[:2]] == [Style.TOGGLE, Style.TOGGLE]
