"""What the ward issues on paper: numbered, kept as PDF, checkable by code."""

from django.db import models

from kusei.base.files.models import StoredFile
from kusei.base.kernel.models import Record
from kusei.base.parties.models import Party


class Paper(Record):
    """An issued paper (交付物), such as a notice of decision (決定通知書). `content` is what was printed; the PDF follows from it.

    Until the PDF is made, `pdf` is None; where it can't be (a name with a character that no font has), `problem` says why.
    """

    number = models.CharField(max_length=40, unique=True)
    layout = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    about = models.UUIDField(db_index=True)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True)
    content = models.JSONField()
    check_code = models.CharField(max_length=20, unique=True)
    issued_at = models.DateTimeField()
    pdf = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["about", "layout"], name="paper_issued_once")]


class Series(models.Model):
    """A series of paper numbers (文書番号): the last one given out under a letter (文書記号) in a fiscal year."""

    letter = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["letter", "year"], name="series_once_a_year")]
