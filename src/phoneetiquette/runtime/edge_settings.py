"""From the configuration to what the edge has to know."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from phoneetiquette.addresses import parse_sip_uri
from phoneetiquette.config import Config, EdgeConfig, Inspection
from phoneetiquette.config import files as config_files
from phoneetiquette.edge.settings import Credentials, EdgeSettings, SeatAddress
from phoneetiquette.errors import ConfigurationError

SYSTEM_DIRECTORY = Path("/run/phoneetiquette-edge")


def edge_directory() -> Path:
    """Where the edge's files are: the service's own directory, else one of this user."""
    from_systemd = os.environ.get("RUNTIME_DIRECTORY", "")
    if from_systemd:
        return Path(from_systemd.split(":")[0])
    if os.getuid() == 0 or SYSTEM_DIRECTORY.exists():
        return SYSTEM_DIRECTORY
    return Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}") / "phoneetiquette-edge"


def edge_settings(inspection: Inspection, directory: Path, *, with_secrets: bool = True) -> EdgeSettings:
    """What the edge has to know; ``with_secrets``: with its phones, and what peers show.

    Raises:
        ConfigurationError: there is no section ``edge``, or a phone or a peer has no password.
    """
    config = inspection.config
    edge, sip = config.edge, config.sip
    if edge is None:
        raise ConfigurationError("the configuration has no section edge", "write edge: {listen: [ADDRESS]}")
    account = sip.account
    pbx = [parse_sip_uri(uri).host for uri in (account.registrar, account.proxy) if uri] if account else []
    realm = sip.domain or sip.advertise or edge.listen[0]
    return EdgeSettings(
        written_in=", ".join(map(str, inspection.files)) or "the defaults",
        directory=directory,
        listen=edge.listen,
        port=edge.port,
        tls_port=edge.tls.port,
        transports=edge.transports,
        advertise=sip.advertise or "",
        inside_port=edge.inside_port,
        seats=_seats(config),
        lines=sip.lines,
        overflow=config.dial(edge.overflow) if edge.overflow else "",
        strangers=edge.strangers,
        peers=sip.peers,
        pbx=tuple(pbx),
        pbx_by_udp=account is None or account.transport == "udp",
        peers_by_udp=edge.peers_by_udp,
        peer_credentials=_peers(edge, realm) if with_secrets else (),
        refer_from=sip.refer_from,
        auto_answer_from=config.pickup.auto_answer_from,
        realm=realm,
        phones=_phones(edge.phones, edge.phone_passwords, realm) if with_secrets else (),
        media=edge.media,
        media_first=edge.media_first,
        media_last=edge.media_last,
        control_port=edge.control_port,
        srtp=sip.srtp,
        tls_certificate=str(edge.tls.certificate or ""),
        tls_key=str(edge.tls.key or ""),
        tls_ca=str(edge.tls.ca or ""),
        tls_verify=edge.tls.verify,
        tls_names=tuple(name.lower() for name in edge.tls.names),
        log_level=config.log.level,
    )


def _seats(config: Config) -> tuple[SeatAddress, ...]:
    assert config.edge
    written = config.edge.seats or (f"{config.sip.user}@{config.sip.listen}:{config.sip.port}",)
    seats = []
    for number, text in enumerate(written, start=1):
        user, _, where = text.rpartition("@")
        host, _, port = where.rpartition(":")
        seats.append(SeatAddress(number, user, host, int(port)))
    return tuple(seats)


def _phones(users: tuple[str, ...], passwords: Path | None, realm: str) -> tuple[Credentials, ...]:
    if not users:
        return ()
    if passwords is None:
        raise ConfigurationError("edge.phones need edge.phone_passwords", "name a file with a line user: password each")
    known = passwords_in(passwords)
    missing = [user for user in users if user not in known]
    if missing:
        raise ConfigurationError(
            f"{passwords} has no password for {', '.join(missing)}",
            "write a line user: password for each of edge.phones",
        )
    return tuple(Credentials(user, _ha1(user, realm, known[user])) for user in users)


def _peers(edge: EdgeConfig, realm: str) -> tuple[Credentials, ...]:
    if edge.peers_by_udp != "password":
        return ()
    known = passwords_in(edge.peer_passwords) if edge.peer_passwords else {}
    if not known:
        raise ConfigurationError(
            "edge.peers_by_udp is password, and there is none", "name a file with a line user: password for each peer"
        )
    for user in known:
        if not re.fullmatch(r"[A-Za-z0-9._+-]{1,64}", user):
            raise ConfigurationError(
                f"{edge.peer_passwords} has a user that cannot be one: {user!r}", "use letters, digits and . _ + -"
            )
    return tuple(Credentials(user, _ha1(user, realm, password)) for user, password in known.items())


def passwords_in(path: Path) -> dict[str, str]:
    """User -> password.

    Raises:
        ConfigurationError: the file cannot be read, or is open to others.
    """
    try:
        config_files.private(path)
        lines = path.read_text(encoding="utf-8").splitlines()
    except config_files.UnusableFileError as unusable:
        raise ConfigurationError(f"{path} {unusable.what}", unusable.advice) from unusable
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}", "write it as UTF-8 text") from error
    pairs = [re.fullmatch(r"\s*([^\s:#]+)\s*:\s*(.*?)\s*", line) for line in lines if line.strip()]
    return {pair[1]: pair[2] for pair in pairs if pair and pair[2]}


def _ha1(user: str, realm: str, password: str) -> str:
    return hashlib.md5(f"{user}:{realm}:{password}".encode()).hexdigest()  # noqa: S324 - what the protocol asks for
