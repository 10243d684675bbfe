"""Files of telephones read back, and compared with what they should be."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from phoneetiquette.phones.checking import differences
from phoneetiquette.phones.formats import FORMATS
from phoneetiquette.phones.profile import Form
from phoneetiquette.phones.reading import LARGEST, UnreadableFileError, read
from phoneetiquette.phones.rendering import ConfigFile, render
from tests.unit.phone_files import PROVISIONED, full, minimal


def compared(file: ConfigFile, text: str) -> list[str]:
    return list(differences(read(text.encode()), file))


def test_every_form_that_a_profile_can_name_is_written() -> None:
    assert set(FORMATS) == set(get_args(Form))


@pytest.mark.parametrize("profile", PROVISIONED)
@pytest.mark.parametrize("make", [minimal, full])
def test_what_was_written_is_as_it_should_be(profile: str, make: type[object]) -> None:
    for file in render(make(profile)).files:  # type: ignore[call-arg, arg-type]
        found = read(file.text().encode())
        assert found.form == file.form
        assert list(differences(found, file)) == []


@pytest.mark.parametrize("profile", PROVISIONED)
def test_each_key_that_differs_is_named(profile: str) -> None:
    was, now = render(minimal(profile)).files[0], render(minimal(profile, user="1002", auth_user="1002")).files[0]
    changed = {s.key for s, t in zip(was.settings, now.settings, strict=True) if s.value != t.value}
    assert changed
    told = compared(now, was.text())
    assert {line.split(" is ")[0] for line in told} == changed
    assert all("1001" in line and "1002" in line for line in told)


def test_missing_and_foreign_keys() -> None:
    file = render(minimal("yealink")).files[0]
    text = file.text().replace("sip.trust_ctrl = 1\n", "phone_setting.custom_color = 7\n")
    assert compared(file, text) == [
        "sip.trust_ctrl is missing, it should be '1'",
        "phone_setting.custom_color is none of ours",
    ]


def test_secrets_are_compared_and_not_shown() -> None:
    file = render(minimal("snom", password="right-one")).files[0]
    wrong = file.text().replace("right-one", "wrong-one")
    assert compared(file, wrong) == ["user_pass[1] is another secret"]
    cut = dataclasses.replace(file, settings=tuple(s for s in file.settings if s.key != "user_pass[1]"))
    assert compared(file, cut.text()) == ["user_pass[1] is missing, it should be ********"]


def test_the_telephone_book_is_compared() -> None:
    file = render(full("snom")).files[0]
    text = file.text().replace("<number>201</number>", "<number>202</number>")
    assert compared(file, text) == ["book[Anna Berg] is '202', it should be '201'"]


def test_another_form_is_told_as_such() -> None:
    yealink, snom = render(minimal("yealink")).files[0], render(minimal("snom")).files[0]
    assert compared(yealink, snom.text()) == ["it has the form snom, not yealink"]


def test_files_that_other_hands_have_written() -> None:
    assert read(b"\xef\xbb\xbf#!version:1.0.0.1\r\n# a comment\r\na.b=1\r\nc =  two words \r\n").values == {
        "a.b": "1",
        "c": "two words",
    }
    poly = b'<?xml version="1.0"?><PHONE_CONFIG><ALL reg.1.address="1"/><more voice.x.y="2"/></PHONE_CONFIG>'
    assert read(b'<x reg.1.address="1"><y a.b="2"/></x>').values == {"reg.1.address": "1", "a.b": "2"}
    assert read(poly).values == {"reg.1.address": "1", "voice.x.y": "2"}
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?><flat-profile><A>Küche</A></flat-profile>'
    assert read(latin.encode("latin-1")).values == {"A": "Küche"}
    assert read(b"<flat-profile><A/><B ua='rw'>x</B></flat-profile>").values == {"A": "", "B": "x"}
    assert read(b'SET A 1\n## comment\nSET B "two words"\n').values == {"A": "1", "B": "two words"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"# only a comment\n", "nothing but comments"),
        (b"GIF89a", "line 1: no form of a configuration file that is known"),
        (b"#!version:1.0.0.1\na = 1\nnonsense\n", "line 3: not of the form key = value"),
        (b"sip line1 user name: 1\nnonsense\n", "line 2: not of the form key: value"),
        (b"<settings><phone-settings>", "line 1, column 27: not XML: no element found"),
        (b"<html><body/></html>", "XML with the root <html>"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><settings>&a;</settings>', "a document type is declared"),
        (b'<?xml version="1.0" encoding="klingon"?><settings/>', "an encoding that is not known"),
        (b'<?xml version="1.0" encoding="shift_jis"?><settings/>', "an encoding that is not known"),
        (b"<sysConf>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</sysConf>", "nested more than 20 deep"),
        (b"<settings>\xff</settings>", "line 1, column 11: not XML"),
        (b"a = \xff\n", "line 1: byte 0xff is not UTF-8"),
        (b"x" * (LARGEST + 1), "longer than 4 MiB"),
    ],
)
def test_what_is_no_configuration_of_a_telephone(content: bytes, why: str) -> None:
    with pytest.raises(UnreadableFileError) as told:
        read(content)
    assert str(told.value).startswith(why)
    assert told.value.advice
