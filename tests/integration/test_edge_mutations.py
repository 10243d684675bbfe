"""Mutated SIP, SDP, RTP and RTCP: seeded and bounded, with a call up, and a normal one afterwards.

The long run is ``python -m benchmarks attack``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.peers.edge import EdgedSeat
from tests.peers.edge_attack import Attack
from tests.peers.edge_watch import NOW, Watch

COUNT = 1000
KINDS = (
    *("requests", "session descriptions", "requests of strangers", "requests within a call", "responses"),
    *("RTP", "RTCP"),
)


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedSeat]:
    settings: dict[str, dict[str, Any]] = {
        "pickup": {"emergency_lines": [NOW]},
        "edge": {"strangers": "desk"},
    }
    with EdgedSeat(tmp_path_factory.mktemp("mutations"), settings) as seat:
        yield seat


@pytest.fixture(scope="module")
def watch(seat: EdgedSeat) -> Iterator[Watch]:
    watch = Watch(seat)
    yield watch
    watch.close()


@pytest.mark.parametrize("kind", KINDS)
def test_mutated(seat: EdgedSeat, watch: Watch, kind: str) -> None:
    Attack(seat, watch, seed=1 + KINDS.index(kind)).send(kind, COUNT)
