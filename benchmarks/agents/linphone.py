"""Debian's ``linphone-daemon`` (package ``linphone-cli``) as an agent that answers at once, without registration.

It needs a folder of its own as home, its standard input held open, and RTP ports that no other linphone has: two of
them share a port without a word. It polls every 20 ms, sends no sound without a card, and holds or refuses all calls
but one.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.peers import processes
from tests.peers.ports import LOOPBACK

RTP_PORTS = 16
Section = dict[str, str | int]


def start(folder: Path, port: int, *, card: bool, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start one that takes calls for ``desk`` at this port; with a card it uses the sound server's defaults.

    Raises:
        SystemExit: it is not installed.
    """
    (folder / ".local/share/linphone").mkdir(parents=True)  # without it linphone ends, or hangs
    file = folder / "linphonerc"
    sections = configuration(port, card=card)
    file.write_text("".join(f"[{name}]\n{_lines(section)}" for name, section in sections.items()))
    command = ["linphone-daemon", "--config", str(file), "--disable-stats-events", "--auto-answer"]
    home = {**environment, "HOME": str(folder)}
    try:
        return processes.start(command, folder / "log", environment=home, piped_input=True)
    except FileNotFoundError:
        raise SystemExit("linphone-daemon is not installed: apt-get install linphone-cli") from None


def configuration(port: int, *, card: bool) -> dict[str, Section]:
    """Direct calls on loopback in G.711, no processing of sound, no other transport, nothing remembered."""
    device = "PulseAudio: default"
    sound: Section = {"echocancellation": 0, "agc": 0, "local_ring": "", "remote_ring": ""}
    sound |= {f"{use}_dev_id": device for use in ("playback", "capture", "ringer")} if card else {"files": 1}
    return {
        "sip": {
            "sip_port": port,
            "sip_tcp_port": 0,
            "sip_tls_port": 0,
            "bind_address": LOOPBACK,
            "contact": f"sip:desk@{LOOPBACK}:{port}",
            "guess_hostname": 0,
            "default_proxy": -1,
            "register_only_when_network_is_up": 0,
            "media_encryption": "none",
            "use_ipv6": 0,
        },
        "rtp": {"audio_rtp_port": f"{port + 10}-{port + 10 + RTP_PORTS}"},
        "misc": {"max_calls": 8, "history_max_size": 0},
        "sound": sound,
        "video": {"enabled": 0, "capture": 0, "display": 0},
        "audio_codec_0": {"mime": "PCMA", "rate": 8000, "channels": 1, "enabled": 1},
        "audio_codec_1": {"mime": "PCMU", "rate": 8000, "channels": 1, "enabled": 1},
    }


def _lines(section: Section) -> str:
    return "".join(f"{key}={value}\n" for key, value in section.items())
