"""Why a parcel could not be delivered."""

from __future__ import annotations

from phoneetiquette.errors import PhoneEtiquetteError


class DeliveryError(PhoneEtiquetteError):
    """It may succeed later, unless it is ``final``."""

    def __init__(self, what: str, advice: str = "", *, final: bool = False) -> None:
        super().__init__(what, advice)
        self.final = final
