"""The program under test as a peer of the others: one ``phoneetiquette run`` with a configuration of its own.

Start it from the main thread: it ends with the thread that started it. Everything else may be asked from any thread::

    with Seat(folder, {"pickup": {"country": "JP"}}) as seat:
        call = guest.call(seat.uri)
        seat.wait_call("guest", state="alerting")
        seat.post("lift")
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from phoneetiquette import events as e
from phoneetiquette.records.journal_reader import JournalReader
from tests.peers import processes
from tests.peers.ports import AGENT_PORTS, LOOPBACK, free_port
from tests.peers.sip_call import PeerTimeoutError
from tests.peers.sip_transport import Address

RTP_PORTS = range(17000, 32000, 64)
"""First port of each seat's block, below the ports that the system gives away itself."""
POLL_S = 0.02
LOG_SHOWN = 4000

_numbers = itertools.count(1)
State = dict[str, Any]
AnyEvent = TypeVar("AnyEvent", bound=e.Event)


class SeatRefusedError(AssertionError):
    """The seat does not do what it was asked; ``status`` is that of HTTP."""

    def __init__(self, status: int, answer: State) -> None:
        super().__init__(f"{status}: {answer}")
        self.status, self.error = status, str(answer.get("error", ""))


class Seat:
    """One seat process. Several start side by side when all are made before the first is waited for.

    Args:
        folder: where it keeps everything; made if missing.
        settings: the configuration, laid over one without sound and with free ports.
        environment: laid over that of the test.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._settings = settings or {}
        self.name = f"t{next(_numbers)}"
        self.folder = folder / self.name
        self.folder.mkdir(parents=True)
        self._run = tempfile.mkdtemp(prefix="seat-")  # the path of a socket must be short
        (self.folder / "run").symlink_to(self._run)
        self._environment = {
            **(environment or {}),
            "XDG_RUNTIME_DIR": self._run,
            "PYTHONUNBUFFERED": "1",
        }
        self._http: httpx.Client | None = None
        self._stopping = False
        self._earlier: list[subprocess.Popen[bytes]] = []
        self.port = 0
        self._choose_port()
        self.process = self._start()

    def __enter__(self) -> Self:
        self.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def uri(self) -> str:
        return self.uri_of("desk")

    @property
    def address(self) -> Address:
        return LOOPBACK, self.port

    def uri_of(self, user: str) -> str:
        """Another called user at the same seat."""
        return f"sip:{user}@{LOOPBACK}:{self.port}"

    def _choose_port(self) -> None:
        """One that nobody has now. Another test run may be quicker to take it: see :meth:`wait_ready`."""
        self.port = free_port(AGENT_PORTS)
        first = RTP_PORTS[(self.port - AGENT_PORTS.start) // AGENT_PORTS.step]
        base: dict[str, Any] = {
            "seat": {"name": self.name, "hardware": "none"},  # no test lights the headset of whoever runs it
            "pickup": {"country": "JP"},
            "sip": {
                "port": self.port,
                "rtp_ports": {"first": first, "last": first + RTP_PORTS.step - 1},
                "tls": {"port": self.port + 1},
            },
            "audio": {"backend": "null"},
            "records": {"directory": str(self.folder / "records")},
            "console": {"port": 0},
        }
        for section, values in self._settings.items():
            base[section] = {**base.get(section, {}), **values} if isinstance(values, Mapping) else values
        configuration = self.folder / "seat.yaml"
        configuration.write_text(json.dumps(base))  # which is YAML, too
        configuration.chmod(0o600)  # it may hold a password

    def _start(self) -> subprocess.Popen[bytes]:
        return processes.start(
            [sys.executable, "-m", "phoneetiquette", "run", "--config", str(self.folder / "seat.yaml")],
            self.folder / "log",
            environment=self._environment,
        )

    def kill(self) -> None:
        """End the main process as a fault would, and it alone."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def start_again(self) -> None:
        """The same command once more, after :meth:`kill`."""
        self._earlier.append(self.process)
        self._told.unlink(missing_ok=True)
        self.process = self._start()
        self.wait_ready()

    @property
    def _told(self) -> Path:
        """Where it says how it is reached, once it runs."""
        return self.folder / "run" / "phoneetiquette" / self.name / "seat.json"

    # ------------------------------------------------------------------------------------------------ asking

    def wait_ready(self, timeout_s: float = 20.0) -> None:
        """Blocks until calls can come.

        Raises:
            PeerTimeoutError: it did not start in time.
        """
        deadline = time.monotonic() + timeout_s
        while not self._told.exists():
            ended = self.process.poll() is not None
            if ended and f"{self.port} (" in self.log() and "is taken by another program" in self.log():
                (self.folder / "log").unlink()
                self._choose_port()
                self.process = self._start()
            elif ended or time.monotonic() > deadline:
                self.close()
                raise PeerTimeoutError(f"the seat did not start:\n{self.log()}")
            time.sleep(POLL_S)
        self._http = httpx.Client(base_url=json.loads(self._told.read_text())["url"], timeout=10)
        self.wait_state(lambda state: state["engine"]["state"] == "ready")

    @property
    def http(self) -> httpx.Client:
        """Its API, for what has no method here."""
        assert self._http
        return self._http

    @property
    def url(self) -> str:
        """Where its page is."""
        assert self._http
        return str(self._http.base_url)

    def state(self) -> State:
        """The snapshot."""
        assert self._http
        answer = self._http.get("/api/state")
        answer.raise_for_status()
        state: State = answer.json()
        return state

    def post(self, action: str, **body: Any) -> State:
        """Do as the receptionist does.

        Raises:
            SeatRefusedError: it cannot be had now.
        """
        assert self._http
        answer = self._http.post(f"/api/{action}", json=body)
        said: State = answer.json()
        if answer.status_code != 200:
            raise SeatRefusedError(answer.status_code, said)
        return said

    def dial(self, target: str) -> str:
        """Place a call; its id."""
        return str(self.post("dial", target=target)["call"])

    def hang_up_all(self) -> None:
        """End every call, and wait until none is left."""
        for call in self.state()["calls"]:
            if "hangup" in call["actions"]:
                with contextlib.suppress(SeatRefusedError):  # it has just ended by itself
                    self.post("hangup", call=call["id"])
        self.wait_idle()

    def wait_state(self, done: Callable[[State], bool], timeout_s: float = 10.0) -> State:
        """The first snapshot for which ``done`` holds.

        Raises:
            PeerTimeoutError: there was none in time.
        """
        deadline = time.monotonic() + timeout_s
        while not done(state := self.state()):
            if time.monotonic() > deadline:
                raise PeerTimeoutError(f"the seat did not get there; {_short(state)}\n{self.log()}")
            time.sleep(POLL_S)
        return state

    def wait_call(self, who: str, timeout_s: float = 10.0, **wanted: Any) -> State:
        """The live call whose id or whose other party's number is ``who``, once its snapshot has these values."""

        def fits(call: State) -> bool:
            return (
                who in (call["id"], call["party"]["number"])
                and call["state"] != "ended"
                and (call["state"] != "alerting" or call["ring"])  # the caller hears it: it can be lifted
                and wanted.items() <= call.items()
            )

        state = self.wait_state(lambda state: any(map(fits, state["calls"])), timeout_s)
        found: State = next(filter(fits, state["calls"]))
        return found

    def wait_gone(self, who: str, timeout_s: float = 10.0) -> None:
        """Blocks until no call has this other party."""
        self.wait_state(lambda state: all(call["party"]["number"] != who for call in state["calls"]), timeout_s)

    def wait_idle(self, timeout_s: float = 10.0) -> None:
        """Blocks until no call is left."""
        self.wait_state(lambda state: not state["calls"], timeout_s)

    # ------------------------------------------------------------------------------------------------ afterwards

    def journal(self, kind: type[AnyEvent], **wanted: Any) -> list[AnyEvent]:
        """Events of this kind with these values, as they stand on disk."""
        entries = JournalReader(self.folder / "records" / "journal", self.name).entries()
        return [
            entry.event
            for entry in entries
            if isinstance(entry.event, kind)
            and all(getattr(entry.event, name) == value for name, value in wanted.items())
        ]

    def wait_event(self, kind: type[AnyEvent], timeout_s: float = 10.0, **wanted: Any) -> AnyEvent:
        """The first such event in the journal.

        Raises:
            PeerTimeoutError: there was none in time.
        """
        deadline = time.monotonic() + timeout_s
        while not (found := self.journal(kind, **wanted)):
            if time.monotonic() > deadline:
                raise PeerTimeoutError(f"no {kind.__name__} {wanted} in the journal\n{self.log()}")
            time.sleep(POLL_S)
        return found[0]

    def records(self) -> list[State]:
        """Records of ended calls, newest first."""
        assert self._http
        records: list[State] = self._http.get("/api/calls", params={"limit": 500}).json()
        return records

    def wait_record(self, who: str, timeout_s: float = 10.0) -> State:
        """The newest record of a call with this id, this SIP Call-ID, or this user as caller or called party."""

        def fits(record: State) -> bool:
            users = [record[end].partition(":")[2].partition("@")[0] for end in ("caller", "called")]
            return who in (record["call"], record["sip_call_id"], *users)

        deadline = time.monotonic() + timeout_s
        while (found := next(filter(fits, self.records()), None)) is None:
            if time.monotonic() > deadline:
                raise PeerTimeoutError(f"no record of {who!r}; {_short(self.state())}\n{self.log()}")
            time.sleep(POLL_S)
        return found

    @property
    def page(self) -> str:
        """Where the reception page is."""
        assert self._http
        return str(self._http.base_url)

    @property
    def engine_pid(self) -> int:
        return int(self.state()["engine"]["pid"])

    def descriptors(self) -> int:
        """Files and sockets that the engine has open."""
        return len(os.listdir(f"/proc/{self.engine_pid}/fd"))

    def log(self) -> str:
        """The end of what it said."""
        return (self.folder / "log").read_text(errors="replace")[-LOG_SHOWN:]

    def stop(self) -> None:
        """Ask it to end, as a service manager does; :meth:`close` waits for it."""
        if self.process.poll() is None and not self._stopping:
            self._stopping = True
            os.kill(self.process.pid, signal.SIGTERM)

    def close(self) -> None:
        """End it and see that all was well.

        Raises:
            AssertionError: it did not end well, or had a fault while it ran.
        """
        if self._http:
            self._http.close()
        self.stop()
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            status = -1
        for process in (self.process, *self._earlier):
            processes.stop(process)
        shutil.rmtree(self._run, ignore_errors=True)
        said = (self.folder / "log").read_text(errors="replace")
        assert status == 0, f"the seat ended with {status}:\n{said[-LOG_SHOWN:]}"
        assert "Traceback" not in said, said[said.index("Traceback") - 400 :][:LOG_SHOWN]


def _short(state: State) -> str:
    calls = [(call["party"]["number"], call["state"]) for call in state["calls"]]
    return f"engine {state['engine']['state']}, calls {calls}, troubles {state['troubles']}"
