"""Turns a sound card's loudspeaker up and down, by alsa-lib's simple mixer (``alsa/mixer.h``) through ctypes.

For a seat without a desktop: there a headset's volume buttons reach nobody else.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from typing import Any

from phoneetiquette.errors import DeviceError

STEP = 1 / 16
"""What one press changes, of the whole range."""


def turn(card: str, steps: int) -> int:
    """Turn the first loudspeaker control of ``card`` (``hw:1``) by ``steps``; its volume then, in percent.

    Blocks for some milliseconds.

    Raises:
        DeviceError: the card has no such control, or has gone.
    """
    with _mixer(card) as (alsa, mixer):
        element = alsa.snd_mixer_first_elem(mixer)
        while element and not alsa.snd_mixer_selem_has_playback_volume(element):
            element = alsa.snd_mixer_elem_next(element)
        if not element:
            raise DeviceError(f"sound card {card} has no volume", "turn it where the headset has a wheel")
        low, high, now = ctypes.c_long(), ctypes.c_long(), ctypes.c_long()
        alsa.snd_mixer_selem_get_playback_volume_range(element, ctypes.byref(low), ctypes.byref(high))
        alsa.snd_mixer_selem_get_playback_volume(element, 0, ctypes.byref(now))
        whole = max(1, high.value - low.value)
        step = max(1, round(whole * STEP))
        wanted = min(high.value, max(low.value, now.value + steps * step))
        alsa.snd_mixer_selem_set_playback_volume_all(element, ctypes.c_long(wanted))
        return round(100 * (wanted - low.value) / whole)


@contextlib.contextmanager
def _mixer(card: str) -> Iterator[tuple[ctypes.CDLL, ctypes.c_void_p]]:
    try:
        alsa = ctypes.CDLL("libasound.so.2")
    except OSError as error:
        raise DeviceError(f"the volume cannot be changed: {error}", "install libasound2") from error
    for name in ("snd_mixer_first_elem", "snd_mixer_elem_next"):
        getattr(alsa, name).restype = ctypes.c_void_p
    alsa.snd_mixer_elem_next.argtypes = [ctypes.c_void_p]
    for name in ("has_playback_volume", "get_playback_volume_range", "get_playback_volume", "set_playback_volume_all"):
        getattr(alsa, f"snd_mixer_selem_{name}").argtypes = (ctypes.c_void_p, *_MORE.get(name, ()))
    mixer = ctypes.c_void_p()
    if alsa.snd_mixer_open(ctypes.byref(mixer), 0) < 0:
        raise DeviceError("ALSA's mixer does not open", "see whether alsa-lib is whole")
    try:
        steps = (
            alsa.snd_mixer_attach(mixer, card.encode()),
            alsa.snd_mixer_selem_register(mixer, None, None),
            alsa.snd_mixer_load(mixer),
        )
        if min(steps) < 0:
            raise DeviceError(f"sound card {card} has no mixer, or has gone", "plug it in again")
        yield alsa, mixer
    finally:
        alsa.snd_mixer_close(mixer)


_LONG = ctypes.POINTER(ctypes.c_long)
_MORE: dict[str, tuple[Any, ...]] = {
    "get_playback_volume_range": (_LONG, _LONG),
    "get_playback_volume": (ctypes.c_int, _LONG),
    "set_playback_volume_all": (ctypes.c_long,),
}
