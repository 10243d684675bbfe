"""Requests made up from the OpenAPI description: none of them makes the console fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.peers.seat import Seat

EXAMPLES = 15
"""Of each operation."""


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    settings = {"seat": {"wrap_up_s": 1}, "wakeups": {"call": "sip:2{room}@127.0.0.1:9"}}
    with Seat(tmp_path_factory.mktemp("openapi"), settings) as seat:
        yield seat


def ask(operation: Any) -> set[int]:
    """Ask one operation in many ways; the statuses that it answered."""
    statuses: set[int] = set()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def holds(case: Any) -> None:
        response = case.call(headers={"Content-Type": "application/json"})
        statuses.add(response.status_code)
        assert response.status_code < 500, (case.method, case.path, case.body, response.text)
        if response.status_code >= 400:
            assert {"error", "advice"} <= set(response.json()), response.text

    holds()
    return statuses


def test_no_request_makes_the_seat_fail(seat: Seat) -> None:
    schema: Any = schemathesis.openapi.from_url(f"{seat.url.rstrip('/')}/api/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    answered = [ask(one) for one in operations if one.path != "/api/events"]  # that one does not end
    assert len(answered) > 20
    assert any(200 in statuses for statuses in answered)
    assert seat.state()["engine"]["state"] == "ready"
    assert "Traceback" not in seat.log()
