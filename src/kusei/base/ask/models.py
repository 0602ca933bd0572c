"""Asking: procedures as immutable snapshots, drafts that survive everything, applications that exist once."""

from django.db import models
from django.db.models import Q

from kusei.base.accounts.models import Account
from kusei.base.files.models import StoredFile
from kusei.base.kernel.models import Record
from kusei.base.parties.models import Party
from kusei.base.secrets.fields import SealedAnswers


class Snapshot(Record):
    """One published version of a procedure (手続の版). Never changed: drafts finish on the version they began."""

    procedure = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    definition = models.JSONField()
    valid_from = models.DateField()
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["procedure", "number"], name="snapshot_numbered_once"),
        ]


class Draft(Record):
    """An application being filled in (下書き). Belongs to the account, so it outlives session, restart and device."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT)
    procedure = models.CharField(max_length=80)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True)
    answers = SealedAnswers(default=dict)
    given = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "procedure"], condition=Q(submitted_at=None), name="one_open_draft_a_procedure"
            ),
        ]


class Application(Record):
    """What was submitted (申請), once for each draft however often submit was pressed. Portal side; the case is the office side.

    `party` is who applies. Where that is an organisation, `agent` is who submitted it by a mandate (代理権) for `purpose`: then the
    application belongs to whoever holds such a mandate, not to the account.
    """

    STATES = [
        ("received", "受付済み"),
        ("checking", "審査中"),
        ("correcting", "補正のお願い"),
        ("decided", "決定"),
        ("withdrawing", "取下げの確認中"),
        ("withdrawn", "取下げ"),
    ]

    draft = models.OneToOneField(Draft, on_delete=models.PROTECT)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True)
    agent = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    purpose = models.CharField(max_length=100, blank=True, default="", db_default="")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT)
    procedure = models.CharField(max_length=80)
    receipt_number = models.CharField(max_length=20, unique=True)
    submitted_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=STATES, default="received")

    class Meta:
        indexes = [
            models.Index(fields=["account", "-submitted_at"]),
            models.Index(
                fields=["party", "-submitted_at"], name="application_of_organisation", condition=Q(agent__isnull=False)
            ),
        ]


class AnswerSet(Record):
    """The answers as submitted, and as corrected (補正): a new row each time, none is changed."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="answer_sets")
    number = models.PositiveSmallIntegerField()
    answers = SealedAnswers()
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(Account, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "number"], name="answers_numbered_once")]


class Attachment(Record):
    """A file given as the answer to a question, first in a draft, then with the application."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="attachments")
    question = models.CharField(max_length=60)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT)
    removed_at = models.DateTimeField(null=True)

    def listed(self) -> dict:
        """The file as an answer lists it."""
        stored = self.file
        return {
            "attachment": str(self.id), "file": str(stored.id), "name": stored.name, "media_type": stored.media_type,
            "size": stored.size,
        }  # fmt: skip


class Correction(Record):
    """A request to correct or complete an application (補正依頼): which questions, why, by when; open until answered."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="corrections")
    questions = models.JSONField()
    message = models.TextField()
    asked_at = models.DateTimeField()
    answer_by = models.DateField(null=True)
    answers = SealedAnswers(default=dict)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application"], condition=Q(answered_at=None), name="one_open_correction"),
        ]


class Step(Record):
    """What the applicant may see happening (経過): received, being checked, correction asked, decided, notice sent."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    event = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["application", "at"])]
