"""Every vendor's file, read by readers of the tests' own and compared with the vendors' key tables."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from phoneetiquette.errors import ConfigurationError
from phoneetiquette.phones.formats import RefusedValueError
from phoneetiquette.phones.profiles import profile_of
from phoneetiquette.phones.rendering import MASK, render
from phoneetiquette.phones.zones import zone
from tests.unit.phone_files import PROVISIONED, full, minimal, values

DATA = Path(__file__).parents[1] / "data" / "phones"
TEMPLATES = {"cisco-mpp": "cisco-spa"}
"""Phones that have another's form."""
OURS = ("expires", "telNotification.URL", "action")
"""What the examples have from another configuration than ours."""


def said(profile: str, **more: object) -> dict[str, str]:
    return values(render(minimal(profile, **more)).files[0].text())


@pytest.mark.parametrize("profile", PROVISIONED)
def test_the_account_is_written_as_the_vendors_tables_have_it(profile: str) -> None:
    (template,) = DATA.glob(f"{TEMPLATES.get(profile, profile)}.*")
    wanted = values(template.read_text(encoding="utf-8"))
    assert len(wanted) >= 8
    written = values(render(full(profile, auth_user="1001")).files[0].text())
    assert wanted.keys() <= written.keys() | {key for key in wanted if "action" in key.lower()}
    for key, value in wanted.items():
        if not any(word in key for word in OURS):
            assert written[key].strip() == value.strip(), key


@pytest.mark.parametrize("profile", PROVISIONED)
def test_the_least_that_is_configured_makes_a_whole_account(profile: str) -> None:
    rendered = render(minimal(profile))
    written = values(rendered.files[0].text())
    assert {"secret", "1001"} <= {value.strip('"') for value in written.values()}
    assert not any("{" in value for key, value in written.items() if not key.endswith("P290"))
    assert not [gap for gap in rendered.gaps if gap.grave]


@pytest.mark.parametrize("profile", PROVISIONED)
@pytest.mark.parametrize(
    ("value", "called"),
    [
        ("Adm1nAdm1n", "the administrator's password has no key"),
        ("http://192.0.2.10:8470/phones/desk", "action URLs are not known"),
        ("time.example", "the time server has no key"),
        ("+4315550100", "the telephone book has no key"),
    ],
)
def test_all_that_is_configured_is_either_written_or_told(profile: str, value: str, called: str) -> None:
    rendered = render(full(profile, ntp="time.example"))
    written = any(value in file.text() for file in rendered.files)
    told = any(gap.what.startswith(called) for gap in rendered.gaps)
    assert written != told


@pytest.mark.parametrize("profile", PROVISIONED)
def test_no_secret_is_shown_masked_and_every_one_is_written(profile: str) -> None:
    phone = full(profile, password="s3cret-account")
    file = render(phone).files[0]
    assert "s3cret-account" in file.text()
    assert "s3cret-account" not in file.text(masked=True)
    assert "Adm1nAdm1n" not in file.text(masked=True)
    assert MASK in file.text(masked=True)
    assert "s3cret-account" not in repr(file) + repr(phone)
    assert "Adm1nAdm1n" not in repr(file) + repr(phone)


def test_the_names_of_the_files() -> None:
    names = {profile: [file.name for file in render(full(profile)).files] for profile in PROVISIONED}
    assert names == {
        "avaya": ["0015650a0b0c.txt"],
        "cisco-mpp": ["0015650a0b0c.xml"],
        "cisco-spa": ["0015650a0b0c.xml"],
        "fanvil": ["0015650a0b0c.cfg"],
        "gigaset": ["0015650A0B0C.xml"],
        "gigaset-n510": ["0015650A0B0C.xml"],
        "grandstream": ["cfg0015650a0b0c.xml", "phonebook.xml"],
        "grandstream-grp": ["cfg0015650a0b0c.xml"],
        "mitel": ["0015650A0B0C.cfg"],
        "poly": ["0015650a0b0c-seat.cfg", "0015650a0b0c.cfg", "0015650a0b0c-directory.xml"],
        "snom": ["0015650A0B0C.xml"],
        "yealink": ["0015650a0b0c.cfg"],
    }


def test_a_poly_is_led_to_its_settings() -> None:
    _, master, directory = render(full("poly")).files
    assert 'CONFIG_FILES="0015650a0b0c-seat.cfg"' in master.text()
    assert [value for key, value in values(directory.text()).items() if key.endswith("/ct")] == ["+4315550100"]


@pytest.mark.parametrize(
    ("profile", "key", "udp", "tls"),
    [
        ("yealink", "account.1.sip_server.1.transport_type", "0", "2"),
        ("mitel", "sip transport protocol", "1", "4"),
        ("avaya", "SIP_CONTROLLER_LIST", "192.0.2.10:5060;transport=udp", "192.0.2.10:5061;transport=tls"),
        ("grandstream", "/gs_provision/config/P130", "0", "2"),
        ("poly", "/config@reg.1.server.1.transport", "UDPOnly", "TLS"),
        ("cisco-spa", "/flat-profile/SIP_Transport_1_", "UDP", "TLS"),
        ("fanvil", "/sysConf/sip/line[index=1]/Transport", "0", "3"),
        ("gigaset", "/provisioning/nvm/param[name=SipProvider.1.TransportProtocol]@value", "1", "3"),
        (
            "snom",
            "/settings/phone-settings/user_outbound[idx=1]",
            "192.0.2.10:5060;transport=udp",
            "192.0.2.10:5061;transport=tls",
        ),
    ],
)
def test_the_transport(profile: str, key: str, udp: str, tls: str) -> None:
    assert said(profile)[key] == udp
    assert said(profile, transport="tls", server_port=5061)[key] == tls


@pytest.mark.parametrize(
    ("profile", "off", "mandatory"),
    [
        ("yealink", {"account.1.srtp_encryption": "0"}, {"account.1.srtp_encryption": "2"}),
        ("mitel", {"sip line1 srtp mode": "0"}, {"sip line1 srtp mode": "2"}),
        ("grandstream", {"/gs_provision/config/P183": "0"}, {"/gs_provision/config/P183": "2"}),
        ("poly", {"/config@sec.srtp.require": "0"}, {"/config@sec.srtp.require": "1", "/config@sec.srtp.enable": "1"}),
        (
            "snom",
            {"/settings/phone-settings/user_srtp[idx=1]": "off"},
            {
                "/settings/phone-settings/user_srtp[idx=1]": "on",
                "/settings/phone-settings/user_savp[idx=1]": "mandatory",
            },
        ),
    ],
)
def test_encryption_of_sound(profile: str, off: dict[str, str], mandatory: dict[str, str]) -> None:
    assert off.items() <= said(profile).items()
    assert mandatory.items() <= said(profile, srtp="mandatory").items()


def test_what_a_phone_cannot_encrypt_or_reach_is_grave() -> None:
    gaps = render(minimal("grandstream-grp", srtp="mandatory", transport="tls")).gaps
    assert [gap.what for gap in gaps if gap.grave] == [
        "the transport 'tls' has no word that is known",
        "sip.srtp 'mandatory' has no word that is known",
    ]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (
            "yealink",
            {
                "account.1.codec.pcma.enable": "1",
                "account.1.codec.pcma.priority": "1",
                "account.1.codec.g722.priority": "2",
                "account.1.codec.pcmu.enable": "0",
            },
        ),
        ("grandstream", {f"/gs_provision/config/P{slot}": code for slot, code in ((57, "8"), (58, "9"), (98, "9"))}),
        ("snom", {"/settings/phone-settings/codec_priority_list[idx=1]": "pcma,g722,telephone-event"}),
        (
            "poly",
            {
                f"/config@voice.codecPref.{codec}": rank
                for codec, rank in (("G711_A", "1"), ("G722", "2"), ("G711_Mu", "0"))
            },
        ),
        (
            "cisco-mpp",
            {
                "/flat-profile/Preferred_Codec_1_": "G711a",
                "/flat-profile/Second_Preferred_Codec_1_": "G722",
                "/flat-profile/Third_Preferred_Codec_1_": "Unspecified",
            },
        ),
        ("fanvil", {"/sysConf/sip/line[index=1]/VoiceCodecMap": "PCMA,G722"}),
        ("mitel", {"sip customized codec": "payload=8;ptime=20;silsupp=off,payload=9;ptime=20;silsupp=off"}),
        ("avaya", {"CODEC_PRIORITY": "G711A,G722"}),
    ],
)
def test_codecs_in_the_order_of_preference(profile: str, expected: dict[str, str]) -> None:
    assert expected.items() <= said(profile, codecs=("PCMA", "G722")).items()


def test_codecs_that_a_phone_has_not_are_told_and_none_at_all_is_grave() -> None:
    some = render(minimal("yealink", codecs=("speex", "PCMU"))).gaps
    assert [(gap.what, gap.grave) for gap in some] == [("it has no codec speex", False)]
    none = render(minimal("yealink", codecs=("speex", "GSM"))).gaps
    assert [(gap.what, gap.grave) for gap in none] == [("it has no codec speex, GSM", True)]


def test_more_codecs_than_there_is_room_for_are_told() -> None:
    rendered = render(minimal("cisco-mpp", codecs=("G722", "PCMA", "PCMU", "iLBC")))
    assert "it has room for 3 codecs only" in [gap.what for gap in rendered.gaps]
    assert "iLBC" not in values(rendered.files[0].text()).values()


def test_who_may_command_the_phone_is_the_seat_alone() -> None:
    restricted = {
        "yealink": {"features.action_uri_limit_ip": "192.0.2.20", "sip.trust_ctrl": "1"},
        "snom": {
            "/settings/phone-settings/filter_registrar": "on",
            "/settings/phone-settings/answer_after_policy": "idle",
        },
        "grandstream": {"/gs_provision/config/P2347": "1", "/gs_provision/config/P298": "1"},
        "cisco-spa": {"/flat-profile/Restrict_Source_IP_1_": "Yes", "/flat-profile/Talk_Package": "Yes"},
        "fanvil": {"/sysConf/cti/ActiveUriIP": "192.0.2.20"},
        "mitel": {"xml application post list": "192.0.2.20", "sip whitelist": "1"},
        "poly": {"/config@voIpProt.SIP.requestValidation.1.method": "source"},
    }
    for profile, expected in restricted.items():
        assert expected.items() <= said(profile, seat_host="192.0.2.20").items(), profile


def test_no_phone_answers_every_call() -> None:
    assert said("yealink")["account.1.auto_answer"] == "0"
    assert said("fanvil")["/sysConf/sip/line[index=1]/AutoAnswer"] == "0"
    assert said("poly")["/config@call.autoAnswer.SIP"] == "0"


def test_star_codes_reach_the_seat() -> None:
    cisco = said("cisco-mpp")
    assert [value for key, value in cisco.items() if key.endswith("_Code")] == [""] * len(
        profile_of("cisco-mpp").kept_codes
    )


def test_action_urls_name_the_phone_and_what_happens() -> None:
    yealink = values(render(full("yealink", name="hall-2")).files[0].text())
    url = "http://192.0.2.10:8470/phones/hall-2?event=dnd_on&remote=$remote&call_id=$call_id"
    assert yealink["action_url.dnd_on"] == url
    mitel = values(render(full("mitel")).files[0].text())
    assert mitel["action uri offhook"].endswith("/desk?event=off_hook&remote=$$REMOTENUMBER$$")
    assert values(render(full("poly")).files[0].text())["/config@apps.telNotification.URL"].endswith("/phones/desk")


def test_an_action_url_that_is_too_long_is_told() -> None:
    long = render(full("yealink", events="http://192.0.2.10/" + "a" * 480))
    assert any("action_url.dnd_on is longer than 511" in gap.what for gap in long.gaps)
    assert "action_url.dnd_on" not in long.files[0].text()


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (
            "yealink",
            {
                "local_time.time_zone": "+1",
                "local_time.start_time": "3/5/7/2",
                "local_time.end_time": "10/5/7/3",
                "local_time.offset_time": "60",
            },
        ),
        ("grandstream", {"/gs_provision/config/P246": "STD-1DST-2,M3.5.0/02:00:00,M10.5.0/03:00:00"}),
        ("snom", {"/settings/phone-settings/timezone": "AUT+1"}),
        (
            "poly",
            {
                "/config@tcpIpApp.sntp.gmtOffset": "3600",
                "/config@tcpIpApp.sntp.daylightSavings.start.month": "3",
                "/config@tcpIpApp.sntp.daylightSavings.start.dayOfWeek": "1",
                "/config@tcpIpApp.sntp.daylightSavings.start.dayOfWeek.lastInMonth": "1",
                "/config@tcpIpApp.sntp.daylightSavings.stop.time": "3",
            },
        ),
        (
            "cisco-spa",
            {
                "/flat-profile/Time_Zone": "GMT+01:00",
                "/flat-profile/Daylight_Saving_Time_Rule": "start=3/-1/7/2:0:0;end=10/-1/7/3:0:0;save=1:0:0",
            },
        ),
        (
            "mitel",
            {
                "time zone name": "Custom",
                "time zone minutes": "-60",
                "dst start week": "-1",
                "dst start day": "1",
                "dst end month": "10",
            },
        ),
        ("avaya", {"GMTOFFSET": "1:00", "DSTSTART": "LSunMar2L", "DSTSTOP": "LSunOct3L"}),
        (
            "gigaset-n510",
            {
                "/ProviderFrame/Provider/SYMB_ITEM[ID=BS_IP_Data1.uiI_TIME_TIMEZONE]@value": "0x1b",
                "/ProviderFrame/Provider/SYMB_ITEM[ID=BS_IP_Data1.ucB_TIME_USE_AUTOMATIC_DST]@value": "0x1",
            },
        ),
        ("gigaset", {"/provisioning/nvm/param[name=DmGlobal.0.TimeZone]@value": "Europe/Vienna"}),
        ("fanvil", {"/sysConf/phone/date/TimeZone": "4", "/sysConf/phone/date/DSTEndWeek": "5"}),
    ],
)
def test_vienna(profile: str, expected: dict[str, str]) -> None:
    assert expected.items() <= values(render(full(profile)).files[0].text()).items()


@pytest.mark.parametrize(
    ("profile", "key", "word"),
    [
        ("yealink", "lang.gui", "German"),
        ("snom", "/settings/phone-settings/language", "Deutsch"),
        ("grandstream", "/gs_provision/config/P1362", "de"),
        ("poly", "/config@lcl.ml.lang", "German_Germany"),
        ("cisco-spa", "/flat-profile/Language_Selection", "German"),
        ("mitel", "language 1", "lang_de.txt"),
        ("fanvil", "/sysConf/phone/display/DefaultLanguage", "de"),
    ],
)
def test_language(profile: str, key: str, word: str) -> None:
    assert said(profile, language="de")[key] == word
    without = render(minimal(profile, language="xx"))
    assert key not in values(without.files[0].text())
    assert "the language 'xx' has no word that is known" in [gap.what for gap in without.gaps]


@pytest.mark.parametrize("profile", ["yealink", "grandstream", "poly", "cisco-spa", "fanvil", "mitel"])
def test_a_phone_that_is_called_directly_does_not_register(profile: str) -> None:
    registers, direct = said(profile), said(profile, registers=False)
    assert registers != direct
    assert not [gap for gap in render(minimal(profile, registers=False)).gaps if gap.grave]


@pytest.mark.parametrize("profile", ["snom", "gigaset", "gigaset-n510", "avaya"])
def test_one_that_cannot_but_register_says_so(profile: str) -> None:
    gaps = render(minimal(profile, registers=False)).gaps
    assert [gap.what for gap in gaps if gap.grave] == ["nothing that is known keeps it from registering"]


def test_an_offset_that_a_base_does_not_know_is_told() -> None:
    rendered = render(full("gigaset-n510", zone=zone("Asia/Kolkata", "IST-5:30")))
    assert "the time zone '+5:30' has no word that is known" in [gap.what for gap in rendered.gaps]
    assert "TIME_TIMEZONE" not in rendered.files[0].text()


def test_ipv6_has_its_brackets() -> None:
    assert said("cisco-mpp", server_host="2001:db8::10")["/flat-profile/Proxy_1_"] == "[2001:db8::10]:5060"
    assert said("yealink", server_host="2001:db8::10")["account.1.sip_server.1.address"] == "[2001:db8::10]"


def test_a_telephone_book_that_is_too_long_is_cut_and_told() -> None:
    phone = full("snom")
    many = dataclasses.replace(phone, people=phone.people * 51)
    rendered = render(many)
    assert len(rendered.files[0].people) == 100
    assert "its telephone book holds 100 of 102 people" in [gap.what for gap in rendered.gaps]


@pytest.mark.parametrize("profile", ["generic", "gigaset-maxwell"])
def test_phones_without_a_known_file(profile: str) -> None:
    with pytest.raises(ConfigurationError, match="no configuration file is known"):
        render(minimal(profile))


@pytest.mark.parametrize(
    ("profile", "label", "why"),
    [
        ("yealink", "%NULL%", "means nothing there"),
        ("mitel", "a # b", "begins a comment"),
        ("gigaset-n510", 'a "b"', "ends the value there"),
        ("avaya", 'a "b"', "ends the value there"),
        ("snom", "two\nlines", "U\\+000A"),
        ("poly", "a\x00b", "U\\+0000"),
        ("cisco-mpp", " space", "begins or ends with a space"),
        ("fanvil", "line\u2028end", "U\\+2028"),
    ],
)
def test_what_a_file_cannot_hold_is_refused_with_the_key(profile: str, label: str, why: str) -> None:
    file = render(minimal(profile, label=label)).files[0]
    with pytest.raises(RefusedValueError, match=why) as refused:
        file.text()
    assert str(refused.value).startswith(refused.value.key)
