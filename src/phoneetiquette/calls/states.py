"""States of a call and the transitions between them, as tables.

The tables are the whole truth: the session applies them, the documentation draws them, the tests walk through them.
A trigger that has no entry for the present state raises and changes nothing.
"""

from __future__ import annotations

from enum import StrEnum

from phoneetiquette import events as e
from phoneetiquette.errors import CallError


class State(StrEnum):
    """Where a call is."""

    ALERTING = "alerting"
    """Incoming: the caller hears ringing, nobody has lifted."""
    ARMED = "armed"
    """Incoming: lifted before the window; connected when it opens."""
    ANSWERING = "answering"
    """Incoming: the engine was told to connect and has not confirmed it yet."""
    DIVERTED = "diverted"
    """Incoming: the overflow target, or whom the dialplan names, is called while the caller goes on hearing ringing."""
    MENU = "menu"
    """The seat speaks to the other side by itself: a menu, an announcement, or a wake-up call of its own."""
    WAITING = "waiting"
    """Incoming: the caller has left a menu and hears the music while those are called whom the dialplan names."""
    MESSAGE = "message"
    """The seat asks the caller for a message and records it."""
    DIALLING = "dialling"
    """Outgoing: INVITE sent."""
    RINGING = "ringing"
    """Outgoing: the other side rings."""
    TALKING = "talking"
    """In talk with the agent."""
    HELD = "held"
    """Held by us."""
    CONFERENCE = "conference"
    """In talk with the agent and another call."""
    TRANSFERRING = "transferring"
    """A transfer of this call is under way."""
    SEEKING = "seeking"
    """Held by us while those are called whom the dialplan names for its topic."""
    JOINED = "joined"
    """In talk with another call through the seat; the agent has left."""
    ENDED = "ended"


class Trigger(StrEnum):
    """What moves a call from state to state."""

    LIFTED_EARLY = "lifted early"
    LIFTED = "lifted"
    PUT_DOWN = "put down"
    DEADLINE_CONNECT = "deadline: connect"
    NOT_CONNECTED = "not connected"
    DEADLINE_OVERFLOW = "deadline: overflow"
    DEADLINE_MESSAGE = "deadline: message"
    PEER_ALERTING = "peer alerting"
    ANSWERED = "answered"
    ANSWERED_APART = "answered, not to the agent"
    HELD = "held"
    RESUMED = "resumed"
    CONFERENCED = "conferenced"
    LEFT_ALONE = "other party left"
    TRANSFER_BEGUN = "transfer begun"
    TRANSFER_FAILED = "transfer failed"
    MENU_OPENED = "spoken to"
    MENU_LEFT = "routed from the menu"
    LEFT_TO_MACHINE = "left to the machine"
    ROUTED = "routed past the desk"
    DESK_RINGS = "routed to the desk"
    TOPIC_CHOSEN = "topic chosen"
    SEARCH_ENDED = "search ended"
    JOINED = "joined"
    OTHER_LOST = "other party lost"
    ENDED = "ended"


_S, _T = State, Trigger

TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (_S.ALERTING, _T.LIFTED_EARLY): _S.ARMED,
    (_S.ALERTING, _T.LIFTED): _S.ANSWERING,
    (_S.ALERTING, _T.DEADLINE_CONNECT): _S.ANSWERING,
    (_S.ALERTING, _T.DEADLINE_OVERFLOW): _S.DIVERTED,
    (_S.ALERTING, _T.DEADLINE_MESSAGE): _S.MESSAGE,
    (_S.ALERTING, _T.ROUTED): _S.DIVERTED,
    (_S.ALERTING, _T.ANSWERED): _S.TALKING,
    (_S.ARMED, _T.PUT_DOWN): _S.ALERTING,
    (_S.ARMED, _T.ANSWERED): _S.TALKING,
    (_S.ARMED, _T.NOT_CONNECTED): _S.ALERTING,
    (_S.ANSWERING, _T.ANSWERED): _S.TALKING,
    (_S.ANSWERING, _T.NOT_CONNECTED): _S.ALERTING,
    (_S.DIVERTED, _T.LIFTED): _S.ANSWERING,
    (_S.DIVERTED, _T.DEADLINE_MESSAGE): _S.MESSAGE,
    (_S.DIVERTED, _T.DESK_RINGS): _S.ALERTING,
    (_S.DIVERTED, _T.ANSWERED): _S.TALKING,
    (_S.DIVERTED, _T.JOINED): _S.JOINED,
    (_S.DIVERTED, _T.MENU_OPENED): _S.MENU,
    (_S.MENU, _T.MENU_LEFT): _S.WAITING,
    (_S.MENU, _T.LIFTED): _S.ANSWERING,
    (_S.WAITING, _T.MENU_OPENED): _S.MENU,
    (_S.WAITING, _T.DEADLINE_MESSAGE): _S.MESSAGE,
    (_S.WAITING, _T.DESK_RINGS): _S.ALERTING,
    (_S.WAITING, _T.LIFTED): _S.ANSWERING,
    (_S.WAITING, _T.JOINED): _S.JOINED,
    (_S.ALERTING, _T.MENU_LEFT): _S.WAITING,
    (_S.MESSAGE, _T.LIFTED): _S.ANSWERING,
    (_S.TALKING, _T.LEFT_TO_MACHINE): _S.MESSAGE,
    (_S.HELD, _T.LEFT_TO_MACHINE): _S.MESSAGE,
    (_S.DIALLING, _T.PEER_ALERTING): _S.RINGING,
    (_S.DIALLING, _T.ANSWERED): _S.TALKING,
    (_S.DIALLING, _T.ANSWERED_APART): _S.JOINED,
    (_S.DIALLING, _T.MENU_OPENED): _S.MENU,
    (_S.RINGING, _T.ANSWERED): _S.TALKING,
    (_S.RINGING, _T.ANSWERED_APART): _S.JOINED,
    (_S.RINGING, _T.MENU_OPENED): _S.MENU,
    (_S.TALKING, _T.HELD): _S.HELD,
    (_S.TALKING, _T.CONFERENCED): _S.CONFERENCE,
    (_S.TALKING, _T.TRANSFER_BEGUN): _S.TRANSFERRING,
    (_S.HELD, _T.RESUMED): _S.TALKING,
    (_S.HELD, _T.CONFERENCED): _S.CONFERENCE,
    (_S.HELD, _T.TRANSFER_BEGUN): _S.TRANSFERRING,
    (_S.TALKING, _T.TOPIC_CHOSEN): _S.SEEKING,
    (_S.HELD, _T.TOPIC_CHOSEN): _S.SEEKING,
    (_S.SEEKING, _T.SEARCH_ENDED): _S.HELD,
    (_S.SEEKING, _T.JOINED): _S.JOINED,
    (_S.CONFERENCE, _T.HELD): _S.HELD,
    (_S.CONFERENCE, _T.LEFT_ALONE): _S.TALKING,
    (_S.TRANSFERRING, _T.TRANSFER_FAILED): _S.HELD,
    (_S.TRANSFERRING, _T.JOINED): _S.JOINED,
    (_S.JOINED, _T.OTHER_LOST): _S.HELD,
    (_S.JOINED, _T.MENU_LEFT): _S.WAITING,
    (_S.JOINED, _T.DEADLINE_MESSAGE): _S.MESSAGE,
    **{(state, _T.ENDED): _S.ENDED for state in State if state is not _S.ENDED},
}
"""(state, trigger) -> next state."""

LIVE = frozenset(State) - {State.ENDED}
WITH_AGENT = frozenset({State.TALKING, State.CONFERENCE})
"""The agent's voice reaches this call."""
AWAY = frozenset({State.MENU, State.WAITING, State.MESSAGE, State.JOINED})
"""The agent has no part in this call: a wish is about it only when it names it."""
UNNAMED_NEVER: dict[type[e.Event], frozenset[State]] = {e.AgentHungUp: frozenset({State.SEEKING})}
"""Wish -> states of a call that it is not about unless it names it: nobody hangs up on a customer who waits for a
specialist by ending something else."""

ALLOWED: dict[type[e.Event], frozenset[State]] = {
    e.AgentLifted: frozenset({State.ALERTING, State.DIVERTED, State.MENU, State.WAITING, State.MESSAGE}),
    e.AgentPutDown: frozenset({State.ARMED}),
    e.AgentHungUp: LIVE,
    e.AgentHeld: WITH_AGENT,
    e.AgentResumed: frozenset({State.HELD, State.SEEKING}),
    e.AgentTransferred: frozenset({State.TALKING, State.HELD}),
    e.AgentChoseTopic: frozenset({State.TALKING, State.HELD}),
    e.AgentLeftToMachine: frozenset({State.TALKING, State.HELD}),
    e.AgentConferenced: frozenset({State.HELD}),
    e.AgentSentDigits: frozenset({State.TALKING, State.CONFERENCE, State.RINGING}),
    e.AgentMarkedStage: frozenset({State.TALKING, State.HELD, State.CONFERENCE}),
}
"""What the agent asks -> states of a call in which it can be had."""

ACTIONS: dict[str, type[e.Event]] = {
    "lift": e.AgentLifted,
    "put_down": e.AgentPutDown,
    "hangup": e.AgentHungUp,
    "hold": e.AgentHeld,
    "resume": e.AgentResumed,
    "transfer": e.AgentTransferred,
    "topic": e.AgentChoseTopic,
    "machine": e.AgentLeftToMachine,
    "conference": e.AgentConferenced,
    "digits": e.AgentSentDigits,
    "stage": e.AgentMarkedStage,
}
"""Names of these in snapshots and on the command line."""


def after(state: State, trigger: Trigger) -> State:
    """The state that follows.

    Raises:
        CallError: the trigger means nothing in this state.
    """
    try:
        return TRANSITIONS[state, trigger]
    except KeyError:
        raise CallError(f"a call that is {state} cannot be {trigger}") from None


def actions(state: State) -> tuple[str, ...]:
    """Names of what the agent can ask of a call in ``state``."""
    return tuple(name for name, kind in ACTIONS.items() if state in ALLOWED[kind])
