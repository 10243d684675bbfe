"""What must hold while and after something bad is sent at the edge: the engine lives, the call that is up goes on, and
a new call comes through."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.peers.edge import EdgedSeat
from tests.peers.seat import SeatRefusedError, State
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import SipCaller

NOW = "alarm"
PATIENCE_S = 1.0
"""A busy machine may keep the sound waiting that long."""


class Watch:
    """A call that is up at ``seat``, and the eye on it."""

    def __init__(self, seat: EdgedSeat, user: str = "steady") -> None:
        self.seat = seat
        self._phone = SipCaller(user)
        self.call: PeerCall = self._phone.call(seat.edge.uri(NOW))
        self.id = str(seat.wait_call(user)["id"])
        seat.post("lift", call=self.id)
        self.call.wait("answered")
        seat.wait_call(self.id, state="talking")
        self._engine = seat.engine_pid

    def close(self) -> None:
        self.call.bye()
        self.call.wait("ended")
        self._phone.close()

    def check_alive(self) -> None:
        """The engine is the same, and the call that is up still is (or is held, where the receptionist has another),
        with sound."""
        assert self.seat.engine_pid == self._engine, "the engine died"
        assert not self.call.ended, "the call that was up ended"
        assert self.seat.wait_call(self.id)["state"] in ("talking", "held")
        heard, deadline = len(self.call.rtp.received), time.monotonic() + PATIENCE_S
        while len(self.call.rtp.received) <= heard + 2:
            assert time.monotonic() < deadline, "the call that was up has no sound any more"
            time.sleep(0.02)

    def check_next_call(self, busy_s: float = 0.0) -> None:
        """A normal call rings and can be called off; ``busy_s``: for how long it may be busy before."""
        deadline = time.monotonic() + busy_s
        with SipCaller("normal") as phone:
            while True:
                call = phone.call(self.seat.outside)
                if _rings(call):
                    break
                assert time.monotonic() < deadline, f"the next call does not ring: {call.final_code or 'no answer'}"
                time.sleep(1)
            call.cancel()
            call.wait("487", 5)

    def end_others(self) -> None:
        for call in self.seat.state()["calls"]:
            if call["id"] != self.id and "hangup" in call["actions"]:
                with suppress(SeatRefusedError):  # it has just ended by itself
                    self.seat.post("hangup", call=call["id"])

    def clear(self) -> None:
        """End every other call, and go on with ours. Who leaves a message is let go on until the edge sees that he is
        not there."""

        def alone(state: State) -> bool:
            self.end_others()
            return [call["id"] for call in state["calls"]] == [self.id]

        self.seat.wait_state(alone, 30)
        if self.seat.wait_call(self.id)["state"] == "held":
            self.seat.post("resume", call=self.id)
            self.seat.wait_call(self.id, state="talking")

    @contextmanager
    def over(self, busy_s: float = 0.0) -> Iterator[None]:
        """Watch over what happens in the block. ``busy_s``: for how long lines may be held afterwards, by calls of a
        peer that were answered and never acknowledged."""
        yield
        self.check_alive()
        time.sleep(1.1)  # a seat is given no more than a few new calls in a second
        self.check_next_call(busy_s)
        self.check_alive()


def _rings(call: PeerCall) -> bool:
    """Whether it does, as soon as that is known."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and "180" not in call.moments and not call.ended:
        time.sleep(0.02)
    return "180" in call.moments
