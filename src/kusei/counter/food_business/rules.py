"""What a food business pays for its permit, and how long the permit holds. Pure. The kinds of business (業種), their fees and the years are a
dated table, `wards/_common/law/food_business.yaml`, which says where each figure is from and what of it was not verified.

Law: 食品衛生法 54条・55条 (営業の許可; five years at least, conditions), 食品衛生法施行令 35条 (the 32 kinds), as the table's sources have them.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict, Field

from kusei.base.kernel import tables


class KindOfBusiness(BaseModel):
    """One kind: its number in the Cabinet Order, and its fees for a new permit and for one that goes on, in whole yen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1, le=32)
    fees: tuple[int, int]


class Table(tables.Dated):
    """One row. kinds: key → kind. years: points fulfilled from which on → years. points: how many can be fulfilled. pay_within: days from the
    application within which the fee is due. remind: days before the end on which the holder is reminded."""

    kinds: dict[str, KindOfBusiness]
    years: dict[int, int]
    points: int
    pay_within: int = Field(ge=1, le=90)
    remind: int = Field(ge=1, le=365)


def fee(table: Table, kinds: Iterable[str], *, renewal: bool = False) -> int:
    """What the application for these kinds at one site costs, in whole yen: each kind is a permit and pays its own. Raises KeyError for a kind that
    the table doesn't have."""
    return sum(table.kinds[kind].fees[renewal] for kind in set(kinds))


def years(table: Table, points: int) -> int:
    """For how many years a permit holds where so many points of the building are fulfilled. Raises ValueError for more than there are."""
    if not 0 <= points <= table.points:
        raise ValueError(f"{points} points of {table.points}")
    return table.years[max(start for start in table.years if start <= points)]


def last_day(first: date, for_years: int) -> date:
    """The last day of a permit that begins on `first`: the day before the same date so many years later (民法143条2項); where that year has no
    29 February, its last day of that month."""
    try:
        return first.replace(year=first.year + for_years) - timedelta(days=1)
    except ValueError:
        return date(first.year + for_years, 2, 28)
