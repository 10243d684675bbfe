"""``devices test``: a walk through one headset, so that it is known to work before the first call."""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

from phoneetiquette import config as configuration
from phoneetiquette.audio import portaudio
from phoneetiquette.audio.device_test import loudest_dbfs, play_tone
from phoneetiquette.cli import headsets
from phoneetiquette.cli.seat import running
from phoneetiquette.config import Config
from phoneetiquette.errors import ConfigurationError, DeviceError
from phoneetiquette.headset.controls import Button, Lamp, Style
from phoneetiquette.headset.found import Headset
from phoneetiquette.headset.hid import HidrawDevice
from phoneetiquette.headset.machine import Machine, Press
from phoneetiquette.units import NS_PER_S

TONE_S = 1.0
LISTEN_S = 3.0
FAINT_DBFS = -40.0
SILENT_DBFS = -70.0
"""Below this nothing was heard at all: the microphone is off, or another one is meant."""
LAMP_S = 1.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    test = parser.add_argument_group("devices test")
    test.add_argument(
        "--config", type=Path, metavar="FILE", help="the seat's configuration (default: the usual places)"
    )
    test.add_argument("--seconds", type=float, default=15.0, metavar="N", help="how long to wait for presses")
    test.add_argument("--silent", action="store_true", help="buttons and lamps only, no sound")


def run(args: argparse.Namespace) -> int:
    """0 when all that the headset has worked."""
    config = configuration.inspect(args.config, starting=False).config
    if any(one.name == config.seat.name for one in running()):
        raise ConfigurationError(f"seat {config.seat.name!r} is using the headset", "stop it while you test")
    headset = headsets.used(config, headsets.plugged_in())
    failed = False
    if not args.silent:
        failed |= not _step("tone", _tone(config))
        failed |= not _step("microphone", _microphone(config))
    if headset is None:
        _say("buttons: there is no headset with call buttons here that this seat would use")
        return 1
    _say(f"{headset.name} (profile {headset.profile.name})")
    try:
        device = HidrawDevice(headset.node)
    except DeviceError as error:
        _say(f"buttons: {error}")
        return 1
    try:
        failed |= not _step("lamps", _lamps(headset, device))
        failed |= not _step("buttons", _buttons(headset, device, args.seconds))
    finally:
        device.close()
    return int(failed)


def _step(name: str, words: Iterator[str]) -> bool:
    """Say what happens in one step; whether it went well."""
    try:
        for line in words:
            _say(f"{name}: {line}")
    except DeviceError as error:
        _say(f"{name}: {error}")
        return False
    return True


def _say(line: str) -> None:
    print(line, flush=True)


def _tone(config: Config) -> Iterator[str]:
    device = portaudio.find_device(config.audio.headset.output, "output")
    yield f"you should hear a soft tone for a second from {device.name}"
    play_tone(device, TONE_S)
    yield "played"


def _microphone(config: Config) -> Iterator[str]:
    device = portaudio.find_device(config.audio.headset.input, "input")
    yield f"say something for {LISTEN_S:.0f} seconds into {device.name}"
    loudest = loudest_dbfs(device, LISTEN_S)
    if loudest is None:
        raise DeviceError("nothing came from it", "see whether another program holds it")
    if loudest < SILENT_DBFS:
        raise DeviceError(f"only silence came ({loudest:.0f} dBFS)", "switch the microphone on, or choose another")
    yield f"loudest {loudest:.0f} dBFS, {'faint' if loudest < FAINT_DBFS else 'well'}"


def _lamps(headset: Headset, device: HidrawDevice) -> Iterator[str]:
    controls = headset.controls
    assert controls is not None
    lamps = [lamp for lamp in (Lamp.RING, Lamp.OFF_HOOK, Lamp.HOLD, Lamp.MUTE) if controls.has(lamp)]
    if not lamps:
        yield "it has none"
    for lamp in lamps:
        also = [Lamp.OFF_HOOK] if lamp in (Lamp.HOLD, Lamp.MUTE) else []  # outside a call they mean nothing to some
        yield f"{lamp} is lit now"
        for report in controls.reports([lamp, *also]):
            device.write(report)
        _drain(device, LAMP_S)
    for report in controls.reports([]):
        device.write(report)
    _drain(device, 0.5)


def _drain(device: HidrawDevice, seconds: float) -> None:
    """Let the headset answer, which means nothing here."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        device.read(left)


def _buttons(headset: Headset, device: HidrawDevice, seconds: float) -> Iterator[str]:
    controls = headset.controls
    assert controls is not None
    waiting = dict.fromkeys(one.button for one in controls.buttons)
    yield f"press each once within {seconds:.0f} seconds: {', '.join(waiting)}"
    start_ns = time.monotonic_ns()
    machine = Machine(controls.styled(headset.profile.styles), headset.profile, start_ns - 10 * NS_PER_S)
    machine.advance(start_ns)
    until = time.monotonic() + seconds
    pressed_hook_ns: list[int] = []
    while waiting and (left := until - time.monotonic()) > 0:
        report = device.read(left)
        now_ns = time.monotonic_ns()
        for press in machine.report(report, now_ns) if report else []:
            yield f"{press.button}{_switched(press)}"
            waiting.pop(press.button, None)
            if press.button is Button.HOOK:
                pressed_hook_ns.append(now_ns)
                # Follow it, as a seat would: a headset that gets no answer goes back by itself.
                for lamps in machine.controls.reports([Lamp.OFF_HOOK] if press.on else []):
                    device.write(lamps)
                machine.want([Lamp.OFF_HOOK] if press.on else [], now_ns)
    for lamps in controls.reports([]):
        device.write(lamps)
    if _bounced(pressed_hook_ns) and any(one.style is Style.STATE for one in controls.buttons):
        yield "the call button goes on and off with each press: set headset: {hook_style: toggle}"
    if waiting:
        raise DeviceError(f"not pressed: {', '.join(waiting)}", "press them, or do without")


def _switched(press: Press) -> str:
    if press.button is Button.HOOK:
        return " (off-hook)" if press.on else " (on-hook)"
    return ""


def _bounced(presses_ns: list[int]) -> bool:
    """Whether the hook came in pairs too close to be two presses."""
    return any(later - sooner < 0.4 * NS_PER_S for sooner, later in itertools.pairwise(presses_ns))
