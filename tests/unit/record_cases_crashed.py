"""Calls whose engine or machine is lost. See ``record_script`` for the notation."""

from __future__ import annotations

from tests.unit.record_script import CUSTOMER, IN_RING, IN_TALK, RINGS, TALK, Cases

CRASHED: Cases = {
    "the engine is lost while main lives: the call ended then, with what was measured so far": (
        TALK
        + """
        10    MeasuresTaken a duration_s=2.0
        10.2  SpeechSegmentEnded a party=customer start_s=0.2 end_s=1.9
        11.5  EngineLost - pid=100
        """,
        [[CUSTOMER, "ended 11.5 by crash", *IN_TALK, "measures partial 1 2.0", "customer spoke 0.2-1.9"]],
    ),
    "and what the desk says of it afterwards is taken in": (
        RINGS
        + """
        9     EngineLost - pid=100
        9     CallEnded a by=crash
        9     PickupJudged a verdict=unanswered ring=2 after_open_ms=1990.0 before_close_ms=4010.0
        9     CallClosed a
        """,
        [[CUSTOMER, "ended 9 by crash", *IN_RING, "unanswered ring 2 1990.0 4010.0"]],
    ),
    "main comes back to another engine: calls it does not know ended when last heard of": (
        TALK
        + """
        10    MeasuresTaken a duration_s=2.0
        3600  EngineStarted - pid=200
        """,
        [[CUSTOMER, "ended 10 by crash", *IN_TALK, "measures partial 1 2.0"]],
    ),
    "the desk's word comes an hour later and does not move the end": (
        TALK
        + """
        3600  EngineStarted - pid=200
        3600  CallEnded a by=crash
        3600  CallClosed a
        """,
        [[CUSTOMER, "ended 8.02 by crash", *IN_TALK]],
    ),
    "main comes back to the same engine: the call goes on": (
        TALK
        + """
        20    EngineStarted - pid=100 calls=[a]
        30    CallEnded a by=customer
        30    CallClosed a
        """,
        [[CUSTOMER, "ended 30 by customer", *IN_TALK]],
    ),
    "one of two calls survives": (
        TALK
        + """
        9     CallArrived b caller=sip:77@pbx
        20    EngineStarted - pid=100 calls=[a]
        20    CallEnded b by=crash
        20    CallClosed b
        30    CallEnded a by=customer
        30    CallClosed a
        """,
        [["b in sip:77@pbx", "ended 0 by crash"], [CUSTOMER, "ended 30 by customer", *IN_TALK]],
    ),
    "a leg is lost and its call survives": (
        TALK
        + """
        18    HoldChanged a by_us=yes
        18    AgentDialled b target=201
        18    CallDialled b target=sip:201@pbx
        19    CallAnswered b
        20    AgentTransferred a to_call=b
        25    EngineStarted - pid=100 calls=[a]
        30    CallEnded a by=customer
        30    CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 30 by customer",
                *IN_TALK,
                "hold us 18-",
                "attended sip:201@pbx pending 0",
                "leg b consultation sip:201@pbx 18-19-19 crash",
            ]
        ],
    ),
    "the machine is started anew": (
        TALK
        + """
        12    MeasuresTaken a duration_s=4.0
        boot=two
        1     PresenceChanged - presence=present
        """,
        [[CUSTOMER, "ended 12 by crash", *IN_TALK, "measures partial 1 4.0"]],
    ),
    "a leg crashes with its call": (
        TALK
        + """
        18    HoldChanged a by_us=yes
        18    AgentDialled b target=201
        18    CallDialled b target=sip:201@pbx
        19    CallAnswered b
        20    AgentTransferred a to_call=b
        21    EngineLost - pid=100
        """,
        [
            [
                CUSTOMER,
                "ended 21 by crash",
                *IN_TALK,
                "hold us 18-",
                "attended sip:201@pbx pending 0",
                "leg b consultation sip:201@pbx 18-19-21 crash",
            ]
        ],
    ),
    "ended, but the desk did not get round to closing it": (
        TALK
        + """
        12    CallEnded a by=customer
        13    EngineLost - pid=100
        """,
        [[CUSTOMER, "ended 12 by customer", *IN_TALK]],
    ),
}
