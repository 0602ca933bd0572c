"""Break-glass (緊急閲覧): who looked at whom without right, why, until when, and what a chief said about it."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from kusei.base.emergency.rules import LASTS
from kusei.base.kernel.models import Record
from kusei.base.parties.models import Party
from kusei.base.secrets.fields import SealedText
from kusei.base.staff.models import Department, StaffMember


class EmergencyAccess(Record):
    """One use: from `begun_at` until `ends_at` at the latest, the member of staff may see the one person. `department` is the member's own
    then. Explanation and remark are sealed: they tell of violence and illness."""

    REASONS = [
        ("life", "生命・身体に危険がある"),
        ("abuse", "虐待・暴力のおそれがある"),
        ("disaster", "災害時の安否確認・避難"),
        ("health", "急病・感染症への対応"),
        ("child", "子どもの保護"),
        ("other", "そのほか急を要する"),
    ]
    VERDICTS = [("justified", "適切"), ("unjustified", "不適切")]

    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="emergencies")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=10, choices=REASONS)
    explanation = SealedText()
    begun_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    review_by = models.DateField()
    reviewed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=12, choices=VERDICTS, blank=True)
    remark = SealedText(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["staff", "ends_at"], name="emergency_by_staff"),
            models.Index(fields=["review_by"], name="emergency_unreviewed", condition=Q(reviewed_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begun_at")) & Q(ends_at__lte=F("begun_at") + LASTS),
                name="emergency_is_short",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("begun_at"), ended_at__lte=F("ends_at")),
                name="emergency_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by=None, verdict="")
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False) & ~Q(verdict="") & ~Q(reviewed_by=F("staff")),
                name="emergency_judged_by_another",
            ),
        ]

    def running(self, now) -> bool:
        """Whether it still opens anything."""
        return self.ended_at is None and self.begun_at <= now < self.ends_at

    @property
    def over_at(self):
        """When it ended, or will at the latest."""
        return self.ended_at or self.ends_at

    @property
    def minutes(self) -> int:
        """For how long it was open, in whole minutes."""
        return int((self.over_at - self.begun_at) / timedelta(minutes=1))
