"""What desk and engine have to know of the receptionist's desk phones."""

from __future__ import annotations

from ipaddress import ip_address

from phoneetiquette.addresses import SipUri, parse_sip_uri
from phoneetiquette.calls.phone_settings import AUTO_ANSWER, PhoneSettings
from phoneetiquette.config import Config
from phoneetiquette.config.desk_phone_schema import DeskPhoneConfig
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.sip.settings import PhonePeer


def phone_settings(config: Config) -> tuple[PhoneSettings, ...]:
    """The phones as the desk knows them; none where the seat has other hardware."""
    return tuple(
        PhoneSettings(address=address, auto_answer_headers=AUTO_ANSWER if _section(config).auto_answer else ())
        for address in _addresses(config)
    )


def phone_peers(config: Config) -> tuple[PhonePeer, ...]:
    """The phones as the engine knows them."""
    return tuple(_peer(config, address) for address in _addresses(config))


def _peer(config: Config, address: str) -> PhonePeer:
    uri, account = parse_sip_uri(address), config.sip.account
    by_account = account is not None and parse_sip_uri(account.registrar).host == uri.host
    edge = config.edge and uri.host in {*config.edge.listen, config.sip.advertise}
    return PhonePeer(
        address=address,
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


def _addresses(config: Config) -> tuple[str, ...]:
    return (_section(config).address, *_section(config).also) if config.seat.hardware == "desk_phone" else ()


def _section(config: Config) -> DeskPhoneConfig:
    assert config.desk_phone, "the configuration was checked"
    return config.desk_phone
