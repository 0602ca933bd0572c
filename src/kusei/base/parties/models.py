"""Who and where: persons, households, organisations, and the towns they live in.

In production these are dated copies fed by the ward's standard-compliant resident register (住民記録); in a demonstration they are whole.
"""

from django.db import models
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Cast, Collate, Lower

from kusei.base.kernel.models import Record
from kusei.base.parties.variants import BASES, SELECTORS, VARIANTS
from kusei.base.secrets.fields import SealedJSON


def _without_spaces(column: str) -> Lower:
    """The column in small letters without spaces of either width, for looking people up; see `rules.plain_name`."""
    return Lower(Func(F(column), Value(" \u3000"), Value(""), function="translate"))


def folded(column: str) -> Collate:
    """The column as `rules.search_name` writes it: 異体字 as their common form, without selectors and spaces, in small letters; in the
    collation whose index finds beginnings."""
    drop = Value(VARIANTS + " \u3000" + SELECTORS)
    text = Cast(Lower(F(column)), TextField())
    return Collate(Func(text, drop, Value(BASES), function="translate", output_field=TextField()), "C")


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
    """A person (自然人), household (世帯) or organisation (法人・団体), resident or not.

    `number` is the key under which the register that feeds this one knows it (宛名番号). `former_name` is what that register last said;
    a dated `OtherName` goes before it.
    """

    KINDS = [("person", "個人"), ("household", "世帯"), ("organisation", "法人・団体")]

    kind = models.CharField(max_length=12, choices=KINDS)
    name = models.CharField(max_length=200)
    kana = models.CharField(max_length=200, blank=True)
    latin_name = models.CharField(max_length=200, blank=True)
    former_name = models.CharField(max_length=100, blank=True)
    number = models.CharField(max_length=20, null=True, unique=True)
    corporate_number = models.CharField(max_length=13, null=True, unique=True)
    birth_date = models.DateField(null=True)
    died_on = models.DateField(null=True)
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
            models.Index(folded("name"), name="party_by_folded_name"),
            models.Index(folded("former_name"), name="party_by_former_name", condition=~Q(former_name="")),
            models.Index(folded("latin_name"), name="party_by_latin_name", condition=~Q(latin_name="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="person") | Q(birth_date__isnull=False), name="person_has_birthday"
            ),
            models.CheckConstraint(condition=Q(kind__in=["person", "household", "organisation"]), name="party_kind"),
            models.CheckConstraint(
                condition=Q(corporate_number=None) | Q(kind="organisation", corporate_number__regex="^[1-9][0-9]{12}$"),
                name="corporate_number_of_an_organisation",
            ),
            models.CheckConstraint(
                condition=Q(died_on=None) | Q(kind="person", is_resident=False, died_on__gte=F("birth_date")),
                name="the_dead_are_no_residents",
            ),
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


class OtherName(Record):
    """A further name of a person, dated: former surname (旧氏), alias of a foreign resident (通称), name in Latin letters (ローマ字氏名)."""

    KINDS = [("former", "旧氏"), ("alias", "通称"), ("latin", "ローマ字氏名")]

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="other_names")
    kind = models.CharField(max_length=6, choices=KINDS)
    name = models.CharField(max_length=200)
    kana = models.CharField(max_length=200, blank=True)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(folded("name"), name="other_name_folded")]
        constraints = [
            models.UniqueConstraint(fields=["party", "kind"], condition=Q(until=None), name="one_other_name_of_a_kind"),
            models.CheckConstraint(condition=Q(kind__in=["former", "alias", "latin"]), name="other_name_kind"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="other_name_ends_after_start"
            ),
        ]


class Mandate(Record):
    """The power of one party to act for another (代理権): guardian (法定代理人), proxy (任意代理人), or agent by trade (代理人).

    `purposes` are those it is limited to; empty = everything, which only the law can give. `until` is the first day it no longer holds.
    """

    KINDS = [("guardian", "法定代理人"), ("proxy", "任意代理人"), ("agent", "代理人")]

    principal = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="mandates_given")
    agent = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="mandates_held")
    kind = models.CharField(max_length=8, choices=KINDS)
    purposes = models.JSONField(default=list)
    evidence = models.CharField(max_length=100)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["guardian", "proxy", "agent"]), name="mandate_kind"),
            models.CheckConstraint(condition=~Q(principal=F("agent")), name="nobody_represents_themselves"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="mandate_ends_after_start"),
            models.CheckConstraint(
                condition=Q(kind="guardian") | (Q(until__isnull=False) & ~Q(purposes=[])),
                name="given_mandates_are_limited",
            ),
        ]


class Act(Record):
    """One act on the register (異動): what happened on which day, and every row it opened, closed or set. Never altered: undone by another.

    `event` is the name under which whoever reports it knows it, so that a feed may repeat itself. `steps` are for `reverse` to undo.
    """

    KINDS = [
        ("move_in", "転入"), ("move_within", "転居"), ("move_out", "転出"), ("birth", "出生"), ("death", "死亡"), ("household", "世帯変更"),
        ("name", "氏名等の変更"), ("mandate", "代理"), ("reversal", "取消"), ("import", "一括取込"), ("organisation", "法人・団体の登録"),
    ]  # fmt: skip

    kind = models.CharField(max_length=12, choices=KINDS)
    day = models.DateField()
    event = models.CharField(max_length=80, null=True, unique=True)
    parties = models.ManyToManyField(Party, related_name="acts")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    steps = models.JSONField(default=list)
    reason = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind="reversal") ^ Q(reverses=None), name="a_reversal_reverses"),
        ]


class KnownFacts(models.Model):
    """What the portal may use of the register about a person whose account is tied, as the office last said it; good until a moment.

    On the office's side only `digest` is kept: by it a change is seen. `whereabouts` says whether address or telephone are in it.
    """

    party = models.OneToOneField(Party, on_delete=models.CASCADE, primary_key=True)
    facts = SealedJSON(null=True)
    digest = models.CharField(max_length=64, blank=True)
    whereabouts = models.BooleanField(default=False)
    as_of = models.DateField()
    source = models.CharField(max_length=200)
    taken_at = models.DateTimeField()
    until = models.DateTimeField()
