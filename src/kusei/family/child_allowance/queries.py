"""What is looked up about 児童手当: the register, the public figures, the offices."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import TruncMonth

from kusei.base.decide.figures import Median
from kusei.base.decide.models import Case
from kusei.base.decide.queries import visible as visible_cases
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import JAPAN, local_date, local_midnight
from kusei.base.staff.queries import kept_by_departments
from kusei.family.child_allowance.law import month_of
from kusei.family.child_allowance.models import Award

CLAIM = "child_allowance/claim"
SMALLEST = 10
"""Public figures from 1 to 9 are not given (秘匿): few claims in a month could be somebody."""


visible = kept_by_departments(Award)


# ---- figures ---------------------------------------------------------------------------------------------------------------


def claims_by_month(now: datetime) -> Iterator[tuple[str, str, str, str]]:
    """Public figures: (month YYYY-MM, what, its name, count) for each whole month past and each of received, granted, refused, withdrawn.

    Counts from 1 to 9 are given as "*". No totals, from which a hidden figure could be worked out: received and decided are counted in the
    month each happened, so they don't add up to each other.
    """
    this_month = local_midnight(month_of(local_date(now)))
    counts: Counter = Counter()
    cases = Case.objects.filter(procedure=CLAIM)
    for column, what in (("received_at", None), ("decided_at", F("outcome"))):
        rows = cases.filter(**{f"{column}__lt": this_month}).annotate(month=TruncMonth(column, tzinfo=JAPAN))
        if what is None:
            found = rows.values_list("month").annotate(n=Count("id"))
            counts.update({(month, "received"): n for month, n in found})
        else:
            found = rows.values_list("month", "outcome").annotate(n=Count("id"))
            counts.update({(month, outcome): n for month, outcome, n in found})
    for month in sorted({month for month, _what in counts}):
        for what, name in (("received", "受付"), ("granted", "認定"), ("refused", "却下")):
            yield f"{month:%Y-%m}", what, name, suppressed(counts[month, what])


def suppressed(count: int) -> str:
    """A count as it may be published: 0 and what reaches SMALLEST as it is, anything between as "*"."""
    return "*" if 0 < count < SMALLEST else str(count)


def open_claims(by: Actor, now: datetime) -> int:
    """How many claims wait for a decision, of those `by` may see."""
    return visible_cases(by, "指標", now).filter(~Q(state__in=["decided", "withdrawn"]), procedure=CLAIM).count()


def median_days(by: Actor, now: datetime) -> float | None:
    """The median of days from receipt to decision over the last 90 days, of cases `by` may see; None where none was decided."""
    decided = visible_cases(by, "指標", now).filter(
        procedure=CLAIM, state="decided", decided_at__gte=now - timedelta(days=90)
    )
    median = decided.aggregate(median=Median(F("decided_at") - F("received_at")))["median"]
    return round(median / timedelta(days=1), 1) if median is not None else None
