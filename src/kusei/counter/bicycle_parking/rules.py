"""What a place costs and how long it is one's own. Pure. The tariff is a dated table: `wards/_common/law/bicycle_parking.yaml`."""

from datetime import date, timedelta

from pydantic import Field

from kusei.base.kernel import tables
from kusei.base.kernel.calendar import add_months, months_end

MONTHS = (1, 3, 6)


class Tariff(tables.Dated):
    """One row. fares: vehicle → general | student → months → yen; who has no fare of their own pays the general one. exempt: grounds on which
    nothing is due (減免). pay_within: days from the decision within which the fee is paid and the place is held."""

    fares: dict[str, dict[str, dict[int, int]]]
    exempt: list[str]
    pay_within: int = Field(ge=1, le=90)


def fare(tariff: Tariff, vehicle: str, months: int, *, student: bool = False, ground: str = "none") -> int:
    """The fee for the term in whole yen: nothing on a ground for exemption, the student's fare where there is one. Raises KeyError for a
    vehicle or term that the tariff does not know."""
    fares = tariff.fares[vehicle]
    yen = fares["student" if student and "student" in fares else "general"][months]
    return 0 if ground in tariff.exempt else yen


def due_on(tariff: Tariff, decided_on: date) -> date:
    """The last day to pay: until then the place is held."""
    return decided_on + timedelta(days=tariff.pay_within)


def term(paid_on: date, months: int) -> tuple[date, date]:
    """First and last day of use: from the first of the month after the fee was paid, for so many whole months."""
    first = add_months(paid_on, 1)
    return first, months_end(first, months)
