"""Procedures being written in the office: manuscripts, what was changed in them, and which published versions came of them."""

from django.db import models
from django.db.models import Q

from kusei.base.accounts.models import Account
from kusei.base.ask.models import Snapshot
from kusei.base.kernel.models import Record
from kusei.base.staff.models import Department


class Manuscript(Record):
    """A procedure being written or changed (手続の原稿). `version` counts its changes: who saves over another's change comes second.

    `definition` is what a YAML file of a procedure holds, and need not be whole yet. open → asked (公開の依頼) → published; back to open
    when it is sent back; dropped when it is given up.
    """

    STATES = [("open", "作成中"), ("asked", "公開待ち"), ("published", "公開済み"), ("dropped", "取りやめ")]

    procedure = models.CharField(max_length=80)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    definition = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    based_on = models.ForeignKey(Snapshot, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=STATES, default="open")
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField(null=True)
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["procedure"],
                condition=Q(state__in=["open", "asked"]),
                name="builder_one_manuscript_a_procedure",
            ),
            models.CheckConstraint(
                condition=~Q(state="asked") | Q(valid_from__isnull=False, asked_by__isnull=False),
                name="builder_asked_says_by_whom_from_when",
            ),
        ]


class Change(Record):
    """One change of a manuscript (変更の記録): what was done to what, by whom. Rows are only added."""

    manuscript = models.ForeignKey(Manuscript, on_delete=models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=100)
    what = models.CharField(max_length=20)
    thing = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["manuscript", "version"], name="builder_changes_one_after_another"),
        ]


class Edition(Record):
    """A version that the office published, from a manuscript or by going back to an older one (版の公開). Rows are only added.

    A procedure that has one is the office's own from then on: the file that came with the module is no longer published over it.
    """

    snapshot = models.OneToOneField(Snapshot, on_delete=models.PROTECT, related_name="+")
    procedure = models.CharField(max_length=80, db_index=True)
    manuscript = models.OneToOneField(Manuscript, on_delete=models.PROTECT, null=True, related_name="+")
    back_to = models.ForeignKey(Snapshot, on_delete=models.PROTECT, null=True, related_name="+")
    asked_by_name = models.CharField(max_length=100)
    published_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    published_by_name = models.CharField(max_length=100)
    note = models.TextField(default="")
