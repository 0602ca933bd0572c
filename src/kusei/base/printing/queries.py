"""What waits to be printed, and who may see it."""

from datetime import datetime

from django.db.models import Q, QuerySet

from kusei.base.kernel.actors import Actor
from kusei.base.printing.models import Item, Run
from kusei.base.staff.queries import below

PURPOSE = "印刷と発送"


def _may(by: Actor) -> Q:
    """Papers of the departments for which one may print; letters, which may hold codes, only with letters.print."""
    if by.kind == "system":
        return Q()
    if by.kind != "staff":
        return Q(pk__in=[])
    letters = Q(department=None) if by.may("letters.print") else Q(pk__in=[])
    return letters | (Q(department__isnull=False) & below(by.paths("print"), "department__path"))


def visible(by: Actor, purpose: str, now: datetime) -> QuerySet[Item]:
    """The things to print that `by` may see."""
    return Item.objects.filter(_may(by))


def visible_runs(by: Actor, purpose: str, now: datetime) -> QuerySet[Run]:
    """The batches that `by` may see."""
    return Run.objects.filter(_may(by))


def waiting(by: Actor, now: datetime) -> QuerySet[Item]:
    """What waits, in the order in which it is printed. A paper whose PDF is not made yet waits for it."""
    rows = visible(by, PURPOSE, now).filter(run=None).select_related("department", "version")
    return rows.order_by("department_id", "postal", "name", "id")


def ready() -> Q:
    """Holds for what can be printed now."""
    return Q(version=None) | Q(version__pdf__isnull=False)
