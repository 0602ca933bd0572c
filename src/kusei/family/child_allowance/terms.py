"""What the ward sets itself about 児童手当, as dated rows in `wards/<ward>/law/child_allowance.yaml`, else the common one."""

from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from kusei.base.kernel.calendar import WARDS


class Terms(BaseModel):
    """One row: in force from `since` until the next.

    processing_days: 標準処理期間 in working days. payment_day: 支払日, the day of a payment month on which money is sent. appeal_to: whom an
    appeal (審査請求) goes to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: date
    source: str
    processing_days: int = Field(ge=1, le=250)
    payment_day: int = Field(ge=1, le=28)
    appeal_to: str


@cache
def rows(ward: str, folder: Path = WARDS) -> tuple[Terms, ...]:
    """All rows of a ward, oldest first. Raises FileNotFoundError and pydantic's ValidationError."""
    name = Path("law") / "child_allowance.yaml"
    own = folder / ward / name
    file = own if own.exists() else folder / "_common" / name
    found = [Terms.model_validate(row) for row in yaml.safe_load(file.read_text("utf-8"))["terms"]]
    return tuple(sorted(found, key=lambda row: row.since))


def in_force(ward: str, day: date) -> Terms:
    """The row in force on a day. Raises LookupError before the first."""
    found = [row for row in rows(ward) if row.since <= day]
    if not found:
        raise LookupError(f"no terms of {ward} cover {day}")
    return found[-1]
