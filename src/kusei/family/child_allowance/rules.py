"""What a claim for 児童手当 comes to: pure functions over the dated tables in `law`.

Months are dates on their first day; amounts are whole yen a month. Children are given by birth date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kusei.base.kernel.calendar import add_months, term_end
from kusei.family.child_allowance.law import LAWS, THIRD_ON, Law, Stage, month_of

CLAIM_DAYS = 15


class NotCovered(ValueError):
    """The month lies before April 2012, when another law paid (子ども手当)."""


@dataclass(frozen=True)
class Payment:
    """A payment (支払): the month it is made in, and the months it pays for."""

    month: date
    covers: tuple[date, ...]


def law_for(month: date) -> Law:
    """The law in force for a month. Raises NotCovered before April 2012."""
    for law in reversed(LAWS):
        if month >= law.since:
            return law
    raise NotCovered(f"no table covers {month:%Y-%m}")


def stage_in(birth: date, month: date) -> Stage | None:
    """The stage of childhood a child is in during the month; None before the month after birth and when the allowance has ended."""
    if month <= month_of(birth):
        return None
    return next((stage for stage in law_for(month).stages if month <= stage.last_month(birth)), None)


def last_month(birth: date, month: date) -> date:
    """The last month that the law of `month` pays for a child: March of the school year in which 18 (before October 2024: 15) is reached."""
    return law_for(month).stages[-1].last_month(birth)


def ranks(births: Sequence[date], month: date, older: int = 0) -> list[int | None]:
    """Which child of the claimant each one is in the month (第何子), in the order given; None for who no longer counts.

    The eldest is the first; of children born on the same day, the one named first. older: sons and daughters of 18 to 22 whom the
    claimant supports and who are not among `births` (第三子以降算定額算定対象者, 3条; they count before the others).
    """
    law = law_for(month)
    counted = [index for index, birth in enumerate(births) if month <= law.counts_until(birth)]
    order = sorted(counted, key=lambda index: births[index])
    places = {index: older + place for place, index in enumerate(order, start=1)}
    return [places.get(index) for index in range(len(births))]


def full_or_reduced(month: date, income: int, dependants: int) -> str:
    """How income bears on the allowance of a month: `full`, `reduced` (特例給付) or `none`; since October 2024 always `full`.

    income: yen after the deductions of 児童手当法施行令3条. "Above" is "at or above": 限度額以上.
    """
    law = law_for(month)
    if law.upper_limit and income >= law.upper_limit.for_dependants(dependants):
        return "none"
    if law.limit and income >= law.limit.for_dependants(dependants):
        return "reduced"
    return "full"


def month_amounts(births: Sequence[date], month: date, older: int = 0, paid: str = "full") -> list[int]:
    """Yen for each child in the month, in the order given; 0 for whom nothing is due (6条). paid: as `full_or_reduced` tells."""
    law = law_for(month)
    amounts = []
    for birth, rank in zip(births, ranks(births, month, older), strict=True):
        stage = stage_in(birth, month)
        if stage is None or rank is None or paid == "none":
            amounts.append(0)
        elif paid == "reduced":
            amounts.append(law.reduced)
        else:
            amounts.append(stage.yen[min(rank - 1, THIRD_ON)])
    return amounts


def amount_at_rank(birth: date, rank: int, month: date) -> int:
    """Yen for one child in the month whose place among the children is known."""
    stage = stage_in(birth, month)
    return stage.yen[min(rank - 1, THIRD_ON)] if stage else 0


def next_change(birth: date, rank: int, month: date) -> tuple[date, int] | None:
    """The first later month with another amount for a child of this rank, and that amount (0 = the allowance has ended)."""
    now = amount_at_rank(birth, rank, month)
    end = add_months(last_month(birth, month), 1)
    while month < end:
        month = add_months(month, 1)
        if (later := amount_at_rank(birth, rank, month)) != now:
            return month, later
    return None


def claim_in_time(arose_on: date, claimed_on: date) -> bool:
    """Whether the claim came within 15 days after the day the entitlement arose (15日特例, 8条3項).

    The day itself does not count (民法140条); a term that ends on a day the office is closed ends on the next open day
    (地方自治法4条の2第4項).
    """
    days = (claimed_on - arose_on).days
    if days > CLAIM_DAYS:  # no run of closed days is longer than a month, and the calendar doesn't reach back for ever
        return days <= CLAIM_DAYS + 31 and claimed_on <= term_end(arose_on, CLAIM_DAYS)
    return days >= 0


def start_month(claimed_on: date, arose_on: date | None = None) -> date:
    """The first month paid: the one after the claim (8条2項), or after the birth or move where the claim came in time (8条3項).

    arose_on: the day of the birth, or of the move as the former municipality records it (転出予定日).
    """
    counted = arose_on if arose_on and claim_in_time(arose_on, claimed_on) else claimed_on
    return add_months(month_of(counted), 1)


def payment_month(month: date) -> date:
    """The month in which a month's allowance is paid: the first payment month after it (8条4項)."""
    months = law_for(month).payment_months
    return next(later for later in (add_months(month, n) for n in range(1, 13)) if later.month in months)


def payments(first: date, last: date) -> list[Payment]:
    """When the months `first` to `last` are paid, in order."""
    covers: dict[date, list[date]] = {}
    month = first
    while month <= last:
        covers.setdefault(payment_month(month), []).append(month)
        month = add_months(month, 1)
    return [Payment(paid_in, tuple(months)) for paid_in, months in covers.items()]


def first_payment(first: date, decided_on: date) -> Payment:
    """The first payment after a decision, arrears included: in the first payment month after that of the decision (8条4項ただし書)."""
    paid_in = max(payment_month(first), payment_month(month_of(decided_on)))
    months = [first]
    while add_months(months[-1], 1) < paid_in:
        months.append(add_months(months[-1], 1))
    return Payment(paid_in, tuple(months))
