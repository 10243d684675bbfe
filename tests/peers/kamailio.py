"""Kamailio as the PBX's registrar: digest, over UDP, TCP and TLS, on loopback."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.peers import processes
from tests.peers.ports import LOOPBACK, free_port, is_free
from tests.peers.sip_call import PeerTimeoutError

CONFIGURATION = """
debug=2
log_stderror=yes
fork=yes
children=1
tcp_children=1
disable_sctp=yes
auto_aliases=no
enable_tls={tls}
listen=udp:{host}:{port}
listen=tcp:{host}:{port}
{listen_tls}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib/kamailio/modules/"
{load_tls}
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "min_expires", 10)

request_route {{
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("{host}", "{password}", "0")) {{
            www_challenge("{host}", "1");
            exit;
        }}
        save("location");
        exit;
    }}
    if (has_totag()) {{
        loose_route();
        t_relay();
        exit;
    }}
    record_route();
    if (!lookup("location")) {{
        sl_send_reply("404", "Not Found");
        exit;
    }}
    t_relay();
}}
"""
TLS = """
loadmodule "tls.so"
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "{certificate}")
modparam("tls", "private_key", "{key}")
"""


def started(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Kamailio with ``folder/kamailio.cfg``, once it has its port.

    Raises:
        PeerTimeoutError: it ended, or does not take the port.
    """
    command = ["kamailio", "-DD", "-E", "-m", "16", "-M", "4", "-Y", str(folder), "-f", str(folder / "kamailio.cfg")]
    process = processes.start(command, folder / "log")
    deadline = time.monotonic() + 10
    while is_free(port):
        if process.poll() is not None or time.monotonic() > deadline:
            processes.stop(process)
            raise PeerTimeoutError(f"Kamailio did not start:\n{(folder / 'log').read_text(errors='replace')}")
        time.sleep(0.02)
    return process


class Kamailio:
    """One Kamailio that knows every user by the same password; ready when the constructor returns."""

    def __init__(self, password: str, certificate: tuple[Path, Path] | None = None) -> None:
        """``certificate``: certificate and key; with them it takes TLS too, one port higher."""
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="kamailio-"))
        load = listen = ""
        if certificate:
            load = TLS.format(certificate=certificate[0], key=certificate[1])
            listen = f"listen=tls:{LOOPBACK}:{self.port + 1}"
        configuration = self.folder / "kamailio.cfg"
        configuration.write_text(
            CONFIGURATION.format(
                host=LOOPBACK,
                port=self.port,
                tls="yes" if certificate else "no",
                listen_tls=listen,
                load_tls=load,
                password=password,
            )
        )
        self._process = started(self.folder, self.port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def uri(self, user: str = "", transport: str = "udp") -> str:
        """Itself, or a user there."""
        port = self.port + 1 if transport == "tls" else self.port
        name = f"{user}@" if user else ""
        return f"sip:{name}{LOOPBACK}:{port}"

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def close(self) -> None:
        processes.stop(self._process)
