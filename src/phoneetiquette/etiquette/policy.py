"""What the administrator decided about picking up, and the two decisions that follow from it alone.

Pure: the values come from the configuration, presence and busy state from the seat.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal

from phoneetiquette.addresses import AddressError, host_port, same_party
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.etiquette.cadence import DEFAULT_COUNTRY
from phoneetiquette.etiquette.window import RingEnd

Presence = Literal["present", "absent", "break"]
Exemption = Literal["emergency_line", "auto_answer", ""]


@dataclass(frozen=True, slots=True)
class DeadlineAction:
    """What happens to a call that nobody lifted by the end of ring 3.

    ``connect``: the headset opens; ``overflow``: the call goes to ``target`` (a SIP URI); ``message``: ``prompt`` (a
    sound file, ``None``: the built-in one) is played and a voice message recorded; ``none``: it goes on ringing.
    """

    action: Literal["connect", "overflow", "message", "none"]
    target: str | None = None
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class PickupPolicy:
    """The ``pickup:`` section of the configuration.

    Raises:
        ConfigurationError: ``auto_answer_from`` holds something that is neither an address nor a network, or an absent
            receptionist's headset is to be opened.
    """

    country: str = DEFAULT_COUNTRY
    ring_end: RingEnd = "burst"
    ringback: Literal["remote", "early_media"] = "remote"
    deadline: DeadlineAction = DeadlineAction("connect")
    when_absent: DeadlineAction = DeadlineAction("message")
    """Taken instead of ``deadline`` when the receptionist is absent or busy."""
    overflow_rings: int = 5
    """How many rings of the called country a telephone that the seat calls for a customer may go unanswered."""
    message_limit_s: float = 120.0
    emergency_lines: tuple[str, ...] = ()
    """Called users, numbers or whole URIs to which no ring rule applies (rule ``safety.first``)."""
    auto_answer_from: tuple[str, ...] = ()
    """Addresses or networks whose request to be answered at once is honoured."""
    enforce: bool = True
    """False: an early lift connects at once and is judged ``early``."""

    def __post_init__(self) -> None:
        if self.when_absent.action == "connect":
            raise ConfigurationError(
                "pickup.when_absent cannot connect: nobody is there", "choose overflow, message or none"
            )
        for entry in self.auto_answer_from:
            try:
                ipaddress.ip_network(entry, strict=False)
            except ValueError as error:
                raise ConfigurationError(
                    f"pickup.auto_answer_from: {entry!r} is neither an address nor a network",
                    "write for example 192.0.2.10 or 192.0.2.0/24",
                ) from error


def deadline_action(policy: PickupPolicy, presence: Presence, busy: bool) -> DeadlineAction:
    """The action for the end of ring 3. ``busy``: the receptionist is in another call."""
    return policy.deadline if presence == "present" and not busy else policy.when_absent


def exemption(called: str, peer: str, auto_answer_requested: bool, policy: PickupPolicy) -> Exemption:
    """Why the ring window does not apply to a call, or an empty string when it does.

    ``called`` is the request URI, ``peer`` the address and port that the INVITE came from.
    """
    if any(same_party(line, called) for line in policy.emergency_lines):
        return "emergency_line"
    if auto_answer_requested and _is_listed(peer, policy.auto_answer_from):
        return "auto_answer"
    return ""


def _is_listed(peer: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ipaddress.ip_address(host_port(peer)[0])
    except (AddressError, ValueError):
        return False
    return any(address in ipaddress.ip_network(network, strict=False) for network in networks)
