"""Charging: what somebody owes the ward (調定), and what was paid on it. Entries are reversed, never changed."""

from django.db import models
from django.db.models import Q

from kusei.base.decide.models import Case
from kusei.base.kernel.models import Record
from kusei.base.staff.models import Department, StaffMember


class Charge(Record):
    """An amount due (請求) about a case, in whole yen. `state` follows from the entries: unpaid, paid, cancelled (取消)."""

    STATES = [("unpaid", "未納"), ("paid", "収納済み"), ("cancelled", "取消")]

    number = models.CharField(max_length=20, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="charges")
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    title = models.JSONField()
    yen = models.PositiveIntegerField()
    due_on = models.DateField()
    raised_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=STATES, default="unpaid")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(yen__gt=0), name="charge_of_some_yen"),
            models.CheckConstraint(condition=Q(state__in=["unpaid", "paid", "cancelled"]), name="charge_state"),
        ]
        indexes = [models.Index(fields=["due_on"], name="charge_unpaid", condition=Q(state="unpaid"))]

    def __str__(self):
        return self.number


class Entry(Record):
    """What happened to a charge (収納・取消の記録), append-only. `yen` is signed: payments and cancellations lower what is owed, a
    reversal (戻入) of one raises it again by the same amount."""

    KINDS = [("payment", "窓口収納"), ("cancellation", "請求の取消"), ("reversal", "収納の取消")]

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=KINDS)
    yen = models.IntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind="reversal") ^ Q(reverses=None), name="reversal_reverses"),
            models.CheckConstraint(
                condition=Q(kind="reversal", yen__gt=0) | ~Q(kind="reversal") & Q(yen__lt=0), name="entry_sign"
            ),
        ]
