"""What a PBX tells of somebody: read as vendors write it, and whatever is sent in its place."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoneetiquette.presence.documents import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_DIALOGS,
    MAX_ELEMENTS,
    DialogInfo,
    DocumentError,
    dialog_info,
    merged,
    presence_of,
)
from tests.peers import presence_server as written

ASTERISK_DIALOG = b"""<?xml version="1.0" encoding="UTF-8"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="3" state="full" entity="sip:205@pbx">
 <dialog id="205" call-id="x" direction="recipient"><remote><identity display="Guest">sip:1@pbx</identity></remote>
  <state>early</state></dialog>
</dialog-info>"""
ASTERISK_PIDF = b"""<?xml version="1.0" encoding="UTF-8"?>
<presence entity="sip:205@pbx" xmlns="urn:ietf:params:xml:ns:pidf" xmlns:pp="urn:ietf:params:xml:ns:pidf:person"
 xmlns:es="urn:ietf:params:xml:ns:pidf:rpid:status:rpid-status" xmlns:ep="urn:ietf:params:xml:ns:pidf:rpid:rpid-person">
 <note>On the phone</note>
 <tuple id="205"><status><basic>open</basic></status><contact priority="1">sip:205@pbx</contact></tuple>
 <pp:person><status><ep:activities><ep:busy/></ep:activities></status></pp:person>
</presence>"""


def test_dialogs_are_read_as_pbxs_write_them() -> None:
    assert dialog_info(ASTERISK_DIALOG) == DialogInfo(3, True, {"205": "early"})
    assert dialog_info(written.dialog_info("confirmed", version=7, kind="partial").encode()) == DialogInfo(
        7, False, {"1": "confirmed"}
    )
    assert dialog_info(written.dialog_info().encode("utf-16")) == DialogInfo(0, True, {})


def test_dialogs_that_go_on() -> None:
    one = merged({}, DialogInfo(0, True, {"a": "confirmed", "b": "terminated"}))
    assert one == {"a": "confirmed"}
    assert merged(one, DialogInfo(1, False, {"c": "early"})) == {"a": "confirmed", "c": "early"}
    assert merged(one, DialogInfo(1, False, {"a": "terminated"})) == {}
    assert merged(one, DialogInfo(1, True, {})) == {}
    crowd = {str(number): "early" for number in range(3 * MAX_DIALOGS)}
    assert len(merged(one, DialogInfo(1, False, crowd))) == MAX_DIALOGS


@pytest.mark.parametrize(
    ("basic", "activity", "state"),
    [
        ("open", "", "available"),
        ("open", "on-the-phone", "busy"),
        ("closed", "busy", "busy"),
        ("closed", "", "away"),
        ("open", "vacation", "away"),
        ("open", "working", "available"),
    ],
)
def test_presence(basic: str, activity: str, state: str) -> None:
    assert presence_of(written.pidf(basic, activity).encode()) == state


def test_presence_as_pbxs_write_it() -> None:
    assert presence_of(ASTERISK_PIDF) == "busy"
    two = b'<presence xmlns="urn:ietf:params:xml:ns:pidf"><tuple id="a"><status><basic>closed</basic></status></tuple>'
    assert presence_of(two + b'<tuple id="b"><status><basic>open</basic></status></tuple></presence>') == "available"


BILLION = b'<!DOCTYPE presence [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><presence>&b;</presence>'
OUTSIDE = b'<!DOCTYPE presence SYSTEM "file:///etc/passwd"><presence/>'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no XML"),
        (b"<presence>", "no XML"),
        (b"<presence></absence>", "no XML"),
        (b"\x00\xff\xfe", "no XML"),
        (b'<?xml version="1.0" encoding="no-such"?><presence/>', "no XML"),
        (b"<absence/>", "no presence"),
        (BILLION, "document type"),
        (OUTSIDE, "document type"),
        (b"<presence>&undeclared;</presence>", "no XML"),
        (b"<presence>" + b" " * MAX_BYTES + b"</presence>", "bytes"),
        (b"<presence>" + b"<a/>" * MAX_ELEMENTS + b"</presence>", "too many"),
        (b"<presence>" + b"<a>" * MAX_DEPTH, "too many"),
    ],
)
def test_what_is_no_presence_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        presence_of(body)


@pytest.mark.parametrize(
    "body",
    [
        b'<dialog-info state="full"/>',
        b'<dialog-info version="-1" state="full"/>',
        b'<dialog-info version="99999999999" state="full"/>',
        '<dialog-info version="\u0663" state="full"/>'.encode(),
        b'<dialog-info version="1" state="full"><dialog id="1"/></dialog-info>',
        b'<dialog-info version="1" state="full"><dialog id="1"><state>asleep</state></dialog></dialog-info>',
    ],
)
def test_what_is_no_dialog_info_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentError):
        dialog_info(body)


@given(st.binary(max_size=300), st.sampled_from([ASTERISK_DIALOG, ASTERISK_PIDF]), st.integers(0, 700))
def test_nothing_else_is_ever_raised(junk: bytes, document: bytes, at: int) -> None:
    for body in (junk, document[:at] + junk + document[at:], document[:at]):
        for read in (dialog_info, presence_of):
            with suppress(DocumentError):
                read(body)
