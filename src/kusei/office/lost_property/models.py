"""忘れ物: things found in the ward's buildings, from the shelf to the owner or to disposal."""

from django.db import models
from django.db.models import Q

from kusei.base.decide.models import Case
from kusei.base.kernel.models import Record
from kusei.base.staff.models import Department


class FoundItem(Record):
    """A thing found (拾得物, 遺失物法2条). `found_at` is the building it was found in, `office` the section that keeps it.

    noticed_on: the day of the police's public notice (公告, 遺失物法7条); keep_until follows from it. claim: the case of whom it belongs to.
    expired_on: the day on which its term was found to be over, so that it may be disposed of.
    """

    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField("種類", max_length=10)
    description = models.CharField("特徴", max_length=200)
    found_on = models.DateField("見つかった日")
    found_at = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", verbose_name="見つかった場所")
    shelf = models.CharField("保管場所", max_length=20)
    office = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    cheap = models.BooleanField("2週間で処分できるもの", default=False)
    noticed_on = models.DateField(null=True)
    keep_until = models.DateField(null=True)
    claim = models.OneToOneField(Case, on_delete=models.PROTECT, null=True, related_name="found_item")
    returned_on = models.DateField(null=True)
    expired_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(noticed_on=None, keep_until=None) | Q(noticed_on__isnull=False, keep_until__isnull=False),
                name="kept_from_notice_on",
            ),
            models.CheckConstraint(condition=Q(returned_on=None) | Q(expired_on=None), name="returned_or_expired"),
            models.CheckConstraint(condition=Q(returned_on=None) | Q(claim__isnull=False), name="returned_to_claimant"),
            models.CheckConstraint(
                condition=Q(expired_on=None) | Q(keep_until__isnull=False), name="expired_after_term"
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def state(self) -> str:
        """kept, claimed (matched), granted (to be handed over), returned or expired."""
        if self.returned_on or self.expired_on:
            return "returned" if self.returned_on else "expired"
        if not self.claim or self.claim.state == "withdrawn" or self.claim.outcome not in ("", "returned"):
            return "kept"
        return "granted" if self.claim.outcome else "claimed"
