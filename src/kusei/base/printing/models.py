"""What waits to be printed, and the batches in which it is."""

from django.db import models
from django.db.models import Q

from kusei.base.files.models import StoredFile
from kusei.base.kernel.models import Record
from kusei.base.papers.models import Version
from kusei.base.staff.models import Department


class Run(Record):
    """A batch (印刷分): one PDF in the order of postal codes. States: making → ready → printed. Without a department it is of letters."""

    STATES = [("making", "作成中"), ("ready", "印刷待ち"), ("printed", "印刷済み")]

    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=STATES, default="making")
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)
    pdf = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True)
    printed_at = models.DateTimeField(null=True)
    printed_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="printed", printed_at__isnull=False) | (~Q(state="printed") & Q(printed_at=None)),
                name="run_printed_when",
            )
        ]


class Item(Record):
    """Something to print, once: a version of a paper, or a letter (`letter` is its place in the tray, `mail_id` its stable id). `problem` says
    why it can't be printed as it is."""

    version = models.OneToOneField(Version, on_delete=models.PROTECT, null=True, related_name="+")
    letter = models.BigIntegerField(null=True)
    mail_id = models.CharField(max_length=120, blank=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=300)
    postal = models.CharField(max_length=10, blank=True)
    name = models.CharField(max_length=300)
    added_at = models.DateTimeField()
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="items")
    place = models.PositiveIntegerField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["department", "postal"], name="item_waiting", condition=Q(run=None))]
        constraints = [
            models.UniqueConstraint(fields=["mail_id"], condition=~Q(mail_id=""), name="letter_printed_once"),
            models.UniqueConstraint(fields=["run", "place"], name="item_in_its_place"),
            models.CheckConstraint(
                condition=Q(version=None, letter__isnull=False) | Q(version__isnull=False, letter=None),
                name="item_paper_or_letter",
            ),
        ]
