"""``phoneetiquette calls``: from journal and database to the terminal, with its exit status."""

from __future__ import annotations

import csv
import json
import re
import time
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from phoneetiquette import events as ev
from phoneetiquette.cli import main
from phoneetiquette.etiquette.score_card import RULES
from phoneetiquette.records.entry import Entry, line_of
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.store import database_url, existing_store, open_store
from phoneetiquette.records.store.catch_up import catch_up

IDS = {"monday": "aa01", "tuesday": "aa02", "outgoing": "bb03", "open": "cc04"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two calls in journal and database, one more in the journal only, one going on."""
    place = tmp_path_factory.mktemp("seat")
    journal = place / "journal"
    journal.mkdir()
    monday = datetime(2026, 3, 2, 9, 0).astimezone()
    in_both = [*incoming(IDS["monday"], monday), *incoming(IDS["tuesday"], monday + timedelta(days=1))]
    later = monday + timedelta(days=2)
    only_here = [*outgoing(IDS["outgoing"], later), *incoming(IDS["open"], later + timedelta(hours=1))[:3]]
    file = journal / "desk-000000000001.jsonl"
    entries = [Entry(n, wall, "boot", event) for n, (wall, event) in enumerate([*in_both, *only_here], start=1)]
    file.write_bytes(b"".join(map(line_of, entries[: len(in_both)])))
    store = open_store(database_url(place))

    class There:
        directory, seat = journal, "desk"

    assert catch_up(There, store) == 2
    store.close()
    file.write_bytes(b"".join(map(line_of, entries)))
    return place


def incoming(call: str, arrived: datetime) -> list[tuple[datetime, ev.Event]]:
    def at(seconds: float) -> int:
        return round(seconds * 1e9)

    events: list[ev.Event] = [
        ev.CallArrived(
            at_ns=0,
            call=call,
            caller="sip:+43@pbx",
            caller_name="=Eva",
            called="sip:d@s",
            peer="",
            sip_call_id="",
        ),
        ev.AlertingStarted(at_ns=at(0.01), call=call, ringback="remote"),
        ev.RingPlanned(
            at_ns=at(0.01), call=call, country="AT", cadence_ms=(1000, 5000), opens_ns=at(7.01), closes_ns=at(13.01)
        ),
        ev.AgentLifted(at_ns=at(3), call=call),
        ev.CallArmed(at_ns=at(3), call=call, connects_ns=at(7.01)),
        ev.CallAnswered(at_ns=at(7.01), call=call),
        ev.PickupJudged(
            at_ns=at(7.01), call=call, verdict="on_time", ring=3, after_open_ms=0.2, before_close_ms=5999.8
        ),
        ev.MediaStarted(at_ns=at(7.02), call=call, codec="PCMA", rate_hz=8000, encrypted=False),
        ev.SpeechSegmentEnded(at_ns=at(9), call=call, party="agent", start_s=0.5, end_s=1.9),
        ev.CallEnded(at_ns=at(20), call=call, by="customer", code=200, reason=""),
        ev.CallClosed(at_ns=at(20), call=call),
    ]
    return [(arrived + timedelta(microseconds=event.at_ns // 1000), event) for event in events]


def outgoing(call: str, dialled: datetime) -> list[tuple[datetime, ev.Event]]:
    return [
        (dialled, ev.AgentDialled(at_ns=0, call=call, target="201")),
        (dialled, ev.CallDialled(at_ns=0, call=call, target="sip:201@pbx")),
        (dialled, ev.CallEnded(at_ns=9, call=call, by="peer", code=486, reason="Busy Here")),
        (dialled, ev.CallClosed(at_ns=9, call=call)),
    ]


def calls(place: Path, *words: str) -> int:
    return main(["calls", *words, "--directory", str(place)])


def listed(place: Path, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert calls(place, *words, "--json") == 0
    return [record["call"] for record in json.loads(capsys.readouterr().out)]


def test_the_list_has_what_is_stored_what_is_not_yet_and_what_goes_on(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert calls(place) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["call", "cc04", "bb03", "aa02", "aa01"]
    assert lines[1].endswith("going on")
    assert "peer 486" in lines[2]
    assert "on time" in lines[3]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["list"], "open outgoing tuesday monday"),
        (["--limit", "2"], "open outgoing"),
        (["list", "--limit", "2"], "open outgoing"),
        (["--direction", "out"], "outgoing"),
        (["--verdict", "on_time"], "tuesday monday"),
        (["--verdict", "on_time", "--limit", "1"], "tuesday"),
        (["--verdict", "late"], ""),
        (["--from", "2026-03-03"], "open outgoing tuesday"),
        (["--to", "2026-03-03"], "tuesday monday"),
        (["--from", "2026-03-03", "--to", "2026-03-03"], "tuesday"),
        (["--from", "2026-03-04T09:30"], "open"),
        (["--to", "2026-03-02T09:00"], ""),
        (["--to", "2026-03-02T09:01"], "monday"),
    ],
)
def test_the_list_can_be_narrowed(
    place: Path, capsys: pytest.CaptureFixture[str], words: list[str], found: str
) -> None:
    assert listed(place, capsys, *words) == [IDS[name] for name in found.split()]


def test_an_empty_list_says_so(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calls(place, "--verdict", "late") == 0
    assert capsys.readouterr().out == f"no calls that fit in {place}\n"


def test_csv_to_a_file_and_to_standard_output(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calls(place, "--csv", str(tmp_path / "calls.csv"), "--bom") == 0
    assert calls(place, "--csv", "-") == 0
    written = (tmp_path / "calls.csv").read_bytes().decode("utf-8")
    assert written.startswith("\ufeffcall,seat,direction")
    rows = list(csv.DictReader(written.removeprefix("\ufeff").splitlines()))
    assert [row["call"] for row in rows] == ["cc04", "bb03", "aa02", "aa01"]
    assert rows[-1]["caller_name"] == "'=Eva"
    assert list(csv.DictReader(capsys.readouterr().out.splitlines())) == rows
    parts = [rows[-1][f"rules_{result}"].split() for result in ("met", "missed", "not_measured")]
    assert "pickup.by_third_ring" in parts[0]
    assert "talk.calm" in parts[2]
    assert sorted(rule for part in parts for rule in part) == sorted(RULES)
    assert 0 <= float(rows[-1]["score"]) <= 1


@pytest.mark.parametrize("action", [["show"], []])
def test_a_call_is_shown_by_the_beginning_of_its_id(
    place: Path, capsys: pytest.CaptureFixture[str], action: list[str]
) -> None:
    if not action:
        assert main(["calls", "--directory", str(place), "show", "aa01"]) == 0
    else:
        assert main(["calls", "show", "--directory", str(place), "aa01"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Call aa01 from =Eva <sip:+43@pbx> to <sip:d@s>\n")
    assert "On time, ring 3: 0 ms after the window opened, 6000 ms before it closed" in out
    assert "     3.000  lifted early: waits for the window" in out
    assert re.search(
        r"^Score card: \d+ of \d+ measured rules met, \d+% by weight; \d+ not measured$", out, re.MULTILINE
    )
    assert "  met     pickup.not_before_second_ring\n" in out


@pytest.mark.parametrize(("start", "call"), [("bb", "bb03"), ("cc", "cc04"), ("aa02", "aa02")])
def test_a_beginning_is_looked_up_in_database_and_journal(
    place: Path, capsys: pytest.CaptureFixture[str], start: str, call: str
) -> None:
    assert calls(place, "show", start, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["call"] == call
    assert [rule["rule"] for rule in shown["score_card"]["rules"]] == list(RULES)


def test_an_unknown_call_is_a_negative_answer(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calls(place, "show", "zz") == 1
    assert "no call begins with 'zz'" in capsys.readouterr().err


def test_an_ambiguous_beginning_is_bad_input(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calls(place, "show", "aa") == 2
    assert "several calls begin with 'aa': aa01, aa02" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["call.svg", "call.png"])
def test_a_call_is_drawn(place: Path, tmp_path: Path, name: str) -> None:
    picture = tmp_path / name
    assert calls(place, "show", "aa01", "--picture", str(picture)) == 0
    if name.endswith("svg"):
        text = "".join(ET.fromstring(picture.read_text()).itertext())  # noqa: S314 - our own file
        assert "pickup window" in text
        assert "lifted early, waits" in text
    else:
        assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["show", "aa01", "--picture", "call.gif"], "cannot be drawn as .gif (use .svg or .png)"),
        (["show", "aa01", "--picture", "/none/call.svg"], "/none/call.svg: No such file or directory"),
        (["--csv", "/none/calls.csv"], "/none/calls.csv: No such file or directory"),
    ],
)
def test_files_that_cannot_be_written_are_bad_input(
    place: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert calls(place, *words) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--from", "yesterday"],
        ["--to", "2026-13-01"],
        ["--limit", "0"],
        ["--limit", "many"],
        ["--verdict", "good"],
        ["--direction", "up"],
        ["--json", "--csv", "-"],
        ["show"],
        ["list", "aa01"],
        ["--picture", "x.svg"],
    ],
)
def test_words_that_mean_nothing_are_bad_input(place: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        calls(place, *words)
    assert ended.value.code == 2


def test_a_directory_that_is_not_there_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calls(tmp_path / "none") == 2
    assert "none: no such directory" in capsys.readouterr().err


def test_the_place_comes_from_the_configuration(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "phoneetiquette.yaml"
    file.write_text(f"records:\n  directory: {place}\n")
    assert main(["calls", "--config", str(file), "--limit", "1", "--json"]) == 0
    assert [record["call"] for record in json.loads(capsys.readouterr().out)] == ["cc04"]
    file.write_text("recrods: {}\n")
    assert main(["calls", "--config", str(file)]) == 2
    assert "recrods" in capsys.readouterr().err


def test_calls_are_judged_by_the_configuration(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "phoneetiquette.yaml"
    file.write_text(f"records:\n  directory: {place}\nscore_card:\n  weights:\n    pickup: {{by_third_ring: 2.5}}\n")
    assert main(["calls", "show", "aa01", "--config", str(file)]) == 0
    assert "  met     pickup.by_third_ring (weight 2.5)\n" in capsys.readouterr().out


def test_a_seat_that_never_ran_has_no_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert main(["calls"]) == 0
    assert capsys.readouterr().out == f"no calls in {tmp_path}/phoneetiquette/desk\n"
    assert list(tmp_path.iterdir()) == []


def test_without_a_readable_database_the_journal_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Journal.open(tmp_path / "journal", "desk") as journal:
        for _, event in outgoing("x1", datetime(2026, 3, 2).astimezone()):
            journal.append(event)
    (tmp_path / "records.sqlite").write_text("not a database " * 100)
    assert calls(tmp_path, "--json") == 0
    out, err = capsys.readouterr()
    assert [record["call"] for record in json.loads(out)] == ["x1"]
    assert "file is not a database" in err
    assert "reading the journal instead" in err


def test_reading_changes_nothing(place: Path) -> None:
    before = {file: file.stat().st_size for file in place.rglob("*") if file.suffix in (".sqlite", ".jsonl")}
    assert calls(place) == 0
    after = {file: file.stat().st_size for file in place.rglob("*") if file.suffix in (".sqlite", ".jsonl")}
    assert after == before


def test_a_database_without_tables_is_no_store_yet(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").touch()
    assert existing_store(database_url(tmp_path)) is None


def test_damage_in_the_journal_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Journal.open(tmp_path / "journal", "desk") as journal:
        journal.append(ev.PresenceChanged(at_ns=time.monotonic_ns(), presence="absent"))
    (file,) = (tmp_path / "journal").glob("*.jsonl")
    file.write_bytes(b"rubbish\n" + file.read_bytes())
    assert calls(tmp_path) == 0
    assert ":1:1: warning: not a journal entry" in capsys.readouterr().err
