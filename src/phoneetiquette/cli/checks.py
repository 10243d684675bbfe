"""What ``doctor`` looks at: one function for each thing, each yielding findings. Nothing is left open, nothing made but
the seat's empty runtime directory."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path

from phoneetiquette.addresses import parse_sip_uri
from phoneetiquette.audio.portaudio import Direction, find_device, list_devices
from phoneetiquette.audio.speech_synthesis import PROGRAM
from phoneetiquette.cli import headsets
from phoneetiquette.cli.provision import compared
from phoneetiquette.config import Config, EdgeConfig, Inspection
from phoneetiquette.edge import programs
from phoneetiquette.errors import DeviceError, PhoneEtiquetteError, StoreError
from phoneetiquette.phones.rendering import render
from phoneetiquette.problems import Severity
from phoneetiquette.records.store import existing_store
from phoneetiquette.runtime.edge_settings import edge_directory
from phoneetiquette.runtime.paths import runtime_dir
from phoneetiquette.runtime.phones import phones_of, provisioned, provisioning_directory

MEDIA_PORTS_A_LINE = 4
"""RTP and RTCP, and as many again while a call that has just ended lets go of its own."""

ROOM_BYTES = 200 << 20
WIDEST_NETWORK = 256
"""More addresses than this in one entry of ``sip.peers`` are hardly all PBXs."""


class Level(StrEnum):
    OK = "ok"
    DONE = "done"
    """It was not well, and was mended."""
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    what: str
    advice: str = ""
    """What to do; empty when there is nothing to do."""


def python() -> Iterator[Finding]:
    what = f"Python {platform.python_version()}"
    if (3, 11) <= sys.version_info[:2] <= (3, 12):
        yield Finding(Level.OK, what)
    else:
        yield Finding(Level.FAIL, f"{what} has no build of the SIP library", "use Python 3.11 or 3.12")


def sip_library() -> Iterator[Finding]:
    """Which pjsua2 this is and what it can stand."""
    asked = subprocess.run(
        [sys.executable, "-m", "phoneetiquette.cli.sip_build"], capture_output=True, text=True, timeout=30, check=False
    )
    if asked.returncode != 0:
        last_line = (asked.stderr.strip().splitlines() or [f"it ended with {asked.returncode}"])[-1]
        yield Finding(
            Level.FAIL, f"the SIP library cannot be used: {last_line}", "pip install pjsua2-python==2.15.1.post1"
        )
        return
    build = json.loads(asked.stdout)
    origin = build["distribution"] or "another build than the wheel"
    tls = build["tls"] or "no TLS"
    yield Finding(Level.OK, f"SIP library pjsua2 {build['version']} ({origin}; {build['calls']} calls; {tls})")
    if build["assertions"]:
        yield Finding(
            Level.WARN,
            "this build of the SIP library checks itself and ends on single malformed messages"
            "; the seat is back in a second",
            "let only the PBX or an edge talk to it: sip.peers, and IPAddressAllow= of the service",
        )


def configuration(inspection: Inspection) -> Iterator[Finding]:
    for problem in inspection.problems:
        place = f"{problem.file}:{problem.line}:{problem.column}: " if problem.line else f"{problem.file}: "
        level = Level.FAIL if problem.severity is Severity.ERROR else Level.WARN
        yield Finding(level, f"{place}{problem.what}", problem.advice)
    if not inspection.failed:
        files = ", ".join(str(file) for file in inspection.files) or "none: every key has its default"
        yield Finding(Level.OK, f"configuration: {files}")


def sound(config: Config) -> Iterator[Finding]:
    """Whether the configured sound devices are there."""
    audio = config.audio
    if audio.backend in ("wav", "null"):
        yield Finding(Level.OK, f"sound: audio.backend is {audio.backend}, no sound card is used")
        return
    if_missing = Level.FAIL if audio.backend == "portaudio" else Level.WARN
    try:
        found = list_devices()
    except DeviceError as error:
        yield Finding(if_missing, f"sound: {error.what}", error.advice)
        return
    if not found:
        what = "no sound device: calls are answered without sound"
        yield Finding(if_missing, what, "plug in a headset, then: phoneetiquette devices")
        return
    headset = audio.headset
    wanted: list[tuple[str, str | None, Direction]] = [
        ("audio.headset.input", headset.input, "input"),
        ("audio.headset.output", headset.output, "output"),
        ("audio.ringer.output", audio.ringer.output, "output"),
        ("audio.headset.spare_input", headset.spare_input, "input"),
        ("audio.headset.spare_output", headset.spare_output, "output"),
    ]
    for key, name, direction in wanted:
        if name is None and "spare" in key:
            continue
        try:
            yield Finding(Level.OK, f"{key}: {find_device(name, direction)}")
        except DeviceError as error:
            yield Finding(Level.WARN if "spare" in key else Level.FAIL, f"{key}: {error.what}", error.advice)


def headset(config: Config) -> Iterator[Finding]:
    """Whether the buttons of the headset can be used that the seat would use."""
    if config.seat.hardware != "headset":
        yield Finding(Level.OK, f"headset: seat.hardware is {config.seat.hardware}, no buttons are used")
        return
    found = headsets.plugged_in()
    used = headsets.used(config, found)
    if used is None and config.headset.device:
        what = f"headset.device: no headset with call buttons is called {config.headset.device!r}"
        yield Finding(Level.WARN, what, "plug it in, or see: phoneetiquette devices")
    elif used is None:
        yield Finding(Level.OK, "headset: none with call buttons to use; calls are lifted on the page")
    for one in found:
        if not one.node:
            continue
        state, *mending = headsets.in_words(one)
        if one is not used:
            yield Finding(Level.OK, f"headset not used: {state}")
        elif mending:
            yield Finding(Level.WARN, f"headset: {state}", mending[0].strip())
        else:
            yield Finding(Level.OK, f"headset: {state}")
    if used and importlib.util.find_spec("hidraw") is None:
        yield Finding(Level.FAIL, "headset: the package hidapi is not installed", "pip install hidapi")


def phones(inspection: Inspection) -> Iterator[Finding]:
    """Whether the configuration files of the desk phones are there and say what is configured."""
    if inspection.failed or not phones_of(inspection.config):
        return
    directory = provisioning_directory(inspection.config)
    try:
        files = {phone.name: render(phone).files for phone in provisioned(inspection)}
    except PhoneEtiquetteError as error:
        for line in str(error).splitlines():
            yield Finding(Level.WARN, line)
        return
    for name, wanted in files.items():
        stale = False
        for file in wanted:
            _, different = compared(directory / file.name, (file,))
            if different:
                stale = True
                more = f" and {len(different) - 1} more" if len(different) > 1 else ""
                what = f"phones.{name}: {directory / file.name}: {different[0]}{more}"
                yield Finding(Level.WARN, what, "phoneetiquette provision, then phoneetiquette provision --resync")
        if not stale:
            yield Finding(Level.OK, f"phones.{name}: its configuration in {directory} is as it should be")


def voice(config: Config) -> Iterator[Finding]:
    """Whether the texts of a dialplan, and the names of callers, can be spoken."""
    advice = "install the Debian package espeak-ng"
    if config.dialplan is not None:
        yield _spoken("menus", "the texts of the dialplan", f"{advice}, or give sound files in the dialplan")
    if config.seat.announce_caller:
        yield _spoken("seat.announce_caller", "who is calling", advice)


def _spoken(part: str, what: str, advice: str) -> Finding:
    if shutil.which(PROGRAM):
        return Finding(Level.OK, f"{part}: {PROGRAM} speaks {what}")
    return Finding(Level.WARN, f"{part}: {PROGRAM}, which speaks {what}, is not installed", advice)


def ports(config: Config, running: bool) -> Iterator[Finding]:
    """Whether the seat could listen. ``running``: the seat itself holds its ports now."""
    if running:
        yield Finding(Level.OK, f"seat {config.seat.name} is running and holds its ports")
        return
    sip = config.sip
    wanted = [
        ("udp", socket.SOCK_DGRAM, sip.listen, sip.port, "SIP over UDP", "sip.port"),
        ("tcp", socket.SOCK_STREAM, sip.listen, sip.port, "SIP over TCP", "sip.port"),
        ("tls", socket.SOCK_STREAM, sip.listen, sip.tls.port, "SIP over TLS", "sip.tls.port"),
        ("", socket.SOCK_STREAM, config.console.listen, config.console.port, "the console", "console.port"),
    ]
    for transport, kind, host, port, purpose, key in wanted:
        if port == 0 or (transport and transport not in sip.transports):
            continue  # any free port will do, or nobody listens
        why = _not_bindable(kind, host, port)
        where = f"{host} port {port}"
        if why:
            yield Finding(
                Level.FAIL, f"{purpose}: {where} cannot be used: {why}", f"stop what uses it, or change {key}"
            )
        else:
            yield Finding(Level.OK, f"{purpose}: {where} is free")
    numbers = range(sip.rtp_ports.first, sip.rtp_ports.last + 1)
    free = sum(not _not_bindable(socket.SOCK_DGRAM, sip.listen, number) for number in numbers)
    needed = MEDIA_PORTS_A_LINE * sip.lines
    what = f"sound: {free} of the UDP ports {numbers[0]} to {numbers[-1]} are free"
    if free < needed:
        yield Finding(Level.FAIL, f"{what}, {needed} are needed", "choose another range: sip.rtp_ports")
    else:
        yield Finding(Level.OK, what)


def _not_bindable(kind: socket.SocketKind, host: str, port: int) -> str:
    """Why a socket cannot be bound there; empty when it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            if kind == socket.SOCK_STREAM:
                probe.listen(1)
        except OSError as error:
            return error.strerror or str(error)
    return ""


def directories(config: Config) -> Iterator[Finding]:
    """Whether journal and records can be kept, and the runtime directory be had."""
    here = () if config.records.store else (config.database.parent,)
    for directory in dict.fromkeys((config.directory, *here)):
        existing = next(path for path in (directory, *directory.parents) if path.exists())
        room = shutil.disk_usage(existing).free
        if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
            yield Finding(Level.FAIL, f"records: {existing} is not writable", "change its owner, or records.directory")
        elif room < ROOM_BYTES:
            yield Finding(Level.WARN, f"records: {room >> 20} MB are left for {directory}", "make room on that disk")
        else:
            yield Finding(Level.OK, f"records: {directory}, {room >> 30} GB free")
    yield from _store(config)
    try:
        yield Finding(Level.OK, f"files of the running seat: {runtime_dir(config.seat.name)}")
    except PhoneEtiquetteError as error:
        yield Finding(Level.FAIL, error.what, error.advice)


def _store(config: Config) -> Iterator[Finding]:
    """Whether the database of another machine, where the records are in one, can be reached."""
    if config.records.store is None:
        return
    where = f"records.store: {config.records.store}"
    try:
        store = existing_store(config.store)
    except StoreError as error:
        yield Finding(Level.WARN, f"records.store: {error.what}", error.advice)
        return
    if store is None:
        yield Finding(Level.OK, f"{where}; the first seat to be started makes or upgrades its tables")
        return
    store.close()
    yield Finding(Level.OK, where)


def strangers(config: Config) -> Iterator[Finding]:
    """Who can send us something: the configured peers, and what holds all others back."""
    sip = config.sip
    if config.edge:
        yield from _edge(config)
        yield from _forgeable(config, config.edge)
        return
    peers = (*sip.peers, *_registrar(config))
    wide = [peer for peer in sip.peers if ip_network(peer).num_addresses > WIDEST_NETWORK]
    if wide:
        yield Finding(
            Level.WARN, f"sip.peers lets whole networks in: {', '.join(wide)}", "name the PBX's own addresses"
        )
    if ip_address(sip.listen).is_loopback:
        yield Finding(Level.OK, f"SIP listens on {sip.listen} only: no network reaches it")
        return
    unit = f"phoneetiquette@{config.seat.name}.service"
    allowed = _allowed_by_systemd(unit)
    if allowed is None:
        yield Finding(
            Level.WARN,
            f"SIP listens on {sip.listen} without an edge, and the kernel keeps no stranger from it",
            f"put an edge in front (docs/edge.md), or run it as {unit} with IPAddressAllow={' '.join(peers)}",
        )
    else:
        yield from peers_against_filter(peers, allowed, unit)


def _edge(config: Config) -> Iterator[Finding]:
    """Whether the edge that is configured can stand, and does."""
    assert config.edge
    where = ", ".join(config.edge.listen)
    needed = ["kamailio", "rtpengine"] if config.edge.media == "relay" else ["kamailio"]
    missing = [name for name in needed if not programs.installed(name)]
    if missing:
        yield Finding(Level.FAIL, f"the edge needs {' and '.join(missing)}", programs.PACKAGES)
        return
    try:
        running = programs.Running(edge_directory()).uptime_s()
    except programs.EdgeError:
        what = f"the edge at {where} does not run: nobody can call, and the seat cannot register"
        yield Finding(Level.WARN, what, "systemctl start phoneetiquette-edge (docs/edge.md)")
    else:
        yield Finding(Level.OK, f"the edge at {where} is up for {running} s; the seat is on loopback behind it")


def _forgeable(config: Config, edge: EdgeConfig) -> Iterator[Finding]:
    """Whom others in the same network could claim to be."""
    account = config.sip.account
    peers = [peer for peer in config.sip.peers if not ip_network(peer).is_loopback]
    if account and account.transport == "udp":
        peers += _registrar(config)
    nobody_near = all(ip_address(host).is_loopback for host in edge.listen)
    if nobody_near or not peers or "udp" not in edge.transports or edge.peers_by_udp != "believed":
        return
    harm = "have a call answered, and listen" if config.pickup.auto_answer_from else "make every line ring"
    yield Finding(
        Level.WARN,
        f"{', '.join(dict.fromkeys(peers))} is believed by UDP: who is in its network can send in its name, and {harm}",
        "have it come by TLS and write edge.peers_by_udp: refused, or password (docs/edge.md)",
    )


def _registrar(config: Config) -> Iterator[str]:
    """Where the PBX is that we register at, which is a peer without being listed; as far as it is no name."""
    account = config.sip.account
    for uri in (account.registrar, account.proxy) if account else ():
        host = parse_sip_uri(uri).host if uri else ""
        with contextlib.suppress(ValueError):
            yield str(ip_address(host))


def peers_against_filter(peers: Iterable[str], allowed: Iterable[str], unit: str) -> Iterator[Finding]:
    """``sip.peers`` against the service's ``IPAddressAllow=``: they should say the same, loopback apart."""
    wanted = {ip_network(peer) for peer in peers if not ip_network(peer).is_loopback}
    given = {ip_network(address) for address in allowed if not ip_network(address).is_loopback}
    if shut_out := sorted(map(str, wanted - given)):
        yield Finding(
            Level.FAIL,
            f"{unit} shuts out peers: {', '.join(shut_out)}",
            f"systemctl edit {unit}, and add [Service] IPAddressAllow={' '.join(shut_out)}",
        )
    if let_in := sorted(map(str, given - wanted)):
        yield Finding(
            Level.WARN, f"{unit} lets in who is no peer: {', '.join(let_in)}", "take them out of its IPAddressAllow="
        )
    if wanted == given:
        yield Finding(Level.OK, f"{unit} lets in the peers and nobody else")


def _allowed_by_systemd(unit: str) -> list[str] | None:
    """The networks of the unit's ``IPAddressAllow=``; None when it does not filter or is not loaded."""
    if not Path("/run/systemd/system").is_dir():
        return None
    asked = subprocess.run(
        ["systemctl", "show", unit, "--property=IPAddressDeny,IPAddressAllow,ActiveState"],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    shown = dict(line.split("=", 1) for line in asked.stdout.splitlines() if "=" in line)
    if (
        asked.returncode != 0
        or shown.get("ActiveState") != "active"
        or "0.0.0.0/0" not in shown.get("IPAddressDeny", "")
    ):
        return None
    return shown.get("IPAddressAllow", "").split()


def service_manager() -> Iterator[Finding]:
    if Path("/run/systemd/system").is_dir():
        yield Finding(Level.OK, "systemd can keep the seat running (see docs/service.md)")
    else:
        yield Finding(
            Level.WARN,
            "no systemd here: nobody restarts the seat after a fault",
            "run it under a supervisor of your own",
        )


def clock() -> Iterator[Finding]:
    """Whether the wall clock, which dates the records, is kept right. The ring window does not depend on it."""
    time_error = 5
    timex = ctypes.create_string_buffer(512)  # struct timex, all zero: only ask
    if ctypes.CDLL(None).ntp_adjtime(timex) == time_error:
        yield Finding(
            Level.WARN, "nothing sets the clock: records may bear a wrong time", "install systemd-timesyncd or chrony"
        )
    else:
        yield Finding(Level.OK, "the clock is kept right")
