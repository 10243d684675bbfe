"""What one key cannot know: keys that need each other, files that must be there, settings that defeat themselves.

Checks look only at keys that were read without a problem of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from phoneetiquette.addresses import AddressError, SipUri, parse_sip_uri, same_party
from phoneetiquette.config import access_checks, edge_checks, files, message_checks, phones_checks, wake_up_checks
from phoneetiquette.config.kinds import printable
from phoneetiquette.config.reading import Reading
from phoneetiquette.config.schema import AbsentConfig, DeadlineConfig
from phoneetiquette.config.secret_sources import examined, given, secret_of, sources
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.problems import Severity

MOST_ALSO = 1
"""Each phone that rings takes one of the library's four lines."""
PHONE_LINES = 3
PORTS_PER_LINE = 4
"""RTP and RTCP, twice: the sockets of a call may still be closing while the next one opens its own."""

_Action = TypeVar("_Action", DeadlineConfig, AbsentConfig)


def run(reading: Reading, *, starting: bool) -> None:
    """Check ``reading`` and complete its configuration: whole URIs for targets, the account's password."""
    _deadline_actions(reading)
    _account(reading, starting=starting)
    _tls(reading)
    _srtp(reading)
    _ports(reading)
    _peers(reading)
    _registrar(reading)
    _desk_phone(reading)
    _sounds(reading)
    _retention(reading)
    _store(reading, starting=starting)
    access_checks.run(reading)
    message_checks.run(reading, starting=starting)
    wake_up_checks.run(reading)
    _score_card(reading)
    _contacts(reading)
    edge_checks.run(reading)
    phones_checks.run(reading)
    _dialplan(reading)


def _deadline_actions(reading: Reading) -> None:
    pickup = reading.config.pickup
    pickup = replace(
        pickup,
        deadline=_with_target(reading, "pickup.deadline", pickup.deadline),
        when_absent=_with_target(reading, "pickup.when_absent", pickup.when_absent),
    )
    reading.config = replace(reading.config, pickup=pickup)


def _with_target(reading: Reading, path: str, section: _Action) -> _Action:
    """The section with its target as a whole URI."""
    key = f"{path}.target"
    if not reading.usable(f"{path}.action", key, "sip.domain", "sip.account"):
        return section
    if section.target is None:
        if section.action == "overflow":
            what = f"{path}.action is overflow, but there is no target"
            reading.problem(f"{path}.action", what, "write target: with a number or a SIP URI beside it")
        return section
    if section.action != "overflow":
        what = f"{key} has no effect: {path}.action is {section.action}"
        reading.problem(key, what, "write action: overflow beside it", Severity.WARNING)
    try:
        target = reading.config.dial(section.target)
    except AddressError as error:
        reading.problem(key, f"{key} cannot be called: {error.what}", error.advice)
        return section
    if any(same_party(target, own) for own in _own_addresses(reading)):
        reading.problem(key, f"{key} is this seat itself", "name somebody else")
    return replace(section, target=target)


def _own_addresses(reading: Reading) -> list[str]:
    sip = reading.config.sip
    own = [str(SipUri(host, sip.user, sip.port or None)) for host in {sip.listen, sip.advertise or sip.listen}]
    if sip.account:
        own.append(str(replace(parse_sip_uri(sip.account.registrar).bare(), user=sip.account.user)))
    return own


def _account(reading: Reading, *, starting: bool) -> None:
    account = reading.config.sip.account
    keys = sources("password")
    if account is None or not reading.usable(*(f"sip.account.{key}" for key in keys)):
        return
    written = given(account, "password")
    if not written:
        reading.problem("sip.account", "sip.account has no password", f"write one of {', '.join(keys)}")
    password = secret_of(reading, "sip.account", "password", account, starting=starting)
    if len(written) == 1:
        sip = replace(reading.config.sip, account=replace(account, password=password))
        reading.config = replace(reading.config, sip=sip)


def _tls(reading: Reading) -> None:
    tls = reading.config.sip.tls
    if not reading.usable("sip.tls", "sip.tls.certificate", "sip.tls.key", "sip.tls.ca", "sip.transports"):
        return
    if tls.ca:
        examined(reading, "sip.tls.ca", tls.ca, files.authorities)
    if tls.certificate and tls.key:
        before = len(reading.report.problems)
        examined(reading, "sip.tls.certificate", tls.certificate, files.readable)
        examined(reading, "sip.tls.key", tls.key, files.private)
        if len(reading.report.problems) == before:
            key = tls.key
            examined(reading, "sip.tls.certificate", tls.certificate, lambda chain: files.certificate(chain, key))
    elif "tls" in reading.config.sip.transports:
        missing = [name for name in ("certificate", "key") if getattr(tls, name) is None]
        what = f"sip.transports has tls, but sip.tls has no {' and no '.join(missing)}"
        reading.problem("sip.transports", what, "name PEM files in sip.tls, or leave tls out")
    elif tls.certificate or tls.key:
        reading.problem("sip.tls", "sip.tls needs certificate and key together", "name both or neither")


def _srtp(reading: Reading) -> None:
    sip = reading.config.sip
    if sip.srtp != "mandatory" or not reading.usable("sip.srtp", "sip.transports", "sip.account"):
        return
    if sip.transports != ("tls",) and not (sip.account and sip.account.transport == "tls"):
        what = "sip.srtp is mandatory, but its keys travel in SIP that is not encrypted"
        reading.problem("sip.srtp", what, "use tls as the only transport, or for the account", Severity.WARNING)


def _ports(reading: Reading) -> None:
    sip, console = reading.config.sip, reading.config.console
    ports = sip.rtp_ports
    if reading.usable("sip.rtp_ports.first", "sip.rtp_ports.last", "sip.lines"):
        needed = PORTS_PER_LINE * sip.lines
        if ports.first % 2:
            reading.problem("sip.rtp_ports.first", f"sip.rtp_ports.first is odd: {ports.first}", "RTP uses even ports")
        elif ports.first > ports.last:
            what = f"sip.rtp_ports ends at {ports.last}, before it begins at {ports.first}"
            reading.problem("sip.rtp_ports.last", what, "swap them")
        elif ports.last - ports.first + 1 < needed:
            what = f"sip.rtp_ports has {ports.last - ports.first + 1} ports, {sip.lines} lines need {needed}"
            reading.problem("sip.rtp_ports.last", what, f"let it end at {ports.first + needed - 1} or later")
        if "udp" in sip.transports and reading.usable("sip.port") and ports.first <= sip.port <= ports.last:
            what = f"sip.port {sip.port} is one of sip.rtp_ports"
            reading.problem("sip.port" if "sip.port" in reading.origins else "sip.rtp_ports", what, "move one of them")
    if not reading.usable("sip.transports", "sip.port", "sip.tls.port", "console.port"):
        return
    tcp = {"sip.port": sip.port} if "tcp" in sip.transports else {}
    tls = {"sip.tls.port": sip.tls.port} if "tls" in sip.transports else {}
    shared = sip.listen == console.listen or ip_address(sip.listen).is_unspecified
    page = {"console.port": console.port} if shared else {}
    taken: dict[int, str] = {0: ""}
    for key, port in (tcp | tls | page).items():
        if taken.setdefault(port, key) not in (key, ""):
            at = key if key in reading.origins else taken[port]
            reading.problem(at, f"{key} and {taken[port]} are both {port}", "choose another port for one of them")


def _peers(reading: Reading) -> None:
    sip, pickup = reading.config.sip, reading.config.pickup
    if not reading.usable("sip.peers", "sip.listen"):
        return
    peers = _networks(sip.peers)
    if any(network.prefixlen == 0 for network in peers) and not ip_address(sip.listen).is_loopback:
        what = "sip.peers lets everybody who reaches this machine talk to the seat"
        reading.problem("sip.peers", what, "name the PBX or the edge alone", Severity.WARNING)
    for key, trusted in (("sip.refer_from", sip.refer_from), ("pickup.auto_answer_from", pickup.auto_answer_from)):
        for network in _networks(trusted):
            if not _within(network, peers):
                what = f"{key} names {network}, which is not among sip.peers"
                reading.problem(key, what, "add it to sip.peers too", Severity.WARNING)


def _registrar(reading: Reading) -> None:
    """Whether what we register for, incoming calls, can get here."""
    sip = reading.config.sip
    if sip.account is None or not reading.usable("sip.account", "sip.listen", "sip.advertise"):
        return
    which = "proxy" if sip.account.proxy else "registrar"
    host = parse_sip_uri(sip.account.proxy or sip.account.registrar).host
    try:
        address = ip_network(host)
    except ValueError:
        address = None
    elsewhere = host != "localhost" if address is None else not address.is_loopback
    reachable = sip.advertise or reading.config.edge
    if elsewhere and ip_address(sip.listen).is_loopback and not reachable:
        what = f"the {which} {host} cannot reach this seat at the loopback address {sip.listen}"
        advice = "set sip.listen to this machine's address, or write a section edge"
        reading.problem("sip.account", what, advice, Severity.WARNING)


def _desk_phone(reading: Reading) -> None:
    seat, phone = reading.config.seat, reading.config.desk_phone
    if not reading.usable("seat.hardware", "desk_phone"):
        return
    if seat.hardware != "desk_phone":
        if phone and "desk_phone" in reading.origins:
            what = f"desk_phone has no effect: seat.hardware is {seat.hardware}"
            reading.problem("desk_phone", what, "write hardware: desk_phone in seat", Severity.WARNING)
        return
    if phone is None:
        what = "seat.hardware is desk_phone, but there is no section desk_phone"
        reading.problem("seat.hardware", what, "write desk_phone: with the phone's address")
        return
    for key, addresses in (("desk_phone.address", (phone.address,)), ("desk_phone.also", phone.also)):
        if not reading.usable(key):
            continue
        for address in addresses:
            if not parse_sip_uri(address).user:
                reading.problem(key, f"{key} {address} names no user", "write sip:USER@HOST")
            elif any(same_party(address, own) for own in _own_addresses(reading)):
                reading.problem(key, f"{key} {address} is this seat itself", "name the phone")
    for line in phone.codes if reading.usable("desk_phone.codes") else ():
        from phoneetiquette.calls.phone_codes import checked  # with all events: only where there are codes

        code, _, asks = line.partition(" ")
        try:
            checked(code, asks.strip())
        except PhoneEtiquetteError as error:
            reading.problem("desk_phone.codes", f"desk_phone.codes: {error.what}", error.advice)
    if reading.usable("desk_phone.also") and len({phone.address, *phone.also}) <= len(phone.also):
        reading.problem("desk_phone.also", f"desk_phone.also names {phone.address} again", "name each phone once")
    if len(phone.also) > MOST_ALSO:
        what = f"desk_phone.also names {len(phone.also)} phones: two phones ring at a time"
        reading.problem("desk_phone.also", what, f"name {MOST_ALSO}")
    if reading.usable("sip.lines") and reading.config.sip.lines < PHONE_LINES:
        what = (
            f"sip.lines is {reading.config.sip.lines}: a call at the desk phone takes two, putting it through a third"
        )
        reading.problem("sip.lines", what, f"write {PHONE_LINES} or 4")
    if reading.usable("seat.auto_lift") and seat.auto_lift != "off":
        what = f"seat.auto_lift is {seat.auto_lift}: it opens a headset, and this seat has a desk phone"
        reading.problem("seat.auto_lift", what, "leave it out: pickup.deadline has the phone answer by itself")


def _sounds(reading: Reading) -> None:
    pickup, audio = reading.config.pickup, reading.config.audio
    played = {
        "pickup.deadline.prompt": pickup.deadline.prompt,
        "pickup.when_absent.prompt": pickup.when_absent.prompt,
        "audio.hold_music": audio.hold_music,
        "audio.wav.play": audio.wav.play,
    }
    for key, path in played.items():
        if path is not None:
            examined(reading, key, path, files.sound)
    if audio.wav.store is not None and not audio.wav.store.parent.is_dir():
        what = f"audio.wav.store: there is no directory {audio.wav.store.parent}"
        reading.problem("audio.wav.store", what, "create it")


def _retention(reading: Reading) -> None:
    records = reading.config.records
    if not records.record_days or not reading.usable("records.record_days", "records.journal_days"):
        return
    if not records.journal_days or records.journal_days > records.record_days:
        kept = f"{records.journal_days} days" if records.journal_days else "for ever"
        what = f"records.record_days is {records.record_days}, but the journal is kept {kept}"
        reading.problem("records.record_days", what, f"write journal_days: {records.record_days} or less beside it")


def _store(reading: Reading, *, starting: bool) -> None:
    records = reading.config.records
    if not reading.usable("records.store", *(f"records.{key}" for key in sources("password"))):
        return
    password = secret_of(reading, "records", "password", records, starting=starting)
    reading.config = replace(reading.config, records=replace(records, password=password))
    if records.store is None:
        for key in given(records, "password"):
            what = f"records.{key} has no effect: there is no records.store"
            reading.problem(f"records.{key}", what, "an SQLite file has no password", Severity.WARNING)
        return
    parts = urlsplit(records.store)
    if records.database is not None and reading.usable("records.database"):
        what = "records.database has no effect: records.store names the database"
        reading.problem("records.database", what, "keep one of them", Severity.WARNING)
    if given(records, "password") and parts.username is None:
        reading.problem(
            "records.store", "records.store has a password, but no user", "write postgresql://user@host/..."
        )
    options = parse_qs(parts.query)
    host = parts.hostname or options.get("host", [""])[0]
    here = host in ("", "localhost") or host.startswith("/") or _is_loopback(host)
    if not here and options.get("sslmode", [""])[-1] not in ("verify-full", "verify-ca"):
        what = f"what customers say travels to {host}, whose certificate is not checked"
        reading.problem("records.store", what, "write ?sslmode=verify-full behind it", Severity.WARNING)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _networks(peers: Iterable[str]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(peer) for peer in peers]


def _within(network: IPv4Network | IPv6Network, others: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(_inside(network, other) for other in others)


def _inside(network: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    if isinstance(network, IPv4Network) and isinstance(other, IPv4Network):
        return network.subnet_of(other)
    return isinstance(network, IPv6Network) and isinstance(other, IPv6Network) and network.subnet_of(other)


def _score_card(reading: Reading) -> None:
    path = "score_card.thresholds"
    slowest, fastest = f"{path}.slowest_syll_per_s", f"{path}.fastest_syll_per_s"
    limits = reading.config.score_card.thresholds
    if reading.usable(slowest, fastest) and limits.slowest_syll_per_s >= limits.fastest_syll_per_s:
        what = f"{slowest} is {limits.slowest_syll_per_s:g}, no less than fastest_syll_per_s"
        reading.problem(slowest, what, f"write less than {limits.fastest_syll_per_s:g}")


def _contacts(reading: Reading) -> None:
    contacts = reading.config.contacts
    if not reading.usable("contacts.files"):
        return
    readable = [path for path in contacts.files if examined(reading, "contacts.files", path, files.readable)]
    if readable:
        from phoneetiquette.config.contact_files import read_directory

        _, problems = read_directory(readable, contacts.country or reading.config.pickup.country)
        for problem in problems:
            reading.report.take(problem)


def _dialplan(reading: Reading) -> None:
    """What is wrong with the dialplan, and what of it this seat cannot do. Loaded only where there is one."""
    file = reading.config.dialplan
    if file is None or not reading.usable("dialplan"):
        return
    from phoneetiquette.config.dialplans.seat import inspect_for_seat

    inspected, problems = inspect_for_seat(file, reading.config)
    for problem in problems:
        if inspected.unreadable:  # that is a problem of the key that names it
            reading.problem("dialplan", f"dialplan: {printable(file)} {problem.what}", problem.advice)
        else:
            reading.report.take(problem)
