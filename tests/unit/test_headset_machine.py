"""Reports of real headsets to presses, and lamps to reports."""

from __future__ import annotations

import pytest

from phoneetiquette.headset.controls import Button, Lamp, controls_of
from phoneetiquette.headset.descriptor import parse
from phoneetiquette.headset.machine import Machine, Press
from phoneetiquette.headset.profiles import profile_of
from phoneetiquette.units import ms
from tests.peers.virtual_headset import recorded

QUIET_MS = 5000
LIFT, PUT_DOWN = Press(Button.HOOK, True), Press(Button.HOOK, False)


def machine(name: str, vendor_id: int) -> Machine:
    """One whose start is over."""
    profile = profile_of(vendor_id)
    one = Machine(controls_of(parse(recorded(name))).styled(profile.styles), profile, 0)
    one.take_reports()
    one.advance(ms(QUIET_MS))
    return one


def feed(one: Machine, at_ms: float, *reports: str) -> list[Press]:
    return [press for report in reports for press in one.report(bytes.fromhex(report), ms(QUIET_MS + at_ms))]


def show(one: Machine, at_ms: float, *lit: Lamp) -> list[str]:
    one.want(lit, ms(QUIET_MS + at_ms))
    return [report.hex() for report in one.take_reports()]


def test_a_new_headset_is_told_all_its_lamps() -> None:
    profile = profile_of(0x047F)
    one = Machine(controls_of(parse(recorded("poly_bt700"))), profile, 0)
    assert [report.hex() for report in one.take_reports()] == ["2100", "2300", "2400", "2500"]
    assert one.take_reports() == ()


def test_a_call_lifted_on_a_jabra_muted_and_ended() -> None:
    one = machine("jabra_evolve_link_ms", 0x0B0E)
    assert show(one, 0, Lamp.RING) == ["020400"]
    assert feed(one, 100, "020100", "020300") == [LIFT]  # hook, then line busy with it
    assert show(one, 101, Lamp.OFF_HOOK) == ["020100"]
    assert feed(one, 5000, "020700", "020300") == [Press(Button.MUTE, True)]
    assert show(one, 5001, Lamp.OFF_HOOK, Lamp.MUTE) == ["020300"]
    assert feed(one, 9000, "020700", "020300") == [Press(Button.MUTE, False)]
    assert show(one, 9001, Lamp.OFF_HOOK) == ["020100"]
    assert feed(one, 12000, "020000") == [PUT_DOWN]
    assert show(one, 12001) == ["020000"]


def test_the_answer_of_a_headset_to_a_call_opened_elsewhere_is_no_press() -> None:
    one = machine("epos_impact_d1", 0x1395)
    assert show(one, 0, Lamp.OFF_HOOK) == ["0301"]
    assert feed(one, 60, "0201") == []
    assert show(one, 5000) == ["0300"]
    assert feed(one, 5060, "0200") == []
    assert feed(one, 9000, "0201") == [LIFT]


def test_a_poly_changes_only_the_reports_of_the_lamps_that_change() -> None:
    one = machine("poly_bt700", 0x047F)
    assert show(one, 0, Lamp.RING) == ["2101"]
    assert show(one, 10, Lamp.OFF_HOOK) == ["2100", "2401"]
    assert feed(one, 20, "2001") == []
    assert show(one, 30, Lamp.OFF_HOOK, Lamp.HOLD) == ["2501"]


def test_a_button_told_twice_at_once_was_pressed_once() -> None:
    one = machine("epos_impact_dw", 0x1395)
    assert feed(one, 0, "0202", "0102", "0200", "0100") == [Press(Button.VOLUME_UP)]
    assert feed(one, 200, "0202", "0102", "0200", "0100") == [Press(Button.VOLUME_UP)]


def test_a_mute_echo_is_not_a_second_press() -> None:
    one = machine("poly_blackwire_c5220", 0x047F)
    assert show(one, 0, Lamp.MUTE) == ["0901"]
    assert feed(one, 40, "0801", "0800") == []
    assert feed(one, 2000, "0801", "0800") == [Press(Button.MUTE, False)]


def test_a_lift_that_nothing_comes_of_is_taken_back() -> None:
    one = machine("jabra_speak_810", 0x0B0E)
    assert feed(one, 0, "020100") == [LIFT]
    assert one.take_reports() == ()
    deadline = one.deadline()
    assert deadline is not None
    one.advance(deadline)
    assert [report.hex() for report in one.take_reports()] == ["020000"]
    assert feed(one, 600, "020000") == []


def test_a_yealink_that_answers_nothing_lifts_again_with_the_same_value() -> None:
    one = machine("yealink_wh66", 0x6993)
    assert feed(one, 0, "020100") == [LIFT]
    show(one, 1, Lamp.OFF_HOOK)
    show(one, 3000)  # the far end hung up
    assert feed(one, 3100, "020500", "020100") == [Press(Button.MUTE, True)], "its hook bit is old"
    assert feed(one, 4000, "020100") == [LIFT]


@pytest.mark.parametrize(
    ("reports", "presses"),
    [
        (["0b01", "0b00"], [LIFT]),
        (["0b02", "0b00"], [Press(Button.MUTE, True)]),
        (["0b04", "0b00"], [Press(Button.PROGRAMMABLE)]),
    ],
)
def test_push_buttons_count_when_they_go_down(reports: list[str], presses: list[Press]) -> None:
    assert feed(machine("built_microsoft", 0x045E), 0, *reports) == presses


def test_a_hook_with_a_button_for_each_way() -> None:
    one = machine("built_lenovo", 0x17EF)
    assert feed(one, 0, "0101", "0100") == [LIFT]
    show(one, 1, Lamp.OFF_HOOK)
    assert feed(one, 3000, "0104") == [Press(Button.MUTE, True)]
    show(one, 3001, Lamp.OFF_HOOK, Lamp.MUTE)
    assert feed(one, 5000, "0107", "0104") == [PUT_DOWN]


def test_reports_without_numbers() -> None:
    one = machine("built_logitech", 0x046D)
    assert show(one, 0, Lamp.RING) == ["0001"]
    assert feed(one, 100, "01") == [LIFT]
    assert show(one, 101, Lamp.OFF_HOOK) == ["0002"]


@pytest.mark.parametrize("report", ["", "02", "ff00", "0400000000"])
def test_reports_that_mean_nothing_to_us(report: str) -> None:
    assert feed(machine("jabra_evolve_link_ms", 0x0B0E), 0, report) == []
