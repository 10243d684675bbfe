"""Sound and measurement of an engine, in a module of their own: the engine imports it when it can already be called."""

from __future__ import annotations

from collections.abc import Callable

from phoneetiquette import events as e
from phoneetiquette.audio.backends import make_headset, make_ringer
from phoneetiquette.audio.headset import SoundChange
from phoneetiquette.sip.engine import SipEngine
from phoneetiquette.sip.measuring import Measuring
from phoneetiquette.sip.pace_keeper import PaceKeeper
from phoneetiquette.sip.sounds import Sounds


def furnish(engine: SipEngine, emit: Callable[[e.Event], None]) -> None:
    """Give an open engine its sound and its measurement. SIP thread.

    Raises:
        ConfigurationError: backend ``wav``: a file cannot be used.
    """

    def changed(change: SoundChange) -> None:
        now, role = change.at_ns, change.role
        emit(e.AudioChanged(at_ns=now, role=role, state=change.state, device=change.device, backend=change.backend))
        emit(
            e.TroubleNoticed(
                at_ns=now, key=f"audio.{role}", what=change.what, advice=change.advice, cleared=not change.what
            )
        )

    settings = engine.settings
    headset = make_headset(settings.audio, changed)
    sounds = Sounds(
        settings,
        engine.endpoint.library,
        headset=headset,
        ringer=make_ringer(settings.audio, changed),
        on_tick=engine.on_tick,
        on_key=emit,
    )
    measuring = Measuring(settings.audio.rate_hz, settings.vad_mode, emit)
    engine.furnish(sounds, measuring, PaceKeeper(sounds.clock, sounds.read_packets))
    headset.prepare()
