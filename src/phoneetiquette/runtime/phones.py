"""From the configuration to the desk phones of a seat, with all that goes into their files."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar

from phoneetiquette.addresses import parse_sip_uri
from phoneetiquette.config import Config, Inspection, InvalidConfigurationError, PhoneConfig
from phoneetiquette.config import files as config_files
from phoneetiquette.config.zone_files import posix_zone
from phoneetiquette.dialplan.model import Plan
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.phones.formats import Entry
from phoneetiquette.phones.phone import DEFAULT_PORTS, Phone
from phoneetiquette.phones.profiles import profile_of
from phoneetiquette.phones.zones import UnfitZoneError, Zone, zone
from phoneetiquette.problems import Place, Problem
from phoneetiquette.runtime.edge_settings import passwords_in

T = TypeVar("T")


def provisioning_directory(config: Config) -> Path:
    """Where the phones' files are."""
    return config.provisioning.output or config.directory / "phones"


def phones_of(config: Config) -> dict[str, PhoneConfig]:
    """The phones that stand at this seat."""
    return {name: phone for name, phone in config.phones if phone.seat in (None, config.seat.name)}


def chosen(config: Config, names: Collection[str] = ()) -> dict[str, PhoneConfig]:
    """The phones of ``names`` that stand at this seat, else all that do.

    Raises:
        ConfigurationError: there is no such phone, or none at all.
    """
    phones = phones_of(config)
    if not phones:
        what = f"the configuration has no phones for the seat {config.seat.name}"
        raise ConfigurationError(what, "write phones: {NAME: {profile: ..., user: ..., mac: ...}}")
    if missing := [name for name in names if name not in phones]:
        raise ConfigurationError(f"no phone is called {missing[0]!r}", f"known are {', '.join(phones)}")
    return {name: phone for name, phone in phones.items() if not names or name in names}


def edge_phone(config: Config, phone: PhoneConfig) -> bool:
    """Whether it registers at the edge."""
    return config.edge is not None and phone.user in config.edge.phones


def machine_address(config: Config) -> str:
    """The address by which phones know this machine; empty when nothing says it."""
    sip, edge = config.sip, config.edge
    for host in (config.provisioning.address, sip.advertise, edge.listen[0] if edge else None, sip.listen):
        try:
            if host and not ip_address(host).is_unspecified:
                return host
        except ValueError:  # a name: phones compare addresses
            continue
    return ""


class _Provisioner:
    """Reads what is not in the configuration itself, each file once, and collects what is wrong."""

    def __init__(self, inspection: Inspection, edge_passwords: Path | None) -> None:
        self.config = inspection.config
        edge = inspection.config.edge
        self._edge_file = edge_passwords or (edge.phone_passwords if edge else None)
        self._origins = inspection.origins
        self._file = str(inspection.files[0]) if inspection.files else "defaults"
        self.problems: list[Problem] = []
        self._edge_passwords: dict[str, str] | None = None
        self.plan = self._plan()
        self.people = self._people()
        self.time_zone, self.untold = self._zone()

    def problem(self, key: str, what: str, advice: str) -> None:
        while key and key not in self._origins:
            key = key.rpartition(".")[0]
        self.problems.append(Problem.at(self._origins.get(key, Place(self._file)), what, advice))

    def _plan(self) -> Plan | None:
        if self.config.dialplan is None:
            return None
        from phoneetiquette.config.dialplans.loader import inspect

        return inspect(self.config.dialplan, datetime.now().astimezone().date()).plan

    def _people(self) -> tuple[Entry, ...]:
        if self.plan is None or not self.config.provisioning.directory:
            return ()
        people = (Entry(one.name or name, one.call.text) for name, one in self.plan.people.items())
        return tuple(sorted(people, key=lambda person: (person.name.casefold(), person.number)))

    def _zone(self) -> tuple[Zone | None, tuple[str, ...]]:
        """The zone that phones are told, and why they are told none."""
        name = self.config.provisioning.time_zone or (self.plan.timezone if self.plan else None)
        if name is None:
            return None, ()
        try:
            return zone(name, posix_zone(name)), ()
        except UnfitZoneError as error:
            return None, (f"the time zone is not written: {error}",)
        except config_files.UnusableFileError as error:
            self.problem("provisioning.time_zone", f"{name} {error.what}", error.advice)
            return None, ()

    def phone(self, name: str, written: PhoneConfig) -> Phone | None:
        """None with a problem told."""
        before = len(self.problems)
        config = self.config
        path = f"phones.{name}"
        if written.mac is None:
            self.problem(path, f"{path} has no mac, by which it would find its file", 'write mac: "00:15:65:0a:0b:0c"')
        seat_host = machine_address(config)
        if not seat_host:
            what = "nothing says by which address phones know this machine"
            self.problem("provisioning", what, "write provisioning: {address: ADDRESS}")
        host, port = self._server(written)
        password = self._password(path, written)
        admin_password = self._file_password(f"{path}.admin_password_file", written.admin_password_file)
        profile = profile_of(written.profile)
        language = written.language or config.provisioning.language or (self.plan.language if self.plan else "")
        if len(self.problems) > before or written.mac is None:
            return None
        return Phone(
            name=name,
            profile=profile,
            mac=written.mac,
            user=written.user,
            auth_user=written.auth_user or written.user,
            password=password,
            registers=bool(written.registrar) or edge_phone(config, written),
            server_host=host,
            server_port=port,
            transport=written.transport,
            srtp=written.srtp or config.sip.srtp,
            codecs=config.sip.codecs,
            display_name=config.seat.display_name,
            label=written.label or config.seat.display_name,
            seat_host=seat_host,
            admin_user=written.admin_user or profile.admin_user,
            admin_password=admin_password,
            events=config.provisioning.events or "",
            ntp=config.provisioning.ntp or "",
            language=language,
            zone=self.time_zone,
            people=self.people,
            untold=self.untold,
        )

    def _server(self, phone: PhoneConfig) -> tuple[str, int]:
        """Host and port where it registers, or where it calls the seat."""
        config = self.config
        if phone.registrar:
            uri = parse_sip_uri(phone.registrar)
            return uri.host, uri.port or DEFAULT_PORTS[phone.transport]
        if config.edge:
            port = config.edge.tls.port if phone.transport == "tls" else config.edge.port
            return config.sip.advertise or config.edge.listen[0], port
        port = config.sip.tls.port if phone.transport == "tls" else config.sip.port
        return config.sip.advertise or config.sip.listen, port

    def _password(self, path: str, phone: PhoneConfig) -> str:
        """Empty for a phone that does not register, or with a problem told."""
        if edge_phone(self.config, phone):
            return self._edge_password(path, phone.user)
        if phone.password_env:
            text = os.environ.get(phone.password_env, "")
            if not text:
                what = f"the environment variable {phone.password_env} is not set"
                self.problem(f"{path}.password_env", what, "set it for this command")
            return text
        if phone.password_file:
            return self._file_password(f"{path}.password_file", phone.password_file)
        return phone.password.reveal() if phone.password else ""

    def _edge_password(self, path: str, user: str) -> str:
        if self._edge_file is None:
            return ""  # told already: the configuration has an error
        if self._edge_passwords is None:
            none: dict[str, str] = {}
            reading = partial(passwords_in, self._edge_file)
            self._edge_passwords = self._tried("edge.phone_passwords", reading, none)
        if self._edge_passwords and user not in self._edge_passwords:
            what = f"{self._edge_file} has no password for {user}"
            self.problem(f"{path}.user", what, "write a line user: password there")
        return self._edge_passwords.get(user, "")

    def _file_password(self, key: str, file: Path | None) -> str:
        if file is None:
            return ""
        return self._tried(key, lambda: config_files.password(file).reveal(), "")

    def _tried(self, key: str, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except ConfigurationError as error:
            self.problem(key, f"{key}: {error.what}", error.advice)
        except config_files.UnusableFileError as error:
            self.problem(key, f"{key}: the file {error.what}", error.advice)
        return otherwise


def provisioned(inspection: Inspection, names: Collection[str] = (), edge_passwords: Path | None = None) -> list[Phone]:
    """The seat's phones with all that goes into their files; those of ``names``, else all. Reads their passwords.

    ``edge_passwords`` is a file in place of ``edge.phone_passwords``.

    Raises:
        InvalidConfigurationError: with every problem found.
        ConfigurationError: there is no such phone, or none at all.
    """
    phones = chosen(inspection.config, names)
    provisioner = _Provisioner(inspection, edge_passwords)
    found = [provisioner.phone(name, phone) for name, phone in phones.items()]
    if provisioner.problems:
        raise InvalidConfigurationError(dict.fromkeys(provisioner.problems))
    return [phone for phone in found if phone]
