"""Rules as dated tables (適用日のある表): rows in `wards/<ward>/law/<name>.yaml`, else the common one; the row in force is the last whose day
has come."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict

from kusei.base.kernel.calendar import WARDS


class Dated(BaseModel):
    """One row: in force from `since` until the next; `source` says which law, by-law or publication it follows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: date
    source: str


Row = TypeVar("Row", bound=Dated)


@lru_cache(maxsize=256)
def rows(name: str, kind: type[Row], ward: str, folder: Path = WARDS) -> tuple[Row, ...]:
    """All rows of a ward's table, oldest first. Raises FileNotFoundError and pydantic's ValidationError."""
    own = folder / ward / "law" / f"{name}.yaml"
    file = own if own.exists() else folder / "_common" / "law" / f"{name}.yaml"
    found = [kind.model_validate(row) for row in yaml.safe_load(file.read_text("utf-8"))["terms"]]
    return tuple(sorted(found, key=lambda row: row.since))


def in_force(name: str, kind: type[Row], ward: str, day: date) -> Row:
    """The row in force on a day. Raises LookupError before the first."""
    found = [row for row in rows(name, kind, ward) if row.since <= day]
    if not found:
        raise LookupError(f"no row of {name} of {ward} covers {day}")
    return found[-1]
