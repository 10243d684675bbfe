"""Manual pages and the shell's completion, made of what the verbs say of themselves, for packages.

``python -m phoneetiquette.cli.manual DIRECTORY`` writes ``phoneetiquette.1``, a ``phoneetiquette-VERB.1`` for each
verb, and ``phoneetiquette.bash-completion``.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from phoneetiquette import __version__
from phoneetiquette.cli import VERBS

_EXIT_STATUS = (
    ("0", "fine"),
    ("1", "the answer is negative"),
    ("2", "bad input"),
    ("70", "a fault of the program itself"),
    ("130", "interrupted"),
)
_FILES = (
    ("~/.config/phoneetiquette/phoneetiquette.yaml", "the configuration of a user's seat"),
    ("/etc/phoneetiquette/SEAT.yaml", "the configuration of a seat that is a system service"),
    ("~/.local/state/phoneetiquette/SEAT, /var/lib/phoneetiquette/SEAT", "journal, records and voice messages"),
    ("/usr/share/doc/phoneetiquette", "the whole documentation"),
)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m phoneetiquette.cli.manual DIRECTORY", file=sys.stderr)
        return 2
    write(Path(arguments[0]))
    return 0


def write(directory: Path) -> None:
    """Write all of them; the directory is made."""
    directory.mkdir(parents=True, exist_ok=True)
    parsers = {name: _parser(name) for name in VERBS}
    (directory / "phoneetiquette.1").write_text(_overview(), encoding="utf-8")
    for name, parser in parsers.items():
        (directory / f"phoneetiquette-{name}.1").write_text(_page(name, parser), encoding="utf-8")
    (directory / "phoneetiquette.bash-completion").write_text(_completion(parsers), encoding="utf-8")


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"phoneetiquette {name}", description=VERBS[name].help)
    parser.add_argument("--debug", action="store_true", help="show where an error comes from")
    VERBS[name].load().add_arguments(parser)
    return parser


# ------------------------------------------------------------------------------------------------ manual pages


def _overview() -> str:
    lines = [*_head("phoneetiquette", "a phone for people who answer for an organisation")]
    lines += [".SH SYNOPSIS", ".B phoneetiquette", "VERB ...", ".SH DESCRIPTION"]
    lines += ["A SIP softphone for receptionists. Each verb has a page of its own:", r".BR phoneetiquette\-VERB (1)."]
    lines.append(".SH VERBS")
    for name, verb in VERBS.items():
        lines += [".TP", f".B {_escaped(name)}", _escaped(_sentence(verb.help))]
    lines.append(".SH FILES")
    for path, what in _FILES:
        lines += [".TP", f".I {_escaped(path)}", _escaped(_sentence(what))]
    return "\n".join([*lines, *_exit_status()]) + "\n"


def _page(name: str, parser: argparse.ArgumentParser) -> str:
    lines = [*_head(f"phoneetiquette-{name}", VERBS[name].help), ".SH SYNOPSIS"]
    lines += [".nf", *map(_escaped, parser.format_usage().removeprefix("usage: ").splitlines()), ".fi"]
    lines += [".SH DESCRIPTION", _escaped(_sentence(VERBS[name].help)), ".SH OPTIONS", *_options(parser)]
    for action, inner in _actions(parser):
        lines += [f".SS {_escaped(action)}", _escaped(_sentence(inner.description or "")), *_options(inner)]
    return "\n".join([*lines, *_exit_status(), ".SH SEE ALSO", ".BR phoneetiquette (1)"]) + "\n"


def _head(title: str, what: str) -> Iterator[str]:
    yield f'.TH {_escaped(title.upper())} 1 "" "phoneetiquette {__version__}" "phoneetiquette"'
    yield ".SH NAME"
    yield f"{_escaped(title)} \\- {_escaped(what)}"


def _exit_status() -> Iterator[str]:
    yield ".SH EXIT STATUS"
    for status, what in _EXIT_STATUS:
        yield from (".TP", f".B {status}", _escaped(_sentence(what)))


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    formatter = parser.formatter_class(prog=parser.prog)
    for action in parser._actions:  # argparse offers them nowhere else
        if isinstance(action, argparse._SubParsersAction):
            continue
        value = "" if action.nargs == 0 else str(action.metavar or (action.dest if action.choices is None else ""))
        if action.choices is not None and not value:
            value = "{" + ",".join(map(str, action.choices)) + "}"
        name = ", ".join(action.option_strings) or value
        what = formatter._expand_help(action) if action.help else ""
        given = f" {value}" if action.option_strings and value else ""
        yield from (".TP", f".B {_escaped(name + given)}", _escaped(_sentence(what)))


def _actions(parser: argparse.ArgumentParser) -> list[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return list(action.choices.items())
    return []


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""


def _escaped(text: str) -> str:
    """For troff: its escape, hyphens that are typed, and lines that would be requests."""
    plain = re.sub(r"([\\-])", lambda found: r"\e" if found[1] == "\\" else r"\-", " ".join(text.split()) or " ")
    return r"\&" + plain if plain.startswith((".", "'")) else plain


# ------------------------------------------------------------------------------------------------ completion


def _completion(parsers: dict[str, argparse.ArgumentParser]) -> str:
    cases = [f"        {name}) words='{' '.join(_words(parser))}' ;;" for name, parser in parsers.items()]
    return "\n".join(
        [
            "# Completion for phoneetiquette(1): verbs, their actions and options; else files.",
            "_phoneetiquette() {",
            '    local current=${COMP_WORDS[COMP_CWORD]} words=""',
            "    if [ $COMP_CWORD = 1 ]; then",
            f"        words='{' '.join(VERBS)} --help --version'",
            '    else case "${COMP_WORDS[1]}" in',
            *cases,
            "    esac fi",
            '    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")',
            "}",
            "complete -o default -F _phoneetiquette phoneetiquette",
            "",
        ]
    )


def _words(parser: argparse.ArgumentParser) -> list[str]:
    """What may follow a verb; options of its actions among it."""
    actions = _actions(parser)
    options = [
        option
        for one in (parser, *(inner for _, inner in actions))
        for act in one._actions
        for option in act.option_strings
    ]
    return list(dict.fromkeys([*(name for name, _ in actions), *(word for word in options if word.startswith("--"))]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
