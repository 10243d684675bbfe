"""``devices``: headsets as a person sees them, and sound devices under the names that the configuration takes.

``devices test`` walks through a headset: tone, microphone, buttons, lamps. ``devices permit`` lets users at headsets.
"""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from phoneetiquette import config as configuration
from phoneetiquette.audio.portaudio import Device, Direction, find_device, list_devices
from phoneetiquette.cli import headset_test, headsets
from phoneetiquette.errors import DeviceError
from phoneetiquette.headset.found import Headset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        choices=("list", "test", "permit"),
        default="list",
        help="list them (default); test a headset: tone, microphone, lamps, buttons; permit users of this machine to"
        " use the buttons of headsets (as root)",
    )
    parser.add_argument("--json", action="store_true", help="print the devices as JSON")
    headset_test.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """0 when there are any, 1 when there are none; of a test, 1 when something did not work."""
    if args.what == "permit":
        return headsets.permit()
    if args.what == "test":
        return headset_test.run(args)
    phones = _desk_phones(args.config)
    found = headsets.plugged_in()
    trouble: DeviceError | None = None
    devices: tuple[Device, ...] = ()
    try:
        devices = list_devices()
    except DeviceError as error:
        trouble = error  # the buttons of a headset can be seen all the same
    if trouble and not found and not phones:
        raise trouble
    defaults = {direction: _default(direction) if devices else None for direction in ("input", "output")}
    if args.json:
        told = [_as_json(device, defaults) for device in devices]
        everything = {"desk_phones": phones, "headsets": list(map(headsets.as_json, found)), "sound": told}
        print(json.dumps(everything, indent=2, ensure_ascii=False))
    else:
        for phone in phones:
            print(f"Desk phone {phone['address']}: {'; '.join(phone['can'])}")
        for line in in_words(devices, defaults, found):
            print(line)
        if trouble:
            print(trouble)
    return 0 if devices or found or phones else 1


def _desk_phones(file: Path | None) -> list[dict[str, Any]]:
    """The desk phones of the configuration, and what each can be made to do."""
    config = configuration.inspect(file, starting=False).config
    if config.seat.hardware != "desk_phone" or config.desk_phone is None:
        return []
    from phoneetiquette.cli.desk_phones import abilities

    addresses = (config.desk_phone.address, *config.desk_phone.also)
    return [{"address": address, "can": list(abilities(config, address))} for address in addresses]


def in_words(
    devices: tuple[Device, ...], defaults: dict[str, Device | None], found: tuple[Headset, ...] = ()
) -> Iterator[str]:
    """A line for each headset and how well it is; then one for each sound device: its name, what it is good for, and
    whether it is used when none is named."""
    for headset in found:
        yield from headsets.in_words(headset)
    if found and devices:
        yield ""
    if not devices:
        if not found:
            yield "There is no sound device here: plug in a headset. Without one calls are answered without sound."
        return
    width = max(len(device.name) for device in devices)
    for device in devices:
        uses = [use for use, channels in (("microphone", device.inputs), ("ear", device.outputs)) if channels]
        roles = [
            role for role, direction in (("microphone", "input"), ("ear", "output")) if defaults[direction] == device
        ]
        mark = f"  <- default {' and '.join(roles)}" if roles else ""
        yield f"{device.name:<{width}}  {' and '.join(uses) or 'nothing'}{mark}"
    yield ""
    yield "A part of the name that no other device has is enough: audio: {headset: {input: ..., output: ...}}"


def _default(direction: Direction) -> Device | None:
    with contextlib.suppress(DeviceError):
        return find_device(None, direction)
    return None


def _as_json(device: Device, defaults: dict[str, Device | None]) -> dict[str, Any]:
    return {
        "name": device.name,
        "inputs": device.inputs,
        "outputs": device.outputs,
        "default_rate_hz": device.default_rate_hz,
        "host_api": device.host_api,
        "default_input": defaults["input"] == device,
        "default_output": defaults["output"] == device,
    }
