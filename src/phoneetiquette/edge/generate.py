"""Writing the configuration of Kamailio and rtpengine from the templates beside."""

from __future__ import annotations

import ipaddress
import os
import secrets
import socket
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from phoneetiquette.addresses import parse_sip_uri
from phoneetiquette.edge import messages
from phoneetiquette.edge.settings import INSIDE_HOST, EdgeSettings
from phoneetiquette.errors import ConfigurationError

BAN_S = 600
SILENT_S = 5
"""For how long a seat that did not answer is passed over."""
SEAT_ANSWERS_MS = 1200
CALLS_A_SECOND = 7
"""New calls for one seat; it has four lines, and each INVITE costs its SIP library two sockets for half a second."""
STRANGER_CALLS = 2
"""Calls of one stranger that ring or are up at once; all of them together have half of the seats' lines."""
ACKNOWLEDGED_WITHIN_S = 12
"""An answer is repeated five times in this time; who does not acknowledge it then is not there."""
BYE_ANSWERED_MS = 4000
STRANGERS_A_SECOND = 300
"""Requests of all strangers together that are looked at."""
CONNECTIONS = 20
"""Of one source that is no peer, at once: many phones may sit behind one router."""
MODULES = ":".join(
    f"/usr/lib/{place}kamailio/modules/"
    for place in ("x86_64-linux-gnu/", "aarch64-linux-gnu/", "arm-linux-gnueabihf/", "")
)
SUITES_NOT_OFFERED = tuple(
    f"{cipher}_HMAC_SHA1_{bits}" for cipher in ("NULL", "F8_128", "AES_192_CM") for bits in (80, 32)
)
"""Of those that rtpengine 10 knows: without encryption, and without a telephone that has them."""
SECRET_FILE = "secret"  # noqa: S105 - its name
CERTIFICATE, KEY = "self-made.pem", "self-made.key"

LOCATION_TABLE = (
    "id(int,auto) ruid(string) username(string) domain(string,null) contact(string) received(string,null)"
    " path(string,null) expires(int) q(double) callid(string) cseq(int) last_modified(int) flags(int) cflags(int)"
    " user_agent(string) socket(string,null) methods(int,null) instance(string,null) reg_id(int) server_id(int)"
    " connection_id(int) keepalive(int) partition(int)\n"
)
"""The columns of Kamailio 5.6's table of registrations, in the form of its text database."""
VERSION_TABLE = "id(int,auto) table_name(string) table_version(int)\n1:location:9\n"

LOG_LEVELS = {"debug": 2, "info": 1, "warning": 0, "error": -1}
"""Kamailio's: 3 would tell every step of every message."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def files(edge: EdgeSettings, secret: str) -> dict[str, str]:
    """Every generated file by its name. ``secret`` signs the tickets by which calls are known."""
    wanted = ["kamailio.cfg", "addresses"]
    if "tls" in edge.transports:
        wanted.append("tls.cfg")
    if edge.media == "relay":
        wanted.append("rtpengine.conf")
    return {name: _filled(name, edge, secret) for name in wanted}


def firewall(edge: EdgeSettings) -> str:
    """Rules for nftables that limit the connections of each source."""
    return _filled("firewall.nft", edge, "")


def _filled(template: str, edge: EdgeSettings, secret: str) -> str:
    environment = Environment(  # noqa: S701 - no HTML: autoescaping would spoil it
        loader=PackageLoader("phoneetiquette.edge"),
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=False,
        lstrip_blocks=False,
    )
    names = {"edge": edge, "secret": secret, "inside_host": INSIDE_HOST, "module_path": MODULES}
    names |= {"ban_s": BAN_S, "silent_s": SILENT_S, "seat_answers_ms": SEAT_ANSWERS_MS}
    names |= {"calls_a_second": CALLS_A_SECOND, "debug": LOG_LEVELS[edge.log_level]}
    names |= {"stranger_calls": STRANGER_CALLS, "all_stranger_calls": max(1, len(edge.seats) * edge.lines // 2)}
    names |= {"connections": CONNECTIONS, "strangers_a_second": STRANGERS_A_SECOND}
    names |= {"acknowledged_within_s": ACKNOWLEDGED_WITHIN_S, "bye_answered_ms": BYE_ANSWERED_MS}
    names |= {"advertise_is_address": _is_address(edge.advertise)}
    names |= {"overflow_host": parse_sip_uri(edge.overflow).host if edge.overflow else ""}
    names |= _limits()
    names |= {"suites_not_offered": SUITES_NOT_OFFERED}
    names |= {"certificate": edge.tls_certificate or edge.directory / CERTIFICATE}
    names |= {"key": edge.tls_key or edge.directory / KEY}
    pbx = addresses_of(edge.pbx)
    by_udp = edge.peers_by_udp != "refused"
    anyhow = [*(edge.peers if by_udp else ()), *(pbx if by_udp and edge.pbx_by_udp else ())]
    names |= {"peers": _networks([*edge.peers, *pbx]), "peers_anyhow": _networks(anyhow)}
    names |= {"refer_from": _networks(edge.refer_from), "auto_answer_from": _networks(edge.auto_answer_from)}
    return environment.get_template(f"{template}.j2").render(names)


def _limits() -> dict[str, object]:
    """What :mod:`messages` says, as the templates name it."""
    dialog_only = [method for method in messages.DIALOG_METHODS if method not in ("INVITE", "ACK", "OPTIONS")]
    return {
        "passed_headers": messages.PASSED_HEADERS,
        "address_headers": messages.ADDRESS_HEADERS,
        "from_peers_only": messages.FROM_PEERS_ONLY,
        "from_movers_only": messages.FROM_MOVERS_ONLY,
        "from_auto_answered_only": messages.FROM_AUTO_ANSWERED_ONLY,
        "methods": messages.METHODS,
        "allowed": messages.DIALOG_METHODS,
        "dialog_only": dialog_only,
        "extensions": messages.EXTENSIONS,
        "most_headers": messages.MOST_HEADERS,
        "longest_header": messages.LONGEST_HEADER,
        "longest_uri": messages.LONGEST_URI,
        "largest_message": messages.LARGEST_MESSAGE,
        "largest_to_seat": messages.LARGEST_TO_SEAT,
        "largest_body": messages.LARGEST_BODY,
        "most_sdp_lines": messages.MOST_SDP_LINES,
        "longest_sdp_line": messages.LONGEST_SDP_LINE,
        "most_media": messages.MOST_MEDIA,
        "most_audio": messages.MOST_AUDIO,
        "most_formats": messages.MOST_FORMATS,
        "ipv4": messages.IPV4,
        "ipv6": messages.IPV6,
        "odd": messages.ODD,
        "plain_description": messages.PLAIN_DESCRIPTION,
        "longest_plain_origin": messages.LONGEST_PLAIN_ORIGIN,
        "brackets": messages.BRACKETS_HOLD_IPV6.replace("\\", "\\\\").replace('"', '\\"'),
    }


def write(edge: EdgeSettings, *, media_only: bool = False) -> list[Path]:
    """Write the files into ``edge.directory``, readable for its owner alone; what is there is replaced.

    ``media_only``: rtpengine's alone.

    Raises:
        ConfigurationError: the directory or a file cannot be written.
    """
    try:
        edge.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = []
        secret = "" if media_only else _secret(edge.directory / SECRET_FILE)
        for name, text in files(edge, secret).items():
            if name == "rtpengine.conf" or not media_only:
                written.append(_replace(edge.directory / name, text))
        if "tls" in edge.transports and not edge.tls_certificate and not media_only:
            _self_made(edge)
        if edge.phones and not media_only:
            _tables(edge.directory / "phones")
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename or edge.directory} cannot be written: {error.strerror}", "name another directory"
        ) from error
    return written


def _tables(directory: Path) -> None:
    """Where registrations are kept; what is there stays."""
    directory.mkdir(mode=0o700, exist_ok=True)
    for name, text in {"location": LOCATION_TABLE, "version": VERSION_TABLE}.items():
        if not (directory / name).exists():
            _replace(directory / name, text)


def _replace(path: Path, text: str) -> Path:
    new = path.with_name(path.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    new.replace(path)
    return path


def _secret(path: Path) -> str:
    """The same after a restart: calls that are up then go on."""
    try:
        known = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        known = ""
    if len(known) == 2 * _SECRET_BYTES:
        return known
    made = secrets.token_hex(_SECRET_BYTES)
    _replace(path, made + "\n")
    return made


_SECRET_BYTES = 16


def _self_made(edge: EdgeSettings) -> None:
    """A certificate of our own, which no phone trusts by itself."""
    certificate, key = edge.directory / CERTIFICATE, edge.directory / KEY
    if certificate.exists() and key.exists():
        return
    hosts = [f"IP:{host}" for host in edge.listen]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "825", "-keyout", str(key)]
    command += ["-subj", f"/CN={edge.listen[0]}", "-addext", f"subjectAltName={','.join(hosts)}"]
    try:
        subprocess.run([*command, "-out", str(certificate)], check=True, capture_output=True, umask=0o077)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise ConfigurationError(
            f"no certificate for TLS could be made: {error}",
            "name one in edge.tls, or leave tls out of edge.transports",
        ) from error


def addresses_of(hosts: Iterable[str]) -> list[str]:
    """The addresses of names, as far as they have any now; what registers there is known without, a little later."""
    found = []
    for host in hosts:
        try:
            answers = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        except OSError:
            continue
        found += [str(answer[4][0]) for answer in answers]
    return found


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _networks(entries: Iterable[str]) -> list[Network]:
    return sorted({ipaddress.ip_network(entry, strict=False) for entry in entries}, key=str)


def limits() -> Mapping[str, object]:
    """What may be told of the rules, for the documentation."""
    return _limits()
