"""Keys of the configuration for sound devices and for the buttons of a headset. See :mod:`.schema`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from phoneetiquette.config.files import SOUNDS
from phoneetiquette.config.keys import described
from phoneetiquette.config.kinds import File, OneNumber, Text, Word

DEVICE = Text("part of a device name", 128)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsetConfig:
    """The receptionist's headset. A device is named by a part of its name that no other has; `phoneetiquette devices`
    lists them."""

    input: str | None = field(
        default=None, metadata=described(DEVICE, "Microphone.", null="the default device", example="input: Jabra")
    )
    output: str | None = field(
        default=None, metadata=described(DEVICE, "Ear.", null="the default device", example="output: Jabra")
    )
    spare_input: str | None = field(
        default=None,
        metadata=described(
            DEVICE,
            "Microphone used while the first one is unplugged.",
            null="wait for the first one",
            example="spare_input: Built-in",
        ),
    )
    spare_output: str | None = field(
        default=None,
        metadata=described(
            DEVICE,
            "Ear used while the first one is unplugged.",
            null="wait for the first one",
            example="spare_output: Built-in",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RingerConfig:
    """The loudspeaker that rings."""

    output: str | None = field(
        default=None,
        metadata=described(
            DEVICE,
            "Device, named as the headset's are.",
            null="the default device; with a desk phone, or `backend: null`, none",
            example="output: Speaker",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WavConfig:
    """Files in place of the headset, with `backend: wav`."""

    play: Path | None = field(
        default=None,
        metadata=described(
            File(), f"What the receptionist says: {SOUNDS}.", null="silence", example="play: greeting.wav"
        ),
    )
    store: Path | None = field(
        default=None,
        metadata=described(
            File(), "Where to store what the receptionist hears.", null="nowhere", example="store: heard.wav"
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioConfig:
    """Headset, ringer and what a held party hears."""

    backend: Literal["auto", "portaudio", "wav", "null"] = field(
        default="auto",
        metadata=described(
            Word(("auto", "portaudio", "wav", "null")),
            "`portaudio` uses sound cards, `wav` files, `null` none but the loudspeaker that `audio.ringer` names;"
            " `auto` uses sound cards where there are any. With a desk phone it is `null`.",
            example="backend: portaudio",
        ),
    )
    headset: HeadsetConfig = field(default_factory=HeadsetConfig)
    ringer: RingerConfig = field(default_factory=RingerConfig)
    rate_hz: Literal[8000, 16000] = field(
        default=16000,
        metadata=described(
            OneNumber((8000, 16000)),
            "Sampling rate inside the seat. 8000 saves processor time and loses G.722's clarity.",
            unit="hertz",
            example="rate_hz: 8000",
        ),
    )
    hold_music: Path | None = field(
        default=None,
        metadata=described(
            File(),
            f"What a held party hears, again and again: {SOUNDS}.",
            null="a soft tone now and then",
            example="hold_music: /usr/share/phoneetiquette/waltz.wav",
        ),
    )
    wav: WavConfig = field(default_factory=WavConfig)


VENDORS_CUSTOM = "the custom of its vendor"


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonsConfig:
    """Buttons and lamps of a USB headset, which are found by themselves; [headsets](headsets.md) tells what they do."""

    device: str | None = field(
        default=None,
        metadata=described(
            Text("part of a headset's name", 128),
            "The headset whose buttons are used, by a part of its name that no other has, or by its serial number;"
            " `phoneetiquette devices` lists them.",
            null="the one named in `audio.headset`, else the first one found",
            example="device: Evolve2",
        ),
    )
    second_call: Literal["end", "end_and_answer", "hold_and_answer"] | None = field(
        default=None,
        metadata=described(
            Word(("end", "end_and_answer", "hold_and_answer")),
            "What the call button does in a call while another one rings: `end` the call and let the other one ring on,"
            " or answer that one too, or put the call on hold for it.",
            null=VENDORS_CUSTOM,
            example="second_call: hold_and_answer",
        ),
    )
    programmable: Literal["decline", "none"] | None = field(
        default=None,
        metadata=described(
            Word(("decline", "none")),
            "What the programmable button does: `decline` the call that rings, or nothing.",
            null=VENDORS_CUSTOM,
            example="programmable: none",
        ),
    )
    volume: Literal["desktop", "card"] = field(
        default="desktop",
        metadata=described(
            Word(("desktop", "card")),
            "Who obeys the volume buttons: the `desktop`, which gets them as keys, or, where there is none, the seat"
            " itself, which turns the headset's sound `card` up and down.",
            example="volume: card",
        ),
    )
    hook_style: Literal["state", "toggle"] | None = field(
        default=None,
        metadata=described(
            Word(("state", "toggle")),
            "How the call button tells: its value is the `state`, or each 1 is a press (`toggle`)."
            " `phoneetiquette devices test` shows it.",
            null="as the headset says of itself",
            example="hook_style: toggle",
        ),
    )
    mute_style: Literal["state", "toggle"] | None = field(
        default=None,
        metadata=described(
            Word(("state", "toggle")),
            "The same for the mute button.",
            null="as the headset says of itself",
            example="mute_style: toggle",
        ),
    )
