"""The dialplan page: what is wrong with a draft, what it would alter, publishing, going back; and nothing outside."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import AsyncIterator, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import httpx
import pytest

from phoneetiquette.config import Config, load
from phoneetiquette.config.dialplans.history import FOLDER, History, hash_of
from phoneetiquette.errors import CallError, ConfigurationError
from phoneetiquette.office.app import Office, create_office
from phoneetiquette.office.asked import AskedError
from phoneetiquette.office.planning import OUTSIDE, Planning, RefusedPlanError
from tests.unit.dialplan_files import GOOD, changed

INCLUDING = changed(("dialplan: 1\n", "dialplan: 1\ninclude: parts/people.yaml\n"), ('  guard: {call: "500"}\n', ""))
PEOPLE = 'people:\n  guard: {call: "500"}\n'
LATER = ('office: "Mo-Fr 08:00-18:00; PH off"', 'office: "Mo-Fr 08:00-17:00; PH off"')
HOLE = ("- {when: {hours: night}, do: {menu: closed}}", "- {when: {hours: night}, do: {refuse: busy}}")
WRONG = ("{do: {ring: desk}}", "{do: {ring: dsek}}")
HOSTILE = "<script>alert(1)</script>"


class Place:
    """A dialplan in a directory, with what else lies there."""

    def __init__(self, folder: Path, text: str = GOOD, parts: Mapping[str, str] | None = None) -> None:
        self.directory = folder / "plans"
        self.file = self.directory / "plan.yaml"
        self.directory.mkdir()
        self.file.write_text(text)
        for name, content in (parts or {}).items():
            path = self.directory / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(content)
        configuration = folder / "phoneetiquette.yaml"
        configuration.write_text(f"dialplan: {self.file}\nsip: {{domain: pbx.example}}\n")
        self.config: Config = load(configuration)
        self.reloads = 0
        self.planning = Planning(self.config, self._reload)

    def _reload(self) -> list[str]:
        self.reloads += 1
        return ["Seat desk follows 1234."]

    @property
    def base(self) -> str:
        return self.planning.current().hash

    def publish(self, text: str, file: str = "plan.yaml", who: str = "root", **more: Any) -> str:
        asked: dict[str, Any] = {"base": self.base, "with_holes": False} | more
        version, _ = self.planning.publish(file=file, text=text, who=who, why="a change", **asked)
        return version.hash

    def tree(self) -> dict[str, bytes]:
        """Everything in and beside the directory but the history."""
        base = self.directory.parent
        return {
            path.relative_to(base).as_posix(): path.read_bytes()
            for path in sorted(base.rglob("*"))
            if path.is_file() and FOLDER not in path.parts
        }


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def including(tmp_path: Path) -> Place:
    return Place(tmp_path, INCLUDING, {"parts/people.yaml": PEOPLE})


def test_a_good_plan_has_no_problem_and_changes_nothing(place: Place) -> None:
    tried = place.planning.tried(place.planning.current(), "plan.yaml", GOOD)
    assert (tried.problems, tried.holes, tried.followable, tried.changes) == ((), False, True, ())


def test_problems_have_their_lines_and_nothing_is_written(place: Place) -> None:
    before = place.tree()
    tried = place.planning.tried(place.planning.current(), "plan.yaml", changed(WRONG))
    problem = next(one for one in tried.problems if "dsek" in one.what)
    line = changed(WRONG).splitlines().index("      - {do: {ring: dsek}}") + 1
    assert (problem.file, problem.line) == ("plan.yaml", line)
    assert not tried.followable
    assert place.tree() == before


def test_what_a_change_would_alter_is_told(place: Place) -> None:
    tried = place.planning.tried(place.planning.current(), "plan.yaml", changed(LATER))
    assert tried.changes
    assert any(change.startswith("topic change: maria > jonas") for change in tried.changes)


def test_times_in_which_nobody_takes_calls_are_problems(place: Place) -> None:
    tried = place.planning.tried(place.planning.current(), "plan.yaml", changed(HOLE))
    assert tried.followable
    assert tried.holes
    assert any("nobody takes calls" in problem.what for problem in tried.problems)


def test_a_published_plan_is_on_the_disk_and_in_the_history(place: Place) -> None:
    before = place.base
    place.file.chmod(0o640)
    hash_ = place.publish(changed(LATER), who="anna")
    assert place.file.read_text() == changed(LATER)
    assert place.file.stat().st_mode & 0o777 == 0o640
    assert place.base == hash_
    newest, first = place.planning.history.versions()
    assert (newest.hash, newest.who, newest.why) == (hash_, "anna", "a change")
    assert (first.hash, first.who, first.why) == (before, "", OUTSIDE)
    assert place.planning.history.contents(first) == {"plan.yaml": GOOD.encode()}
    assert place.reloads == 1


def test_what_was_changed_by_hand_is_kept_before_it_is_replaced(place: Place) -> None:
    place.publish(changed(LATER))
    by_hand = "# by hand\n" + GOOD
    place.file.write_text(by_hand)
    place.publish(GOOD)
    assert [one.why for one in place.planning.history.versions()] == ["a change", OUTSIDE, "a change", OUTSIDE]
    assert place.planning.history.contents(place.planning.history.versions()[1]) == {"plan.yaml": by_hand.encode()}


def test_a_plan_with_errors_is_refused_and_the_old_one_stays(place: Place) -> None:
    before = place.tree()
    with pytest.raises(RefusedPlanError, match="has errors") as refused:
        place.publish(changed(WRONG))
    assert refused.value.tried.problems
    assert (place.tree(), place.reloads, place.planning.history.versions()) == (before, 0, [])


@pytest.mark.parametrize("text", ["", "{", "dialplan: 1\n", "- a\n", "\x00", "a: &a [*a]\n", GOOD + "lines: {}\n"])
def test_what_is_no_plan_is_refused(place: Place, text: str) -> None:
    before = place.tree()
    with pytest.raises(RefusedPlanError):
        place.publish(text)
    assert place.tree() == before


def test_a_plan_with_holes_is_published_only_by_who_puts_up_with_them(place: Place) -> None:
    with pytest.raises(RefusedPlanError, match="nobody takes calls"):
        place.publish(changed(HOLE))
    assert place.file.read_text() == GOOD
    place.publish(changed(HOLE), with_holes=True)
    assert place.file.read_text() == changed(HOLE)


def test_who_comes_second_is_told_and_overwrites_nothing(place: Place) -> None:
    base = place.base
    place.publish(changed(LATER))
    with pytest.raises(CallError, match="changed meanwhile"):
        place.publish("# mine\n" + GOOD, base=base)
    assert place.file.read_text() == changed(LATER)


def test_of_many_who_publish_at_once_one_does(place: Place) -> None:
    base, texts = place.base, [f"# {n}\n{GOOD}" for n in range(6)]
    done: list[int] = []

    def publish(n: int) -> None:
        try:
            place.publish(texts[n], base=base)
        except CallError:
            return
        done.append(n)

    threads = [threading.Thread(target=publish, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = done
    assert place.file.read_text() == texts[winner]
    assert len(place.planning.history.versions()) == 2


def test_an_included_file_is_changed_alone_and_checked_with_the_rest(including: Place) -> None:
    current = including.planning.current()
    assert sorted(current.files) == ["parts/people.yaml", "plan.yaml"]
    tried = including.planning.tried(current, "parts/people.yaml", PEOPLE.replace("guard", "gard"))
    assert not tried.followable
    assert any(problem.file == "plan.yaml" and "guard" in problem.what for problem in tried.problems)
    wrong = including.planning.tried(current, "parts/people.yaml", PEOPLE.replace("call:", "cal:"))
    assert {(problem.file, problem.line) for problem in wrong.problems} >= {("parts/people.yaml", 2)}
    including.publish(PEOPLE.replace("500", "501"), "parts/people.yaml")
    assert (including.directory / "parts/people.yaml").read_text() == PEOPLE.replace("500", "501")
    assert including.file.read_text() == INCLUDING


def test_going_back_brings_every_file_as_it_was(including: Place) -> None:
    first = including.base
    including.publish(PEOPLE.replace("500", "501"), "parts/people.yaml")
    including.publish(changed(LATER, text=INCLUDING))
    version, _ = including.planning.restore(including.base, first, "root", "it was better", with_holes=False)
    assert version.hash == first == including.base
    assert (including.directory / "parts/people.yaml").read_text() == PEOPLE
    assert including.file.read_text() == INCLUDING
    assert including.planning.history.versions()[0].why == "it was better"
    assert including.reloads == 3


def test_a_change_of_what_is_included_has_every_file_of_the_new_plan(place: Place) -> None:
    (place.directory / "people.yaml").write_text(PEOPLE)
    including = INCLUDING.replace("parts/people.yaml", "people.yaml")
    first = place.publish(including)
    assert first == place.base
    newest = place.planning.history.versions()[0]
    assert place.planning.history.contents(newest) == {"plan.yaml": including.encode(), "people.yaml": PEOPLE.encode()}
    assert place.publish(GOOD) == place.base
    assert list(place.planning.history.versions()[0].files) == ["plan.yaml"]
    (place.directory / "people.yaml").unlink()
    version, _ = place.planning.restore(place.base, first, "root", "x", with_holes=False)
    assert version.hash == first == place.base
    assert (place.directory / "people.yaml").read_text() == PEOPLE


def test_a_draft_is_looked_at_again_when_a_file_that_only_it_includes_has_changed(place: Place) -> None:
    part = place.directory / "people.yaml"
    part.write_text(PEOPLE)
    draft = INCLUDING.replace("parts/people.yaml", "people.yaml")
    assert place.planning.tried(place.planning.current(), "plan.yaml", draft).followable
    part.write_text("people: {}\n")
    assert not place.planning.tried(place.planning.current(), "plan.yaml", draft).followable


def test_a_publication_that_fails_halfway_leaves_files_and_history_as_they_were(tmp_path: Path) -> None:
    both = INCLUDING.replace("include: parts/people.yaml", "include: [parts/people.yaml, more/numbers.yaml]")
    place = Place(tmp_path, both, {"parts/people.yaml": PEOPLE, "more/numbers.yaml": "numbers: {}\n"})
    first = place.base
    place.publish(INCLUDING)
    place.publish(PEOPLE.replace("500", "501"), "parts/people.yaml")
    shutil.rmtree(place.directory / "more")
    before, told = place.tree(), place.planning.history.versions()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        place.planning.restore(place.base, first, "root", "x", with_holes=False)
    assert (place.tree(), place.planning.history.versions(), place.reloads) == (before, told, 2)


def test_a_hidden_file_that_the_plan_includes_is_left_out(tmp_path: Path) -> None:
    text = INCLUDING.replace("parts/", ".parts/")
    place = Place(tmp_path, text, {".parts/people.yaml": PEOPLE})
    assert list(place.planning.current().files) == ["plan.yaml"]
    place.publish(changed(LATER, text=text))
    assert place.file.read_text() == changed(LATER, text=text)
    with pytest.raises(AskedError, match="has no file"):
        place.publish("people: {}\n", ".parts/people.yaml")


def test_a_plan_that_is_a_link_to_elsewhere_is_refused_at_once(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.file.rename(tmp_path / "real.yaml")
    place.file.symlink_to(tmp_path / "real.yaml")
    with pytest.raises(ConfigurationError, match="a link to a file elsewhere") as told:
        Planning(place.config, list)
    assert str(tmp_path / "real.yaml") in told.value.advice


def test_going_back_to_what_is_no_plan_any_more_is_refused(place: Place) -> None:
    place.publish(changed(LATER))
    first = place.planning.history.versions()[-1]
    with pytest.raises(AskedError, match="no such version"):
        place.planning.restore(place.base, "0" * 64, "root", "x", with_holes=False)
    blob = place.directory / FOLDER / first.files["plan.yaml"]
    blob.write_bytes(b"dialplan: 1\n")
    with pytest.raises(ConfigurationError, match="is not what was published"):
        place.planning.restore(place.base, first.hash, "root", "x", with_holes=False)
    blob.unlink()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        place.planning.restore(place.base, first.hash, "root", "x", with_holes=False)
    assert place.file.read_text() == changed(LATER)


@pytest.mark.parametrize(
    "name", ["../other.yaml", "/etc/passwd", ".history/lock", "other.yaml", "plan.yaml/..", "", "x\x00"]
)
def test_no_other_file_can_be_written(place: Place, name: str) -> None:
    before = place.tree()
    with pytest.raises(AskedError):
        place.publish(GOOD, name)
    assert place.tree() == before


def test_a_history_that_names_files_elsewhere_writes_none_of_them(place: Place) -> None:
    history = History(place.directory)
    for name in ("../escaped.yaml", "/escaped.yaml", ".history/lock", "a/../../escaped.yaml"):
        with history.writing():
            bad = history.add({"plan.yaml": GOOD.encode(), name: b"x"}, "x", "x")
        before = place.tree()
        with pytest.raises(ConfigurationError, match="no file of the dialplan's directory"):
            place.planning.restore(place.base, bad.hash, "root", "x", with_holes=False)
        assert place.tree() == before


def test_links_lead_nowhere_else(including: Place) -> None:
    outside = including.directory.parent / "outside.yaml"
    outside.write_text(PEOPLE)
    part = including.directory / "parts/people.yaml"
    part.unlink()
    part.symlink_to(outside)
    assert sorted(including.planning.current().files) == ["plan.yaml"]
    with pytest.raises(AskedError, match="has no file"):
        including.publish("people: {}\n", "parts/people.yaml")
    inside = including.directory / "inside.yaml"
    inside.write_text(PEOPLE)
    part.unlink()
    part.symlink_to(inside)
    with pytest.raises(ConfigurationError, match="symbolic link"):
        including.publish(PEOPLE.replace("500", "501"), "parts/people.yaml")
    assert (outside.read_text(), inside.read_text()) == (PEOPLE, PEOPLE)


@pytest.mark.parametrize(
    "change",
    [
        ("dialplan: 1\n", "dialplan: 1\ninclude: /etc/passwd\n"),
        ("dialplan: 1\n", "dialplan: 1\ninclude: ../secret.yaml\n"),
        ('lifts: ["601", "602"]', "lifts: {csv: ../secret.csv, column: number}"),
        ('{en: "Hotel, {agent} speaking."}', "{en: {file: ../secret.wav}}"),
    ],
)
def test_a_draft_reads_no_file_elsewhere(place: Place, change: tuple[str, str]) -> None:
    for name in ("secret.yaml", "secret.csv", "secret.wav"):
        (place.directory.parent / name).write_text("TOPSECRET: 1\nnumber;x\n")
    tried = place.planning.tried(place.planning.current(), "plan.yaml", changed(change))
    told = "\n".join(map(str, tried.problems))
    assert not tried.followable
    if "file" not in change[1]:  # a greeting names no sound file: told as the error that it is
        assert "lies outside the directory of the dialplan" in told
    assert "TOPSECRET" not in told
    assert "root:" not in told


SECRETS = "users:\n  eva:\n    password: TOPSECRET\n"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('lifts: ["601", "602"]', "lifts: {csv: desk.yaml}"), "is no CSV file by its name"),
        (('lifts: ["601", "602"]', "lifts: {csv: link.csv}"), "is no CSV file by its name"),
        (('lifts: ["601", "602"]', "lifts: {csv: guests.csv}"), "this cell is no number"),
        (('lifts: ["601", "602"]', "lifts: {csv: guests.csv, column: TOPSECRE}"), "has no column"),
        (("dialplan: 1\n", "dialplan: 1\ninclude: desk.yaml\n"), "does not read as sections of a dialplan"),
        (("dialplan: 1\n", "dialplan: 1\ninclude: guests.csv\n"), "does not read as sections of a dialplan"),
        (("dialplan: 1\n", "dialplan: 1\ninclude: .parts/desk.yaml\n"), "or in a hidden one"),
    ],
)
def test_a_draft_shows_nothing_of_other_files_beside_it(place: Place, change: tuple[str, str], told: str) -> None:
    (place.directory / ".parts").mkdir()
    for name in ("desk.yaml", ".parts/desk.yaml"):
        (place.directory / name).write_text(SECRETS)
    (place.directory / "guests.csv").write_text("TOPSECRET person\nTOPSECRET other\n")
    (place.directory / "link.csv").symlink_to("desk.yaml")
    tried = place.planning.tried(place.planning.current(), "plan.yaml", changed(change))
    said = "\n".join(map(str, tried.problems))
    assert not tried.followable
    assert told in said
    assert "TOPSECRET" not in said


def test_a_plan_that_reads_elsewhere_already_goes_on_doing_so(tmp_path: Path) -> None:
    (tmp_path / "shared.csv").write_text("number\n601\n")
    text = changed(('lifts: ["601", "602"]', "lifts: {csv: ../shared.csv, column: number}"))
    place = Place(tmp_path, text)
    tried = place.planning.tried(place.planning.current(), "plan.yaml", changed(LATER, text=text))
    assert tried.followable, tried.problems
    assert list(place.planning.current().files) == ["plan.yaml"]


def test_a_torn_or_strange_history_is_read_as_far_as_it_goes(place: Place) -> None:
    place.publish(changed(LATER))
    lines = place.directory / FOLDER / "versions.jsonl"
    good = len(place.planning.history.versions())
    with lines.open("ab") as stream:
        stream.write(
            b'{"hash": "x", "files": {"a": "../../etc/passwd"}, "at": "2026-01-01", "who": "", "why": ""}\n[1]\n{"ha'
        )
    assert len(place.planning.history.versions()) == good
    place.publish(GOOD)
    assert len(place.planning.history.versions()) == good + 1


def test_a_directory_that_cannot_be_written_is_told(place: Place) -> None:
    if os.geteuid() == 0:
        (place.directory / FOLDER).write_text("a file where the history would be")
    else:
        place.directory.chmod(0o555)
    with pytest.raises(ConfigurationError, match="cannot be written") as told:
        place.publish(changed(LATER))
    place.directory.chmod(0o755)
    assert str(place.directory) in told.value.advice
    assert place.file.read_text() == GOOD


def test_hashes_tell_versions_apart_by_names_and_contents() -> None:
    versions = [{"a": b"1"}, {"a": b"2"}, {"b": b"1"}, {"a": b"1", "b": b"1"}, {}]
    assert len({hash_of(one) for one in versions}) == len(versions)
    assert hash_of({"a": b"1", "b": b"2"}) == hash_of({"b": b"2", "a": b"1"})


# -------------------------------------------------------------------- the page


@pytest.fixture
async def http(including: Place) -> AsyncIterator[httpx.AsyncClient]:
    office = Office(
        database=f"sqlite:///{including.directory.parent}/none.sqlite",
        zone=UTC,
        name="Hotel",
        change=lambda *_: {},
        planning=including.planning,
    )
    transport = httpx.ASGITransport(create_office(office))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8480") as client:
        yield client


async def test_the_page_shows_the_file_with_its_problems(including: Place, http: httpx.AsyncClient) -> None:
    page = (await http.get("/dialplan")).text
    assert "&#34;+43 1 5550100&#34;" in page
    assert '<a href="?file=parts%2Fpeople.yaml">' in page or '<a href="?file=parts/people.yaml">' in page
    assert "None. Every call of the coming year is taken." in page
    assert "call: &#34;500&#34;" in (await http.get("/dialplan?file=parts/people.yaml")).text
    including.file.write_text(changed(WRONG, text=INCLUDING).replace("name: Hotel", f"name: '{HOSTILE}'"))
    page = (await http.get("/dialplan")).text
    assert 'data-severity="error"' in page
    assert "A plan with errors has no week." in page
    assert HOSTILE not in page


@pytest.mark.parametrize(
    "query", ["?file=../phoneetiquette.yaml", "?file=/etc/passwd", "?file=.history/lock", f"?version={'0' * 64}"]
)
async def test_the_page_shows_no_other_file(http: httpx.AsyncClient, query: str) -> None:
    answer = await http.get(f"/dialplan{query}")
    assert answer.status_code == 404
    assert (await http.get("/dialplan?version=../x")).status_code == 422


async def test_check_publish_and_go_back_by_the_page(including: Place, http: httpx.AsyncClient) -> None:
    base = including.base
    wrong = {"file": "plan.yaml", "text": changed(WRONG, text=INCLUDING).replace("\n", "\r\n")}
    checked = (await http.post("/dialplan/check", json=wrong)).json()
    assert (checked["followable"], checked["problems"][0]["file"]) == (False, "plan.yaml")
    refused = await http.post("/dialplan/publish", json={**wrong, "base": base, "why": "x"})
    assert (refused.status_code, refused.json()["error"]) == (422, "the plan has errors")
    good = {"file": "plan.yaml", "text": changed(LATER, text=INCLUDING)}
    checked = (await http.post("/dialplan/check", json=good)).json()
    assert checked["changes"]
    assert checked["base"] == base
    picture = await http.get(f"/dialplan/week.svg?draft={checked['draft']}")
    assert picture.content.startswith(b"<?xml")
    asked = {"draft": checked["draft"], "called": "100", "at": "2026-03-02T17:30", "topic": "change"}
    explained = (await http.post("/dialplan/explain", json=asked)).json()["text"]
    assert "17:30" in explained
    published = await http.post("/dialplan/publish", json={**good, "base": base, "why": "earlier home"})
    assert published.json()["seats"] == ["Seat desk follows 1234."]
    second = await http.post("/dialplan/publish", json={**good, "base": base, "why": "again"})
    assert (second.status_code, second.json()["error"]) == (409, "the dialplan has been changed meanwhile")
    page = (await http.get("/dialplan")).text
    assert "earlier home" in page
    assert "(this machine)" in page
    earlier = (await http.get(f"/dialplan?version={base}")).text
    assert "readonly" in earlier
    back = {"version": base, "base": published.json()["version"], "why": "late again"}
    assert (await http.post("/dialplan/restore", json=back)).status_code == 200
    assert including.file.read_text() == INCLUDING


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("explain", {"topic": "nothing"}, 400),
        ("explain", {"at": "yesterday"}, 400),
        ("explain", {"at": "0001-01-01T00:00"}, 400),
        ("explain", {"at": "2026-03-29T02:30"}, 400),
        ("explain", {"draft": "0" * 64}, 404),
        ("explain", {"draft": "x"}, 422),
        ("explain", {"who": "x"}, 422),
        ("check", {"file": "other.yaml", "text": ""}, 400),
        ("publish", {"file": "plan.yaml", "text": "", "base": "0" * 64, "why": "   "}, 422),
        ("publish", {"file": "plan.yaml", "text": "", "base": "x", "why": "y"}, 422),
        ("restore", {"version": "../x", "base": "0" * 64, "why": "y"}, 422),
    ],
)
async def test_what_cannot_be_done_is_told(
    http: httpx.AsyncClient, path: str, body: dict[str, Any], status: int
) -> None:
    answer = await http.post(f"/dialplan/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


async def test_an_earlier_version_is_shown_with_what_is_true_of_it(including: Place, http: httpx.AsyncClient) -> None:
    first = including.base
    including.publish(changed(HOLE, text=INCLUDING), with_holes=True)
    assert "nobody takes calls" in (await http.get("/dialplan")).text
    earlier = (await http.get(f"/dialplan?version={first}")).text
    assert (
        "nobody takes calls"
        not in earlier.partition("Where would a call go?")[0].partition("Problems")[2].partition("would alter")[0]
    )
    assert "What going back would alter" in earlier
    assert "No call of the coming year goes elsewhere." not in earlier
    draft = earlier.partition('data-draft="')[2].partition('"')[0]
    night = {"at": "2026-03-02T23:30", "draft": draft}
    assert "menu closed" in (await http.post("/dialplan/explain", json=night)).json()["text"]
    assert f"/dialplan/week.svg?draft={draft}" in earlier
    assert 'data-draft=""' in (await http.get("/dialplan")).text


async def test_a_file_may_be_long_and_not_endless(http: httpx.AsyncClient) -> None:
    comment = "# " + "x" * 100 + "\n"
    long = {"file": "plan.yaml", "text": INCLUDING + comment * 5000}
    assert (await http.post("/dialplan/check", json=long)).json()["followable"] is True
    endless = {"file": "plan.yaml", "text": comment * 30_000}
    assert (await http.post("/dialplan/check", json=endless)).status_code == 413
    assert (await http.post("/dialplan/restore", json=long)).status_code == 413


async def test_the_page_explains_a_call(http: httpx.AsyncClient) -> None:
    night = {"at": "2026-03-02T23:30", "caller": "+436641234567"}
    told = (await http.post("/dialplan/explain", json=night)).json()["text"]
    assert "menu closed" in told
    assert "[plan.yaml:" in told
    day = {"at": "2026-03-02T10:00", "desk_absent": True}
    assert "desk" in (await http.post("/dialplan/explain", json=day)).json()["text"]
    switched = {"at": "2026-03-02T10:00", "switch": "early"}
    assert "menu closed" in (await http.post("/dialplan/explain", json=switched)).json()["text"]
