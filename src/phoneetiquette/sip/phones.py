"""The receptionist's desk phones, as the engine knows them. SIP thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from phoneetiquette import events as e
from phoneetiquette.sip import messages
from phoneetiquette.sip.peers import PeerList
from phoneetiquette.sip.phone_call import PhoneCall
from phoneetiquette.sip.settings import PhonePeer

if TYPE_CHECKING:
    from phoneetiquette.sip.engine import SipEngine

RESERVED_LINES = 2
"""One for the phone's own leg, and one so that whoever is in talk can be put through."""
EDGE_PHONE = "X-Edge-Phone"
"""Header field in which the edge tells which phone calls: one that has shown its password, or comes by a peer."""


class Phones:
    """Which calls are a phone's."""

    def __init__(self, engine: SipEngine) -> None:
        self._engine = engine
        self._phones = engine.settings.phones
        self._hosts = PeerList(phone.host for phone in self._phones if phone.host)

    def __contains__(self, source: object) -> bool:
        """Whether ``source`` (``address:port``) is where a phone is."""
        return source in self._hosts

    def that_sent(self, source: str, invite: str) -> PhonePeer | None:
        """Whose INVITE this is, if it is a phone's: by its user, and by its address where that is known.

        Behind an edge strangers come from where the phones do: there the user alone proves nothing.

        Args:
            source: who sent it, as the edge tells it where there is one.
        """
        uri = messages.name_and_uri(messages.header(invite, "From") or messages.header(invite, "f"))[1]
        user = unquote(uri.partition(":")[2].partition("@")[0])
        known = not self._engine.settings.edge or unquote(messages.header(invite, EDGE_PHONE)) == user
        fits = (
            one for one in self._phones if one.user == user and (source in PeerList([one.host]) if one.host else known)
        )
        return next(fits, None)

    def tell_call(self, call: PhoneCall, source: str, invite: str, at_ns: int) -> None:
        """A phone calls through the seat."""
        who = messages.parties(invite)
        dialled = unquote(who["called"].partition(":")[2].partition("@")[0])
        address, call_id = call.phone.address, who["sip_call_id"]
        self._engine.emit(
            e.PhoneCalled(at_ns=at_ns, call=call.call, phone=address, dialled=dialled, peer=source, sip_call_id=call_id)
        )
        self._engine.sounds.wake()

    def need_the_rest(self) -> bool:
        """Whether the lines that are left are kept for the phone and for whoever is in talk."""
        customers = sum(not call.ended and call.role != "phone" for call in self._engine.calls.values())
        return bool(self._phones) and customers >= self._engine.settings.lines - RESERVED_LINES

    def calls(self) -> list[PhoneCall]:
        return [call for call in self._engine.calls.values() if isinstance(call, PhoneCall) and not call.ended]

    def leg(self, call: e.CallId) -> PhoneCall:
        """A phone leg by its name.

        Raises:
            KeyError: there is none.
        """
        found = self._engine.calls[call]
        if not isinstance(found, PhoneCall):
            raise KeyError(call)
        return found
