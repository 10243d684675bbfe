"""Calls between two parties. See ``record_script`` for the notation."""

from __future__ import annotations

from tests.unit.record_script import CUSTOMER, IN_RING, IN_TALK, RINGS, TALK, Cases

ALONE: Cases = {
    "on time": (
        TALK
        + """
        9     SpeechSegmentEnded a party=agent start_s=0.5 end_s=2.0
        12    MeasuresTaken a duration_s=4.0
        13    MeasuresTaken a duration_s=5.0
        14    CallEnded a by=customer code=200
        14.1  MeasuresTaken a duration_s=6.0 final=yes
        14.1  CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 14 by customer 200",
                *IN_TALK,
                "measures final 1 6.0",
                "agent spoke 0.5-2.0",
                "customer spoke 2.5-4.0",
            ]
        ],
    ),
    "lifted early, taken back, lifted again: armed until the window opens": (
        RINGS
        + """
        2     AgentLifted a
        2     CallArmed a connects_ns=7.01
        3     AgentPutDown a
        3     CallDisarmed a
        4     AgentLifted - by=key
        4     CallArmed a connects_ns=7.01
        7.01  CallAnswered a
        7.01  PickupJudged a verdict=on_time after_open_ms=0.2 before_close_ms=5999.8
        20    CallEnded a by=agent
        20    CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 20 by agent",
                "alerting 0.01",
                "answered 7.01",
                "window AT 7-13",
                "on_time ring 3 0.2 5999.8",
                "lifted 2 4",
                "armed 2 4 for 7.01",
            ]
        ],
    ),
    "late": (
        RINGS
        + """
        15    AgentLifted a
        15    CallAnswered a
        15    PickupJudged a verdict=late after_open_ms=7990.0 before_close_ms=-1990.0
        20    CallEnded a by=agent
        20    CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 20 by agent",
                "alerting 0.01",
                "answered 15",
                "window AT 7-13",
                "late ring 3 7990.0 -1990.0",
                "lifted 15",
            ]
        ],
    ),
    "abandoned": (
        RINGS
        + """
        9     CallEnded a by=customer code=487
        9     PickupJudged a verdict=abandoned ring=2 after_open_ms=1990.0 before_close_ms=4010.0
        9     CallClosed a
        """,
        [[CUSTOMER, "ended 9 by customer 487", *IN_RING, "abandoned ring 2 1990.0 4010.0"]],
    ),
    "short abandon": (
        RINGS
        + """
        3     CallEnded a by=customer code=487
        3     PickupJudged a verdict=short_abandon ring=1 after_open_ms=-4010.0 before_close_ms=10010.0
        3     CallClosed a
        """,
        [[CUSTOMER, "ended 3 by customer 487", *IN_RING, "short_abandon ring 1 -4010.0 10010.0"]],
    ),
    "exempt": (
        """
        0     CallArrived a called=sip:112@seat
        0.01  AlertingStarted a
        0.01  RingPlanned a opens_ns=7.01 closes_ns=13.01 exempt=emergency_line
        1     AgentLifted a
        1     CallAnswered a
        1     PickupJudged a verdict=exempt ring=1 after_open_ms=-6010.0 before_close_ms=12010.0 exempt=emergency_line
        9     CallEnded a by=customer
        9     CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 9 by customer",
                "alerting 0.01",
                "answered 1",
                "window AT 7-13 exempt emergency_line",
                "exempt ring 1 -6010.0 12010.0",
                "lifted 1",
            ]
        ],
    ),
    "message": (
        RINGS
        + """
        13.01 DeadlinePassed a action=message
        13.01 PickupJudged a verdict=diverted after_open_ms=6000.0 before_close_ms=0.0
        13.02 CallAnswered a
        13.03 MediaStarted a
        40    RecordingFinished a file=messages/a.wav duration_s=21.5
        40    CallEnded a by=customer
        40    CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 40 by customer",
                "alerting 0.01",
                "answered 13.02",
                "window AT 7-13",
                "diverted ring 3 6000.0 0.0",
                "deadline message",
                "message messages/a.wav 21.5",
            ]
        ],
    ),
    "refused: complete at once": (
        "0 CallRefused a code=486 reason=no_free_line",
        [[CUSTOMER, "ended 0 by desk 486", "refused no_free_line"]],
    ),
    "outgoing": (
        """
        0     AgentDialled a target=201
        0.1   CallDialled a target=sip:201@pbx
        1.1   PeerAlerting a code=180
        1.6   PeerAlerting a code=183
        4.1   CallAnswered a
        9.1   CallEnded a by=agent code=200
        9.1   CallClosed a
        """,
        [["a out sip:201@pbx", "ended 9 by agent 200", "alerting 1", "answered 4"]],
    ),
    "outgoing, busy": (
        """
        0     AgentDialled a target=201
        0.1   CallDialled a target=sip:201@pbx
        1.1   CallEnded a by=peer code=486
        1.1   CallClosed a
        """,
        [["a out sip:201@pbx", "ended 1 by peer 486"]],
    ),
    "notes of the desk": (
        "0 CallArrived a\n1 CallEnded a by=customer\n1 CallClosed a notes=[odd,one]",
        [[CUSTOMER, "ended 1 by customer", "note odd", "note one"]],
    ),
    "what an engine tells twice counts once": (
        TALK
        + """
        8.02  MediaStarted a
        9     DigitReceived a digit=1
        9     DigitReceived a digit=1
        9.5   DigitReceived a digit=1
        10    SpeechSegmentEnded a party=agent start_s=0.5 end_s=1.5
        10    SpeechSegmentEnded a party=agent start_s=0.5 end_s=1.5
        10    InterruptionNoticed a by=agent start_s=1.0 end_s=1.5 outcome=taken
        10    InterruptionNoticed a by=agent start_s=1.0 end_s=1.5 outcome=taken
        0     CallArrived a
        12    CallEnded a by=customer
        12    CallClosed a
        0     CallArrived a
        12    CallEnded a by=customer
        """,
        [
            [
                CUSTOMER,
                "ended 12 by customer",
                *IN_TALK,
                "digits 2 in 0 out",
                "agent spoke 0.5-1.5",
                "interrupted by agent 1.0 taken",
            ]
        ],
    ),
}
