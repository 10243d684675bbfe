"""Our udev rule, judged by udev itself on virtual devices: headsets may be used, whatever else has buttons may not."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator

import pytest

from phoneetiquette.cli.headsets import RULES
from tests.peers.virtual_headset import Model, Plugged, VirtualHeadsets, recorded

HEADSET = Model(
    vendor=0x1234, product_id=1, maker="Nobody", product="Never heard of", descriptor=recorded("built_generic")
)
KEYBOARD = Model(
    vendor=0x046D, product_id=2, maker="Logitech", product="Keyboard", descriptor=recorded("built_generic"), card=False
)


def judged(headsets: VirtualHeadsets, device: Plugged) -> str:
    """What udev makes of a new device with our rules in place of the machine's own."""
    sysfs = f"/sys/class/hidraw/{os.path.basename(device.node)}"
    steps = f"mount --bind {shlex.quote(str(RULES.parent))} /etc/udev/rules.d && exec udevadm test --action=add {sysfs}"
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", steps],
        env={**os.environ, **headsets.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def headsets() -> Iterator[VirtualHeadsets]:
    with VirtualHeadsets() as headsets:
        yield headsets


def test_a_headset_may_be_used_by_who_sits_there_and_by_the_group_of_the_sound_cards(headsets: VirtualHeadsets) -> None:
    said = judged(headsets, headsets.plug(HEADSET))
    assert f"{RULES.name}:8 GROUP " in said
    assert f"{RULES.name}:8 MODE 0660" in said
    assert "run: 'uaccess'" in said, "the rule comes before the one that grants it"


def test_a_keyboard_may_not(headsets: VirtualHeadsets) -> None:
    said = judged(headsets, headsets.plug(KEYBOARD))
    assert f"{RULES.name}:7 Importing" in said
    assert " MODE 0660" not in said
    assert "run: 'uaccess'" not in said
