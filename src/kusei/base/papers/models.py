"""What the ward issues on paper: numbered, in versions kept as PDF, checkable by code, revocable."""

from django.db import models
from django.db.models import Q

from kusei.base.files.models import StoredFile
from kusei.base.kernel.models import Record
from kusei.base.parties.models import Party
from kusei.base.staff.models import Department


class Paper(Record):
    """An issued paper (交付物), such as a notice of decision (決定通知書): one number, for ever.

    What was printed are its versions. `about` is the case it is about, or its own id where it stands alone; `part` tells papers
    of one layout about one case apart (a permit for each site); `department` issued it.
    It is good until it is revoked: 取消 (`revoked`, it should never have been) or 失効 (`lapsed`, it holds no longer).
    """

    REVOKED = [("revoked", "取消"), ("lapsed", "失効")]

    number = models.CharField(max_length=40, unique=True)
    layout = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    about = models.UUIDField(db_index=True)
    part = models.CharField(max_length=60, default="", db_default="", blank=True)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_as = models.CharField(max_length=10, choices=REVOKED, default="", db_default="", blank=True)
    revoked_by = models.CharField(max_length=120, default="", db_default="", blank=True)
    revoked_reason = models.CharField(max_length=1000, default="", db_default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["about", "layout", "part"], condition=Q(revoked_at=None), name="paper_in_force_once_a_part"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_as="")
                | Q(revoked_at__isnull=False, revoked_as__in=["revoked", "lapsed"]),
                name="paper_revoked_how",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def newest(self) -> "Version":
        """The version in force, or the last that was."""
        return self.versions.select_related("pdf").order_by("-version")[0]


class Version(Record):
    """What was printed at one time (版), 1 being the first: `content` is what stands on it, the PDF follows from it. A trigger lets nobody
    change it; a mistake is mended by the next version.

    Until the PDF is made, `pdf` is None; where it can't be, `problem` says why. The PDF's SHA-256 is `pdf.sha256`.
    """

    KINDS = [("issued", "交付"), ("reissued", "再発行"), ("corrected", "訂正")]

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="versions", db_index=False)
    version = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=KINDS)
    content = models.JSONField()
    check_code = models.CharField(max_length=20, unique=True)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=120)
    reason = models.CharField(max_length=1000, blank=True)
    pdf = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True)
    signature = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="signature_of")
    """The detached electronic signature (電子署名) of the PDF; None where the ward signs none."""
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["paper", "version"], name="paper_version_once")]


class Series(models.Model):
    """A series of paper numbers (文書番号): the last one given out under a letter (文書記号) in a fiscal year."""

    letter = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["letter", "year"], name="series_once_a_year")]
