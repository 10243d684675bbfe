"""The log of a seat is shown with the test that failed on it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import pytest

from tests.peers.seat import Seat
from tests.peers.sip_caller import Behaviour, SipCaller

Phones = Callable[..., SipCaller]
"""Makes a phone by its user name; keyword arguments are its behaviour, but ``transport`` and ``payload_types``."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for value in item.funcargs.values():
            if isinstance(value, Seat):
                report.sections.append((f"seat {value.name}", value.log()))
    return report


@pytest.fixture
def phones() -> Iterator[Phones]:
    """Phones that are closed after the test."""
    made: list[SipCaller] = []

    def make(
        user: str, *, transport: str = "udp", payload_types: tuple[int, ...] = (8, 0), **behaviour: object
    ) -> SipCaller:
        phone = SipCaller(
            user,
            transport=transport,
            payload_types=payload_types,
            behaviour=Behaviour(**behaviour),  # type: ignore[arg-type]
        )
        made.append(phone)
        return phone

    yield make
    for phone in made:
        phone.close()
