"""The state of a seat beside its calls: engine, registration, sound, troubles. Pure."""

from __future__ import annotations

from typing import Any

from phoneetiquette import events as e

OF_THE_ENGINE = ("sip.", "audio.headset", "audio.ringer")
"""Troubles that end with the engine that told of them."""


def _no_sound() -> dict[str, dict[str, Any]]:
    return {role: {"state": "none", "device": "", "backend": "null"} for role in ("headset", "ringer")}


class SeatStatus:
    """Built from events, shown in the snapshot."""

    def __init__(self) -> None:
        self.engine: dict[str, Any] = {"state": "starting", "listening": [], "build": "", "pid": 0}
        self.registration: dict[str, Any] | None = None
        self.audio = _no_sound()
        self.troubles: dict[str, dict[str, str]] = {}

    def apply(self, event: e.Event) -> bool:
        """Take in an event; whether the status is another one now."""
        match event:
            case e.EngineStarted():
                self.engine = {
                    "state": "ready",
                    "listening": list(event.listening),
                    "build": event.build,
                    "pid": event.pid,
                }
                self.troubles.pop("engine", None)
            case e.EngineLost():
                self.engine = {**self.engine, "state": "lost", "listening": []}
                self.registration, self.audio = None, _no_sound()
                self.troubles = {key: one for key, one in self.troubles.items() if not key.startswith(OF_THE_ENGINE)}
                self._trouble("engine", f"the telephone engine stopped ({event.status})", "it is being started again")
            case e.RegistrationChanged():
                self.registration = {
                    "account": event.account,
                    "state": event.state,
                    "code": event.code,
                    "reason": event.reason,
                }
            case e.AudioChanged():
                self.audio[event.role] = {"state": event.state, "device": event.device, "backend": event.backend}
            case e.TroubleNoticed(cleared=True):
                return self.troubles.pop(event.key, None) is not None
            case e.TroubleNoticed():
                self._trouble(event.key, event.what, event.advice)
            case _:
                return False
        return True

    def _trouble(self, key: str, what: str, advice: str) -> None:
        self.troubles[key] = {"key": key, "what": what, "advice": advice}

    def as_snapshot(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "engine": self.engine,
            "registration": self.registration,
            "audio": self.audio,
            "troubles": list(self.troubles.values()),
        }
