"""食品営業許可: the sites of an application, what inspections found there, and the permits that came of it."""

from django.db import models
from django.db.models import F, Q

from kusei.base.book.models import Booking
from kusei.base.book.queries import when
from kusei.base.charge.models import Charge
from kusei.base.decide.models import Case
from kusei.base.kernel.i18n import day, row
from kusei.base.kernel.models import Record
from kusei.base.kernel.offers import label_of
from kusei.base.papers.models import Paper
from kusei.base.parties.models import Party
from kusei.base.staff.models import Department, StaffMember

FINAL = ("passed", "failed")
"""What an inspection found, once and for all: then the site is ready to be decided."""


class Site(Record):
    """One site (営業所・施設) of an application. `item` is its id among the answers, so that a correction finds it again.

    state: waiting (to be inspected), mend (points to mend, 改善指示), passed, failed; permitted, refused after the decision; left (no longer
    among the answers, or the application was taken back).
    """

    STATES = [
        ("waiting", "検査待ち"), ("mend", "改善指示"), ("passed", "適合"), ("failed", "不適合"), ("permitted", "許可"),
        ("refused", "不許可"), ("left", "取下げ"),
    ]  # fmt: skip

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="food_sites")
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    item = models.CharField(max_length=20)
    order = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    address = models.CharField(max_length=200)
    kinds = models.JSONField()
    manager = models.CharField(max_length=100)
    qualification = models.CharField(max_length=20)
    opens_on = models.DateField(null=True)
    is_renewal = models.BooleanField(default=False)
    renews = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    points = models.PositiveSmallIntegerField(null=True)
    conditions = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "item"], name="food_site_once_a_case"),
            models.CheckConstraint(
                condition=~Q(state__in=["passed", "permitted"]) | Q(points__isnull=False), name="passed_with_points"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def kinds_words(self) -> str:
        """The kinds of business in words."""
        return row(*(label_of("food_business.kinds", kind) for kind in self.kinds))

    @property
    def booked_words(self) -> str:
        """When the inspection is booked, in words."""
        booking = Booking.objects.filter(about=self.id, state="confirmed").select_related("seat__slot").first()
        return when(booking.seat.slot) if booking else ""

    @property
    def found_words(self) -> str:
        """What each inspection found, in words."""
        rows = self.inspections.order_by("number")
        return "\n".join(
            row(day(each.on), label_of("food_business.results", each.result), each.findings) for each in rows
        )


class Fee(Record):
    """A charge raised for a site: the first, or what a correction made it cost more."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="fees")
    charge = models.OneToOneField(Charge, on_delete=models.PROTECT, related_name="+")


class Inspection(Record):
    """One inspection of a site (施設検査): what was found. Append-only: a second look is another row."""

    RESULTS = [("passed", "適合"), ("mend", "改善を要する"), ("failed", "不適合")]

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="inspections")
    number = models.PositiveSmallIntegerField()
    on = models.DateField()
    result = models.CharField(max_length=10, choices=RESULTS)
    findings = models.CharField(max_length=1000, blank=True)
    points = models.PositiveSmallIntegerField(null=True)
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="inspection_once_a_number"),
            models.CheckConstraint(condition=Q(result="passed") | ~Q(findings=""), name="what_is_wrong_is_said"),
            models.CheckConstraint(condition=~Q(result="passed") | Q(points__isnull=False), name="passing_has_points"),
        ]


class Permit(Record):
    """A permit (営業許可) for one kind of business at one site. `until_on` is its last day.

    state: valid, expired (期間満了), closed (廃業), revoked (取消).
    """

    STATES = [("valid", "有効"), ("expired", "期間満了"), ("closed", "廃業"), ("revoked", "取消")]

    number = models.CharField(max_length=40, unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="permits")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="food_permits")
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    holder = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="+")
    holder_name = models.CharField(max_length=200)
    corporate_number = models.CharField(max_length=13, blank=True)
    name = models.CharField(max_length=100)
    address = models.CharField(max_length=200)
    kind = models.CharField(max_length=30)
    since_on = models.DateField()
    until_on = models.DateField()
    conditions = models.CharField(max_length=500, blank=True)
    paper = models.OneToOneField(Paper, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=STATES, default="valid")
    reminded_at = models.DateTimeField(null=True)
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "kind"], condition=Q(state="valid"), name="one_permit_of_a_kind"),
            models.CheckConstraint(condition=Q(until_on__gt=F("since_on")), name="permit_holds_for_a_time"),
            models.CheckConstraint(
                condition=Q(state="valid") ^ Q(ended_on__isnull=False), name="permit_ended_on_a_day"
            ),
        ]
        indexes = [models.Index(fields=["until_on"], name="permit_by_end", condition=Q(state="valid"))]

    def __str__(self):
        return self.number
