"""Every key of a dialplan: its form, its meaning, an example. Reading and the JSON Schema are derived from this."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

from phoneetiquette.config.dialplans.forms import UNUSABLE, Key, Named, One, Record, Reference, Several
from phoneetiquette.config.dialplans.values import (
    LANGUAGE,
    LANGUAGE_ADVICE,
    Days,
    Language,
    Seconds,
    Site,
    Speech,
    Version,
)
from phoneetiquette.config.kinds import File, Flag, Text, Whole, Word
from phoneetiquette.config.nodes import Mapping as MappingNode
from phoneetiquette.config.nodes import Node
from phoneetiquette.config.reading import Report
from phoneetiquette.dialplan.model import (
    ANONYMOUS,
    DESK,
    Action,
    Conditions,
    DateOverride,
    DeskRules,
    Line,
    Menu,
    Name,
    NoKey,
    NumberList,
    Person,
    Rule,
    Service,
    Switch,
    Target,
    Topic,
    Verb,
    Words,
    WrongKey,
)
from phoneetiquette.problems import Place

MENU_KEY = re.compile(r"[0-9*#]")

WORDS = Speech()
NAMES = Several(Reference(Text("a name", 200)))
ONE_NAME = Reference(Text("a name", 200))
RINGS = One(Whole(1, 20))
TRANSFER = One(Word(("announced", "direct")))
PRESENCE = One(Word(("dialog", "presence", "no")))
STAR_CODE = One(Text("a code such as *41", 12, r"[*#][0-9*#]{1,11}"))


def _short_target(place: Place, who: Name) -> Target:
    return Target(place, who=who.text)


@dataclass(frozen=True)
class Short:
    """A record written as one word."""

    make: Any
    key: Key

    def read(self, node: Node, what: str, report: Report) -> Any:
        value = self.key.form.read(node, what, report)
        return value if value is UNUSABLE else self.make(node.place, value)

    def json_schema(self) -> dict[str, Any]:
        return self.key.form.json_schema()


def _target_complete(values: dict[str, Any]) -> tuple[str, str] | None:
    named = [key for key in ("person", "number", "skill") if key in values]
    if len(named) != 1:
        what = f"has {' and '.join(named)}" if named else "names nobody"
        return what, "write one of person, number and skill"
    if named != ["skill"]:
        extra = [key for key in ("order", "language") if key in values]
        if extra:
            return f"has {' and '.join(extra)} without a skill", "leave it out, or name a skill"
    return None


def _target(place: Place, **values: Any) -> Target:
    who = values.pop("person", None) or values.pop("number", None)
    skill = values.pop("skill", None)
    return Target(place, who=who.text if who else "", skill=skill.text if skill else "", **values)


_WHO = Reference(Text("a person, a number or desk", 200))
TARGET = Record(
    "Target",
    _target,
    "Whom to try: a person, a number, or everybody with a skill.",
    {
        "person": Key(ONE_NAME, "A person of this plan, or `desk`.", "person: maria"),
        "number": Key(ONE_NAME, "A number or SIP address to call.", 'number: "+43 1 5550100"'),
        "skill": Key(ONE_NAME, "Whoever has this skill and is at work.", "skill: reservations"),
        "order": Key(
            One(Word(("listed", "longest_idle", "round_robin", "all"))),
            "In which order people with the skill are tried: as `listed`, who has had no call for the longest time"
            " (`longest_idle`), in turn (`round_robin`), or `all` at once.",
            "order: longest_idle",
        ),
        "language": Key(
            One(Word(("preferred", "required", "ignored"))),
            "Whether those who speak the caller's language come first (`preferred`), alone (`required`), or anywhere"
            " (`ignored`).",
            "language: required",
        ),
        "rings": Key(RINGS, "For how many rings each is called.", "rings: 4"),
        "transfer": Key(TRANSFER, "Whether the desk announces the call first.", "transfer: direct"),
    },
    complete=_target_complete,
    short=Short(_short_target, Key(_WHO, "")),
)
TARGETS = Several(TARGET)

_VERBS = ("ring", "connect", "topic", "menu", "message", "say", "refuse", "back", "repeat")


def _action_complete(values: dict[str, Any]) -> tuple[str, str] | None:
    verbs = [verb for verb in _VERBS if verb in values]
    if not verbs:
        return "does nothing", "write one of " + ", ".join(_VERBS)
    if len(verbs) > 1:
        return f"does two things: {' and '.join(verbs)}", "write a list: [{...}, {...}]"
    for verb in ("back", "repeat"):
        if values.get(verb) is False:
            return f"says {verb}: no", f"write {verb}: yes, or leave it out"
    return None


def _action(place: Place, **values: Any) -> Action:
    verb = next(verb for verb in _VERBS if verb in values)
    value = values[verb]
    language = values.get("language", "")
    if verb == "ring":
        return Action("ring", place, targets=value, language=language)
    if verb == "say":
        return Action("say", place, words=value, language=language)
    name = value.text if isinstance(value, Name) else "" if isinstance(value, bool) else value
    return Action(cast(Verb, verb), value.place if isinstance(value, Name) else place, name=name, language=language)


ACTION = Record(
    "Action",
    _action,
    "One thing to do with a call.",
    {
        "ring": Key(TARGETS, "Ring the desk, people, numbers or a skill, one after the other.", "ring: desk"),
        "connect": Key(
            One(Word((DESK,))), "Open the headset of the desk when the receptionist is free.", "connect: desk"
        ),
        "topic": Key(ONE_NAME, "Do what this topic says.", "topic: emergency"),
        "menu": Key(ONE_NAME, "Let this menu speak.", "menu: night"),
        "message": Key(ONE_NAME, "Take a voice message for this service.", "message: reservations_office"),
        "say": Key(WORDS, "Say something and end the call.", "say: {en: We are closed today.}"),
        "refuse": Key(One(Word(("busy", "declined"))), "Turn the call away.", "refuse: busy"),
        "back": Key(One(Flag()), "In a menu: to the menu before.", "back: yes"),
        "repeat": Key(One(Flag()), "In a menu: say it again.", "repeat: yes"),
        "language": Key(One(Language()), "Speak this language from here on.", "language: de"),
    },
    complete=_action_complete,
)
ACTIONS = Several(ACTION)

_CALLERS = Several(Reference(Text(f"a number, a pattern, a list of numbers or {ANONYMOUS}", 200)))
_HOURS = Several(Reference(Text('hours, by name or as "Mo-Fr 08:00-18:00"', 1000)))
_ONE_HOURS = Reference(Text('hours, by name or as "Mo-Fr 08:00-18:00"', 1000))


def _conditions_complete(values: dict[str, Any]) -> tuple[str, str] | None:
    return None if values else ("asks nothing", "write a condition such as hours: night, or leave it out")


CONDITIONS = Record(
    "Conditions",
    Conditions,
    "All that is given must hold; of several values of one key, any.",
    {
        "caller": Key(_CALLERS, "Who calls: a number, a pattern, a list of numbers, `anonymous`.", 'caller: "+43*"'),
        "called": Key(_CALLERS, "Which of the line's numbers was called.", 'called: "+43 1 5550100"'),
        "hours": Key(_HOURS, "Hours that are open now.", "hours: night"),
        "switch": Key(NAMES, "A switch that is on.", "switch: night_service"),
        "language": Key(
            Several(Reference(Language())), "The language of the line, or chosen in a menu.", "language: de"
        ),
        "desk": Key(Several(One(Word(("free", "busy", "absent")))), "What the receptionist is doing.", "desk: absent"),
    },
    complete=_conditions_complete,
)

RULE = Record(
    "Rule",
    Rule,
    "The first rule of a line that fits the call counts.",
    {
        "when": Key(CONDITIONS, "When the rule fits. Without it: always.", "when: {hours: night}"),
        "unless": Key(CONDITIONS, "When it does not fit.", "unless: {caller: regulars}"),
        "do": Key(ACTIONS, "What to do; of several things the first that can be done.", "do: {ring: desk}", True),
    },
)

LINE = Record(
    "Line",
    Line,
    "Numbers that are called, and what happens with their calls.",
    {
        "called": Key(
            Several(Reference(Text("a called number or a pattern", 200))),
            "The line's numbers. A line without is that of every other number.",
            'called: ["+43 1 5550100", "100"]',
        ),
        "greeting": Key(WORDS, "What the receptionist says first; variables in braces.", "greeting: {en: Hello}"),
        "language": Key(One(Language()), "Language of this line's callers.", "language: de"),
        "rules": Key(Several(RULE), "Looked at from the top; the last one without `when`.", "rules: [...]", True),
        "on_deadline": Key(
            ACTIONS,
            "What happens when the desk has not lifted by the end of the third ring.",
            "on_deadline: {menu: busy}",
        ),
    },
)

PERSON = Record(
    "Person",
    Person,
    "Somebody calls can be put through to.",
    {
        "name": Key(One(Text()), "Name as people read it.", "name: Maria Huber"),
        "call": Key(Reference(Text("a number or a SIP address", 200)), "What is dialled.", 'call: "205"', True),
        "skills": Key(NAMES, "What this person is competent for.", "skills: [reservations, groups]"),
        "languages": Key(Several(Reference(Language())), "Languages this person speaks.", "languages: [de, en]"),
        "hours": Key(_ONE_HOURS, "When this person is at work. Without it: always.", "hours: reservations"),
        "away": Key(_ONE_HOURS, "When this person is away although at work.", 'away: "2026 Dec 24-2027 Jan 06"'),
        "ring": Key(RINGS, "For how many rings this person is called.", "ring: 4"),
        "transfer": Key(TRANSFER, "Whether the desk announces the call first.", "transfer: direct"),
        "presence": Key(
            PRESENCE,
            "Whether the PBX is asked who is in a call: by its dialogs (`dialog`; where the PBX refuses that, by"
            " `presence`), by `presence` alone, or not at all (`no`). Without it: as `desk` says.",
            "presence: dialog",
        ),
    },
)

SERVICE = Record(
    "Service",
    lambda place, email, name="": Service(place, email, name),
    "Who answers messages.",
    {
        "name": Key(One(Text()), "Name as people read it.", "name: Reservations"),
        "email": Key(
            One(Text("an e-mail address", 254, r"[^@\s]+@[^@\s]+\.[^@\s.]+")),
            "Where messages go.",
            "email: reservations@hotel.example",
            True,
        ),
    },
)

TOPIC = Record(
    "Topic",
    Topic,
    "A matter that callers have, and who is competent for it.",
    {
        "label": Key(WORDS, "What the receptionist reads.", "label: {en: Change a booking}"),
        "desk": Key(One(Flag()), "Whether the desk is competent itself.", "desk: no"),
        "to": Key(TARGETS, "Who is tried, in this order.", "to: [{skill: reservations}, duty_manager]"),
        "otherwise": Key(ACTIONS, "What happens when nobody takes it.", "otherwise: {message: reservations_office}"),
        "emergency": Key(
            One(Flag()),
            "Danger to life, health or property: never waits for a ring, hours, menus or presence.",
            "emergency: yes",
        ),
        "escalate": Key(TARGETS, "Who is tried when the receptionist asks for a supervisor.", "escalate: director"),
        "transfer": Key(TRANSFER, "Whether the desk announces the call first.", "transfer: direct"),
        "rings": Key(RINGS, "For how many rings each is called.", "rings: 4"),
        "code": Key(STAR_CODE, "What the receptionist dials for this topic.", 'code: "*41"'),
    },
)

NO_KEY = Record(
    "NoKey",
    lambda place, **values: NoKey(place, **values),
    "What happens when the caller presses nothing.",
    {
        "after": Key(
            One(Seconds(1, 60)), "How long the menu waits after it has spoken.", "after: 8s", attribute="after_s"
        ),
        "repeat": Key(One(Whole(1, 9)), "How often the menu is said in all.", "repeat: 2"),
        "then": Key(ACTIONS, "What happens then.", "then: {message: reservations_office}", True),
    },
)

WRONG_KEY = Record(
    "WrongKey",
    WrongKey,
    "What happens after a key that means nothing.",
    {
        "say": Key(WORDS, "Said before the menu speaks again.", "say: {en: That key has no meaning here.}"),
        "tries": Key(One(Whole(1, 9)), "After so many of them `then` happens.", "tries: 3"),
        "then": Key(ACTIONS, "What happens then; without it, what happens without a key.", "then: {ring: desk}"),
    },
)


@dataclass(frozen=True)
class MenuKeys:
    """Keys of a telephone, with what each does. Remembers where each is written."""

    def read(self, node: Node, what: str, report: Report) -> Any:
        named = Named(ACTIONS, "a key", pattern=MENU_KEY, advice="one of 0 to 9, * and # (# in quotes)")
        values = named.read(node, what, report)
        if values is UNUSABLE or not isinstance(node, MappingNode):
            return values
        return values, {key: node.entries[key].key_place for key in values}

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "patternProperties": {f"^(?:{MENU_KEY.pattern})$": ACTIONS.json_schema()},
            "additionalProperties": False,
        }


def _menu(place: Place, say: Words, no_key: NoKey, keys: Any = None, wrong_key: WrongKey | None = None) -> Menu:
    actions, places = keys or ({}, {})
    return Menu(place, say, actions, no_key, wrong_key, places)


MENU = Record(
    "Menu",
    _menu,
    "A voice that offers keys.",
    {
        "say": Key(WORDS, "What is said: a text, or a sound file.", "say: {en: Press 1 for ...}", True),
        "keys": Key(MenuKeys(), "Key: what it does.", "keys: {1: {topic: change_booking}}"),
        "no_key": Key(NO_KEY, "Without a key.", "no_key: {then: {message: reservations_office}}", True),
        "wrong_key": Key(WRONG_KEY, "After a key that means nothing.", "wrong_key: {tries: 3}"),
    },
)

SWITCH = Record(
    "Switch",
    Switch,
    "Something the receptionist turns on and off by hand, such as night service.",
    {
        "label": Key(WORDS, "What the receptionist reads.", "label: {en: Night service}"),
        "code": Key(STAR_CODE, "What the receptionist dials to turn it.", 'code: "*28"'),
        "opens": Key(NAMES, "Hours that are open while it is on.", "opens: night"),
        "closes": Key(NAMES, "Hours that are closed while it is on.", "closes: [office]"),
    },
)

DATE = Record(
    "Dates",
    lambda place, on, hours, note="": DateOverride(place, on[0], on[1], hours, note),
    "Other hours on some days.",
    {
        "on": Key(One(Days()), "The day or the days.", "on: 2026-12-24", True),
        "hours": Key(
            Named(_ONE_HOURS, "the name of hours"),
            "Hours by name, and what counts instead.",
            'hours: {office: "off"}',
            True,
        ),
        "note": Key(One(Text()), "Why.", "note: Christmas Eve"),
    },
)


@dataclass(frozen=True)
class CsvColumn:
    """Numbers in a column of a CSV file."""

    place: Place
    csv: Any
    column: str = ""


CSV = Record(
    "CsvNumbers",
    lambda place, csv, column="": CsvColumn(place, csv, column),
    "Numbers in a column of a CSV file.",
    {
        "csv": Key(One(File()), "Path of the file, from this file.", "csv: regulars.csv", True),
        "column": Key(One(Text()), "Heading of the column; without it the first column.", "column: phone"),
    },
)


@dataclass(frozen=True)
class NumberListForm:
    """Numbers and patterns, or those of a CSV file."""

    def read(self, node: Node, what: str, report: Report) -> Any:
        if isinstance(node, MappingNode):
            return CSV.read(node, what, report)
        values = _CALLERS.read(node, what, report)
        return values if values is UNUSABLE else NumberList(node.place, values)

    def json_schema(self) -> dict[str, Any]:
        return {"anyOf": [_CALLERS.json_schema(), CSV.json_schema()]}


DESK_RULES = Record(
    "Desk",
    DeskRules,
    "What holds for every line and attempt that does not say otherwise.",
    {
        "on_deadline": Key(ACTIONS, "As a line's `on_deadline`.", "on_deadline: {menu: busy}"),
        "rings": Key(RINGS, "For how many rings somebody is called.", "rings: 5"),
        "transfer": Key(TRANSFER, "Whether the desk announces calls first.", "transfer: announced"),
        "presence": Key(
            PRESENCE, "As a person's `presence`: for everybody with an internal number.", "presence: dialog"
        ),
        "supervisor": Key(TARGETS, "Who is tried when a supervisor is asked for.", "supervisor: duty_manager"),
    },
)

SECTIONS: dict[str, Key] = {
    "numbers": Key(Named(NumberListForm(), "the name of a list", (ANONYMOUS,)), "Numbers under a name.", "numbers: {}"),
    "hours": Key(
        Named(_ONE_HOURS, "the name of hours", ("off", "open", "closed")),
        "Opening hours under a name, as OpenStreetMap writes them.",
        'hours: {office: "Mo-Fr 08:00-18:00; PH off"}',
    ),
    "dates": Key(Several(DATE, least=0), "Other hours on certain days.", "dates: []"),
    "switches": Key(Named(SWITCH, "the name of a switch"), "What is turned on and off by hand.", "switches: {}"),
    "people": Key(Named(PERSON, "the name of a person", (DESK,)), "Who takes calls.", "people: {}"),
    "services": Key(Named(SERVICE, "the name of a service"), "Who answers messages.", "services: {}"),
    "topics": Key(Named(TOPIC, "the name of a topic"), "What callers want.", "topics: {}"),
    "menus": Key(Named(MENU, "the name of a menu"), "What callers hear.", "menus: {}"),
    "lines": Key(Named(LINE, "the name of a line"), "Which numbers are called.", "lines: {}"),
    "variables": Key(
        Named(WORDS, "the name of a variable"), "Words for {braces} in greetings and menus.", "variables: {}"
    ),
}
"""What included files may hold too."""

HEAD: dict[str, Key] = {
    "dialplan": Key(One(Version()), "Version of the language: 1.", "dialplan: 1", True),
    "name": Key(One(Text()), "Name of the plan.", "name: Hotel front office", True),
    "country": Key(One(Site()), "Country of the site: public holidays, notation of numbers.", "country: AT", True),
    "region": Key(
        One(Text("the second part of an ISO 3166-2 code", 20, r"[A-Za-z0-9]{1,20}")),
        "Region of the country whose public holidays count: BY for Bavaria.",
        "region: BY",
    ),
    "timezone": Key(One(Text("a time zone", 64)), "Time zone of the site.", "timezone: Europe/Vienna", True),
    "languages": Key(
        Several(Reference(Language())),
        "Languages spoken here; the first where nothing is known.",
        "languages: [en, de]",
    ),
    "callers_speak": Key(
        Named(_CALLERS, "a language", pattern=LANGUAGE, advice=LANGUAGE_ADVICE),
        "Callers who are taken to speak a language, unless their line says otherwise.",
        'callers_speak: {uk: "+380*"}',
    ),
    "include": Key(Several(One(File())), "Files with more sections, from this file.", "include: people.yaml"),
    "desk": Key(DESK_RULES, "What holds for the desk.", "desk: {rings: 5}"),
}
