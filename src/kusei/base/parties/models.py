"""Who and where: persons, households, organisations, and the towns they live in.

In production these are dated copies fed by the ward's standard-compliant resident register (住民記録); in a demonstration they are whole.
"""

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower

from kusei.base.kernel.models import Record


def _without_spaces(column: str) -> Lower:
    """The column in small letters without spaces of either width, for looking people up; see `rules.plain_name`."""
    return Lower(Func(F(column), Value(" \u3000"), Value(""), function="translate"))


class Town(models.Model):
    """A town of a ward (町丁目), such as 吾妻橋一丁目. The id is `<municipality code>/<name>`."""

    id = models.CharField(primary_key=True, max_length=60)
    ward_code = models.CharField(max_length=5)
    name = models.CharField(max_length=50)
    lat = models.FloatField(null=True)
    lng = models.FloatField(null=True)
    source = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward_code", "name"], name="town_once_a_ward")]

    def __str__(self):
        return self.name


class Party(Record):
    """A person (自然人), household (世帯) or organisation (法人・団体), resident or not."""

    KINDS = [("person", "個人"), ("household", "世帯"), ("organisation", "法人・団体")]

    kind = models.CharField(max_length=12, choices=KINDS)
    name = models.CharField(max_length=200)
    kana = models.CharField(max_length=200, blank=True)
    latin_name = models.CharField(max_length=200, blank=True)
    former_name = models.CharField(max_length=100, blank=True)
    birth_date = models.DateField(null=True)
    sex = models.CharField(max_length=1, blank=True)
    nationality = models.CharField(max_length=3, blank=True)
    residence_status = models.CharField(max_length=40, blank=True)
    is_resident = models.BooleanField(default=True)
    phone = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=40, default="住民記録")
    as_of = models.DateField()
    name_key = models.GeneratedField(
        expression=_without_spaces("name"), output_field=models.CharField(max_length=200), db_persist=True
    )
    kana_key = models.GeneratedField(
        expression=_without_spaces("kana"), output_field=models.CharField(max_length=200), db_persist=True
    )

    class Meta:
        indexes = [
            models.Index(fields=["kana", "id"], name="party_by_kana"),
            models.Index(fields=["name_key"], opclasses=["text_pattern_ops"], name="party_by_name_key"),
            models.Index(fields=["kana_key"], opclasses=["text_pattern_ops"], name="party_by_kana_key"),
            models.Index(fields=["birth_date"], name="party_by_birthday", condition=Q(kind="person")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="person") | Q(birth_date__isnull=False), name="person_has_birthday"
            ),
            models.CheckConstraint(condition=Q(kind__in=["person", "household", "organisation"]), name="party_kind"),
        ]

    def __str__(self):
        return self.name


class Membership(Record):
    """A person in a household, with the relationship to its head (続柄). `until` is the first day it no longer holds."""

    household = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="memberships")
    relationship = models.CharField(max_length=20)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(until=None), name="in_one_household_at_a_time"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="membership_ends_after_start"
            ),
        ]


class Residence(Record):
    """Where a person lives or lived (住所): a town, the block and number (番地), the building.

    `until` is the day of the move: the first day on which the person lives there no more.
    """

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="residences")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, null=True)
    block = models.CharField(max_length=40)
    building = models.CharField(max_length=100, blank=True)
    elsewhere = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=8, blank=True)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party"], condition=Q(until=None), name="lives_at_one_place_at_a_time"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="residence_ends_after_start"
            ),
        ]

    def __str__(self):
        return self.elsewhere or f"{self.town.name}{self.block} {self.building}".strip()


class Protection(Record):
    """The protection of a person's whereabouts (支援措置; 住民基本台帳事務処理要領), `until` included: every module honours it."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="protections")
    since = models.DateField()
    until = models.DateField(null=True)
    ground = models.CharField(max_length=40)
