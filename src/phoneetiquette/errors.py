"""Errors a user can cause or mend. Each says what is wrong and what to do; none is shown as a traceback."""

from __future__ import annotations


class PhoneEtiquetteError(Exception):
    """Base of every error that is meant for a person.

    ``advice`` is one imperative sentence: what the reader can do about it.
    """

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.what} ({self.advice})" if self.advice else self.what


class ConfigurationError(PhoneEtiquetteError):
    """The configuration or another file given by the administrator cannot be used."""


class DeviceError(PhoneEtiquetteError):
    """A sound device cannot be found, opened or kept open."""


class CallError(PhoneEtiquetteError):
    """A call cannot do what was asked of it in its present state."""


class EngineError(PhoneEtiquetteError):
    """The SIP engine cannot start or cannot be reached."""


class StoreError(PhoneEtiquetteError):
    """Journal or store cannot be read or written."""


class RecordingError(PhoneEtiquetteError):
    """A recording cannot be measured."""
