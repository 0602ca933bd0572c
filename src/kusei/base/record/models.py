"""Files that feed a register: what was uploaded, what it would change, and what became of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from kusei.base.kernel.leases import Leased, lease_indexes
from kusei.base.kernel.models import Record


class Import(Record):
    """One file for one register (一括取込), kept as a report. The rows themselves go once it is applied or discarded, but for what was wrong.

    day: from which day what changes holds (異動日). The counts and `digest` are of the last comparison. rows_read of rows_total: how far the
    reading is. problem: why the file can't be read, or why what was confirmed has to be looked at again.
    """

    STATES = [
        ("reading", "読込中"), ("checked", "確認待ち"), ("applying", "取込中"), ("applied", "取込済み"), ("discarded", "取りやめ"),
        ("unreadable", "読込不可"),
    ]  # fmt: skip
    UNENDED = ("reading", "checked", "applying")

    register = models.CharField(max_length=60)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    encoding = models.CharField(max_length=20)
    day = models.DateField()
    state = models.CharField(max_length=10, choices=STATES, default="reading")
    problem = models.TextField(default="", db_default="")
    rows_total = models.PositiveIntegerField(default=0, db_default=0)
    rows_read = models.PositiveIntegerField(default=0, db_default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    digest = models.BigIntegerField(null=True)
    uploaded_by = models.UUIDField(null=True)
    uploaded_at = models.DateTimeField()
    ended_by = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["reading", "checked", "applying"]) ^ Q(ended_at__isnull=False),
                name="import_ends_once",
            ),
            models.CheckConstraint(condition=~Q(state="applied") | Q(bad=0), name="import_whole_or_not_at_all"),
        ]


class ImportFile(models.Model):
    """The file itself, until it is read."""

    of = models.OneToOneField(Import, on_delete=models.CASCADE, primary_key=True, related_name="file")
    content = models.BinaryField()


class Work(Leased):
    """Reading a file, or applying it: long, so a worker does it. actor: who asked for it, as every log names them; language: what they read."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="work")
    step = models.CharField(max_length=10, choices=[("read", "読込"), ("apply", "取込")])
    actor = models.JSONField()
    language = models.CharField(max_length=10)

    class Meta:
        indexes = lease_indexes("import_work")

    @property
    def label(self) -> str:
        """What it is, for operators."""
        return f"{self.step} {self.of.register} {self.of_id}"


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
