"""What the desk phones of a seat can and cannot, for ``doctor`` and ``devices``."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator

from phoneetiquette.addresses import SipUri, parse_sip_uri
from phoneetiquette.cli.checks import Finding, Level
from phoneetiquette.config import Config
from phoneetiquette.runtime.desk_phone import phone_access, phone_profile
from phoneetiquette.runtime.phone_commands import prove, proved, remember

PATIENCE_S = 2.0


def findings(config: Config, *, give_commands: bool) -> Iterator[Finding]:
    """A few lines for each phone; ``give_commands``: its vendor's command is tried, and what worked is written down."""
    if config.seat.hardware != "desk_phone" or config.desk_phone is None:
        return
    access = {one.address: one for one in phone_access(config)}
    for address in (config.desk_phone.address, *config.desk_phone.also):
        yield _there(config, address)
        for line in abilities(config, address):
            yield Finding(Level.OK, f"desk phone {address}: {line}")
        known = access.get(address)
        if known is None or not known.usable():
            continue
        if give_commands:
            command = prove(known)
            remember(config.directory, address, command)
            if command:
                yield Finding(Level.OK, f"desk phone {address}: takes its vendor's command to answer")
            else:
                what = f"desk phone {address}: does not take its vendor's command to answer"
                yield Finding(Level.WARN, what, "check its admin password, and that it lets this machine command it")
        elif not proved(config.directory, address):
            what = f"desk phone {address}: nobody has tried whether it takes its vendor's command to answer"
            yield Finding(Level.WARN, what, "phoneetiquette doctor --phones, while it is idle")


def abilities(config: Config, address: str) -> Iterator[str]:
    """How this phone can be made to answer at the end of the third ring, in words."""
    profile = phone_profile(config, address)
    ways = ["Event: talk, if its 180 lists it"]
    if proved(config.directory, address):
        ways.append("its vendor's command")
    asked = config.desk_phone is not None and config.desk_phone.auto_answer
    if asked and (profile is None or profile.auto_answer):
        ways.append("a new INVITE that asks for it")
    family = f"{profile.vendor} ({profile.name})" if profile else "of no known family (no entry in phones)"
    yield f"{family}; made to answer by {', '.join(ways)}"
    if profile and not profile.auto_answer:
        yield "is not known to answer by itself: calls that nobody lifts go to pickup.when_absent"


def _there(config: Config, address: str) -> Finding:
    """Whether something at this address speaks SIP. A phone that only listens to its registrar does not say so."""
    uri = parse_sip_uri(address)
    if config.edge and uri.host in {*config.edge.listen, config.sip.advertise}:
        return Finding(Level.OK, f"desk phone {address}: registers at the edge; phoneetiquette edge status shows it")
    answer = _options(config.sip.listen, uri)
    if answer:
        return Finding(Level.OK, f"desk phone {address}: answers by SIP ({answer})")
    what = f"desk phone {address}: does not answer a SIP OPTIONS"
    return Finding(Level.WARN, what, "see that it is plugged in, and that the address is right")


def _options(listen: str, uri: SipUri) -> str:
    """The status line's code and reason, or an empty string."""
    family = socket.AF_INET6 if ":" in listen else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.settimeout(PATIENCE_S)
        try:
            udp.bind((listen, 0))
            host, port = udp.getsockname()[:2]
            via = SipUri(host, port=port).host_and_port
            lines = [
                f"OPTIONS {uri} SIP/2.0",
                f"Via: SIP/2.0/UDP {via};branch=z9hG4bK{secrets.token_hex(8)};rport",
                "Max-Forwards: 70",
                f"From: <sip:doctor@{via}>;tag={secrets.token_hex(4)}",
                f"To: <{uri}>",
                f"Call-ID: {secrets.token_hex(8)}",
                "CSeq: 1 OPTIONS",
                f"Contact: <sip:doctor@{via}>",
                "Content-Length: 0",
            ]
            udp.sendto("\r\n".join([*lines, "", ""]).encode(), (uri.host, uri.port or 5060))
            first = udp.recv(4096).decode("utf-8", "replace").partition("\r\n")[0]
        except OSError:
            return ""
    return first.removeprefix("SIP/2.0 ") if first.startswith("SIP/2.0 ") else ""
