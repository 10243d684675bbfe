"""What desk and engine have to know of the receptionist's desk phones."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_address

from phoneetiquette.addresses import SipUri, host_port, parse_sip_uri
from phoneetiquette.calls.phone_settings import AUTO_ANSWER, PhoneSettings
from phoneetiquette.config import Config, PhoneConfig, files
from phoneetiquette.config.desk_phone_schema import DeskPhoneConfig
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.phones.profile import Header, PhoneProfile
from phoneetiquette.phones.profiles import profile_of
from phoneetiquette.runtime.phone_commands import PhoneAccess, PhoneCommander, proved
from phoneetiquette.runtime.phone_face import PhoneFace
from phoneetiquette.runtime.phones import machine_address, phones_of
from phoneetiquette.sip.settings import PhonePeer


def phone_settings(config: Config) -> tuple[PhoneSettings, ...]:
    """The phones as the desk knows them; none where the seat has other hardware."""
    return tuple(_settings(config, address) for address in _addresses(config))


def _settings(config: Config, address: str) -> PhoneSettings:
    """What the profile of the phone says, where the section ``phones`` has it; else what serves most phones."""
    profile = phone_profile(config, address)
    host = machine_address(config) or "127.0.0.1"
    asks: tuple[str, ...] = ()
    if _section(config).auto_answer:
        asks = _lines(profile.auto_answer, host) if profile else AUTO_ANSWER
    return PhoneSettings(
        address=address,
        ring_headers=_lines((profile.ring,), host) if profile and profile.ring else (),
        auto_answer_headers=asks,
        vendor_command=proved(config.directory, address),
    )


def _lines(headers: Iterable[Header], host: str) -> tuple[str, ...]:
    """Header fields of an INVITE, the best known of each name."""
    best: dict[str, str] = {}
    for header in headers:
        best.setdefault(header.name, header.filled(host))
    return tuple(f"{name}: {value}" for name, value in best.items())


def phone_config(config: Config, address: str) -> PhoneConfig | None:
    """The phone of this SIP URI in the section ``phones``: the one of this seat with the same user."""
    user = parse_sip_uri(address).user
    return next((phone for phone in phones_of(config).values() if phone.user == user), None)


def phone_profile(config: Config, address: str) -> PhoneProfile | None:
    """What is known of this phone's family; ``None``: it is in no section ``phones``."""
    phone = phone_config(config, address)
    return profile_of(phone.profile) if phone else None


def phone_peers(config: Config) -> tuple[PhonePeer, ...]:
    """The phones as the engine knows them."""
    return tuple(_peer(config, address) for address in _addresses(config))


def _peer(config: Config, address: str) -> PhonePeer:
    uri, account = parse_sip_uri(address), config.sip.account
    by_account = account is not None and parse_sip_uri(account.registrar).host == uri.host
    edge = config.edge if config.edge and uri.host in {*config.edge.listen, config.sip.advertise} else None
    target = replace(uri, port=edge.port) if edge and uri.port is None else uri
    return PhonePeer(
        address=address,
        target=str(target),
        user=uri.user or "",
        host="" if by_account or edge or not _is_address(uri) else uri.host,
        by_account=by_account,
    )


def _is_address(uri: SipUri) -> bool:
    try:
        ip_address(uri.host)
    except ValueError:
        return False
    return True


def dialled_uri(config: Config, dialled: str) -> str:
    """The SIP URI to call for what was dialled at the phone; empty: it cannot be called."""
    try:
        return config.dial(dialled)
    except PhoneEtiquetteError:
        return ""


def phone_face(config: Config) -> PhoneFace:
    """The phones of this seat, as far as they are not SIP."""
    return PhoneFace(
        codes=phone_codes(config),
        dialled_uri=lambda dialled: dialled_uri(config, dialled),
        commander=PhoneCommander(config.directory, phone_access(config)),
        reports_at=config.provisioning.events or "",
        hosts=phone_hosts(config),
    )


def phone_access(config: Config) -> tuple[PhoneAccess, ...]:
    """How the phones are commanded as their vendors have it, as far as ``phones`` and their profiles tell."""
    found = []
    for address in _addresses(config):
        phone, profile = phone_config(config, address), phone_profile(config, address)
        if phone is None or profile is None:
            continue
        facts = {"address": phone.address or SipUri(parse_sip_uri(address).host).host_and_port}
        if phone.admin_password_file:
            with contextlib.suppress(files.UnusableFileError, OSError):
                password = files.password(phone.admin_password_file).reveal()
                facts |= {"user": phone.admin_user or profile.admin_user, "password": password}
        peer = _peer(config, address)
        # At the edge and at the PBX a phone takes orders from there only.
        notified = parse_sip_uri(peer.target) if peer.host else None
        sender = str(SipUri(machine_address(config), config.sip.user))
        found.append(PhoneAccess(address, profile.commands_for("answer"), facts, notified, sender))
    return tuple(found)


def phone_codes(config: Config) -> dict[str, str]:
    """The seat's own codes that can be dialled at the phones, and what each asks for."""
    own = (line.partition(" ") for line in _section(config).codes)
    return {code: asks.strip() for code, _, asks in own}


def phone_hosts(config: Config) -> dict[str, tuple[str, ...]]:
    """Where the phones are, as far as that is configured, and which are there: who may report by action URLs."""
    found: dict[str, tuple[str, ...]] = {
        host_port(phone.address)[0]: () for phone in phones_of(config).values() if phone.address
    }
    for address in _addresses(config):
        phone = phone_config(config, address)
        own = host_port(phone.address)[0] if phone and phone.address else ""
        for host in {parse_sip_uri(address).host, own} - {""}:
            found[host] = (*found.get(host, ()), address)
    return found


def _addresses(config: Config) -> tuple[str, ...]:
    return (_section(config).address, *_section(config).also) if config.seat.hardware == "desk_phone" else ()


def _section(config: Config) -> DeskPhoneConfig:
    assert config.desk_phone, "the configuration was checked"
    return config.desk_phone
