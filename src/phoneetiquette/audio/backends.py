"""Choose the headset and the bell that the configuration asks for."""

from __future__ import annotations

from phoneetiquette.audio.card_headset import CardHeadset
from phoneetiquette.audio.headset import HeadsetSound, NullHeadset, OnChange
from phoneetiquette.audio.ringer import CardRinger, RingerSound, SilentRinger
from phoneetiquette.audio.settings import AudioSettings
from phoneetiquette.audio.wav_headset import WavHeadset


def make_headset(settings: AudioSettings, on_change: OnChange) -> HeadsetSound:
    """The headset; no device is touched yet.

    Raises:
        ConfigurationError: backend ``wav``: a file cannot be used.
    """
    if settings.backend == "null":
        return NullHeadset(settings.rate_hz)
    if settings.backend == "wav":
        return WavHeadset(settings.wav.play, settings.wav.store, settings.rate_hz, on_change)
    return CardHeadset(settings, on_change, optional=settings.backend == "auto")


def make_ringer(settings: AudioSettings, on_change: OnChange) -> RingerSound:
    """The bell; no device is touched yet. Without a headset it rings only on a loudspeaker that is named for it."""
    if settings.backend == "wav" or (settings.backend == "null" and settings.ringer.output is None):
        return SilentRinger()
    return CardRinger(settings.ringer.output, on_change)
