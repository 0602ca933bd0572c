"""Which part of a ward office this installation is (三層分離): all of it, the portal in the internet zone, or the office in the LGWAN zone."""

from typing import Literal

from django.conf import settings

Side = Literal["portal", "office"]
OTHER: dict[str, Side] = {"portal": "office", "office": "portal"}


def split() -> bool:
    """Whether the other half is another installation."""
    return settings.PART != "all"


def here(side: str) -> bool:
    """Whether what belongs to `side` is done by this installation; "" belongs to every one."""
    return settings.PART in ("all", side) or not side
