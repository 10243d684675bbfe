"""Backup and restore: what is in the archive, that damage is found, that nothing is overwritten or lost."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from phoneetiquette.cli import main
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.journal_reader import read
from phoneetiquette.records.store import Query, database_url, open_store
from phoneetiquette.records.store.catch_up import catch_up
from tests.unit.test_records_database import write_call


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a seat keeps: two calls in the store, a third in the journal alone."""
    directory = tmp_path_factory.mktemp("made") / "desk"
    store = open_store(database_url(directory))
    with Journal.open(directory / "journal", "desk") as journal:
        write_call(journal, "a")
        write_call(journal, "b")
        catch_up(journal, store)
        write_call(journal, "c")
    store.close()
    for name in ("messages/a.wav", "outbox/m1.json", "sounds/cache.wav", "phones/aabb.cfg", "by_hand.json"):
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_bytes(b"RIFF" + name.encode())
    (directory / "outbox" / ".new-x").write_text("half")
    return directory


@pytest.fixture
def seat(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "desk")
    return tmp_path / "desk"


@pytest.fixture
def archive(seat: Path, tmp_path: Path) -> Path:
    archive = tmp_path / "desk.tar.gz"
    assert main(["backup", "--directory", str(seat), str(archive)]) == 0
    return archive


def calls_in(directory: Path) -> set[str]:
    store = open_store(database_url(directory))
    try:
        return {record.call for record in store.query(Query())}
    finally:
        store.close()


def test_an_archive_has_what_a_seat_cannot_make_anew(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    assert [name for name in names if not name.startswith("journal/")] == [
        *("records.sqlite", "by_hand.json", "messages/a.wav", "outbox/m1.json", "configuration.yaml", "manifest.json"),
    ]
    assert [name.partition("/")[2] for name in names if name.startswith("journal/")] == ["desk-000000000001.jsonl"]
    assert archive.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in archive.parent.iterdir()) == ["desk", "desk.tar.gz"]


def test_what_was_backed_up_is_a_working_seat_elsewhere(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "new" / "desk"
    assert main(["restore", "--directory", str(there), str(archive)]) == 0
    said = capsys.readouterr().out
    assert "3 entries of seat desk" in said
    assert "2 calls, 0 messages" in said
    assert calls_in(there) == {"a", "b"}
    assert (there / "messages" / "a.wav").read_bytes() == b"RIFFmessages/a.wav"
    with Journal.open(there / "journal", "desk") as journal:
        write_call(journal, "d")
        store = open_store(database_url(there))
        catch_up(journal, store)
        store.close()
    assert calls_in(there) == {"a", "b", "c", "d"}
    assert there.stat().st_mode & 0o777 == 0o700


def test_nothing_is_overwritten_unasked_and_nothing_lost_when_asked(
    archive: Path, seat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (seat / "messages" / "later.wav").write_text("later")
    assert main(["restore", "--directory", str(seat), str(archive)]) == 2
    assert "restore with --force sets them aside" in capsys.readouterr().err
    assert (seat / "messages" / "later.wav").exists()

    assert main(["restore", "--directory", str(seat), str(archive), "--force"]) == 0
    (aside,) = seat.glob("before-restore-*")
    assert (aside / "messages" / "later.wav").read_text() == "later"
    assert calls_in(aside) == {"a", "b"}
    assert not (seat / "messages" / "later.wav").exists()
    assert calls_in(seat) == {"a", "b"}
    assert main(["backup", "--directory", str(seat), str(seat.parent / "again.tar.gz")]) == 0
    with tarfile.open(seat.parent / "again.tar.gz") as tar:
        assert not [name for name in tar.getnames() if "before-restore" in name]


def test_a_seat_that_runs_is_backed_up_and_not_restored(
    archive: Path, seat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Journal.open(seat / "journal", "desk"):
        assert main(["backup", "--directory", str(seat), str(tmp_path / "running.tar.gz")]) == 0
        assert main(["restore", "--directory", str(seat), str(archive), "--force"]) == 2
    assert "in use by process" in capsys.readouterr().err
    assert list(seat.glob("before-restore-*")) == []


def test_whoever_writes_meanwhile_the_archive_is_of_one_moment(seat: Path, tmp_path: Path) -> None:
    """The journal in it has whatever the database in it has, so that nothing is stored that nobody heard of."""
    done = threading.Event()

    def work() -> None:
        store = open_store(database_url(seat))
        with Journal.open(seat / "journal", "desk") as journal:
            n = 0
            while not done.is_set():
                write_call(journal, f"w{n}")
                catch_up(journal, store)
                n += 1
        store.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for n in range(3):
            assert main(["backup", "--directory", str(seat), str(tmp_path / f"{n}.tar.gz")]) == 0
    finally:
        done.set()
        worker.join()
    for n in range(3):
        there = tmp_path / f"restored{n}"
        assert main(["restore", "--directory", str(there), str(tmp_path / f"{n}.tar.gz")]) == 0
        journalled = {str(getattr(entry.event, "call", "")) for entry in read(there / "journal")}
        assert calls_in(there) <= journalled


def cut_short(archive: Path) -> None:
    os.truncate(archive, archive.stat().st_size * 2 // 3)


def flip_in_content(archive: Path) -> None:
    data = gzip.decompress(archive.read_bytes())
    archive.write_bytes(gzip.compress(data.replace(b"RIFFmessages/a.wav", b"RIFFmessages/b.wav")))


def flip_in_archive(archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 0xFF
    archive.write_bytes(data)


def no_archive(archive: Path) -> None:
    archive.write_text("a letter")


def add_to(archive: Path, name: str, kind: bytes = tarfile.REGTYPE) -> None:
    unpacked = archive.with_suffix("")
    unpacked.write_bytes(gzip.decompress(archive.read_bytes()))
    with tarfile.open(unpacked, "a") as tar:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)
    archive.write_bytes(gzip.compress(unpacked.read_bytes()))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut_short, "is no backup, or is damaged"),
        (flip_in_content, "messages/a.wav is not as it was"),
        (flip_in_archive, "damaged"),
        (no_archive, "is no backup, or is damaged"),
        (lambda archive: add_to(archive, "../outside"), "which no backup has"),
        (lambda archive: add_to(archive, "/tmp/outside"), "which no backup has"),  # noqa: S108
        (lambda archive: add_to(archive, "link", tarfile.SYMTYPE), "which no backup has"),
        (lambda archive: add_to(archive, "messages/more.wav"), "messages/more.wav is not as it was"),
        (lambda archive: archive.unlink(), "cannot read"),
    ],
)
def test_a_damaged_archive_is_refused_before_anything_is_touched(
    archive: Path, seat: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], None], said: str
) -> None:
    assert main(["backup", "--verify", str(archive)]) == 0
    spoil(archive)
    before = sorted(str(path) for path in seat.rglob("*"))
    for command in (["backup", "--verify"], ["restore", "--force", "--directory", str(seat)]):
        assert main([*command, str(archive)]) == 2
        assert said in capsys.readouterr().err
    assert sorted(str(path) for path in seat.rglob("*")) == before


def test_a_damaged_database_is_not_backed_up_silently(
    seat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (seat / "records.sqlite").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    archive = tmp_path / "x.tar.gz"
    archive.write_text("the last good one")
    assert main(["backup", "--directory", str(seat), str(archive)]) == 2
    error = capsys.readouterr().err
    assert "damaged" in error or "malformed" in error
    assert archive.read_text() == "the last good one"


def test_the_configuration_is_listed_without_its_secrets(
    seat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration = tmp_path / "c.yaml"
    store = "postgresql://u@localhost/d"
    configuration.write_text(json.dumps({"records": {"directory": str(seat), "store": store, "password": "geheim"}}))
    configuration.chmod(0o600)
    archive = tmp_path / "x.tar.gz"
    assert main(["backup", "--config", str(configuration), str(archive)]) == 0
    assert "postgresql://u@localhost/d is not in the archive; pg_dump backs it up" in capsys.readouterr().out
    with tarfile.open(archive) as tar:
        listing = tar.extractfile("configuration.yaml")
        assert listing
        text = listing.read().decode()
        assert "records.sqlite" not in tar.getnames()
    assert "store: postgresql://u@localhost/d" in text
    assert "geheim" not in text
