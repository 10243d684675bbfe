"""Telephone numbers of dialplans: one form for every notation, patterns, what can be dialled."""

from __future__ import annotations

import pytest

from phoneetiquette.dialplan.numbers import (
    NumberError,
    NumberSet,
    Pattern,
    canonical,
    dialable,
    entry,
    looks_like_number,
)


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("+43 1 5550100", "AT", "+4315550100"),
        ("01 5550100", "AT", "+4315550100"),
        ("0043 1 5550100", "AT", "+4315550100"),
        ("+43 (0)1 555-0100", "DE", "+4315550100"),
        ("(01) 555.01/00", "AT", "+4315550100"),
        ("sip:+4315550100@pbx.example;user=phone", "AT", "+4315550100"),
        ("tel:+43-1-5550100", "AT", "+4315550100"),
        ("8 701 555 0199", "KZ", "+77015550199"),
        ("212 555 0123", "US", "+12125550123"),
        ("06 5550 1234", "IT", "+390655501234"),
        ("205", "AT", "205"),
        ("112", "AT", "112"),
        ("5550100", "AT", "5550100"),
        ("*41", "AT", "*41"),
        ("Alarm", "AT", "alarm"),
        ("sip:bob@example.com", "AT", "bob"),
        ("anonymous", "AT", ""),
        ("sip:Anonymous@anonymous.invalid", "AT", ""),
        ("", "AT", ""),
        ("+43", "AT", "+43"),
        ("99999999999999999999999", "AT", "99999999999999999999999"),
    ],
)
def test_one_form_for_every_notation(written: str, country: str, number: str) -> None:
    assert canonical(written, country) == number


@pytest.mark.parametrize(
    ("written", "matching", "other"),
    [
        ("+43*", ["+4315550100"], ["+491715550100", "205", "+4"]),
        ("+43 1 55501xx", ["+4315550100"], ["+43155501", "+431555010", "+43155501000"]),
        ("2xx", ["205", "299"], ["20", "2055", "305", "2ab"]),
        ("0664*", ["+436645550123"], ["06645550123"]),
        ("0043 664*", ["+436645550123"], ["0043664"]),
        ("xxx", ["123"], ["12", "+12"]),
        ("*", ["205", "+4315550100"], []),
    ],
)
def test_patterns(written: str, matching: list[str], other: list[str]) -> None:
    pattern = entry(written, "AT")
    assert isinstance(pattern, Pattern)
    assert [number for number in other if pattern.match(number)] == []
    assert [number for number in matching if not pattern.match(number)] == []
    assert pattern.match(pattern.sample())


def test_a_wider_pattern_covers_a_narrower_one() -> None:
    def covers(one: str, other: str) -> bool:
        wide, narrow = entry(one, "AT"), entry(other, "AT")
        assert isinstance(wide, Pattern)
        assert isinstance(narrow, Pattern)
        return wide.covers(narrow)

    assert covers("+43*", "+43 1*")
    assert covers("+43*", "+43 1 55501xx")
    assert covers("2xx", "21x")
    assert not covers("21x", "2xx")
    assert not covers("2xx", "2*")
    assert not covers("+43 1*", "+43*")


@pytest.mark.parametrize("written", ["", "two words", "+43 12", "+999 1234567", "<a>"])
def test_what_is_no_number(written: str) -> None:
    with pytest.raises(NumberError):
        entry(written, "AT")


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("205", "205"),
        ("+43 664 5550123", "+436645550123"),
        ("0664 5550123", "+436645550123"),
        ("sip:maria@pbx.example", "sip:maria@pbx.example"),
        ("maria@pbx.example", "maria@pbx.example"),
        ("*97", "*97"),
    ],
)
def test_what_can_be_dialled(written: str, dialled: str) -> None:
    assert dialable(written, "AT") == dialled


@pytest.mark.parametrize("written", ["", "+43 12", "sip:", "a b@c", "sip:a:b@c"])
def test_what_cannot_be_dialled(written: str) -> None:
    with pytest.raises(NumberError) as error:
        dialable(written, "AT")
    assert error.value.advice


def test_sets_know_the_withheld_number() -> None:
    some = NumberSet([entry("2xx", "AT"), "+4315550100"], anonymous=True)
    assert "" in some
    assert "205" in some
    assert "+4315550100" in some
    assert "305" not in some
    assert "" not in NumberSet(["205"])


def test_names_and_numbers_are_told_apart() -> None:
    assert [text for text in ("maria", "desk", "agent_2") if looks_like_number(text)] == []
    assert [text for text in ("112", "+43", "a@b", "sip:a", "*41") if not looks_like_number(text)] == []


@pytest.mark.parametrize(
    ("written", "country", "head"),
    [
        ("212 555*", "US", "+1212555"),
        ("1 212 555*", "US", "+1212555"),
        ("2xx", "US", "2xx"),
        ("8 70155*", "KZ", "+770155"),
        ("06 555*", "IT", "+3906555"),
        ("0664*", "AT", "+43664"),
        ("664*", "AT", "664"),
        ("+1 212*", "AT", "+1212"),
        ("00 1 212*", "AT", "+1212"),
    ],
)
def test_patterns_of_national_numbers(written: str, country: str, head: str) -> None:
    pattern = entry(written, country)
    assert isinstance(pattern, Pattern)
    assert pattern.head == head
