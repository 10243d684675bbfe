"""Free loopback ports, so that test runs on one machine do not meet."""

from __future__ import annotations

import os
import random
import socket
from collections import deque

LOOPBACK = "127.0.0.1"
AGENT_PORTS = range(15060, 15400, 2)
"""For the agent under test."""
PEER_PORTS = range(15400, 16000, 2)
"""For its peers, SIP and RTP alike."""
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
"""Tests that run beside each other have ports of their own: between look and bind another could take the port."""


def is_free(port: int, count: int = 2) -> bool:
    """Whether UDP and TCP ``port`` and those after it (RTCP, or SIP over TLS) can be bound on loopback."""
    for number in range(port, port + count):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as probe:
                if kind == socket.SOCK_STREAM:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((LOOPBACK, number))
                except OSError:
                    return False
    return True


_given: deque[int] = deque(maxlen=40)
"""Ports whose owners may not have bound them yet."""


def free_port(candidates: range = PEER_PORTS, count: int = 2) -> int:
    """An even port of this worker's share of ``candidates`` that is free now for UDP and TCP, as are the ``count - 1``
    after it; none of them was given lately.

    Raises:
        OSError: all are taken.
    """
    share = candidates[len(candidates) * _WORKER // _WORKERS : len(candidates) * (_WORKER + 1) // _WORKERS]
    for port in random.sample(share, len(share)):
        wanted = range(port, port + count, 2)
        if port + count <= share.stop and not any(one in _given for one in wanted) and is_free(port, count):
            _given.extend(wanted)
            return port
    raise OSError(f"no free port in {share.start}-{share.stop - 1}")
