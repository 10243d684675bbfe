"""Whatever stands in a name or a password: the phone reads the same, or it is refused; it never becomes a setting."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from phoneetiquette.phones.checking import differences
from phoneetiquette.phones.formats import Entry, RefusedValueError, Setting
from phoneetiquette.phones.reading import UnreadableFileError, read
from phoneetiquette.phones.rendering import render
from tests.unit.phone_files import PROVISIONED, full, values

HOSTILE = st.text(
    alphabet=st.one_of(st.sampled_from("=:#\"'<>&;%{}[]\\$\n\r\t \u2028\x00]]>"), st.characters(codec=None)),
    max_size=40,
)


@pytest.mark.parametrize("profile", PROVISIONED)
@given(password=HOSTILE, label=HOSTILE, person=HOSTILE)
@example(password="a\nsip.trust_ctrl = 0", label="x", person="x")
@example(password="%NULL%", label='"><evil a.b="1', person="</first_name>")
@example(password="]]>&amp;<P2>1</P2>", label="{admin_password}", person="a]]>b")
@example(password="ünïcødé 漢字 🎧", label="=", person=":")
@settings(max_examples=60, deadline=None)
def test_every_value_survives_or_is_refused(profile: str, password: str, label: str, person: str) -> None:
    phone = full(profile, password=password, label=label, people=(Entry(person, "201"),))
    expected = {setting.key for setting in render(full(profile, people=(Entry("x", "201"),))).files[0].settings}
    for file in render(phone).files:
        try:
            text = file.text()
        except RefusedValueError:
            continue
        assert list(differences(read(text.encode()), file)) == []
        if file.settings and file.form != "poly_master":
            assert {setting.key for setting in file.settings} <= expected
            assert_same(text, file.settings)


def assert_same(text: str, written: tuple[Setting, ...]) -> None:
    """The tests' own reader finds as many values, and the same."""
    found = sorted(
        value for key, value in values(text).items() if "tbook" not in key and "oper" not in key.rpartition("/")[2]
    )
    assert found == sorted(f'"{one.value}"' if ".auc" in one.key else one.value for one in written)


@given(st.binary(max_size=200))
@example(b"#!version:\n=")
@example(b"<a b.c='")
@example(b"SET ")
@example(b"a:\n:")
def test_reading_takes_or_refuses_any_bytes(content: bytes) -> None:
    try:
        found = read(content)
    except UnreadableFileError:
        return
    assert all(isinstance(value, str) for value in found.values.values())
