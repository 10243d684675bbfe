"""Seats and phones of the tests. The log of a seat is shown with the test that failed on it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers.seat import Seat
from tests.peers.sip_caller import Behaviour, SipCaller

Phones = Callable[..., SipCaller]
"""Makes a phone by its user name. Keyword arguments: ``transport``, ``port``, ``payload_types``, and its behaviour."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for value in item.funcargs.values():
            for seat in value.made if isinstance(value, Seats) else [value]:
                if isinstance(seat, Seat):
                    report.sections.append((f"seat {seat.name}", seat.log()))
    return report


class Seats:
    """Starts seats side by side, for one test. It tells them to end after it, and looks later how they ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.made: list[Seat] = []

    def __call__(self, *configurations: dict[str, dict[str, Any]]) -> list[Seat]:
        new = [Seat(self._folder, configuration) for configuration in configurations]
        self.made += new
        for seat in new:
            seat.wait_ready()
        return new


@pytest.fixture(scope="module")
def leaving() -> Iterator[list[Seat]]:
    """Seats that were told to end: it takes them a while, which need not hold up the next test."""
    seats: list[Seat] = []
    yield seats
    for seat in seats:
        seat.close()


@pytest.fixture
def seats(tmp_path: Path, leaving: list[Seat]) -> Iterator[Seats]:
    seats = Seats(tmp_path)
    yield seats
    for seat in seats.made:
        seat.stop()
    leaving += seats.made


@pytest.fixture
def phones() -> Iterator[Phones]:
    """Phones that are closed after the test."""
    made: list[SipCaller] = []

    def make(
        user: str,
        *,
        transport: str = "udp",
        port: int = 0,
        payload_types: tuple[int, ...] = (8, 0),
        **behaviour: object,
    ) -> SipCaller:
        phone = SipCaller(
            user,
            transport=transport,
            port=port,
            payload_types=payload_types,
            behaviour=Behaviour(**behaviour),  # type: ignore[arg-type]
        )
        made.append(phone)
        return phone

    yield make
    for phone in made:
        phone.close()
