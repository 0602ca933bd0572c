"""What the ward issues on paper: numbered, kept as PDF, checkable by code."""

from django.db import models

from kusei.base.files.models import StoredFile
from kusei.base.kernel.models import Record
from kusei.base.parties.models import Party


class Paper(Record):
    """An issued paper (交付物), such as a notice of decision (決定通知書). `content` is what was printed; the PDF follows from it."""

    number = models.CharField(max_length=40, unique=True)
    layout = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    about = models.UUIDField(db_index=True)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True)
    content = models.JSONField()
    check_code = models.CharField(max_length=20, unique=True)
    issued_at = models.DateTimeField()
    pdf = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True)
