"""Manual pages and completion, as the shell and the formatter of pages take them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from phoneetiquette.cli import VERBS
from phoneetiquette.cli.manual import write


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("manual") / "man"
    write(directory)
    return directory


def completed(made: Path, *words: str) -> set[str]:
    """What the shell offers for the last word."""
    script = (
        f'source "{made}/phoneetiquette.bash-completion"; COMP_WORDS=(phoneetiquette "$@"); COMP_CWORD=$#\n'
        'complete -p phoneetiquette >/dev/null && _phoneetiquette && printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_every_verb_has_a_page_that_names_it(made: Path) -> None:
    names = {f"phoneetiquette-{name}.1" for name in VERBS} | {"phoneetiquette.1", "phoneetiquette.bash-completion"}
    assert {path.name for path in made.iterdir()} == names
    overview = (made / "phoneetiquette.1").read_text()
    for name in VERBS:
        assert f"\n.B {name}\n" in overview
        page = (made / f"phoneetiquette-{name}.1").read_text()
        assert page.startswith(".TH PHONEETIQUETTE\\-")
        for part in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS"):
            assert f"\n.SH {part}\n" in page, (name, part)


def test_options_and_actions_are_told(made: Path) -> None:
    page = (made / "phoneetiquette-journal.1").read_text()
    assert ".SS show\n" in page
    assert ".B \\-\\-call ID\n" in page
    assert ".B \\-\\-fix\n" in (made / "phoneetiquette-doctor.1").read_text()


def test_the_shell_completes_verbs_actions_and_options(made: Path) -> None:
    assert completed(made, "ba") == {"backup"}
    assert completed(made, "journal", "s") == {"show"}
    assert completed(made, "restore", "--f") == {"--force"}
    assert completed(made, "nothing", "x") == set()
    assert set(VERBS) <= completed(made, "")
