"""The towns (町丁目) of a ward: read from published address data, or from the short made list, and kept in the register."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kusei.base import audit
from kusei.base.kernel.acts import action
from kusei.base.kernel.wards import Ward, made_towns
from kusei.base.parties.models import Town

CREDIT = "Geolonia 住所データ（CC BY 4.0）"
MADE = "デモ用の一覧"


class NoTowns(Exception):
    """The file can't be read as a list of towns; the message names it and says why."""


class TownRow(BaseModel):
    """One row of published address data; degrees of WGS 84, within Japan, or no place at all."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    town: str = Field(min_length=1, max_length=50)
    koaza: str = Field(default="", max_length=50)
    lat: Annotated[float, Field(ge=20, le=46)] | None = None
    lng: Annotated[float, Field(ge=122, le=154)] | None = None

    @model_validator(mode="after")
    def _whole_place(self) -> Self:
        if (self.lat is None) != (self.lng is None):
            raise ValueError("has only one of lat and lng")
        if len(self.name) > 50:
            raise ValueError("town and koaza are longer than 50 characters")
        return self

    @property
    def name(self) -> str:
        """The town as addresses name it."""
        return self.town + self.koaza


@dataclass
class Report:
    """What an import did, by town name; `faults` are rows that were left out, with the reason."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    without_place: list[str] = field(default_factory=list)
    no_longer: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def address_file(folder: Path, ward: Ward) -> Path:
    """Where published data keeps a ward's towns: `addresses/墨田区.json`."""
    return folder / "addresses" / f"{ward.name['ja']}.json"


def read_towns(file: Path) -> tuple[list[TownRow], list[str]]:
    """The rows of a file that can be used, and what is wrong with the others, by number. Raises NoTowns where it is no such file."""
    try:
        rows = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise NoTowns(f"{file} is not there.") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise NoTowns(f"{file} can't be read as JSON in UTF-8: {error}") from error
    if not isinstance(rows, list):
        raise NoTowns(f"{file} does not hold a list of towns.")
    good: dict[str, TownRow] = {}
    faults = []
    for number, raw in enumerate(rows, start=1):
        try:
            row = TownRow.model_validate(raw)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            faults.append(
                f"row {number}: {' '.join(str(part) for part in problem['loc'])} {problem['msg']}".replace("  ", " ")
            )
            continue
        if row.name in good:
            faults.append(f"row {number}: {row.name} stands in the file twice")
        good.setdefault(row.name, row)
    return list(good.values()), faults


def made_rows(ward: Ward) -> list[TownRow]:
    """The made list, without places."""
    return [TownRow(town=name) for name in made_towns(ward.slug)]


@action(purpose="住所データの取込", may="operate")
def import_towns(ward_code: str, rows: Sequence[TownRow], *, source: str, by, now) -> Report:
    """Bring the ward's towns up to date with `rows`. Towns that are missing there stay, since people live in them, and are reported.

    Importing the same rows again changes nothing.
    """
    report = Report()
    there = {town.name: town for town in Town.objects.filter(ward_code=ward_code)}
    new, altered = [], []
    for row in rows:
        town = there.pop(row.name, None)
        if town is None:
            new.append(
                Town(
                    id=f"{ward_code}/{row.name}",
                    ward_code=ward_code,
                    name=row.name,
                    lat=row.lat,
                    lng=row.lng,
                    source=source,
                )
            )
        elif (town.lat, town.lng, town.source) != (row.lat, row.lng, source):
            town.lat, town.lng, town.source = row.lat, row.lng, source
            altered.append(town)
        else:
            report.unchanged.append(row.name)
        if row.lat is None:
            report.without_place.append(row.name)
    Town.objects.bulk_create(new)
    Town.objects.bulk_update(altered, ["lat", "lng", "source"])
    report.added, report.changed, report.no_longer = [t.name for t in new], [t.name for t in altered], sorted(there)
    if new or altered:
        counts = {"added": len(new), "changed": len(altered), "source": source}
        audit.log(
            by, "change", "towns.imported", obj=("ward", ward_code), purpose="住所データの取込", now=now, detail=counts
        )
    return report
