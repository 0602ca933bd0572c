"""Files that feed a register: what was uploaded, what it would change, and what became of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from kusei.base.kernel.models import Record


class Import(Record):
    """One file for one register (一括取込), kept as a report. The rows themselves go once it is applied or discarded, but for what was wrong.

    day: from which day what changes holds (異動日). The counts are of the last comparison.
    """

    STATES = [("checked", "確認待ち"), ("applied", "取込済み"), ("discarded", "取りやめ")]

    register = models.CharField(max_length=60)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    encoding = models.CharField(max_length=20)
    day = models.DateField()
    state = models.CharField(max_length=10, choices=STATES, default="checked")
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    uploaded_by = models.UUIDField(null=True)
    uploaded_at = models.DateTimeField()
    ended_by = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state="checked") ^ Q(ended_at__isnull=False), name="import_ends"),
            models.CheckConstraint(condition=~Q(state="applied") | Q(bad=0), name="import_whole_or_not_at_all"),
        ]


class ImportRow(models.Model):
    """A row of the file: the line it begins in, its cells, and what the comparison says: added, changed, unchanged, or bad with the reason."""

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    key = models.TextField()
    cells = ArrayField(models.TextField())
    before = ArrayField(models.TextField(), null=True)
    party = models.UUIDField(null=True)
    outcome = models.CharField(max_length=9, default="")
    problem = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["of", "outcome", "line"], name="import_row_by_outcome")]
        constraints = [models.UniqueConstraint(fields=["of", "line"], name="import_row_once_a_line")]
