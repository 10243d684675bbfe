"""Decisions that follow from the administrator's policy: the deadline action and the exemptions."""

from __future__ import annotations

import pytest

from phoneetiquette.errors import ConfigurationError
from phoneetiquette.etiquette.policy import DeadlineAction, PickupPolicy, Presence, deadline_action, exemption

OVERFLOW = DeadlineAction("overflow", target="sip:back-office@pbx.example")
MESSAGE = DeadlineAction("message")


@pytest.mark.parametrize("deadline", [DeadlineAction("connect"), OVERFLOW, MESSAGE, DeadlineAction("none")])
@pytest.mark.parametrize(
    ("presence", "busy", "at_the_desk"),
    [("present", False, True), ("present", True, False), ("absent", False, False), ("absent", True, False)],
)
def test_the_deadline_action(deadline: DeadlineAction, presence: Presence, busy: bool, at_the_desk: bool) -> None:
    absent = DeadlineAction("message", prompt="closed.wav")
    policy = PickupPolicy(deadline=deadline, when_absent=absent)
    assert deadline_action(policy, presence, busy) == (deadline if at_the_desk else absent)


def test_the_headset_of_an_absent_receptionist_cannot_be_configured_to_open() -> None:
    with pytest.raises(ConfigurationError, match="when_absent"):
        PickupPolicy(when_absent=DeadlineAction("connect"))


POLICY = PickupPolicy(
    emergency_lines=("911", "+43 1 555-0112", "alarm", "sip:panic@lift.example"),
    auto_answer_from=("192.0.2.10", "10.1.0.0/16", "2001:db8::/64"),
)


@pytest.mark.parametrize(
    ("called", "reason"),
    [
        ("sip:911@desk.example", "emergency_line"),
        ("sip:911@10.0.0.1:5070", "emergency_line"),
        ("sip:+4315550112@desk.example", "emergency_line"),
        ("sip:%61larm@desk.example", "emergency_line"),
        ("sip:panic@lift.example", "emergency_line"),
        ("sip:panic@elsewhere.example", ""),
        ("sip:9110@desk.example", ""),
        ("sip:desk@911", ""),
        ("sip:desk@desk.example", ""),
        ("not an address", ""),
        ("", ""),
    ],
)
def test_emergency_lines(called: str, reason: str) -> None:
    assert exemption(called, "198.51.100.1:5060", False, POLICY) == reason


@pytest.mark.parametrize(
    ("peer", "requested", "reason"),
    [
        ("192.0.2.10:5060", True, "auto_answer"),
        ("192.0.2.10:5060", False, ""),
        ("192.0.2.11:5060", True, ""),
        ("10.1.255.3:40000", True, "auto_answer"),
        ("10.2.0.1:5060", True, ""),
        ("[2001:db8::5]:5060", True, "auto_answer"),
        ("[2001:db8:1::5]:5060", True, ""),
        ("pbx.example:5060", True, ""),
        ("", True, ""),
    ],
)
def test_auto_answer_is_honoured_from_listed_peers_only(peer: str, requested: bool, reason: str) -> None:
    assert exemption("sip:desk@desk.example", peer, requested, POLICY) == reason


def test_nothing_is_exempt_unless_configured() -> None:
    assert exemption("sip:911@desk.example", "127.0.0.1:5060", True, PickupPolicy()) == ""


def test_a_peer_that_is_no_address_is_refused_with_advice() -> None:
    with pytest.raises(ConfigurationError, match=r"auto_answer_from.*'pbx'.*write for example"):
        PickupPolicy(auto_answer_from=("pbx",))
