"""The command line: ``phoneetiquette VERB ...``.

A verb is a module, or an object in one, with ``add_arguments(parser)`` and ``run(args) -> int``. It is imported only
when it is used, so that ``--help`` and the verbs that ask a running seat start at once and need neither SIP nor sound.

Exit status: 0 fine; 1 the answer is negative; 2 bad input; 70 a fault of the program itself; 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from phoneetiquette import __version__
from phoneetiquette.errors import PhoneEtiquetteError


class Face(Protocol):
    """What a verb offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb's line in ``--help``, its module, and the object in it unless it is the module."""

    help: str
    module: str
    name: str = ""

    def load(self) -> Face:
        module = importlib.import_module(f"{__name__}.{self.module}")
        return cast(Face, getattr(module, self.name) if self.name else module)


VERBS: dict[str, Verb] = {
    "demo": Verb("show the whole product on this machine: a simulated guest calls", "demo"),
    "run": Verb("run a seat: the phone and its console", "run"),
    "office": Verb("serve reports, follow-ups and messages of the seats; no phone", "office"),
    "check": Verb("check configuration files and dialplans: every problem at once", "check"),
    "explain": Verb("where a call goes by a dialplan, and why", "explain"),
    "simulate": Verb("test a dialplan by calls with expected routes", "simulate"),
    "diff": Verb("which calls go elsewhere with another dialplan", "diff"),
    "config": Verb("show the effective configuration, secrets masked", "config"),
    "edge": Verb("the proxy in front of the seats: generate, check, status, unban", "edge"),
    "analyze": Verb("measure recorded calls: who talked, who interrupted, how it sounded", "analyze"),
    "calls": Verb("list, export and explain recorded calls", "calls"),
    "report": Verb("the figures of a day, a week, a month or any time", "report"),
    "messages": Verb("what customers want answered: list, claim, answer, dial back, export", "messages"),
    "wakeup": Verb("guests who want to be woken: add, list, cancel, export", "wakeup"),
    "status": Verb("what the running seat is doing", "client", "status"),
    "dial": Verb("call a number, or a sip: or tel: address", "client", "dial"),
    "answer": Verb("lift the ringing call (inside the ring window it is connected)", "client", "answer"),
    "hangup": Verb("end a call", "client", "hangup"),
    "hold": Verb("put a call on hold", "client", "hold"),
    "resume": Verb("take a call off hold", "client", "resume"),
    "mute": Verb("mute or unmute the microphone", "client", "mute"),
    "transfer": Verb("put a call through to someone else", "client", "transfer"),
    "machine": Verb("leave a call to the machine, which takes a message", "client", "machine"),
    "conference": Verb("join the two calls and the receptionist", "client", "conference"),
    "digits": Verb("send digits (DTMF) in a call", "client", "digits"),
    "stage": Verb("mark which stage of the talk has begun", "client", "stage"),
    "presence": Verb("say whether the receptionist is at the desk", "client", "presence"),
    "switch": Verb("turn a switch of the dialplan on or off", "client", "switch"),
    "person": Verb("say that somebody in the dialplan is absent, or not to be disturbed", "client", "person"),
    "reload": Verb("let the seat follow its dialplan as the file is now", "client", "reload"),
    "devices": Verb("list headsets and sound devices; test a headset", "devices"),
    "provision": Verb("configuration files for desk phones: write, check, have them read again", "provision"),
    "users": Verb("who may log in to the pages: list, add, remove, password, role", "users"),
    "backup": Verb("everything a seat keeps in one verified archive; the seat may run", "backup", "Backup"),
    "restore": Verb("put such an archive back", "backup", "Restore"),
    "journal": Verb("look into the journal: verify, show, count", "journal"),
    "doctor": Verb("say what is missing on this machine, and mend what can be mended", "doctor"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status; ``argv`` is without the program's name.

    An error is one line on standard error; a traceback comes before it only with ``--debug``.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    try:
        try:
            args, face = _parse(words)
            return face.run(args)
        finally:
            sys.stdout.flush()  # here, where a reader who is gone can still be forgiven
    except PhoneEtiquetteError as error:
        return _complain(str(error), 2, debug)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output is gone: no error. The interpreter must not find it out again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _complain(f"{where}{error.strerror or error}", 2, debug)
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        return _complain(f"unexpected {what} (please report it with what --debug shows)", 70, debug)


def _parse(words: list[str]) -> tuple[argparse.Namespace, Face]:
    """Reads the command line with the arguments of the one verb that is named in it."""
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show where an error comes from"
    )
    parser = argparse.ArgumentParser(
        prog="phoneetiquette",
        description="A phone for people who answer for an organisation.",
        parents=[everywhere],
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=16),
    )
    parser.add_argument("--version", action="version", version=f"phoneetiquette {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    chosen = next((word for word in words if not word.startswith("-")), None)
    face: Face | None = None
    for name, verb in VERBS.items():
        subparser = verbs.add_parser(name, help=verb.help, description=verb.help, parents=[everywhere])
        if name == chosen:
            face = verb.load()
            face.add_arguments(subparser)
    args = parser.parse_args(words)
    assert face is not None, "argparse ends the program when no verb is given"
    return args, face


def _complain(what: str, status: int, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exc()
    print(what, file=sys.stderr)
    return status
