"""児童手当: the register of recipients (受給者台帳) that decided claims are entered in."""

from django.db import models
from django.db.models import Q

from kusei.base.kernel.models import Record
from kusei.base.parties.models import Party
from kusei.base.secrets.fields import SealedJSON
from kusei.base.staff.models import Department


class Award(Record):
    """An entitlement to child allowance (受給資格), from the month after the claim (児童手当法 8条2項)."""

    case_id = models.UUIDField(unique=True)
    number = models.CharField(max_length=20, unique=True)
    recipient = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="child_allowance_awards")
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    from_month = models.DateField()
    until_month = models.DateField(null=True)
    decided_on = models.DateField()
    monthly_yen = models.PositiveIntegerField()
    bank = SealedJSON(db_column="bank_sealed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient"], condition=Q(until_month=None), name="one_running_award"),
        ]


class AwardChild(Record):
    """A child an award counts (算定児童・支給対象児童): birthday, rank among the claimant's children, and the month's amount at decision."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="children")
    child = models.ForeignKey(Party, on_delete=models.PROTECT)
    name = models.CharField(max_length=200)
    birth_date = models.DateField()
    rank = models.PositiveSmallIntegerField()
    monthly_yen = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["award", "child"], name="child_once_an_award")]
