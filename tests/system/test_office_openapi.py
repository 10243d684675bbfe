"""Every request that the API of the office describes, and many more, get an answer; the dialplan stays a plan."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import schemathesis

from phoneetiquette.office.app import Office, create_office
from phoneetiquette.records.store import open_store
from tests.system.test_console_openapi import ask
from tests.unit.dialplan_files import GOOD
from tests.unit.test_dialplan_page import Place


def test_no_request_makes_the_office_fail(tmp_path: Path) -> None:
    place = Place(tmp_path)
    database = tmp_path / "records.sqlite"
    open_store(f"sqlite:///{database}", UTC).close()
    app = create_office(
        Office(
            database=f"sqlite:///{database}",
            zone=UTC,
            name="Hotel",
            change=lambda *_: {},
            planning=place.planning,
            hosts=("testserver",),  # what the library calls an application that it asks without a network
        )
    )
    schema: Any = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    operations = {one.path: one for found in schema.get_all_operations() if (one := found.ok()).method == "post"}
    assert {path for path in operations if path.startswith("/dialplan/")} == {
        "/dialplan/check",
        "/dialplan/explain",
        "/dialplan/publish",
        "/dialplan/restore",
    }
    statuses = {path: ask(operation) for path, operation in operations.items()}
    assert 200 in statuses["/dialplan/explain"]
    assert place.file.read_text() == GOOD
