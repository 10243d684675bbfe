"""``analyze`` from the outside: what it prints, writes and draws, and what it says of files it cannot measure."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from phoneetiquette.audio.integrated_loudness import IntegratedLoudness
from phoneetiquette.cli import main
from phoneetiquette.demo.conversation import RATE_HZ, guest_track, receptionist_track
from phoneetiquette.etiquette.score_card import RULES
from phoneetiquette.reports.columns import COLUMNS
from phoneetiquette.speech import CallMeasurement

PROGRAM = [sys.executable, "-m", "phoneetiquette", "analyze"]


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The conversation of the demonstration as a recording, the receptionist on the left."""
    path = tmp_path_factory.mktemp("call") / "call.flac"
    soundfile.write(path, np.stack([receptionist_track(), guest_track()], axis=1), RATE_HZ)
    return path


def analyze(*words: object, code: int = 0) -> str:
    """What it prints; standard error is empty exactly when it says that all is well."""
    done = subprocess.run([*PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, bool(done.stderr)) == (code, code != 0), done.stderr
    return done.stdout + done.stderr


def test_json_is_one_object_a_recording_and_the_live_measures(call: Path) -> None:
    (line,) = analyze("--json", call).splitlines()
    report = json.loads(line)
    live = CallMeasurement(RATE_HZ)
    for start in range(0, len(guest_track()), 320):
        piece = slice(start, start + 320)
        live.feed(receptionist_track()[piece], guest_track()[piece])
    live.finish()
    measures = live.measures(final=True)
    assert report["file"] == str(call)
    assert report["interruptions"] == measures["interruptions"]
    for party in ("agent", "customer"):
        assert report["parties"][party]["talk_s"] == measures["parties"][party]["talk_s"]
        assert report["parties"][party]["segments"]
    assert report["duration_s"] == measures["duration_s"]


CONTRACT: dict[str, Any] = {
    "": "file definitions rate_hz duration_s reliable unreliable_because parties interruptions overlap_s silence_s "
    "silences longest_silence_s opening length_band score_card",
    "opening": "complete greeting_delay_s first_turn_s agent_talk_share interruptions silence_s pitch loudness_dbfs "
    "pace_syll_per_s",
    "parties.agent": "talk_s talk_share segments turns longest_monologue_s interruptions encouragements "
    "response_gap_s pitch loudness_dbfs loudness_lufs pace_syll_per_s",
    "parties.customer": "talk_s talk_share segments turns longest_monologue_s interruptions encouragements "
    "response_gap_s pitch loudness_dbfs loudness_lufs pace_syll_per_s",
    "parties.agent.response_gap_s": "median p90",
    "parties.agent.pitch": "median_hz range_st sd_st",
    "score_card": "total rules",
    "score_card.total": "share met missed not_measured",
}


@pytest.mark.parametrize("place", CONTRACT)
def test_json_has_every_key_of_its_documentation(call: Path, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", "--json", str(call)]) == 0
    found = json.loads(capsys.readouterr().out)
    for name in filter(None, place.split(".")):
        found = found[name]
    assert set(CONTRACT[place].split()) <= set(found)


def test_the_agent_may_be_on_the_right(call: Path, tmp_path: Path) -> None:
    sound, rate = soundfile.read(call, dtype="int16")
    soundfile.write(tmp_path / "call.flac", sound[:, ::-1], rate)
    left = json.loads(analyze("--json", call))
    right = json.loads(analyze("--json", "--agent-channel", "right", tmp_path / "call.flac"))
    assert left | {"file": ""} == right | {"file": ""}


@pytest.mark.parametrize("rate_hz", [8000, 44100, 48000])
def test_the_rate_of_a_recording_does_not_change_what_happened(call: Path, tmp_path: Path, rate_hz: int) -> None:
    import soxr

    sound, rate = soundfile.read(call, dtype="int16")
    soundfile.write(tmp_path / "call.wav", soxr.resample(sound, rate, rate_hz), rate_hz)
    one, other = (json.loads(analyze("--json", path)) for path in (call, tmp_path / "call.wav"))
    assert len(one["interruptions"]) == len(other["interruptions"]) == 1
    assert one["interruptions"][0]["start_s"] == pytest.approx(other["interruptions"][0]["start_s"], abs=0.15)
    for party in ("agent", "customer"):
        talk = [report["parties"][party]["talk_s"] for report in (one, other)]
        assert talk[0] == pytest.approx(talk[1], rel=0.05)


def test_the_table_is_for_people(call: Path) -> None:
    heading, line, note, nothing, total, *card = analyze(call).splitlines()
    assert heading.split()[:3] == ["recording", "length", "talk"]
    assert line.split()[:2] == [str(call), "0:29"]
    assert "1 / 0" in line
    assert "talk.do_not_interrupt" in line
    assert note.startswith("Pairs are agent / customer")
    assert nothing == ""
    assert total.startswith("Score card: ")
    assert "  missed  talk.do_not_interrupt" in card


def test_the_table_of_several_has_a_line_for_each(call: Path, tmp_path: Path) -> None:
    (tmp_path / "other.flac").write_bytes(call.read_bytes())
    assert len(analyze(call, tmp_path / "other.flac").splitlines()) == 4


def test_what_a_recording_does_not_tell_is_not_judged(call: Path) -> None:
    card = json.loads(analyze("--json", call))["score_card"]
    results = {one["rule"]: one for one in card["rules"]}
    assert list(results) == list(RULES)
    missed = results["talk.do_not_interrupt"]
    assert missed["result"] == "missed"
    ((start_s, end_s),) = missed["evidence"][0]["times_s"]
    assert 0 < start_s < end_s < 30
    for rule in ("pickup.by_third_ring", "stages.four", "competence.transfer", "record.every_contact"):
        assert results[rule]["result"] == "not_measured"
        assert results[rule]["because"] == "a recording does not tell"
    assert sum(card["total"][name] for name in ("met", "missed", "not_measured")) == len(RULES)


def test_loudness_of_each_channel(call: Path, tmp_path: Path) -> None:
    sound, rate = soundfile.read(call, dtype="int16")
    sound[:, 1] = 0
    soundfile.write(tmp_path / "half.wav", sound, rate)
    meter = IntegratedLoudness(RATE_HZ)
    meter.feed(receptionist_track())
    parties = json.loads(analyze("--json", tmp_path / "half.wav"))["parties"]
    assert (parties["agent"]["loudness_lufs"], parties["customer"]["loudness_lufs"]) == (meter.lufs(), None)


def test_csv_names_each_vendors_columns(call: Path, tmp_path: Path) -> None:
    assert analyze("--csv", tmp_path / "out.csv", call) == ""
    (row,) = csv.DictReader((tmp_path / "out.csv").open(newline="", encoding="utf-8"))
    report = json.loads(analyze("--json", call))
    assert list(row) == [column.name for column in COLUMNS]
    talk, length = report["parties"]["customer"]["talk_s"], report["duration_s"]
    assert float(row["amazon.TotalConversationDurationMillis"]) == length * 1000
    assert float(row["amazon.TalkTime.DetailsByParticipant.CUSTOMER.TotalTimeMillis"]) == round(talk * 1000)
    assert float(row["amazon.PERCENT_TALK_TIME_CUSTOMER"]) == pytest.approx(100 * talk / length, abs=0.01)
    assert row["amazon.Interruptions.InterruptionsByInterrupter.AGENT"] == "1"
    assert float(row["google.clientSpeakingPercentage"]) == pytest.approx(100 * talk / length, abs=0.01)
    assert float(row["nice.Duration Time"]) == length
    assert float(row["agent_loudness_lufs"]) == report["parties"]["agent"]["loudness_lufs"]
    assert float(row["score"]) == report["score_card"]["total"]["share"]
    assert "talk.do_not_interrupt" in row["rules_missed"].split()


def test_a_name_that_a_spreadsheet_would_run_is_defused(call: Path, tmp_path: Path) -> None:
    path = tmp_path / "=HYPERLINK(1).flac"
    path.symlink_to(call)
    done = subprocess.run([*PROGRAM, "--csv", "-", path.name], cwd=tmp_path, capture_output=True, text=True, check=True)
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert row["file"] == "'=HYPERLINK(1).flac"


def test_a_name_that_is_no_text_is_shown_safely(call: Path, tmp_path: Path) -> None:
    strange = os.path.join(os.fsencode(tmp_path), b"\xff\x1b[31m.flac")
    os.symlink(call, strange)
    for form in ([], ["--json"], ["--csv", "-"]):
        done = subprocess.run([*PROGRAM, *form, tmp_path], capture_output=True, check=True)
        assert b"\x1b" not in done.stdout
        assert b"\xff" not in done.stdout


def test_folders_and_patterns_and_the_same_file_twice(call: Path, tmp_path: Path) -> None:
    for place in ("a/one.flac", "a/deep/two.FLAC", "b/three.flac", "a/.hidden.flac"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(call.read_bytes())
    (tmp_path / "a/notes.txt").write_text("no recording, and nobody's fault")
    (tmp_path / "a/loop").symlink_to(tmp_path)
    words = [tmp_path / "a", tmp_path / "*" / "*.flac", tmp_path / "a/one.flac"]
    found = [Path(json.loads(line)["file"]).name for line in analyze("--json", *words).splitlines()]
    assert found == ["one.flac", "two.FLAC", "three.flac"]


def test_a_pattern_character_in_a_name_is_a_character(call: Path, tmp_path: Path) -> None:
    (tmp_path / "call[1].flac").write_bytes(call.read_bytes())
    assert json.loads(analyze("--json", tmp_path / "call[1].flac"))["duration_s"] > 29


def test_the_rest_of_a_batch_goes_on(call: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.wav").write_text("not sound")
    soundfile.write(tmp_path / "mono.wav", guest_track(), RATE_HZ)
    words = [tmp_path / name for name in ("empty", "text.wav", "gone.wav", "mono.wav", "x*.wav")]
    done = subprocess.run(
        [*PROGRAM, "--json", "--jobs", "2", *words, call], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["file"] == str(call)
    lines = done.stderr.splitlines()
    assert len(lines) == len(words)
    for word in words:
        (line,) = (line for line in lines if line.startswith(f"{word}: "))
        assert line.endswith(")")


def test_order_is_that_of_the_command_line_whoever_is_done_first(call: Path, tmp_path: Path) -> None:
    sound, rate = soundfile.read(call, dtype="int16")
    names = [f"{number}.wav" for number in range(6)]
    for name, times in zip(names, (6, 1, 4, 1, 1, 2), strict=True):
        soundfile.write(tmp_path / name, np.tile(sound, (times, 1)), rate)
    words = [tmp_path / name for name in names]
    assert [Path(json.loads(one)["file"]).name for one in analyze("--json", "--jobs", 3, *words).splitlines()] == names
    assert analyze("--json", "--jobs", 1, *words) == analyze("--json", "--jobs", 3, *words)


@pytest.mark.parametrize(
    "words", [[], ["--jobs", "0", "a.wav"], ["--jobs", "two", "a.wav"], ["--json", "--csv", "x", "a.wav"]]
)
def test_a_wrong_command_line_is_bad_input(words: list[str]) -> None:
    assert "usage: phoneetiquette analyze" in analyze(*words, code=2)


@pytest.mark.parametrize("option", ["--csv", "--plots"])
def test_a_place_that_cannot_be_written_is_bad_input(call: Path, tmp_path: Path, option: str) -> None:
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "below"
    assert analyze(option, place, call, code=2).startswith(f"{place}: Not a directory (name a ")


def test_a_recording_is_never_overwritten(call: Path) -> None:
    before = call.read_bytes()
    assert "is one of the recordings" in analyze("--csv", call, call, code=2)
    assert call.read_bytes() == before


def test_plots_are_named_after_their_recordings(call: Path, tmp_path: Path) -> None:
    for place in ("in/a.flac", "in/x/a.flac", "in/a.wav"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(call.read_bytes())
    analyze("--plots", tmp_path / "out", tmp_path / "in")
    drawn = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*"))
    assert drawn == ["a-2.png", "a-2.svg", "a.png", "a.svg", "x/a.png", "x/a.svg"]


def test_a_picture_that_cannot_be_kept_does_not_cost_the_measures(call: Path, tmp_path: Path) -> None:
    (tmp_path / "call.svg").mkdir()
    done = subprocess.run([*PROGRAM, "--json", "--plots", tmp_path, call], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["file"] == str(call)
    assert done.stderr == f"{tmp_path / 'call.svg'}: Is a directory (name a file that can be written)\n"


def test_an_interrupt_ends_everything_quietly(call: Path, tmp_path: Path) -> None:
    sound, rate = soundfile.read(call, dtype="int16")
    soundfile.write(tmp_path / "long.wav", np.tile(sound, (120, 1)), rate)
    program = subprocess.Popen(
        [*PROGRAM, "--json", "--jobs", "2", call, tmp_path / "long.wav"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # tests run in the background ignore it
    )
    assert program.stdout is not None
    first = program.stdout.readline()
    os.killpg(program.pid, signal.SIGINT)  # as a terminal does: to the program and to its processes
    rest, complaints = program.communicate(timeout=60)
    assert json.loads(first)["file"] == str(call)
    assert (program.returncode, rest, complaints) == (130, "", "")
    with pytest.raises(ProcessLookupError):
        wait_until_gone(program.pid)


def wait_until_gone(group: int) -> None:
    """Raises ProcessLookupError when no process of the group is left."""
    for _ in range(100):
        os.killpg(group, 0)
        time.sleep(0.05)


def test_a_recording_that_kills_its_reader_costs_only_itself(call: Path, tmp_path: Path) -> None:
    """The reader is killed from outside, as the kernel does when memory runs out."""
    sound, rate = soundfile.read(call, dtype="int16")
    soundfile.write(tmp_path / "long.wav", np.tile(sound, (120, 1)), rate)
    program = subprocess.Popen(
        [
            *PROGRAM,
            "--json",
            "--jobs",
            "1",
            call,
            tmp_path / "long.wav",
            call.parent / "call.flac",
            tmp_path / "z.flac",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    (tmp_path / "z.flac").write_bytes(call.read_bytes())
    assert program.stdout is not None
    program.stdout.readline()
    (worker,) = (pid for pid in children(program.pid) if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text())
    os.kill(worker, signal.SIGKILL)
    rest, complaints = program.communicate(timeout=30)
    assert complaints.startswith(f"{tmp_path / 'long.wav'}: the process that read it was ended by signal 9 (SIGKILL) (")
    assert json.loads(rest)["file"] == str(tmp_path / "z.flac")
    assert program.returncode == 1


@pytest.mark.parametrize("form", [["--json"], ["--csv", "-"], []])
def test_a_terminal_shows_how_far_it_is_and_output_goes_where_it_belongs(call: Path, form: list[str]) -> None:
    ours, theirs = pty.openpty()
    program = subprocess.Popen([*PROGRAM, *form, call], stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    printed, _ = program.communicate(timeout=30)
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal says that it has ended
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    assert program.returncode == 0
    assert b"1 of 1 recordings" in shown
    assert str(call).encode() in printed
    assert str(call).encode() not in shown
    assert b"\x1b" not in printed


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_it_needs_neither_sip_nor_a_sound_card(call: Path) -> None:
    program = (
        "import sys\n"
        "for name in ('pjsua2', 'sounddevice', '_sounddevice'): sys.modules[name] = None\n"
        "from pathlib import Path\n"
        "from phoneetiquette.analysis.job import Job, work\n"
        "import phoneetiquette.cli.analyze\n"
        "print('numpy' in sys.modules)\n"
        "from phoneetiquette.reports.call_picture import save\n"
        f"print(work(Job(Path({str(call)!r})), lambda share: None).report['duration_s'])\n"
        "heavy = {'matplotlib', 'sqlalchemy', 'fastapi', 'asyncio'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["False", "29.5", "[]"]
