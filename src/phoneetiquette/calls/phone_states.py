"""A leg to the receptionist's desk phone: its states, and what happens at the phone means for the calls. As tables.

A phone leg and a customer's call are two calls with states of their own. What joins them is :data:`MEANING`: what
happens at the phone, in the state of the customer's call, is one of the receptionist's wishes.
"""

from __future__ import annotations

from enum import Enum, StrEnum, auto

from phoneetiquette.calls.states import State


class LegState(StrEnum):
    """Where a leg to the phone is."""

    CALLING = "calling"
    """We call the phone: INVITE sent."""
    RINGING = "ringing"
    """It rings."""
    DIALLED = "dialled"
    """It calls through us: it hears ringing, and is answered when whom it dialled has answered."""
    UP = "up"
    """Lifted: the receptionist is there."""
    HOLDING = "holding"
    """Lifted, and held at the phone: the receptionist is elsewhere."""
    OVER = "over"


class LegTrigger(StrEnum):
    """What moves a leg from state to state."""

    RINGS = "rings"
    LIFTED = "lifted"
    HOLDS = "holds"
    RELEASES = "releases"
    HUNG_UP = "hung up"
    LOST = "lost"


_L, _T = LegState, LegTrigger

LEG_TRANSITIONS: dict[tuple[LegState, LegTrigger], LegState] = {
    (_L.CALLING, _T.RINGS): _L.RINGING,
    (_L.RINGING, _T.RINGS): _L.RINGING,
    (_L.CALLING, _T.LIFTED): _L.UP,
    (_L.RINGING, _T.LIFTED): _L.UP,
    (_L.DIALLED, _T.LIFTED): _L.UP,
    (_L.UP, _T.HOLDS): _L.HOLDING,
    (_L.HOLDING, _T.RELEASES): _L.UP,
    **{(state, trigger): _L.OVER for state in LegState if state is not _L.OVER for trigger in (_T.HUNG_UP, _T.LOST)},
}
"""(state, trigger) -> next state of the leg; what is not here changes nothing."""

LIFTED = frozenset({LegState.UP, LegState.HOLDING})


class Wish(Enum):
    """What happened at the phone means."""

    LIFT = auto()
    """As if the receptionist had lifted this call: connected, or armed until the window opens."""
    PUT_DOWN = auto()
    """The early lift is taken back: the call goes on ringing, and so does the phone."""
    HANG_UP = auto()
    HOLD = auto()
    RESUME = auto()
    DIAL = auto()
    """The receptionist is there for the call that is to be placed."""
    KEEP = auto()
    """Hold the customer, who has lost the receptionist's phone, and ring the phones again."""


_S, _W = State, Wish

MEANING: dict[tuple[LegTrigger, State], Wish] = {
    (_T.LIFTED, _S.ALERTING): _W.LIFT,
    (_T.LIFTED, _S.DIVERTED): _W.LIFT,
    (_T.LIFTED, _S.MENU): _W.LIFT,
    (_T.LIFTED, _S.WAITING): _W.LIFT,
    (_T.LIFTED, _S.MESSAGE): _W.LIFT,
    (_T.LIFTED, _S.HELD): _W.RESUME,
    (_T.LIFTED, _S.DIALLING): _W.DIAL,
    (_T.HUNG_UP, _S.ARMED): _W.PUT_DOWN,
    (_T.HUNG_UP, _S.ANSWERING): _W.HANG_UP,
    (_T.HUNG_UP, _S.TALKING): _W.HANG_UP,
    (_T.HUNG_UP, _S.CONFERENCE): _W.HANG_UP,
    (_T.HUNG_UP, _S.DIALLING): _W.HANG_UP,
    (_T.HUNG_UP, _S.RINGING): _W.HANG_UP,
    (_T.LOST, _S.ARMED): _W.PUT_DOWN,
    (_T.LOST, _S.ANSWERING): _W.KEEP,
    (_T.LOST, _S.TALKING): _W.KEEP,
    (_T.LOST, _S.CONFERENCE): _W.KEEP,
    (_T.LOST, _S.DIALLING): _W.HANG_UP,
    (_T.LOST, _S.RINGING): _W.HANG_UP,
    (_T.HOLDS, _S.TALKING): _W.HOLD,
    (_T.HOLDS, _S.CONFERENCE): _W.HOLD,
    (_T.RELEASES, _S.HELD): _W.RESUME,
}
"""(what happened at the phone, state of the customer's call) -> what it means; what is not here means nothing."""

RINGS_FOR = frozenset({State.ALERTING})
"""The phone rings for a call in these states."""
FETCHABLE = frozenset({State.DIVERTED, State.MENU, State.WAITING, State.MESSAGE})
"""The phone does not ring for a call in these states by itself; the receptionist may take it on the page."""
NEEDS = frozenset(
    {State.ARMED, State.ANSWERING, State.TALKING, State.CONFERENCE, State.DIALLING, State.RINGING, State.HELD}
    | {State.SEEKING}
)
"""A lifted phone is not hung up by us while there is such a call of the agent's."""

UNAVAILABLE: dict[int, str] = {
    486: "busy",
    600: "busy",
    480: "off",
    603: "dnd",
    488: "unsuited",
    606: "unsuited",
    415: "unsuited",
}
"""What a phone that refuses says of itself; any other code: ``unreachable``. ``unsuited``: no common codec. Phones tell
"do not disturb" by 603, 480 or 486, as they are set; only 603 says it for certain."""
COMES_BACK = frozenset({"off", "unreachable"})
"""Such a phone may be there again soon: it has to be plugged in, or has just been switched on."""
