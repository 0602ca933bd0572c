"""A draw, from its beginning to its publication, and the entries in it."""

from django.db import models
from django.db.models import Q

from kusei.base.kernel.models import Record
from kusei.base.secrets.fields import SealedText
from kusei.base.staff.models import Department


class Draw(Record):
    """A lot (抽選) of a section. States: open (entries come) → committed (list and secret are fixed, the commitment is public) → drawn →
    published. Triggers let nothing that is fixed be changed, so a draw is drawn once.

    `source` says which public value, known only after `known_from`, goes into the seed; the secret is sealed until the draw is published.
    """

    STATES = [("open", "受付中"), ("committed", "確定済み"), ("drawn", "抽選済み"), ("published", "公開済み")]

    title = models.CharField(max_length=100)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    places = models.PositiveIntegerField()
    groups = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=STATES, default="open")
    begun_at = models.DateTimeField()
    source = models.CharField(max_length=300, blank=True)
    known_from = models.DateTimeField(null=True)
    list_sha256 = models.CharField(max_length=64, blank=True)
    secret = SealedText(null=True, db_column="secret_sealed")
    commitment = models.CharField(max_length=64, blank=True)
    committed_at = models.DateTimeField(null=True)
    committed_by = models.CharField(max_length=120, blank=True)
    value = models.CharField(max_length=300, blank=True)
    drawn_at = models.DateTimeField(null=True)
    drawn_by = models.CharField(max_length=120, blank=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(places__gte=1), name="draw_has_places"),
            models.CheckConstraint(
                condition=Q(state="open", committed_at=None)
                | (~Q(state="open") & Q(committed_at__isnull=False, known_from__gt=models.F("committed_at"))),
                name="draw_committed_before_it_was_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "committed"], drawn_at=None)
                | Q(state__in=["drawn", "published"], drawn_at__gte=models.F("known_from")),
                name="draw_drawn_when_it_was_known",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class DrawEntry(Record):
    """An entry in a draw: public are its number, weight, group and tie; `reference` (受付番号など) and `tied_by`
    (such as the household's number) stay with the ward. The results follow the draw."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="entries", db_index=False)
    number = models.PositiveIntegerField()
    weight = models.PositiveSmallIntegerField(default=1)
    group = models.CharField(max_length=20, blank=True)
    tie = models.CharField(max_length=20, blank=True)
    reference = models.CharField(max_length=60)
    tied_by = models.CharField(max_length=60, blank=True)
    rank = models.PositiveIntegerField(null=True)
    won = models.BooleanField(null=True)
    waiting = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draw", "number"], name="draw_entry_numbered_once"),
            models.UniqueConstraint(fields=["draw", "reference"], name="draw_entry_once"),
        ]
