"""``devices``: the sound devices of this machine, under the names that the configuration takes."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator
from typing import Any

from phoneetiquette.audio.portaudio import Device, Direction, find_device, list_devices
from phoneetiquette.errors import DeviceError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the devices as JSON")


def run(args: argparse.Namespace) -> int:
    """0 when there are any, 1 when there are none."""
    devices = list_devices()
    defaults = {direction: _default(direction) for direction in ("input", "output")}
    if args.json:
        print(json.dumps([_as_json(device, defaults) for device in devices], indent=2, ensure_ascii=False))
    else:
        for line in in_words(devices, defaults):
            print(line)
    return 0 if devices else 1


def in_words(devices: tuple[Device, ...], defaults: dict[str, Device | None]) -> Iterator[str]:
    """One line for each device: its name, what it is good for, and whether it is used when none is named."""
    if not devices:
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
