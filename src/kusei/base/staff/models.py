"""The ward's departments and the people who work in them."""

from django.db import models
from django.db.models import Q

from kusei.base.accounts.models import Account
from kusei.base.kernel.models import Record


class Department(models.Model):
    """A department, section or office (部・課・係・出張所). `path` holds the codes from the top: `kodomo/kosodate`."""

    path = models.CharField(primary_key=True, max_length=120)
    code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=12)
    name = models.JSONField()
    phone = models.CharField(max_length=20, blank=True)
    place = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=200, blank=True)

    def __str__(self):
        return self.name["ja"]


class StaffMember(Record):
    """A member of staff (職員) in a post (職): 主事 clerk, 係長 subsection chief, 課長 section chief, 部長 department chief, 副区長 deputy
    mayor, 区長 mayor."""

    POSTS = [
        ("clerk", "主事"),
        ("subsection_chief", "係長"),
        ("section_chief", "課長"),
        ("department_chief", "部長"),
        ("deputy_mayor", "副区長"),
        ("mayor", "区長"),
    ]

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="staff")
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    name = models.CharField(max_length=100)
    kana = models.CharField(max_length=100, blank=True)
    post = models.CharField(max_length=20, choices=POSTS)

    def __str__(self):
        return self.name


class Role(Record):
    """A role held in a department and everything below it, from a day until a day (rights lapse: 職員権限の有効期限).

    `purposes` are those it is limited to (利用目的); empty = all that the role is for. `noticed_at`: when its holder was told that it ends soon.
    """

    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="roles")
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    role = models.CharField(max_length=20)
    since = models.DateField()
    until = models.DateField()
    purposes = models.JSONField(default=list)
    noticed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=models.F("since")), name="role_ends_after_start"),
            models.UniqueConstraint(fields=["staff", "department", "role", "since"], name="role_granted_once_a_day"),
        ]


class Absence(Record):
    """Days on which somebody is away (不在), both counted: what waits for them goes to their deputy meanwhile.

    `ended_on` is set where they came back earlier; from that day on they are there again.
    """

    REASONS = [
        ("leave", "休暇"),
        ("trip", "出張"),
        ("training", "研修"),
        ("illness", "療養"),
        ("other", "その他"),
    ]

    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="absences")
    since = models.DateField()
    until = models.DateField()
    reason = models.CharField(max_length=10, choices=REASONS)
    entered_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=models.F("since")), name="absence_ends_after_start"),
        ]
        indexes = [models.Index(fields=["until", "since"], name="absence_by_day")]


class Deputy(Record):
    """One place in the order of those who act for a post of a department while its holders are away (代決の順序), from a day on.

    `until`, where set, is the last day. Who is entered may stand below the post, and needs no role for what they do as deputy.
    """

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="deputies")
    post = models.CharField(max_length=20, choices=StaffMember.POSTS)
    order = models.PositiveSmallIntegerField()
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="deputises")
    since = models.DateField()
    until = models.DateField(null=True)
    entered_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("since")), name="deputy_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(order__gte=1), name="deputies_count_from_one"),
            models.UniqueConstraint(
                fields=["department", "post", "order"], condition=Q(until=None), name="one_deputy_a_place"
            ),
        ]
