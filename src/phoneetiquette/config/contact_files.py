"""The files of the directory and the guest list, read: tables (CSV) and vCards."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from phoneetiquette.config.reading import Report
from phoneetiquette.config.text_files import content
from phoneetiquette.directory.contacts import Contact, Directory
from phoneetiquette.directory.table import contacts_of_table
from phoneetiquette.directory.vcard import contacts_of_vcards
from phoneetiquette.problems import Place, Problem

LARGEST = 8 * 1024 * 1024
"""Bytes of one file: some fifty thousand contacts."""


def read_directory(files: Iterable[Path], country: str) -> tuple[Directory, list[Problem]]:
    """All contacts of these files, and every problem with its file and line. A file that cannot be read has none.

    ``country`` (ISO 3166) is where numbers without a country code are dialled.
    """
    report = Report()
    contacts: list[Contact] = []
    for file in files:
        contacts += _contacts(file, country, report)
    return Directory(contacts), report.finished() if report.problems else []


def _contacts(file: Path, country: str, report: Report) -> list[Contact]:
    data = content(file, report, LARGEST, "guests.csv")
    if data is None:
        return []
    if len(data) > LARGEST:
        report.add(Place(str(file)), f"is longer than {LARGEST // 1024} KiB", "this is no list of contacts")
        return []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")  # what spreadsheets on Windows write unless told otherwise
    vcards = file.suffix.lower() in (".vcf", ".vcard") or text.lstrip()[:11].upper() == "BEGIN:VCARD"
    parse = contacts_of_vcards if vcards else contacts_of_table
    contacts, problems = parse(text, str(file), country)
    for problem in problems:
        report.take(problem)
    return contacts
