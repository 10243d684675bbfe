"""Kamailio as a PBX that tells who is in a call: it is subscribed to, and what it tells is published to it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Self

from tests.peers import processes
from tests.peers.kamailio import started
from tests.peers.ports import LOOPBACK, free_port
from tests.peers.raw_sip import RawSip

TABLES = Path("/usr/share/kamailio/dbtext/kamailio")
TYPES = {"dialog": "application/dialog-info+xml", "presence": "application/pidf+xml"}
CONFIGURATION = """
debug=2
log_stderror=yes
children=1
tcp_children=1
disable_sctp=yes
auto_aliases=no
listen=udp:{host}:{port}
listen=tcp:{host}:{port}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib/kamailio/modules/"
loadmodule "db_text.so"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "auth.so"
loadmodule "presence.so"
loadmodule "presence_xml.so"
loadmodule "presence_dialoginfo.so"
modparam("presence|presence_xml", "db_url", "text://{folder}/tables")
modparam("presence", "subs_db_mode", 0)
modparam("presence", "db_update_period", 0)
modparam("presence", "clean_period", 0)
modparam("presence", "server_address", "sip:{host}:{port}")
modparam("presence_xml", "force_active", 1)

request_route {{
    if (is_method("PUBLISH")) {{
        handle_publish();
        exit;
    }}
    if (is_method("SUBSCRIBE")) {{
        if (!pv_www_authenticate("{host}", "{password}", "0")) {{
            www_challenge("{host}", "1");
            exit;
        }}
        handle_subscribe();
        exit;
    }}
    sl_send_reply("405", "Method Not Allowed");
}}
"""


class KamailioPresence:
    """Ready when the constructor returns. Everybody has the same password."""

    def __init__(self, password: str) -> None:
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="kamailio-presence-"))
        shutil.copytree(TABLES, self._folder / "tables")
        configuration = self._folder / "kamailio.cfg"
        configuration.write_text(
            CONFIGURATION.format(host=LOOPBACK, port=self.port, password=password, folder=self._folder)
        )
        self._process = started(self._folder, self.port)
        self._publisher = RawSip((LOOPBACK, self.port))
        self._tags: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def uri(self, user: str) -> str:
        return f"sip:{user}@{LOOPBACK}:{self.port}"

    def publish(self, user: str, package: str, document: str) -> None:
        """Let it know something of a user, in place of what it knew of this package before (RFC 3903)."""
        known = self._tags.get((user, package))
        fields = [("Event", package), ("Expires", "60"), ("Content-Type", TYPES[package])]
        fields += [("SIP-If-Match", known)] if known else []
        target = self.uri(user)
        document = document.replace("sip:maria@pbx", target)
        self._publisher.send(self._publisher.request("PUBLISH", target, {"To": f"<{target}>"}, fields, document))
        answer = self._publisher.answers()[-1]
        assert answer.code == 200, answer
        self._tags[user, package] = answer.get("SIP-ETag")

    def close(self) -> None:
        self._publisher.__exit__()
        processes.stop(self._process)
