"""How the sections do (案件の集計): the numbers a chief steers by."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q

from kusei.base.decide import rules
from kusei.base.decide.models import Case
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date, local_midnight
from kusei.base.staff.models import Department
from kusei.base.staff.queries import departments

AGES = ((7, "week"), (14, "fortnight"), (30, "month"))
"""Days since arrival up to which an open case counts in each class of age; older ones are `older`."""


class Median(Aggregate):
    """The middle value (中央値)."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class Section:
    """One section's numbers. ages: how many open cases are up to 7, 14, 30 days old, and older. median_days: from arrival to decision,
    of those decided this month; None where there are none."""

    department: Department
    open: int
    unassigned: int
    overdue: int
    correcting: int
    approving: int
    ages: dict[str, int]
    decided: int
    median_days: float | None


def overview(by: Actor, purpose: str, now: datetime) -> list[Section]:
    """The numbers of each section whose cases `by` may see, in the order of their paths. Three queries."""
    today = local_date(now)
    month = local_midnight(today.replace(day=1))
    is_open = Q(state__in=rules.OPEN)
    decided = Q(state="decided", decided_at__gte=month)
    took = ExpressionWrapper(F("decided_at") - F("received_at"), output_field=DurationField())
    # The same cases as `queries.visible`; named one by one, their departments are found in indexes.
    places = list(departments(by, "decide.view").values_list("path", flat=True))
    rows = (
        Case.objects.filter(is_open | decided, department_id__in=places)
        .values("department_id")
        .annotate(
            open=Count("id", filter=is_open),
            unassigned=Count("id", filter=is_open & Q(assignee=None)),
            overdue=Count("id", filter=is_open & Q(paused_on=None, due_on__lt=today)),
            correcting=Count("id", filter=Q(state="correcting")),
            approving=Count("id", filter=Q(state="approving")),
            decided=Count("id", filter=decided),
            median=Median(took, filter=decided),
            **_ages(is_open, now),
        )
        .order_by("department_id")
    )
    names = Department.objects.in_bulk([row["department_id"] for row in rows])
    return [_section(row, names) for row in rows]


def _ages(is_open: Q, now: datetime) -> dict[str, Count]:
    counts, newer_than = {}, None
    for days, name in (*AGES, (None, "older")):
        age = is_open
        if newer_than is not None:
            age &= Q(received_at__lt=now - timedelta(days=newer_than))
        if days is not None:
            age &= Q(received_at__gte=now - timedelta(days=days))
        counts[f"age_{name}"] = Count("id", filter=age)
        newer_than = days
    return counts


def _section(row: dict, names: dict[str, Department]) -> Section:
    median = row.pop("median")
    return Section(
        department=names[row.pop("department_id")],
        ages={name.removeprefix("age_"): row.pop(name) for name in list(row) if name.startswith("age_")},
        median_days=median and median / timedelta(days=1),
        **row,
    )
