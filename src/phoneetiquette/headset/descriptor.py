"""Reads a HID report descriptor: which bits of which report mean what. Pure.

Sources: USB-IF, *Device Class Definition for HID 1.11*, 5.4 (item parser), 6.2.2 (items), 8 (report protocol).

A device says with it how its reports are laid out, so no table of products is needed. Hubs and headsets get it wrong in
small ways all the time; what cannot be read raises, what is merely odd is read as far as it goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum

LARGEST_REPORT_BITS = 4096 * 8
"""Headsets use 64 bytes at most; this bounds what a broken one can ask for."""
MOST_FIELDS = 4096


class DescriptorError(ValueError):
    """These bytes are no report descriptor."""


class Kind(StrEnum):
    """Which way a report goes."""

    INPUT = "input"
    OUTPUT = "output"
    FEATURE = "feature"


@dataclass(frozen=True, slots=True, order=True)
class Usage:
    """What something is for: a number on a page of the HID Usage Tables."""

    page: int
    id: int

    def __str__(self) -> str:
        return f"{self.page:02x}:{self.id:02x}"


@dataclass(frozen=True, slots=True)
class Field:
    """One value in a report.

    A *variable* field has one usage, and its value is that of the control. An *array* field has several, and its value
    says which of them is pressed: ``usages[value - logical_min]``.
    """

    kind: Kind
    report_id: int
    """0 where the device numbers no reports."""
    bit_offset: int
    """Counted from the first bit after the report id."""
    bit_size: int
    usages: tuple[Usage, ...]
    logical_min: int
    logical_max: int
    variable: bool
    relative: bool
    preferred_state: bool
    """The control goes back to its state of rest by itself, as a push button does."""
    collections: tuple[Usage, ...]
    """The collections it is in, from the outermost; the first is what the device as a whole is for."""

    def read(self, payload: bytes) -> int | None:
        """Its value in a report's bytes (without the report id); ``None`` when the report is too short."""
        if self.bit_offset + self.bit_size > 8 * len(payload):
            return None
        bits = int.from_bytes(payload, "little") >> self.bit_offset & ((1 << self.bit_size) - 1)
        signed = self.logical_min < 0 and bits >> (self.bit_size - 1)
        return bits - (1 << self.bit_size) if signed else bits


@dataclass(frozen=True, slots=True)
class Descriptor:
    """All fields of a device's reports, constants left out, and how long its reports are."""

    fields: tuple[Field, ...]
    report_bits: dict[tuple[Kind, int], int]
    """Kind and id of a report -> its length in bits, without the id."""

    @property
    def numbered(self) -> bool:
        """Whether every report begins with a byte that is its id (HID 1.11, 8.1)."""
        return any(report_id for _, report_id in self.report_bits)


class _Tag(IntEnum):
    """Tag and type of the items that matter here: their first byte without its two bits of size (HID 1.11, 6.2.2)."""

    INPUT = 0x80
    OUTPUT = 0x90
    FEATURE = 0xB0
    COLLECTION = 0xA0
    END_COLLECTION = 0xC0
    USAGE_PAGE = 0x04
    LOGICAL_MIN = 0x14
    LOGICAL_MAX = 0x24
    REPORT_SIZE = 0x74
    REPORT_ID = 0x84
    REPORT_COUNT = 0x94
    PUSH = 0xA4
    POP = 0xB4
    USAGE = 0x08
    USAGE_MIN = 0x18
    USAGE_MAX = 0x28


_LONG = 0xFE
_KINDS = {_Tag.INPUT: Kind.INPUT, _Tag.OUTPUT: Kind.OUTPUT, _Tag.FEATURE: Kind.FEATURE}

# Bits of a main item's data (HID 1.11, 6.2.2.5).
_CONSTANT, _VARIABLE, _RELATIVE, _NO_PREFERRED = 0x01, 0x02, 0x04, 0x20


@dataclass(frozen=True, slots=True)
class _Globals:
    page: int = 0
    logical_min: int = 0
    logical_max: tuple[int, int] = (0, 0)
    """As a signed and as an unsigned number: which of them was meant depends on the minimum."""
    size: int = 0
    report_id: int = 0
    count: int = 0


@dataclass(slots=True)
class _Locals:
    usages: list[Usage] = field(default_factory=list)
    lowest: Usage | None = None


def parse(data: bytes) -> Descriptor:
    """The fields that ``data`` describes, in order.

    Raises:
        DescriptorError: it breaks off in the middle, closes what it has not opened, or describes endless reports.
    """
    parser = _Parser()
    for tag, raw in _items(data):
        parser.take(tag, raw)
    if parser.collections:
        raise DescriptorError("a collection is not closed")
    return Descriptor(tuple(parser.fields), dict(parser.lengths))


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag and type, data) of each item; long items, which nobody has ever defined, are passed over."""
    at = 0
    while at < len(data):
        prefix = data[at]
        if prefix == _LONG:
            if at + 1 >= len(data):
                raise DescriptorError("it breaks off in a long item")
            start, size = at + 3, data[at + 1]
        else:
            start, size = at + 1, (0, 1, 2, 4)[prefix & 0x03]
        at = start + size
        if at > len(data):
            raise DescriptorError("it breaks off in an item")
        if prefix != _LONG:
            yield prefix & 0xFC, data[start:at]


class _Parser:
    """The item state table of HID 1.11, 5.4."""

    def __init__(self) -> None:
        self.fields: list[Field] = []
        self.lengths: dict[tuple[Kind, int], int] = {}
        self.collections: list[Usage] = []
        self._globals = _Globals()
        self._pushed: list[_Globals] = []
        self._locals = _Locals()

    def take(self, tag: int, raw: bytes) -> None:
        unsigned = int.from_bytes(raw, "little")
        signed = int.from_bytes(raw, "little", signed=True)
        match tag:
            case _Tag.USAGE_PAGE:
                self._globals = replace(self._globals, page=unsigned)
            case _Tag.LOGICAL_MIN:
                self._globals = replace(self._globals, logical_min=signed)
            case _Tag.LOGICAL_MAX:
                self._globals = replace(self._globals, logical_max=(signed, unsigned))
            case _Tag.REPORT_SIZE:
                self._globals = replace(self._globals, size=unsigned)
            case _Tag.REPORT_COUNT:
                self._globals = replace(self._globals, count=unsigned)
            case _Tag.REPORT_ID:
                if not 0 < unsigned < 256:
                    raise DescriptorError(f"{unsigned} is no report id")
                self._globals = replace(self._globals, report_id=unsigned)
            case _Tag.PUSH:
                self._pushed.append(self._globals)
            case _Tag.POP:
                if not self._pushed:
                    raise DescriptorError("it takes back a state that it has not kept")
                self._globals = self._pushed.pop()
            case _Tag.USAGE:
                self._locals.usages.append(self._usage(unsigned, len(raw)))
            case _Tag.USAGE_MIN:
                self._locals.lowest = self._usage(unsigned, len(raw))
            case _Tag.USAGE_MAX:
                self._usages_up_to(self._usage(unsigned, len(raw)))
            case _Tag.COLLECTION:
                usages = self._locals.usages
                self.collections.append(usages[0] if usages else Usage(self._globals.page, 0))
                self._locals = _Locals()
            case _Tag.END_COLLECTION:
                if not self.collections:
                    raise DescriptorError("a collection is closed that was not opened")
                self.collections.pop()
                self._locals = _Locals()
            case _Tag.INPUT | _Tag.OUTPUT | _Tag.FEATURE:
                self._main(_KINDS[_Tag(tag)], unsigned)
                self._locals = _Locals()
            case _:
                pass  # physical units, strings, designators: nothing that a headset's buttons need

    def _usage(self, value: int, size: int) -> Usage:
        """Four bytes bring their page along; fewer mean the page as it stands now (HID 1.11, 6.2.2.8)."""
        return Usage(value >> 16, value & 0xFFFF) if size == 4 else Usage(self._globals.page, value)

    def _usages_up_to(self, highest: Usage) -> None:
        lowest, self._locals.lowest = self._locals.lowest, None
        if lowest is None or lowest.page != highest.page or highest.id - lowest.id >= MOST_FIELDS:
            return
        self._locals.usages += [Usage(lowest.page, one) for one in range(lowest.id, highest.id + 1)]

    def _main(self, kind: Kind, flags: int) -> None:
        now = self._globals
        key = kind, now.report_id
        offset = self.lengths.get(key, 0)
        self.lengths[key] = offset + now.size * now.count
        if self.lengths[key] > LARGEST_REPORT_BITS:
            raise DescriptorError("a report is longer than any can be")
        usages = self._locals.usages
        if flags & _CONSTANT or not usages or not now.size:
            return
        if len(self.fields) + now.count > MOST_FIELDS:
            raise DescriptorError("it describes more than any device has")
        signed_max, unsigned_max = now.logical_max
        for number in range(now.count):
            # With fewer usages than values the last one holds for the rest (HID 1.11, 6.2.2.8).
            own = (usages[min(number, len(usages) - 1)],) if flags & _VARIABLE else tuple(usages)
            self.fields.append(
                Field(
                    kind=kind,
                    report_id=now.report_id,
                    bit_offset=offset + number * now.size,
                    bit_size=now.size,
                    usages=own,
                    logical_min=now.logical_min,
                    logical_max=signed_max if now.logical_min < 0 else unsigned_max,
                    variable=bool(flags & _VARIABLE),
                    relative=bool(flags & _RELATIVE),
                    preferred_state=not flags & _NO_PREFERRED,
                    collections=tuple(self.collections),
                )
            )
