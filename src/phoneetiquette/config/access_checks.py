"""What must hold before a page is served to other machines."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from phoneetiquette.config import files
from phoneetiquette.config.access_schema import is_for_others
from phoneetiquette.config.reading import Reading
from phoneetiquette.config.secret_sources import examined
from phoneetiquette.problems import Severity

_ADD = "phoneetiquette users add NAME --role administrator"


def run(reading: Reading) -> None:
    users = reading.config.access.users
    if users is not None and "access.users" in reading.origins and reading.usable("access.users"):
        examined(reading, "access.users", users, _there)
    for section in ("console", "office"):
        _page(reading, section)


def _there(users: Path) -> None:
    if not users.exists():  # a file that got lost must not open the pages to everybody
        raise files.UnusableFileError("is not there", f"restore it, or {_ADD}, or leave the key out")


def _page(reading: Reading, section: Literal["console", "office"]) -> None:
    page = getattr(reading.config, section)
    names = ("listen", "hosts", "tls", "tls.certificate", "tls.key")
    if not reading.usable(*(f"{section}.{name}" for name in names)):
        return
    certificate, key = page.tls.certificate, page.tls.key
    if certificate and key:
        before = len(reading.report.problems)
        examined(reading, f"{section}.tls.certificate", certificate, files.public)
        examined(reading, f"{section}.tls.key", key, files.private)
        if len(reading.report.problems) == before:
            examined(reading, f"{section}.tls.certificate", certificate, lambda chain: files.certificate(chain, key))
    elif certificate or key:
        reading.problem(f"{section}.tls", f"{section}.tls needs certificate and key together", "name both or neither")
    if not is_for_others(page.listen, page.hosts):
        return
    is_beyond = not ip_address(page.listen).is_loopback
    if is_beyond and not (certificate and key):
        what = f"{section}.listen is {page.listen}: passwords would cross the network in the clear"
        advice = f"name a certificate in {section}.tls, or write 127.0.0.1 and put an HTTPS proxy in front"
        reading.problem(f"{section}.listen", what, advice)
    if ip_address(page.listen).is_unspecified and not page.hosts:
        what = f"{section}.listen is {page.listen}, but {section}.hosts names nothing the page could be asked for by"
        reading.problem(f"{section}.listen", what, f"write {section}.hosts: [NAME] as in the certificate")
    users = reading.config.access.users
    if users is None or not users.exists():
        named = f"listen is {page.listen}" if is_beyond else f"hosts names {page.hosts[0]}"
        what = f"{section}.{named}, so a login is needed, and there are no users: nobody gets in"
        reading.problem(f"{section}.{named.split()[0]}", what, _ADD, Severity.WARNING)
