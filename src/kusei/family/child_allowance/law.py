"""児童手当法 as dated tables: what it paid from which month on. Data only; `rules` reads it.

Left out, and therefore never worked out here: 施設等受給資格者 (institutions and foster parents, one flat amount a child), the addition of
60,000 yen to the income limits for an elderly dependant, and the months of the 子ども手当 before April 2012.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from kusei.base.kernel.calendar import first_march_31

FIRST, SECOND, THIRD_ON = range(3)


def month_of(day: date) -> date:
    """The first day of the day's month: how months are written throughout the module."""
    return day.replace(day=1)


def third_birthday(birth: date) -> date:
    """Last month of 「3歳に満たない児童」: the month of the third birthday.

    For those born on the 1st, who reach three on the last day of the month before, 6条 says so expressly (月の初日に生まれた児童については
    出生の日から三年を経過しない児童); for all others the amount changes with the month after the one in which they reach it (9条3項).
    """
    return date(birth.year + 3, birth.month, 1)


def school_year_of(age: int) -> Callable[[date], date]:
    """Last month of 「N歳に達する日以後の最初の3月31日までの間にある」: the March that ends the school year."""
    return lambda birth: month_of(first_march_31(birth, age))


@dataclass(frozen=True)
class Stage:
    """A span of childhood: its last month from a birth date, and yen a month for the first, the second, the third and later child."""

    name: str
    last_month: Callable[[date], date]
    yen: tuple[int, int, int]


@dataclass(frozen=True)
class IncomeLimit:
    """An income limit in yen: for no dependants, and more for each (児童手当法施行令1条)."""

    base: int
    each_dependant: int

    def for_dependants(self, count: int) -> int:
        """The limit for so many dependants (扶養親族等の数)."""
        return self.base + self.each_dependant * count


@dataclass(frozen=True)
class Law:
    """The law as it stood from one month on.

    stages: in order of age. counts_until: last month in which a child still counts among the claimant's children (算定). payment_months:
    in each of them the months since the last are paid (8条4項). limit: from this income on, `reduced` yen a child (特例給付);
    upper_limit: from this income on, nothing.
    """

    since: date
    source: str
    stages: tuple[Stage, ...]
    counts_until: Callable[[date], date]
    payment_months: tuple[int, ...]
    limit: IncomeLimit | None = None
    upper_limit: IncomeLimit | None = None
    reduced: int = 0


_BEFORE = (
    Stage("3歳未満", third_birthday, (15_000, 15_000, 15_000)),
    Stage("3歳以上小学校修了前", school_year_of(12), (10_000, 10_000, 15_000)),
    Stage("小学校修了後中学校修了前", school_year_of(15), (10_000, 10_000, 10_000)),
)
_LIMIT = IncomeLimit(6_220_000, 380_000)

LAWS = (
    Law(
        since=date(2012, 4, 1),
        source="児童手当法の一部を改正する法律（平成24年法律第24号）、平成24年4月1日施行。所得制限は同年6月分から",
        stages=_BEFORE,
        counts_until=school_year_of(18),
        payment_months=(2, 6, 10),
    ),
    Law(
        since=date(2012, 6, 1),
        source="平成24年法律第24号附則、児童手当法施行令1条（所得制限限度額）、特例給付は附則2条",
        stages=_BEFORE,
        counts_until=school_year_of(18),
        payment_months=(2, 6, 10),
        limit=_LIMIT,
        reduced=5_000,
    ),
    Law(
        since=date(2022, 6, 1),
        source="子ども・子育て支援法及び児童手当法の一部を改正する法律（令和3年法律第50号）、令和4年6月1日施行（所得上限限度額）",
        stages=_BEFORE,
        counts_until=school_year_of(18),
        payment_months=(2, 6, 10),
        limit=_LIMIT,
        upper_limit=IncomeLimit(8_580_000, 380_000),
        reduced=5_000,
    ),
    Law(
        since=date(2024, 10, 1),
        source="子ども・子育て支援法等の一部を改正する法律（令和6年法律第47号）12条、令和6年10月1日施行。児童手当法4条・6条・8条",
        stages=(
            Stage("3歳未満", third_birthday, (15_000, 15_000, 30_000)),
            Stage("3歳以上18歳年度末まで", school_year_of(18), (10_000, 10_000, 30_000)),
        ),
        counts_until=school_year_of(22),
        payment_months=(2, 4, 6, 8, 10, 12),
    ),
)
