"""``python -m benchmarks [NAME] [options]``, NAME being one of ``BENCHMARKS``.

Without a name: a short round of the first five. ``--help`` after a name lists its options.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import ModuleType

from benchmarks import (
    attack,
    cost,
    desk_phone,
    dialplan,
    edge,
    endurance,
    faults,
    headset,
    menu,
    mouth_to_ear,
    page,
    pickup,
    prosody,
    speech,
)
from benchmarks.figures import ratio, save

BENCHMARKS: dict[str, ModuleType] = {
    "speech": speech,
    "pickup": pickup,
    "cost": cost,
    "mouth_to_ear": mouth_to_ear,
    "endurance": endurance,
    "dialplan": dialplan,
    "prosody": prosody,
    "headset": headset,
    "desk_phone": desk_phone,
    "menu": menu,
    "page": page,
    "edge": edge,
    "attack": attack,
    "faults": faults,
}
SIP_AGENTS = ("phoneetiquette", "pjsua2")
"""Also baresip, linphone, or any command with {port} in it."""
SHORT_ROUND = ("speech", "prosody", "pickup", "cost", "mouth_to_ear")


def run(name: str, arguments: list[str]) -> None:
    benchmark = BENCHMARKS[name]
    defaults = getattr(benchmark, "AGENTS", SIP_AGENTS)
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks {name}",
        description=benchmark.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--agent",
        action="append",
        metavar="NAME|COMMAND",
        help="what to measure; repeat to compare (default: " + ", ".join(defaults) + ")",
    )
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    benchmark.add_arguments(parser)
    options = parser.parse_args(arguments)
    agents = options.agent or [*defaults]
    results = [benchmark.measure(agent, options) for agent in agents]
    print(f"\n{name}\n\n{benchmark.report(results)}", flush=True)
    ours = benchmark.headline(results[0])
    for result in results[1:]:
        theirs = benchmark.headline(result)
        shares = [f"{figure} {ratio(value, theirs.get(figure))}" for figure, value in ours.items()]
        print(f"{results[0]['agent']} against {result['agent']}: {', '.join(shares)}", flush=True)
    save(options.json, name, vars(options), results)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that agents and sound servers are stopped
    names = [word for word in sys.argv[1:2] if word in BENCHMARKS]
    if not names and sys.argv[1:] and sys.argv[1] not in ("-h", "--help"):
        raise SystemExit(f"unknown benchmark {sys.argv[1]!r} (known: {', '.join(BENCHMARKS)})")
    if sys.argv[1:2] in (["-h"], ["--help"]):
        raise SystemExit(__doc__)
    for name in names or SHORT_ROUND:
        run(name, sys.argv[2:])


if __name__ == "__main__":
    main()
