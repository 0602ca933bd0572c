"""自転車駐車場: places that are few, who uses which until when, and who waits in which order."""

from django.db import models
from django.db.models import Q

from kusei.base.decide.models import Case
from kusei.base.kernel.models import Record
from kusei.base.staff.models import Department

TAKEN = ("held", "due", "using")
"""The states in which a place is somebody's."""


class Lot(Record):
    """The places of a facility for one kind of vehicle (自転車駐車場の区分). Its capacity is its `Place` rows."""

    key = models.CharField(max_length=60, unique=True)
    name = models.JSONField()
    vehicle = models.CharField(max_length=10, choices=[("bicycle", "自転車"), ("moped", "原動機付自転車（50cc以下）")])
    town = models.CharField(max_length=60, blank=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT)

    def __str__(self):
        return self.name["ja"]


class Place(Record):
    """One place, by the number painted on the ground (区画番号)."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="places")
    number = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lot", "number"], name="place_once_a_lot")]


class Use(Record):
    """What became of one application (定期利用). A place is one user's at a time: the database refuses a second.

    state: held (reserved until the decision), due (granted, held until the fee's due date), using, waiting (空き待ち, in the order of
    `queued_at`), ended, lapsed (not paid), refused, withdrawn.
    """

    STATES = [
        ("held", "仮押さえ"), ("due", "納付待ち"), ("using", "利用中"), ("waiting", "空き待ち"), ("ended", "利用終了"),
        ("lapsed", "未納失効"), ("refused", "不承認"), ("withdrawn", "取下げ"),
    ]  # fmt: skip

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="bicycle_use")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="uses")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="uses")
    state = models.CharField(max_length=10, choices=STATES)
    months = models.PositiveSmallIntegerField()
    yen = models.PositiveIntegerField()
    queued_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    from_on = models.DateField(null=True)
    until_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place"], condition=Q(state__in=TAKEN), name="place_has_one_user"),
            models.CheckConstraint(
                condition=Q(state__in=TAKEN, place__isnull=False) | ~Q(state__in=TAKEN), name="user_has_a_place"
            ),
            models.CheckConstraint(condition=~Q(state="due") | Q(due_on__isnull=False), name="held_until_a_day"),
            models.CheckConstraint(
                condition=~Q(state="using") | Q(from_on__isnull=False, until_on__isnull=False), name="used_for_a_term"
            ),
        ]
        indexes = [models.Index(fields=["lot", "queued_at", "id"], name="use_waiting", condition=Q(state="waiting"))]

    def __str__(self):
        return self.case.number
