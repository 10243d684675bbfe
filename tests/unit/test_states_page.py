"""``docs/states.md`` is what the tables say."""

from __future__ import annotations

import re
from pathlib import Path

from phoneetiquette.calls.diagram import page
from phoneetiquette.calls.states import LIVE, TRANSITIONS, State, Trigger

PAGE = Path(__file__).parents[2] / "docs" / "states.md"


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m phoneetiquette.calls.diagram > docs/states.md"


def test_every_arrow_is_a_transition_and_every_transition_an_arrow() -> None:
    arrows = {
        (State(state), State(then), trigger)
        for state, then, triggers in re.findall(r"^ {8}(\w+) --> (\w+): (.+)$", page(), re.MULTILINE)
        for trigger in triggers.split(" / ")
    }
    assert arrows == {
        (state, then, trigger.replace(":", ","))
        for (state, trigger), then in TRANSITIONS.items()
        if trigger is not Trigger.ENDED
    }


def test_the_one_arrow_to_the_end_stands_for_all_states() -> None:
    assert {state for state, trigger in TRANSITIONS if trigger is Trigger.ENDED} == LIVE


def test_every_state_is_explained() -> None:
    explained = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", page(), re.MULTILINE))
    assert set(explained) == LIVE
    assert all(text.endswith(".") for text in explained.values())
