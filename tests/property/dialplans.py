"""Dialplans and calls for property tests: plans as an administrator writes them, right and wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import yaml
from hypothesis import strategies as st

from phoneetiquette.dialplan.model import Plan
from phoneetiquette.dialplan.questions import (
    Arrival,
    Deadline,
    Entry,
    Known,
    MenuKey,
    MenuSilence,
    Question,
    TopicChosen,
)

PEOPLE = ("ada", "ben", "cyd", "dot")
SKILLS = ("s1", "s2")
TOPICS = ("t1", "t2", "t3")
MENUS = ("m1", "m2", "m3")
HOURS = ("office", "night", "rare")
EXPRESSIONS = (
    "Mo-Fr 08:00-18:00; PH off",
    "22:00-06:00",
    "24/7",
    "Sa-Su",
    "PH 10:00-12:00",
    "Feb 29 10:00-12:00",
    "Mo-Fr 08:00-12:00,13:00-17:00",
    "02:00-03:00",
    "Dec 24-Jan 06",
)
CALLERS = ("friends", "anonymous", "+43 664 1*", "+43 664 15550199", "2xx", "205")
NUMBERS = ("+4366415550199", "+436641", "205", "212", "", "+12125550123", "sip:bob@example.com", "anonymous")
MESSAGE = {"message": "office"}
SAY = {"say": {"en": "Good bye.", "de": "Auf Wiederhören."}}

names = st.sampled_from
in_menus = st.sampled_from([[{"back": True}], [{"repeat": True}]])
sure = st.sampled_from([MESSAGE, SAY, {"refuse": "busy"}])


def several(item: st.SearchStrategy[Any], least: int = 1, most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(item, min_size=least, max_size=most)


targets = st.one_of(
    names(PEOPLE),
    st.sampled_from(["112", "+43 1 5550150", "desk"]),
    st.fixed_dictionaries(
        {"skill": names(SKILLS)},
        optional={
            "order": names(("listed", "longest_idle", "round_robin", "all")),
            "language": names(("preferred", "required", "ignored")),
            "rings": st.integers(1, 9),
        },
    ),
)
ringing = st.fixed_dictionaries({"ring": several(targets)})
conditions = st.dictionaries(
    names(("caller", "hours", "switch", "language", "desk")), st.none(), min_size=1, max_size=2
).flatmap(
    lambda keys: st.fixed_dictionaries(
        {
            key: {
                "caller": several(names(CALLERS), most=2),
                "hours": several(names((*HOURS, "Su 10:00-11:00")), most=2),
                "switch": st.just("holiday"),
                "language": names(("en", "de")),
                "desk": names(("free", "busy", "absent")),
            }[key]
            for key in keys
        }
    )
)


@st.composite
def action_lists(draw: st.DrawFn, topics: tuple[str, ...], menus: tuple[str, ...]) -> list[Any]:
    """Attempts, then something that always takes the call."""
    ends = [sure]
    if topics:
        ends.append(st.fixed_dictionaries({"topic": names(topics)}))
    if menus:
        ends.append(
            st.fixed_dictionaries({"menu": names(menus)}, optional={"language": names(("en", "de"))}),
        )
    attempts = draw(several(ringing | st.just({"connect": "desk"}), least=0, most=2))
    return [*attempts, draw(st.one_of(ends))]


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """A plan without loops or missing ends, most of them without any error."""

    def after(all_of: tuple[str, ...], one: str) -> tuple[str, ...]:
        return all_of[all_of.index(one) + 1 :]

    people = {
        name: draw(
            st.fixed_dictionaries(
                {"call": st.just(f"30{number}"), "skills": several(names(SKILLS), least=0)},
                optional={
                    "languages": several(names(("en", "de"))),
                    "hours": names((*HOURS, "Mo-Fr 09:00-12:00")),
                    "away": names(EXPRESSIONS),
                    "ring": st.integers(1, 9),
                },
            )
        )
        for number, name in enumerate(PEOPLE)
    }
    people["ada"]["skills"] = list(SKILLS)
    topics = {
        name: {
            "to": draw(several(targets)),
            "desk": draw(st.booleans()),
            "otherwise": draw(action_lists(after(TOPICS, name), ())),
        }
        for name in TOPICS
    }
    topics["danger"] = {"emergency": True, "to": [*draw(several(names(PEOPLE))), "112"]}
    menus = {
        name: {
            "say": {"en": "Press.", "de": "Drücken."},
            "keys": {
                key: draw(action_lists((*TOPICS, "danger"), MENUS) | in_menus)
                for key in draw(st.lists(names("0123456789*#"), min_size=1, max_size=4, unique=True))
            },
            "no_key": {
                "repeat": draw(st.integers(1, 3)),
                "then": draw(action_lists((), after(MENUS, name))),
            },
        }
        for name in MENUS
    }
    lines = {}
    for number, name in enumerate(("main", "second")):
        rules = [
            draw(
                st.fixed_dictionaries(
                    {"do": action_lists(TOPICS, MENUS) | ringing.map(lambda one: [one])},
                    optional={"when": conditions, "unless": conditions},
                )
            )
            for _ in range(draw(st.integers(0, 4)))
        ]
        last = draw(st.sampled_from([[{"ring": "desk"}]]) | action_lists((*TOPICS, "danger"), MENUS))
        lines[name] = {
            "called": [f"+43 1 555010{number}"],
            "rules": [*(rule for rule in rules if "when" in rule or "unless" in rule), {"do": last}],
            "on_deadline": draw(action_lists((*TOPICS, "danger"), MENUS)),
        }
    return {
        "dialplan": 1,
        "name": "Drawn",
        "country": "AT",
        "timezone": draw(names(("Europe/Vienna", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"))),
        "languages": ["en", "de"],
        "hours": {name: draw(names(EXPRESSIONS)) for name in HOURS},
        "dates": draw(
            several(
                st.fixed_dictionaries(
                    {
                        "on": names(("2027-02-28 - 2027-03-01", "2028-02-29", "2026-12-24 - 2027-01-06")),
                        "hours": st.fixed_dictionaries({"office": names(("off", "10:00-12:00", "24/7"))}),
                    }
                ),
                least=0,
                most=2,
            )
        ),
        "switches": {"holiday": {"closes": draw(several(names(HOURS), most=2))}},
        "numbers": {"friends": ["+43 664 1555019x", "0664 2*"]},
        "people": people,
        "services": {"office": {"email": "office@example.com"}},
        "topics": topics,
        "menus": menus,
        "lines": lines,
    }


def as_yaml(plan: dict[str, Any]) -> str:
    """The plan as a file. A drawn part may stand in several places: no aliases."""
    return yaml.dump(plan, Dumper=_Dumper, allow_unicode=True, sort_keys=False)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


moments = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC)) | (
    st.sampled_from(
        [
            datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC),
            datetime(2027, 3, 28, 1, 0, tzinfo=UTC),
            datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
            datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
            datetime(2028, 2, 29, 10, 30, tzinfo=UTC),
            datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        ]
    )
)

_everybody = st.frozensets(names((*PEOPLE, "112")))
knowledge = st.builds(
    Known,
    desk=names(("free", "busy", "absent")),
    busy=_everybody,
    absent=_everybody,
    do_not_disturb=_everybody,
    resting=_everybody,
    switches=st.frozensets(st.just("holiday")),
    tried=st.dictionaries(names((*PEOPLE, "112")), names(("no_answer", "busy", "refused"))),
    idle_s=st.dictionaries(names(PEOPLE), st.floats(0, 1e6)),
    last_taken=st.dictionaries(names(SKILLS), names((*PEOPLE, "gone"))),
)


def entries(plan: Plan) -> st.SearchStrategy[Entry]:
    """Everything a plan can be asked about."""
    menus = names(tuple(plan.menus))
    trails = st.lists(menus, max_size=2).map(tuple)
    return st.one_of(
        st.just(Arrival()),
        st.just(Deadline()),
        st.builds(TopicChosen, names(tuple(plan.topics)), st.booleans()),
        st.builds(MenuKey, menus, names("0123456789*#"), trails, st.integers(0, 5)),
        st.builds(MenuSilence, menus, st.integers(0, 5), trails),
    )


def questions(plan: Plan) -> st.SearchStrategy[Question]:
    return st.builds(
        Question,
        entries(plan),
        moments,
        names(("+43 1 5550100", "01 5550101", "+43 1 5550199", "")),
        names(NUMBERS),
        names(("", "en", "de", "xx")),
        knowledge,
    )
