"""Virtual USB headsets for other programs. Not for pytest's Python: run with Debian's, which has umockdev's bindings::

    umockdev-wrapper /usr/bin/python3 umockdev_testbed.py

Reads one JSON object a line: ``{"plug": {...}}``, ``{"report": HEX, "device": N}``, ``{"permit": N, "to_all": BOOL}``,
``{"unplug": N}``. Writes one for
each, and one for each output report of a program: ``{"lamp": HEX, "device": N, "at_ns": CLOCK_MONOTONIC}``. The first
line tells where the test bed is; a program with that as ``UMOCKDEV_DIR`` and with ``LD_PRELOAD`` sees the headsets.

A headset is what the kernel shows of one: a USB device with a HID device at a hidraw node and, if wanted, a sound card
that has no sound.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import struct
import sys
import termios
import time
import tty
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402

HIDIOCGRDESCSIZE, HIDIOCGRDESC = 0x80044801, 0x90044802  # linux/hidraw.h on x86-64 and arm64
ENOTTY = 25
ARRIVED_S = 0.02
"""So long a terminal may take to hand on what was written; a reader may have been quicker than we could see."""
UNREAD_S = 5.0
"""How long a report waits to be read."""


def tell(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def usb_descriptors(*, sound: bool) -> str:
    """What a USB device says of its interfaces: sound (if it has any), and buttons. Only the classes are true."""
    interfaces = [*([(1, 1, 0), (1, 2, 0), (1, 2, 0)] if sound else []), (3, 0, 0)]
    each = [bytes([9, 4, number, 0, 1, *kind, 0]) for number, kind in enumerate(interfaces)]
    device = bytes([18, 1, *[0] * 16])
    configuration = bytes([9, 2, 9 + 9 * len(each), 0, len(each), 1, 0, 0x80, 50])
    return (device + configuration + b"".join(each)).hex().upper()


class Device:
    """One plugged-in headset."""

    def __init__(self, testbed: Any, number: int, told: dict[str, Any]) -> None:
        self.number = number
        self.node = f"/dev/hidraw{number}"
        self._testbed = testbed
        self._descriptor = bytes.fromhex(told["descriptor"])
        self._fd = -1
        usb = f"/devices/pci0000:00/usb1/1-{number + 1}"
        interface = f"{usb}/1-{number + 1}:1.3"
        ids = "{vendor:04x} {product_id:04x}".format(**told).split()
        self._paths = [interface, usb]
        parts = [
            [
                f"P: {usb}",
                "E: SUBSYSTEM=usb",
                "E: DEVTYPE=usb_device",
                *(
                    f"A: {name}={value}\\n"
                    for name, value in {
                        "busnum": 1,
                        "devnum": number + 2,
                        "idVendor": ids[0],
                        "idProduct": ids[1],
                        "manufacturer": told["maker"],
                        "product": told["product"],
                        "serial": told["serial"],
                        "bcdDevice": "0100",
                    }.items()
                ),
                f"H: descriptors={usb_descriptors(sound=told['card'])}",
            ],
            [
                f"P: {interface}",
                "E: SUBSYSTEM=usb",
                "E: DEVTYPE=usb_interface",
                "A: bInterfaceNumber=03\\n",
                "A: bInterfaceClass=03\\n",
            ],
        ]
        if told["card"]:
            card = f"{usb}/1-{number + 1}:1.0/sound/card{number}"
            parts.append(
                [
                    f"P: {card}",
                    "E: SUBSYSTEM=sound",
                    "L: device=../../../" + f"1-{number + 1}:1.0",
                    f"A: number={number}\\n",
                ]
            )
            parts += [[f"P: {card}/pcmC{number}D0{end}", "E: SUBSYSTEM=sound"] for end in "cp"]
            parts.insert(1, [f"P: {usb}/1-{number + 1}:1.0", "E: SUBSYSTEM=usb", "E: DEVTYPE=usb_interface"])
            self._paths[:0] = [*(f"{card}/pcmC{number}D0{end}" for end in "cp"), card, f"{usb}/1-{number + 1}:1.0"]
        if self._descriptor:
            hid = "{}/0003:{vendor:04X}:{product_id:04X}.{:04X}".format(interface, number + 1, **told)
            parts += [
                [
                    f"P: {hid}",
                    "E: SUBSYSTEM=hid",
                    "E: HID_ID=0003:{vendor:08X}:{product_id:08X}".format(**told),
                    "E: HID_NAME={maker} {product}".format(**told),
                    "E: HID_UNIQ={serial}".format(**told),
                    f"H: report_descriptor={self._descriptor.hex().upper()}",
                ],
                [
                    f"P: {hid}/hidraw/hidraw{number}",
                    f"N: hidraw{number}",
                    f"E: DEVNAME={self.node}",
                    "E: SUBSYSTEM=hidraw",
                    "E: MAJOR=245",
                    f"E: MINOR={number}",
                    f"L: device=../../../{os.path.basename(hid)}",
                ],
            ]
            self._paths[:0] = [f"{hid}/hidraw/hidraw{number}", hid]
        if self._descriptor:
            # Before the device is there: a program opens it as soon as it sees it.
            self._handler = UMockdev.IoctlBase()
            self._handler.connect("handle-ioctl", self._on_ioctl)
            self._handler.connect("handle-write", self._on_write)
            testbed.attach_ioctl(self.node, self._handler)
        testbed.add_from_string("".join("\n".join(part) + "\n\n" for part in parts))
        if self._descriptor:
            self._fd = testbed.get_dev_fd(self.node)
            tty.setraw(self._fd)
            self._end = os.open(testbed.get_root_dir() + self.node, os.O_RDWR | os.O_NOCTTY)
            self.permit(True)

    def _on_ioctl(self, _base: object, client: Any) -> bool:
        request, argument = client.get_property("request") & 0xFFFFFFFF, client.get_property("arg")
        size = len(self._descriptor)
        if request == HIDIOCGRDESCSIZE:
            argument.resolve(0, 4).update(0, struct.pack("<i", size))
            client.complete(0, 0)
        elif request == HIDIOCGRDESC:
            argument.resolve(0, 4100).update(0, struct.pack("<I", size) + self._descriptor)
            client.complete(0, 0)
        else:
            client.complete(-1, ENOTTY)
        return True

    def _on_write(self, _base: object, client: Any) -> bool:
        data = bytes(client.get_property("arg").retrieve())
        tell(lamp=data.hex(), device=self.number, at_ns=time.monotonic_ns())
        client.complete(len(data), 0)
        return True

    def report(self, data: bytes) -> int:
        """Send an input report; when that was.

        A terminal knows no reports, only bytes: one has to be read before the next is written.
        """
        deadline = time.monotonic() + UNREAD_S
        while self._unread() and time.monotonic() < deadline:
            time.sleep(0.0005)
        os.write(self._fd, data)
        sent_ns = time.monotonic_ns()
        arrived = time.monotonic() + ARRIVED_S
        while not self._unread() and time.monotonic() < arrived:
            time.sleep(0.0005)
        return sent_ns

    def _unread(self) -> int:
        return int.from_bytes(fcntl.ioctl(self._end, termios.FIONREAD, bytes(4)), sys.byteorder)

    def permit(self, to_all: bool) -> None:
        root = self._testbed.get_root_dir()
        os.chmod(root + self.node, 0o666 if to_all else 0)
        for folder, _, sockets in os.walk(root + "/ioctl"):
            for socket in sockets:
                os.chmod(os.path.join(folder, socket), 0o777)  # noqa: S103 - not what is forbidden

    def unplug(self) -> None:
        if self._fd >= 0:
            self._testbed.detach_ioctl(self.node)
            os.close(self._end)
            os.close(self._fd)
            os.unlink(self._testbed.get_root_dir() + self.node)
        for path in self._paths:
            self._testbed.remove_device("/sys" + path)


def main() -> None:
    testbed = UMockdev.Testbed.new()
    loop = GLib.MainLoop()
    devices: dict[int, Device] = {}
    numbers = itertools.count()
    rest = b""

    def on_input(fd: int, _condition: object) -> bool:
        nonlocal rest
        came = os.read(fd, 65536)
        if not came:
            loop.quit()
            return False
        *lines, rest = (rest + came).split(b"\n")
        for line in lines:
            obey(json.loads(line))
        return True

    def obey(told: dict[str, Any]) -> None:
        if "plug" in told:
            number = next(numbers)  # a place is not used twice: umockdev remembers some of who was there
            devices[number] = Device(testbed, number, told["plug"])
            tell(plugged=number, node=devices[number].node)
        elif "report" in told:
            tell(sent=told["device"], at_ns=devices[told["device"]].report(bytes.fromhex(told["report"])))
        elif "permit" in told:
            devices[told["permit"]].permit(told["to_all"])
            tell(permitted=told["permit"])
        elif "unplug" in told:
            devices.pop(told["unplug"]).unplug()
            tell(unplugged=told["unplug"])

    GLib.unix_fd_add_full(
        GLib.PRIORITY_DEFAULT, sys.stdin.fileno(), GLib.IOCondition.IN | GLib.IOCondition.HUP, on_input
    )
    os.chmod(testbed.get_root_dir(), 0o755)  # noqa: S103 - a program under test may run as somebody else
    tell(root=testbed.get_root_dir())
    loop.run()


if __name__ == "__main__":
    main()
