"""The profiles of desk phones that are shipped, and what is said of a wrong one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from phoneetiquette.config.phones_schema import PROFILES
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.phones.facts import EVENTS, FACTS
from phoneetiquette.phones.profile import PLACEHOLDER, CheckSync, Command, Evidence, Header, PhoneProfile
from phoneetiquette.phones.profiles import profile_of, profiles, read

ROOT = Path(__file__).parents[2]
FAMILIES = (
    *("yealink", "grandstream", "grandstream-grp", "snom", "poly", "cisco-spa", "cisco-mpp", "fanvil", "gigaset"),
    *("gigaset-n510", "gigaset-maxwell", "mitel", "avaya", "generic"),
)
PROVISIONED = [name for name in FAMILIES if name not in ("gigaset-maxwell", "generic")]


def written(directory: Path, text: str) -> Path:
    file = directory / "acme.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_family_that_is_asked_for_has_a_profile_and_a_file() -> None:
    assert set(profiles()) == set(FAMILIES)
    assert {name for name, profile in profiles().items() if profile.provisioning} == set(PROVISIONED)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_profile_says_where_it_is_known_from_and_that_nobody_has_tried_it(name: str) -> None:
    profile = profile_of(name)
    assert profile.never_tried
    assert profile.sources
    if profile.provisioning:
        assert any("https://" in source for source in profile.sources)


@pytest.mark.parametrize("name", PROVISIONED)
def test_every_account_is_provisioned_whole(name: str) -> None:
    provisioning = profile_of(name).provisioning
    assert provisioning
    everywhere = [*provisioning.settings.values(), *(v for some in provisioning.when.values() for v in some.values())]
    used = {fact for template in everywhere for fact in PLACEHOLDER.findall(template)}
    assert {"user", "auth_user", "password", "display_name", "server_host"} <= used | (
        {"server_host"} if "server" in used else set()
    )
    assert provisioning.restricts
    assert {"udp"} <= set(provisioning.words["transport"])


def test_conditions_words_and_events_are_names_that_there_are() -> None:
    for profile in profiles().values():
        if profile.provisioning:
            assert set(profile.provisioning.when) <= FACTS
            assert set(profile.provisioning.words) <= FACTS
            urls = profile.provisioning.action_urls
            assert urls is None or set(urls.events) <= set(EVENTS)


def test_no_key_is_written_twice_under_different_conditions_that_can_hold_together() -> None:
    apart = [
        {"registered", "unregistered"},
        {"summer_time", "no_summer_time"},
        {"srtp_off", "srtp_optional", "srtp_mandatory"},
    ]
    for profile in profiles().values():
        if profile.provisioning is None:
            continue
        groups = {"": profile.provisioning.settings, **profile.provisioning.when}
        for one, settings in groups.items():
            for other, others in groups.items():
                if one < other and not any({one, other} <= set_of for set_of in apart):
                    assert not set(settings) & set(others), (profile.name, one, other)


def test_what_the_calls_need_of_the_reference() -> None:
    assert {name for name in FAMILIES if profile_of(name).talk == "listed"} == {"yealink", "snom", "poly"}
    assert {name for name in FAMILIES if profile_of(name).talk == "when_provisioned"} == {"cisco-spa", "cisco-mpp"}
    assert profile_of("yealink").allow_events == ("talk", "hold", "conference", "refer", "check-sync")
    assert profile_of("mitel").answers_after_delay
    assert not profile_of("gigaset").auto_answer
    assert profile_of("snom").check_sync == CheckSync(
        "check-sync;reboot=false", Evidence.MANUAL, "check-sync;reboot=true"
    )
    assert profile_of("poly").auto_answer == (Header("Alert-Info", "Ring Answer", Evidence.MANUAL),)
    assert {name for name in FAMILIES if profile_of(name).commands_for("answer")} == {
        *("yealink", "grandstream", "grandstream-grp", "snom", "poly", "fanvil", "mitel"),
    }


def test_the_text_a_poly_answers_at_once_is_the_one_that_is_provisioned() -> None:
    profile = profile_of("poly")
    assert profile.provisioning
    assert profile.ring
    settings = profile.provisioning.settings
    assert settings["voIpProt.SIP.alertInfo.1.value"] == profile.auto_answer[0].value
    assert settings["voIpProt.SIP.alertInfo.2.value"].replace("{ring}", "phoneetiquette") == profile.ring.value


def test_a_command_is_filled_in_and_escaped() -> None:
    accept = profile_of("grandstream").commands_for("answer")[0]
    assert accept.facts == {"address", "password"}
    url, body = accept.filled({"address": "192.0.2.31:8080", "password": "a&b c"})
    assert (url, body) == ("http://192.0.2.31:8080/cgi-bin/api-phone_operation?passcode=a%26b%20c&cmd=acceptcall", "")
    answer = profile_of("poly").commands_for("answer")[0]
    assert answer.filled({"address": "h", "call_handle": "0x2f"})[1] == '{"data":{"Ref":"0x2f"}}'
    with pytest.raises(KeyError):
        answer.filled({"address": "h"})


def test_a_header_names_the_host_that_calls() -> None:
    assert profile_of("cisco-mpp").auto_answer[0].filled("192.0.2.20") == "<sip:192.0.2.20>;answer-after=0"


def test_commands_say_how_they_are_sent() -> None:
    for profile in profiles().values():
        for command in profile.commands:
            assert bool(command.url) == (command.by == "http")
            assert bool(command.event) == (command.by == "notify")
            assert (command.method == "POST" or command.by == "notify") == bool(command.body)
            assert bool(command.body) == bool(command.content_type)


def test_a_profile_with_little_in_it(tmp_path: Path) -> None:
    file = written(tmp_path, "vendor: Acme\nmodels: all\ntried: Acme 5, by hand\nsources: [a catalogue]\n")
    assert read(file) == PhoneProfile(
        name="acme", vendor="Acme", models="all", tried="Acme 5, by hand", sources=("a catalogue",)
    )
    assert not read(file).never_tried


def test_every_problem_of_a_profile_is_told_with_its_place(tmp_path: Path) -> None:
    text = """vendor: Acme
models: all
tried: never
talks: listed
commands:
  - {action: lift, by: http, evidence: manual, url: "http://{address}/{secret}"}
provisioning:
  format: yealnk
  file: "{mac}.cfg"
  settings: {account: "{usr}"}
  when: {registred: {a: b}}
"""
    with pytest.raises(ConfigurationError) as told:
        read(written(tmp_path, text))
    lines = [line.removeprefix(f"{tmp_path}/acme.yaml:") for line in str(told.value).splitlines()]
    assert [line.split(": ")[0] for line in lines] == ["1:1", "4:1", "6:14", "6:53", "8:11", "10:23", "11:10"]
    assert "no 'sources'" in lines[0]
    assert "did you mean 'talk'?" in lines[1]
    assert "did you mean 'yealink'?" in lines[4]
    assert "unknown fact 'usr'" in lines[5]
    assert "did you mean 'registered'?" in lines[6]


@pytest.mark.parametrize("text", ["[1, 2]", "just words", "a: [", "\tvendor: x"])
def test_what_is_no_profile(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(str(tmp_path))):
        read(written(tmp_path, text))


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="known are avaya, cisco-mpp"):
        profile_of("acme")


def test_the_profiles_are_installed_with_the_program(tmp_path: Path) -> None:
    """What ``pip`` would install is what setuptools copies for a build."""
    built = [
        sys.executable,
        "-c",
        "from setuptools import setup; setup()",
        "-q",
        "build_py",
        "--build-lib",
        str(tmp_path),
    ]
    subprocess.run(built, cwd=ROOT, check=True, capture_output=True, timeout=120)
    installed = tmp_path / "phoneetiquette" / "hardware" / "phones"
    assert {file.name for file in installed.iterdir()} == {file.name for file in PROFILES.iterdir()}


def test_a_command_without_facts_needs_none() -> None:
    told = Command(action="answer", by="notify", event="ACTION-URI", body="key=OK", evidence=Evidence.MANUAL)
    assert told.filled({}) == ("", "key=OK")
