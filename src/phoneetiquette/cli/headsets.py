"""What the command line says of headsets, and how it gets users the leave to use them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from phoneetiquette.config import Config
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.headset import found
from phoneetiquette.headset.controls import Button, Lamp
from phoneetiquette.headset.found import Headset
from phoneetiquette.headset.hid import PERMIT

RULES = Path(__file__).parents[1] / "hardware" / "udev" / "70-phoneetiquette-headset.rules"
RULES_DIRECTORY = Path("/etc/udev/rules.d")
UDEV_RUNS = Path("/run/udev/control")


def plugged_in() -> tuple[Headset, ...]:
    """All headsets, with call buttons or without."""
    return found.headsets()


def used(config: Config, headsets: tuple[Headset, ...]) -> Headset | None:
    """The one whose buttons a seat with this configuration uses."""
    sound = config.audio.headset
    names = (sound.input, sound.output, sound.spare_input, sound.spare_output)
    return found.choose(headsets, config.headset.device, tuple(filter(None, names)))


def in_words(headset: Headset) -> Iterator[str]:
    """How well a headset is, in one line, and what to do about it in another."""
    yield f"{headset.name}: {', '.join(_state(headset))}"
    if headset.node and not headset.may_use:
        yield f"    let yourself use its buttons, once: sudo {this_program()} {PERMIT.partition(' ')[2]}"


def _state(headset: Headset) -> Iterator[str]:
    card = headset.card
    if card is None:
        yield "no sound"
    elif card.has_microphone and card.has_ear:
        yield "sound ok"
    else:
        yield "no microphone" if card.has_ear else "no ear"
    if headset.controls is None:
        yield "no call buttons"
    elif not headset.may_use:
        yield "buttons and lamp not permitted"
    else:
        yield "buttons ok" if headset.controls.has(Button.HOOK) else "mute button ok, no call button"
        yield "lamp ok" if headset.controls.has(Lamp.OFF_HOOK) else "no lamp"


def as_json(headset: Headset) -> dict[str, Any]:
    controls = headset.controls
    return {
        "name": headset.name,
        "vendor_id": f"{headset.vendor_id:04x}",
        "product_id": f"{headset.product_id:04x}",
        "serial": headset.serial,
        "profile": headset.profile.name,
        "sound_card": headset.card.number if headset.card else None,
        "node": headset.node or None,
        "permitted": headset.may_use,
        "buttons": list(dict.fromkeys(one.button for one in controls.buttons)) if controls else [],
        "lamps": list(dict.fromkeys(lamp for lamp, _ in controls.lamps)) if controls else [],
    }


def this_program() -> str:
    """How the user would start it as somebody else: its whole path where it is not on everybody's."""
    program = Path(sys.argv[0])
    return str(program.resolve()) if program.name == "phoneetiquette" and program.exists() else "phoneetiquette"


def permit(directory: Path = RULES_DIRECTORY) -> int:
    """Install the udev rule that lets users of this machine use headsets, and have udev apply it now.

    Raises:
        ConfigurationError: this user may not, or there is no udev here.
    """
    target = directory / RULES.name
    try:
        directory.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(RULES, target)
        target.chmod(0o644)
    except PermissionError as error:
        command = f"sudo {this_program()} {PERMIT.partition(' ')[2]}"
        raise ConfigurationError(f"{target} cannot be written: {error.strerror}", f"run: {command}") from error
    print(f"{target} is installed.")
    if UDEV_RUNS.exists():
        for words in (["control", "--reload"], ["trigger", "--subsystem-match=hidraw", "--action=change"]):
            _udevadm(words)
        print("Whoever sits at this machine, and the group audio, may use the buttons of headsets from now on.")
    else:
        print("No udev runs here; it will be used when one does.")
    return 0


def _udevadm(words: list[str]) -> None:
    try:
        done = subprocess.run(["udevadm", *words], capture_output=True, text=True, timeout=30, check=False)
    except FileNotFoundError as error:
        raise ConfigurationError("udevadm is not there", "plug the headset in again, or restart the machine") from error
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        raise ConfigurationError(f"udevadm {words[0]}: {why}", "plug the headset in again, or restart the machine")
