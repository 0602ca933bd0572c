"""Who has how much to do and how long it has lain (滞留), and how much is decided electronically (電子決裁率)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, Min, Q
from django.db.models.functions import Coalesce, TruncMonth

from kusei.base.decide import queries, rules
from kusei.base.decide.models import Approval, ApprovalStep, Document
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.calendar import fiscal_year_days
from kusei.base.kernel.clock import JAPAN, local_date, local_midnight
from kusei.base.staff.models import Department, StaffMember
from kusei.base.staff.queries import below

# ---- workload (担当と滞留) --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Load:
    """How many open cases somebody has, or a procedure: by class of age, over their deadline, awaiting a correction, being approved."""

    key: str
    name: Any
    open: int
    ages: dict[int, int]
    overdue: int
    correcting: int
    approving: int


@dataclass(frozen=True)
class Pile:
    """Approvals that wait at a post of a department: how many, and since when the oldest does."""

    department: str
    post: str
    kind: str
    count: int
    oldest: datetime


@dataclass(frozen=True)
class Section:
    """One department's load."""

    department: Department
    clerks: list[Load] = field(default_factory=list)
    procedures: list[Load] = field(default_factory=list)
    piles: list[Pile] = field(default_factory=list)


def workload(by: Actor, purpose: str, now: datetime) -> list[Section]:
    """The load of each department whose cases `by` may see, by clerk and by procedure, and what waits at which post. Six queries."""
    cases = queries.visible(by, purpose, now).filter(state__in=rules.OPEN)
    by_clerk = _counted(cases, "assignee_id", now)
    by_procedure = _counted(cases, "procedure", now)
    waiting = ApprovalStep.objects.filter(ready=True, result="", repeated=False)
    piles = list(
        waiting.filter(below(by.paths("decide.view", purpose), "department__path"))
        .values("department_id", "post", "kind")
        .annotate(count=Count("id"), oldest=Min(Coalesce("ready_at", "approval__drafted_at")))
        .order_by("department_id", "oldest")
    )
    paths = {row["department_id"] for row in (*by_clerk, *by_procedure, *piles)}
    departments = Department.objects.in_bulk(paths)
    names = StaffMember.objects.in_bulk({row["assignee_id"] for row in by_clerk if row["assignee_id"]})
    titles = dict(cases.order_by("procedure").distinct("procedure").values_list("procedure", "title"))
    return [
        Section(
            departments[path],
            clerks=_loads(by_clerk, path, "assignee_id", names),
            procedures=_loads(by_procedure, path, "procedure", titles),
            piles=[
                Pile(path, p["post"], p["kind"], p["count"], p["oldest"]) for p in piles if p["department_id"] == path
            ],
        )
        for path in sorted(paths)
    ]


def _counted(cases, column: str, now: datetime) -> list[dict]:
    return list(
        cases.values("department_id", column)
        .annotate(
            open=Count("id"),
            overdue=Count("id", filter=Q(paused_on=None, due_on__lt=local_date(now))),
            correcting=Count("id", filter=Q(state="correcting")),
            approving=Count("id", filter=Q(state="approving")),
            **{f"age_{age}": Count("id", filter=queries.aged(age, now)) for age in rules.AGES},
        )
        .order_by("-overdue", "-open")
    )


def _loads(rows: Iterable[Mapping], path: str, column: str, names: Mapping) -> list[Load]:
    return [
        Load(
            str(row[column] or "none"), names.get(row[column]), row["open"], {age: row[f"age_{age}"] for age in rules.AGES},
            row["overdue"], row["correcting"], row["approving"],
        )
        for row in rows if row["department_id"] == path
    ]  # fmt: skip


# ---- the electronic share (電子決裁率) -------------------------------------------------------------------------------------------


@dataclass
class Share:
    """How many decisions were made, electronically and on paper."""

    electronic: int = 0
    paper: int = 0

    @property
    def all(self) -> int:
        return self.electronic + self.paper

    @property
    def percent(self) -> float | None:
        """Of a hundred how many electronically, to one decimal, cut off and not rounded: 99.96 is not all. None where none was made."""
        return int(1000 * self.electronic / self.all) / 10 if self.all else None


@dataclass(frozen=True)
class Shares:
    """A department's shares in a fiscal year: in each month with a decision, by its first day, and in all."""

    department: Department
    months: dict[date, Share]
    total: Share


def shares(by: Actor, purpose: str, year: int, now: datetime) -> list[Shares]:
    """The electronic share of each department that `by` holds indicators.view for, in a fiscal year, April first. Three queries.

    Electronic are the runs decided here, of cases and documents; on paper the documents recorded as such, in the month they were decided.
    """
    first, last = fiscal_year_days(year)
    span = (local_midnight(first), local_midnight(last + timedelta(days=1)))
    owner = Coalesce("case__department_id", "document__department_id", output_field=CharField())
    runs = (
        Approval.objects.filter(state="decided", ended_at__gte=span[0], ended_at__lt=span[1])
        .annotate(owner=owner, month=TruncMonth("ended_at", tzinfo=JAPAN))
        .filter(below(by.paths("indicators.view", purpose), "owner"))
        .values_list("owner", "month")
        .annotate(n=Count("id"))
    )
    papers = (
        Document.objects.filter(medium="paper", decided_at__gte=span[0], decided_at__lt=span[1])
        .filter(below(by.paths("indicators.view", purpose), "department__path"))
        .annotate(month=TruncMonth("decided_at", tzinfo=JAPAN))
        .values_list("department_id", "month")
        .annotate(n=Count("id"))
    )
    found: dict[str, dict[date, Share]] = {}
    for medium, rows in (("electronic", runs), ("paper", papers)):
        for path, month, count in rows:
            share = found.setdefault(path, {}).setdefault(local_date(month), Share())
            setattr(share, medium, getattr(share, medium) + count)
    departments = Department.objects.in_bulk(list(found))
    return [
        Shares(departments[path], dict(sorted(found[path].items())), total(found[path].values()))
        for path in sorted(found)
    ]


def total(listed: Iterable[Share]) -> Share:
    """All of them together."""
    listed = list(listed)
    return Share(sum(each.electronic for each in listed), sum(each.paper for each in listed))
