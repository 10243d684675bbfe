"""Calls that meet others: overflow, transfers, conferences. See ``record_script`` for the notation."""

from __future__ import annotations

from tests.unit.record_script import CUSTOMER, IN_RING, IN_TALK, RINGS, TALK, Cases

TOGETHER: Cases = {
    "overflow: the far leg is inside": (
        RINGS
        + """
        13.01 DeadlinePassed a action=overflow target=sip:night@pbx
        13.01 PickupJudged a verdict=diverted after_open_ms=6000.0 before_close_ms=0.0
        13.02 CallDialled a-1 target=sip:night@pbx
        13.5  PeerAlerting a-1 code=180
        15    CallAnswered a-1
        15.1  CallAnswered a
        15.2  CallsJoined a other=a-1
        60    CallEnded a by=customer
        60    CallClosed a
        60.1  CallEnded a-1 by=desk
        60.1  CallClosed a-1
        """,
        [
            [
                CUSTOMER,
                "ended 60 by customer",
                "alerting 0.01",
                "answered 15.1",
                "window AT 7-13",
                "diverted ring 3 6000.0 0.0",
                "deadline overflow sip:night@pbx",
                "leg a-1 overflow sip:night@pbx 13.02-15-60.1 desk",
            ]
        ],
    ),
    "overflow found by its target where the leg has a name of its own": (
        RINGS
        + """
        13.01 DeadlinePassed a action=overflow target=sip:night@pbx
        13.02 CallDialled q target=sip:night@pbx
        14    CallEnded q by=peer code=486
        14    CallClosed q
        15    RecordingFinished a file=a.wav duration_s=4.5
        16    CallEnded a by=customer
        16    CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 16 by customer",
                *IN_RING,
                "deadline overflow sip:night@pbx",
                "message a.wav 4.5",
                "leg q overflow sip:night@pbx 13.02---14 peer",
            ]
        ],
    ),
    "blind transfer, refused by one target, taken by the next": (
        TALK
        + """
        20    AgentTransferred - target=sip:201@pbx
        20.1  TransferProgressed a target=sip:201@pbx code=100
        21    TransferProgressed a target=sip:201@pbx code=486 final=yes
        25    AgentTransferred a target=sip:202@pbx
        26    TransferProgressed a target=sip:202@pbx code=200 final=yes
        26.1  CallEnded a by=transfer
        26.1  CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 26.1 by transfer",
                *IN_TALK,
                "blind sip:201@pbx failed 486",
                "blind sip:202@pbx succeeded 200",
            ]
        ],
    ),
    "attended transfer: the consultation is a leg, the customer's hold is closed by the end": (
        TALK
        + """
        18    AgentDialled b target=201
        18    HoldChanged a by_us=yes
        18.1  CallDialled b target=sip:201@pbx
        19    PeerAlerting b code=180
        21    CallAnswered b
        30    AgentTransferred -
        30.5  TransferProgressed a target=sip:201@pbx code=200 final=yes
        30.6  CallEnded a by=transfer
        30.6  CallClosed a
        30.7  CallEnded b by=transfer
        30.7  CallClosed b
        """,
        [
            [
                CUSTOMER,
                "ended 30.6 by transfer",
                *IN_TALK,
                "hold us 18-",
                "attended sip:201@pbx succeeded 200",
                "leg b consultation sip:201@pbx 18.1-21-30.7 transfer",
            ]
        ],
    ),
    "attended transfer whose REFER is refused is joined inside": (
        TALK
        + """
        18    AgentDialled b target=201
        18    HoldChanged a by_us=yes
        18.1  CallDialled b target=sip:201@pbx
        21    CallAnswered b
        30    AgentTransferred a to_call=b
        30.5  TransferProgressed a target=sip:201@pbx code=603 final=yes refused=yes
        30.6  CallsJoined a other=b
        89    PeerLost b
        90    CallEnded b by=peer
        90    CallClosed b
        90.1  CallEnded a by=desk
        90.1  CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 90.1 by desk",
                *IN_TALK,
                "hold us 18-",
                "attended sip:201@pbx joined 603",
                "leg b consultation sip:201@pbx 18.1-21-90 peer",
            ]
        ],
    ),
    "blind transfer whose REFER is refused: the seat places the leg": (
        TALK
        + """
        20    AgentTransferred a target=sip:201@pbx
        20.1  TransferProgressed a target=sip:201@pbx code=603 final=yes refused=yes
        20.2  CallDialled a-1 target=sip:201@pbx
        22    CallAnswered a-1
        22.1  CallsJoined a other=a-1
        50    CallEnded a by=customer
        50    CallClosed a
        50    CallEnded a-1 by=desk
        50    CallClosed a-1
        """,
        [
            [
                CUSTOMER,
                "ended 50 by customer",
                *IN_TALK,
                "blind sip:201@pbx joined 603",
                "leg a-1 transfer sip:201@pbx 20.2-22-50 desk",
            ]
        ],
    ),
    "a consultation that leads to no transfer is a call of its own": (
        TALK
        + """
        18    AgentDialled b target=201
        18    HoldChanged a by_us=yes
        18.1  CallDialled b target=sip:201@pbx
        21    CallAnswered b
        25    CallEnded b by=agent
        25    CallClosed b
        25.5  HoldChanged a
        40    CallEnded a by=customer
        40    CallClosed a
        """,
        [
            ["b out sip:201@pbx", "ended 6.9 by agent", "answered 2.9"],
            [CUSTOMER, "ended 40 by customer", *IN_TALK, "hold us 18-25.5"],
        ],
    ),
    "conference": (
        TALK
        + """
        18    AgentDialled b target=201
        18    HoldChanged a by_us=yes
        18.1  CallDialled b target=sip:201@pbx
        21    CallAnswered b
        25    AgentConferenced -
        25.1  HoldChanged a
        25.1  CallsJoined b other=a with_agent=yes
        30    CallEnded b by=peer
        30    CallClosed b
        40    CallEnded a by=customer
        40    CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 40 by customer",
                *IN_TALK,
                "hold us 18-25.1",
                "leg b conference sip:201@pbx 18.1-21-30 peer",
            ]
        ],
    ),
    "two customers connected to each other keep a record each": (
        TALK
        + """
        9     CallArrived b caller=sip:77@pbx
        10    HoldChanged a by_us=yes
        10    CallAnswered b
        20    AgentTransferred a to_call=b
        20.1  CallsJoined a other=b
        30    CallEnded a by=customer
        30    CallClosed a
        30    CallEnded b by=desk
        30    CallClosed b
        """,
        [
            [CUSTOMER, "ended 30 by customer", *IN_TALK, "hold us 10-", "attended sip:77@pbx joined 0", "related b"],
            ["b in sip:77@pbx", "ended 21 by desk", "answered 1", "related a"],
        ],
    ),
    "two calls interleaved: events without a call go to the one in talk": (
        TALK
        + """
        9     CallArrived b caller=sip:77@pbx
        9.01  AlertingStarted b
        10    AgentSentDigits - digits=123
        10.5  DigitReceived a digit=1
        11    AgentMarkedStage - stage=clarify
        12    AgentLifted -
        12    HoldChanged a by_us=yes
        12    CallAnswered b
        13    AgentMarkedStage - stage=greeting
        14    CallEnded b by=customer
        14    CallClosed b
        15    HoldChanged a
        16    AgentMarkedStage - stage=close
        17    CallEnded a by=customer
        17    CallClosed a
        """,
        [
            [
                "b in sip:77@pbx",
                "ended 5 by customer",
                "alerting 0.01",
                "answered 3",
                "lifted 3",
                "stage greeting 4",
            ],
            [
                CUSTOMER,
                "ended 17 by customer",
                *IN_TALK,
                "hold us 12-15",
                "stage clarify 11",
                "stage close 16",
                "digits 1 in 3 out",
            ],
        ],
    ),
}
