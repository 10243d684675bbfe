"""Sound files of the configuration: made ready ahead of time; one that is no sound file costs the seat nothing else."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import soundfile

from phoneetiquette import events as e
from tests.integration.conftest import Phones
from tests.peers.hearing import RATE_HZ, amplitude, tone, wait_heard
from tests.peers.seat import Seat

NOW = "alarm"
MUSIC, PROMPT, NOTES = 1200.0, 1700.0, (523.0, 392.0)


def settings(prompt: Path, music: Path) -> dict[str, dict[str, object]]:
    return {
        "pickup": {
            "country": "JP",
            "emergency_lines": [NOW],
            "deadline": {"action": "message", "prompt": str(prompt)},
        },
        "audio": {"backend": "null", "hold_music": str(music)},
    }


def converted(seat: Seat) -> list[str]:
    cache = seat.folder / "run" / "phoneetiquette" / seat.name / "sounds"
    return sorted(file.name.partition("-")[0] for file in cache.glob("[!.]*.wav"))


def test_prompt_and_hold_music_are_converted_ahead_and_heard(tmp_path: Path, phones: Phones) -> None:
    prompt, music = tmp_path / "prompt.flac", tmp_path / "music.ogg"
    soundfile.write(prompt, tone(PROMPT, 3, 44100), 44100)
    soundfile.write(music, tone(MUSIC, 3, 48000), 48000)
    with Seat(tmp_path, settings(prompt, music)) as seat:
        deadline = time.monotonic() + 10
        while converted(seat).count("prompt") < 2 or "hold" not in converted(seat):
            assert time.monotonic() < deadline, converted(seat)
            time.sleep(0.1)
        caller = phones("caller").call(seat.uri)
        held = phones("held").call(seat.uri_of(NOW))
        seat.wait_state(lambda state: all(call["ring"] for call in state["calls"]) and len(state["calls"]) == 2)
        seat.post("lift", call=seat.wait_call("held")["id"])
        seat.wait_call("held", state="talking")
        seat.post("hold")
        wait_heard(held, MUSIC, among=(MUSIC, *NOTES))
        held.bye()
        caller.wait("answered")
        wait_heard(caller, PROMPT, among=(PROMPT, 1000.0))
        caller.bye()
        seat.wait_idle()
        assert seat.state()["troubles"] == []


def test_files_with_no_sound_in_them_are_told_and_stood_in_for(tmp_path: Path, phones: Phones) -> None:
    prompt, music = tmp_path / "prompt.wav", tmp_path / "music.wav"
    for file in (prompt, music):
        file.write_bytes(b"RIFF\x24\0\0\0WAVE and then nothing that a check of the configuration would see")
    with Seat(tmp_path, settings(prompt, music)) as seat:
        state = seat.wait_state(lambda state: bool(state["troubles"]))
        (trouble,) = state["troubles"]
        assert trouble["key"] == "audio.files"
        assert str(prompt) in trouble["what"]
        assert str(music) in trouble["what"]
        assert "WAV, FLAC" in trouble["advice"]
        caller = phones("caller").call(seat.uri)
        held = phones("held").call(seat.uri_of(NOW))
        seat.wait_state(lambda state: all(call["ring"] for call in state["calls"]) and len(state["calls"]) == 2)
        seat.post("lift", call=seat.wait_call("held")["id"])
        seat.wait_call("held", state="talking")
        seat.post("hold")
        wait_heard(held, NOTES[0], among=(MUSIC, NOTES[0]), timeout_s=8)
        held.bye()
        caller.wait("answered")
        time.sleep(2)
        spoken = caller.rtp.heard()
        assert np.abs(spoken).max() > 1000, "the built-in prompt"
        assert amplitude(spoken[-RATE_HZ:], PROMPT) < 300
        caller.bye()
        seat.wait_idle()
        assert seat.journal(e.RecordingFinished)
        assert seat.journal(e.EngineLost) == []


def test_ringing_of_our_own_whose_file_is_gone_is_made_anew_or_left_to_the_callers_telephone(
    tmp_path: Path, phones: Phones
) -> None:
    with Seat(tmp_path, {"pickup": {"country": "JP", "emergency_lines": [NOW], "ringback": "early_media"}}) as seat:
        cache = seat.folder / "run" / "phoneetiquette" / seat.name / "sounds"
        for file in cache.glob("ringback-*"):
            file.unlink()
        anna = phones("anna").call(seat.uri_of(NOW))
        anna.wait("183")
        wait_heard(anna, 400, among=(400, 1000))
        anna.cancel()
        seat.wait_idle()
        shutil.rmtree(cache)
        cache.write_text("not a directory")
        bert = phones("bert").call(seat.uri_of(NOW))
        bert.wait("180")
        seat.post("lift", call=seat.wait_call("bert")["id"])
        bert.wait("answered")
        bert.bye()
        seat.wait_idle()
        assert not seat.journal(e.EngineLost)
        assert [one.ringback for one in seat.journal(e.AlertingStarted)] == ["early_media", "remote"]
