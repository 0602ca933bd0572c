"""Who may see which charges. Everything starts from `visible`."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet, Sum

from kusei.base.charge.models import Charge
from kusei.base.staff.queries import kept_by_departments

visible = kept_by_departments(Charge)


def about(case_id: UUID, now: datetime) -> QuerySet[Charge]:
    """The charges about a case, oldest first, for whoever may see the case or applied for it."""
    return Charge.objects.filter(case_id=case_id).order_by("raised_at", "id")


def owed(charge: Charge) -> int:
    """What is still owed, in yen, by the entries alone."""
    return charge.yen + (charge.entries.aggregate(sum=Sum("yen"))["sum"] or 0)
