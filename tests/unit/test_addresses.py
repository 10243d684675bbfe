"""What people type and what the network sends, as addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoneetiquette.addresses import (
    MAX_URI,
    AddressError,
    SipUri,
    dial_target,
    display_number,
    host_port,
    name_address,
    parse_sip_uri,
    same_party,
)


@pytest.mark.parametrize(
    ("typed", "dialled"),
    [
        ("205", "sip:205@pbx.example"),
        (" 205\t", "sip:205@pbx.example"),
        ("+43 1 5550100", "sip:+4315550100@pbx.example"),
        ("+43 (0)1 555-0100", "sip:+4315550100@pbx.example"),
        ("(01) 555.01.00", "sip:015550100@pbx.example"),
        ("01/5550100", "sip:015550100@pbx.example"),
        ("\u202d+43 1 5550100\u202c", "sip:+4315550100@pbx.example"),
        ("*97", "sip:*97@pbx.example"),
        ("#21#", "sip:%2321%23@pbx.example"),
        ("alice", "sip:alice@pbx.example"),
        ("jürgen", "sip:j%C3%BCrgen@pbx.example"),
        ("alice@office.example", "sip:alice@office.example"),
        ("alice@office.example:5070", "sip:alice@office.example:5070"),
        ("alice@[2001:DB8::1]:5070", "sip:alice@[2001:db8::1]:5070"),
        ("sip:alice@192.0.2.1;transport=tcp", "sip:alice@192.0.2.1;transport=tcp"),
        ("SIPS:alice@Office.Example", "sips:alice@office.example"),
        ("sip:office.example", "sip:office.example"),
        ("sip:+43123;ext=5@office.example", "sip:+43123;ext=5@office.example"),
        ("sip:%61lice@office.example", "sip:alice@office.example"),
        ("tel:+43-1-5550100", "sip:+4315550100@pbx.example;user=phone"),
        ("tel:+43%201%205550100", "sip:+4315550100@pbx.example;user=phone"),
        ("tel:5550100;phone-context=+431", "sip:+4315550100@pbx.example;user=phone"),
        ("tel:205;phone-context=hotel.example", "sip:205@pbx.example;user=phone"),
        ('"Front Desk" <sip:205@office.example>', "sip:205@office.example"),
        ("Front Desk <sip:205@office.example>;tag=1", "sip:205@office.example"),
    ],
)
def test_what_is_typed_is_dialled(typed: str, dialled: str) -> None:
    assert dial_target(typed, "pbx.example") == dialled


def test_the_host_for_numbers_may_carry_a_port() -> None:
    assert dial_target("205", "127.0.0.1:15080") == "sip:205@127.0.0.1:15080"
    assert dial_target("205", "[::1]:15080") == "sip:205@[::1]:15080"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "nothing to dial"),
        ("  ", "nothing to dial"),
        ("front desk", "neither a number nor a user name"),
        ("https://example.com/", "cannot be dialled"),
        ("javascript:alert", "cannot be dialled"),
        ("tel:", "no telephone number"),
        ("tel:alice", "no telephone number"),
        ("sip:", "the host is missing"),
        ("sip:alice@", "the host is missing"),
        ("sip:@office.example", "nothing before the @"),
        ("sip:alice@[]", "not an IPv6 host"),
        ("sip:alice@[fe80::1%eth0]", "not an IPv6 host"),
        ("sip:alice@[::1]x", "not an IPv6 host"),
        ("sip:alice@1.2.3.4.5", "not a host"),
        ("sip:alice@256.1.1.1", "not a host"),
        ("sip:alice@-office.example", "not a host"),
        ("sip:alice@bücher.example", "not a host"),
        ("sip:alice@" + "a" * 64 + ".example", "not a host"),
        ("sip:alice@office.example:0", "not a port"),
        ("sip:alice@office.example:65536", "not a port"),
        ("sip:alice@office.example:", "not a port"),
        ("sip:alice:secret@office.example", "password"),
        ("sip:alice@office.example?Subject=hello", "carries headers"),
        ("alice@office.example?Replaces=1", "carries headers"),
        ("sip:alice@office.example;method=BYE", "'method' is not dialled"),
        ("sip:alice@office.example;maddr=192.0.2.66", "'maddr' is not dialled"),
        ("sip:alice@office.example;=x", "is not a parameter"),
        ("sip:alice@office.example\r\nRoute: <sip:evil>", "control character U+000D"),
        ("205\nBYE", "control character U+000A"),
        ("205\0", "control character U+0000"),
        ("sip:a%0d%0ab@office.example", "control character U+000D"),
        ("sip:a%00@office.example", "control character U+0000"),
        ("sip:a%ff@office.example", "not UTF-8"),
        ("sip:a%zz@office.example", "stray %"),
        ("sip:a%20b@office.example", "not a user name"),
        ("tel:205%0d%0aX", "control character U+000D"),
        ("20\u202e5", "control character U+202E"),
        ("sip:" + "a" * 250 + "@office.example", "characters long"),
        ("1" * 300, "characters long"),
    ],
)
def test_what_cannot_be_dialled_is_refused(typed: str, says: str) -> None:
    with pytest.raises(AddressError) as refusal:
        dial_target(typed, "pbx.example")
    assert says in refusal.value.what
    assert refusal.value.advice


def test_a_number_needs_a_place_to_be_called_at() -> None:
    with pytest.raises(AddressError, match=r"where to call '205'.*sip\.domain"):
        dial_target("205")


@given(st.text() | st.from_regex(r"(sips?:|tel:)?[\w+.%;?@\[\]:\r\n=&-]*"))
def test_what_is_dialled_is_one_clean_uri_or_refused(typed: str) -> None:
    try:
        uri = dial_target(typed, "pbx.example")
    except AddressError:
        return
    assert uri.isascii()
    assert uri.isprintable()
    assert not set(uri) & set(' <>"?\\')
    assert len(uri) <= MAX_URI
    assert str(parse_sip_uri(uri)) == uri
    assert dial_target(uri) == uri


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sip:a@h.example", SipUri("h.example", "a")),
        ("sip:h.example:5080", SipUri("h.example", port=5080)),
        ("sips:a@[::1];LR;ttl=1", SipUri("::1", "a", None, "sips", (("lr", ""), ("ttl", "1")))),
    ],
)
def test_parts_of_a_uri(text: str, parts: SipUri) -> None:
    assert parse_sip_uri(text) == parts
    assert str(parts) == text.replace("LR", "lr")
    assert str(parts.bare()) == text.partition(";")[0]


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        ("pbx.example", 5060, ("pbx.example", 5060)),
        ("PBX.example.", None, ("pbx.example.", None)),
        ("pbx.example:5080", 5060, ("pbx.example", 5080)),
        ("192.0.2.1:5080", None, ("192.0.2.1", 5080)),
        ("[2001:db8:0::1]:5080", None, ("2001:db8::1", 5080)),
        ("2001:db8::1", 5060, ("2001:db8::1", 5060)),
        ("[::1]", None, ("::1", None)),
    ],
)
def test_host_and_port(text: str, default: int | None, expected: tuple[str, int | None]) -> None:
    assert host_port(text, default) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sip:a@h", ("", "sip:a@h")),
        ('"Doe, \\"Jo\\"" <sip:a@h>;tag=x', ('Doe, "Jo"', "sip:a@h")),
        ("Jo Doe <sip:a@h>", ("Jo Doe", "sip:a@h")),
        ("<sip:a@h>", ("", "sip:a@h")),
        ('"unfinished <sip:a@h>', ("", '"unfinished <sip:a@h>')),
    ],
)
def test_name_and_address(text: str, expected: tuple[str, str]) -> None:
    assert name_address(text) == expected


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("sip:205@pbx.example", "205"),
        ("sip:+43-1-5550100@pbx.example;user=phone", "+4315550100"),
        ("tel:+43-1-5550100", "+4315550100"),
        ('"Guest" <sip:0123;ext=4@pbx.example>', "0123"),
        ("sip:alice@office.example:5070", "alice"),
        ("sip:office.example", "office.example"),
        ("sip:anonymous@anonymous.invalid", ""),
        ("sip:Anonymous@pbx.example", ""),
        ("sip:a@[]", "sip:a@[]"),
        ("\x1b[2J\u202egnikcah", "[2Jgnikcah"),
        ("x" * 500, "x" * 64),
    ],
)
def test_what_is_shown_of_a_party(uri: str, shown: str) -> None:
    assert display_number(uri) == shown


@given(st.text())
def test_whatever_the_network_sends_can_be_shown(sent: str) -> None:
    shown = display_number(sent)
    assert len(shown) <= 64
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sip:205@pbx.example", "sip:205@PBX.example:5060;transport=tcp", True),
        ("sip:205@pbx.example", "205", True),
        ("sip:205@pbx.example", "sip:205@other.example", False),
        ("sip:205@pbx.example", "sip:206@pbx.example", False),
        ("sip:205@pbx.example", "sip:205@pbx.example:5070", False),
        ("sip:+4315550100@a.example", "tel:+43-1-5550100", True),
        ("sip:+4315550100@a.example", "sip:+43-1-5550100@b.example", True),
        ("Alice <sip:alice@a.example>", "alice@a.example", True),
        ("sip:alice@a.example", "sip:Alice@a.example", False),
        ("sip:a.example", "sip:a.example", False),
        ("sip:a@[]", "sip:a@[]", False),
        ("", "", False),
    ],
)
def test_same_party(one: str, other: str, same: bool) -> None:
    assert same_party(one, other) is same
    assert same_party(other, one) is same


def test_long_nonsense_is_read_quickly() -> None:
    for nonsense in (" " * 200_000 + "x", '"' + "\\" * 200_000, "<" * 200_000, "sip:" + "a." * 100_000, "(0)" * 70_000):
        display_number(nonsense)
        with pytest.raises(AddressError):
            dial_target("+1" + nonsense)
