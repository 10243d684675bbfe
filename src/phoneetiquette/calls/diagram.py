"""The tables of :mod:`phoneetiquette.calls.states` as a page with a diagram: ``docs/states.md``."""

from __future__ import annotations

import ast
import inspect

from phoneetiquette.calls.states import LIVE, TRANSITIONS, State, Trigger, actions

HEADER = """\
# States of a call

<!-- Generated: python -m phoneetiquette.calls.diagram > docs/states.md -->

Drawn from the tables in `src/phoneetiquette/calls/states.py`, which are all the program goes by: a trigger that has no
arrow here is refused in that state. A call leaves any state by ending.
"""


def page() -> str:
    """``docs/states.md``."""
    return "\n".join([HEADER, "```mermaid", *_diagram(), "```", "", *_table(), ""])


def _diagram() -> list[str]:
    arrows: dict[tuple[State, State], list[str]] = {}
    for (state, trigger), then in TRANSITIONS.items():
        if trigger is not Trigger.ENDED:
            arrows.setdefault((state, then), []).append(trigger.replace(":", ","))
    return [
        "stateDiagram-v2",
        "    [*] --> live",
        "    state live {",
        f"        [*] --> {State.ALERTING}: incoming",
        f"        [*] --> {State.DIALLING}: outgoing",
        *(f"        {state} --> {then}: {' / '.join(triggers)}" for (state, then), triggers in arrows.items()),
        "    }",
        f"    live --> {State.ENDED}: {Trigger.ENDED}",
        f"    {State.ENDED} --> [*]: closed, with its last measures",
    ]


def _table() -> list[str]:
    meanings = _meanings()
    return [
        "| state | meaning | what the agent can ask of it |",
        "| --- | --- | --- |",
        *(
            f"| `{state}` | {meanings[state]} | {', '.join(f'`{name}`' for name in actions(state))} |"
            for state in State
            if state in LIVE
        ),
    ]


def _meanings() -> dict[State, str]:
    """The sentence below each state in the source."""
    body = ast.parse(inspect.getsource(State)).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[State, str] = {}
    for above, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name):
            text = ast.literal_eval(below.value) if isinstance(below, ast.Expr) else ""
            found[State[above.targets[0].id]] = text
    return found


if __name__ == "__main__":
    print(page(), end="")
