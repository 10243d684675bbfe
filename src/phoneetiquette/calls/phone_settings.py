"""What the desk has to know of the receptionist's desk phones."""

from __future__ import annotations

from dataclasses import dataclass

AUTO_ANSWER = (
    "Alert-Info: <http://127.0.0.1>;info=alert-autoanswer;delay=0",
    "Call-Info: <sip:127.0.0.1>;answer-after=0",
    "Answer-Mode: Auto",
)
"""One INVITE that most desk phones answer by themselves where they are set to: each ignores what it does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSettings:
    """One phone. A seat may have two, such as a desk phone and a cordless one: they ring together."""

    address: str
    """SIP URI that it is called at."""
    ring_headers: tuple[str, ...] = ()
    """``Name: value`` of a ring of its own."""
    auto_answer_headers: tuple[str, ...] = AUTO_ANSWER
    """Those of an INVITE that it answers by itself; empty: it never does."""
    vendor_command: bool = False
    """It has been proved to answer at its vendor's own command."""
