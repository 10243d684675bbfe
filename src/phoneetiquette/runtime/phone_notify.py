"""Sending a phone a NOTIFY outside any dialog: that it read its configuration again, through the running edge where it
has registered there, else by UDP to its own address; and its vendor's commands, by UDP.
"""

from __future__ import annotations

import secrets
import socket
import time

from phoneetiquette.addresses import SipUri, host_port
from phoneetiquette.config import Config, PhoneConfig
from phoneetiquette.edge.programs import Running
from phoneetiquette.errors import ConfigurationError, PhoneEtiquetteError
from phoneetiquette.phones.notify import Notify, answer_to
from phoneetiquette.runtime.phones import edge_phone, machine_address

FIRST_WAIT_S = 0.5
"""T1 of RFC 3261; it doubles with each repetition."""
ATTEMPTS = 5
DEFAULT_PORT = 5060


class NoAnswerError(PhoneEtiquetteError):
    """The phone could not be told."""


def check_sync(config: Config, phone: PhoneConfig, event: str, edge: Running, local_port: int = 0) -> tuple[int, str]:
    """Send the NOTIFY; the phone's final answer as status and reason.

    Raises:
        NoAnswerError: it is not registered, or does not answer.
        ConfigurationError: nothing says where the phone is.
        EdgeError: it registers at the edge, which does not run.
    """
    sender = str(SipUri(machine_address(config), config.sip.user))
    if edge_phone(config, phone) and not phone.address:
        edge.uptime_s()  # one that does not run knows of no phones either
        registered = [one for one in edge.phones() if one["user"] == phone.user]
        if not registered:
            raise NoAnswerError(f"user {phone.user} has not registered at the edge", "switch the phone on")
        latest = registered[-1]
        return edge.send_request("NOTIFY", latest, Notify(latest["contact"], sender, event).header_lines(_call_id()))
    if not phone.address:
        raise ConfigurationError("nothing says where the phone is", "write its address")
    if phone.transport != "udp":
        what = f"it is reached by {phone.transport} only over the connection that it keeps itself"
        raise NoAnswerError(what, "restart it, or register it at the edge")
    host, port = host_port(phone.address, DEFAULT_PORT)
    return by_udp(
        Notify(str(SipUri(host, phone.user, port)), sender, event), host, port or DEFAULT_PORT, local_port=local_port
    )


def _call_id() -> str:
    return f"{secrets.token_hex(12)}@phoneetiquette"


def by_udp(notify: Notify, host: str, port: int, *, attempts: int = ATTEMPTS, local_port: int = 0) -> tuple[int, str]:
    """Status and reason of the phone's final answer. Repeated as RFC 3261, 17.1.2, repeats a request; from the address
    that leads to the phone.

    Raises:
        NoAnswerError: it does not answer, or cannot be reached.
    """
    call_id = _call_id()
    try:
        family, _, _, _, remote = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as sending:
            sending.bind(("", local_port))
            sending.connect(remote)
            here, here_port = sending.getsockname()[:2]
            sent_by = SipUri(str(here), port=here_port).host_and_port
            message = notify.message(sent_by, secrets.token_hex(8), call_id, secrets.token_hex(12))
            wait_s = FIRST_WAIT_S
            for _ in range(attempts):
                sending.send(message)
                answer = _answer(sending, call_id, wait_s)
                if answer:
                    return answer
                wait_s *= 2
    except OSError as error:
        what = f"{host} port {port} cannot be reached: {error.strerror or error}"
        raise NoAnswerError(what, "check its address") from error
    raise NoAnswerError(f"no answer from {host} port {port}", "check that the phone is on, and its address")


def _answer(sending: socket.socket, call_id: str, wait_s: float) -> tuple[int, str] | None:
    deadline = time.monotonic() + wait_s
    while (left := deadline - time.monotonic()) > 0:
        sending.settimeout(left)
        try:
            answer = answer_to(call_id, sending.recv(65535))
        except TimeoutError:
            return None
        if answer:
            return answer
    return None
