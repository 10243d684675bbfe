"""A PostgreSQL server of the tests' own: Debian's, on a loopback port, with a cluster that is made for it."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.peers import processes
from tests.peers.ports import LOOPBACK, free_port
from tests.peers.sip_call import PeerTimeoutError

OWNER = "phoneetiquette"
PASSWORD = "p@ss/w%rd: long"
_ACCESS = f"""
host needs_password {OWNER} {LOOPBACK}/32 scram-sha-256
host all {OWNER} {LOOPBACK}/32 trust
local all {OWNER} trust
"""
_numbers = itertools.count(1)


class PostgreSql:
    """Ready when the constructor returns. Nobody needs a password, but for the database ``needs_password``."""

    def __init__(self) -> None:
        self._programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        # It refuses to run as root.
        self._account = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        self.folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
        self.port = free_port()
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run(
            *("initdb", "--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C.UTF-8"),
            *(f"--username={OWNER}", f"--pwfile={secret}", "-D", str(self._data)),
        )
        (self._data / "pg_hba.conf").write_text(_ACCESS)
        self.start()
        self.create("needs_password")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str) -> str:
        return f"postgresql://{OWNER}@{LOOPBACK}:{self.port}/{database}"

    def create(self, name: str = "", *, options: str = "") -> str:
        """A new database; its address. Without a name it gets one that none had before."""
        name = name or f"records{next(_numbers)}"
        self.sql(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def sql(self, text: str, database: str = "postgres") -> str:
        """What the server says to it, without headings."""
        return self._run("psql", "-qtA", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-p", str(self.port),
                         "-U", OWNER, "-d", database, "-c", text)  # fmt: skip

    def start(self) -> None:
        """Raises :class:`PeerTimeoutError` when it does not get ready."""
        command = [
            *(str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self.port)),
            *("-h", LOOPBACK, "-k", str(self.folder), "-F", "-c", "shared_buffers=16MB"),
        ]
        self._process = processes.start(command, self.folder / "log", account=self._account)
        ready = ["pg_isready", "-q", "-h", LOOPBACK, "-p", str(self.port)]
        deadline = time.monotonic() + 30
        while subprocess.run([self._programs / ready[0], *ready[1:]]).returncode != 0:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise PeerTimeoutError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it, whoever is connected."""
        processes.stop(self._process, first=signal.SIGINT, grace_s=20)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def _run(self, program: str, *words: str) -> str:
        done = subprocess.run(
            [self._programs / program, *words],
            **processes.identity(self._account),
            env={**os.environ, "HOME": str(self.folder), "PGTZ": "UTC"},
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return str(done.stdout).strip()
