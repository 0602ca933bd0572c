"""Deciding: cases with a deadline, what was checked, and the approval route that was run."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from kusei.base.decide.rules import ENDED, OPEN
from kusei.base.kernel.models import Record
from kusei.base.parties.models import Party
from kusei.base.secrets.fields import SealedAnswers
from kusei.base.staff.models import Department, StaffMember


class Definition(models.Model):
    """The office's own copy of a procedure's snapshot (手続の版): checks, route and outcomes are read from here. Never changed."""

    id = models.UUIDField(primary_key=True)
    content = models.JSONField()


class Case(Record):
    """A matter to be brought to an outcome (案件). The id equals the application's, so that two installations can speak of it.

    `version` counts every act on the case: an act names the version it saw, and finds another when somebody was faster.
    """

    STATES = [
        ("received", "未着手"),
        ("checking", "審査中"),
        ("correcting", "補正待ち"),
        ("approving", "決裁中"),
        ("decided", "決定済み"),
        ("withdrawn", "取下げ"),
    ]

    number = models.CharField(max_length=20, unique=True)
    procedure = models.CharField(max_length=80)
    title = models.JSONField()
    snapshot = models.ForeignKey(Definition, on_delete=models.PROTECT)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_index=False)
    assignee = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, db_index=False)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True)
    account_id = models.UUIDField(null=True)
    applicant_name = models.CharField(max_length=200)
    applicant_kana = models.CharField(max_length=200, blank=True)
    words = SearchVectorField(null=True)
    answers = SealedAnswers()
    files = models.JSONField(default=list)
    language = models.CharField(max_length=8, default="ja")
    state = models.CharField(max_length=12, choices=STATES, default="received")
    outcome = models.CharField(max_length=60, blank=True)
    received_at = models.DateTimeField()
    due_on = models.DateField()
    working_days = models.PositiveSmallIntegerField()
    paused_on = models.DateField(null=True)
    decided_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            # In the order in which the queue lists them, so that a page is read off and nothing passed over: for those who see all, then for
            # one department, for one procedure in it, for who is assigned.
            models.Index(fields=["due_on", "id"], name="case_open", condition=Q(state__in=OPEN)),
            models.Index(fields=["-received_at", "-id"], name="case_ended", condition=Q(state__in=ENDED)),
            models.Index(fields=["department", "due_on", "id"], name="case_open_in", condition=Q(state__in=OPEN)),
            models.Index(
                fields=["department", "-received_at", "-id"], name="case_ended_in", condition=Q(state__in=ENDED)
            ),
            models.Index(
                fields=["department", "procedure", "due_on", "id"], name="case_open_of", condition=Q(state__in=OPEN)
            ),
            models.Index(
                fields=["department", "procedure", "-received_at", "-id"],
                name="case_ended_of",
                condition=Q(state__in=ENDED),
            ),
            models.Index(
                fields=["department", "due_on", "id"], name="case_free_in", condition=Q(state__in=OPEN, assignee=None)
            ),
            models.Index(
                fields=["department", "due_on", "id"], name="case_waiting_in", condition=Q(state="correcting")
            ),
            models.Index(
                fields=["assignee", "due_on", "id"],
                name="case_mine",
                condition=Q(state__in=OPEN),
                include=["department"],
            ),
            # Apart, because a search for a common name in open cases would take long to leave the ended ones out.
            GinIndex(fields=["words"], name="case_open_words", condition=Q(state__in=OPEN)),
            GinIndex(fields=["words"], name="case_ended_words", condition=Q(state__in=ENDED)),
            models.Index(fields=["decided_at"], name="case_decided", condition=Q(state="decided")),
            models.Index(fields=["party"], name="case_by_party"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="decided", decided_at__isnull=False) & ~Q(outcome="")
                | ~Q(state="decided") & Q(decided_at=None, outcome=""),
                name="decided_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(state="correcting", paused_on__isnull=False) | ~Q(state="correcting") & Q(paused_on=None),
                name="paused_while_correcting",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approving", "decided"]) | Q(assignee__isnull=False), name="drafted_by_somebody"
            ),
        ]

    def __str__(self):
        return self.number


class CheckItem(Record):
    """One thing to be checked in a case (審査項目): the result, by whom, when."""

    RESULTS = [("ok", "適"), ("not_ok", "不適"), ("not_needed", "確認不要")]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="checks")
    key = models.CharField(max_length=60)
    label = models.JSONField()
    order = models.PositiveSmallIntegerField()
    result = models.CharField(max_length=10, blank=True, choices=RESULTS)
    note = models.CharField(max_length=500, blank=True)
    checked_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "key"], name="checked_once_a_case")]


class Entry(Record):
    """What happened in a case (経過), for staff: notes (メモ) too."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True)
    event = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["case", "at"])]


class Approval(Record):
    """One run of an approval route (起案 → 確認 → 決裁): what is proposed, by whom, and how it ended."""

    STATES = [
        ("running", "決裁中"),
        ("decided", "決裁済み"),
        ("returned", "差戻し"),
        ("pulled_back", "引戻し"),
        ("withdrawn", "取下げ"),
    ]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="approvals")
    drafted_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT)
    drafted_at = models.DateTimeField()
    outcome = models.CharField(max_length=60)
    reason = models.TextField(blank=True)
    proposal = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=STATES, default="running")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state="running"), name="one_running_approval"),
        ]


class ApprovalStep(Record):
    """One step of a run: which permission in which department it needs, and who took it, how, when.

    `taken_post` is the post that person held then; above `post`, a superior stood in (上位者による確認).
    """

    RESULTS = [("agreed", "承認"), ("returned", "差戻し")]

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="steps")
    order = models.PositiveSmallIntegerField()
    permission = models.CharField(max_length=30)
    post = models.CharField(max_length=20)
    label = models.JSONField()
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    result = models.CharField(max_length=10, blank=True, choices=RESULTS)
    comment = models.TextField(blank=True)
    taken_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True)
    taken_post = models.CharField(max_length=20, blank=True)
    taken_at = models.DateTimeField(null=True)
    ready = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["approval", "order"], name="step_ordered_once")]
        indexes = [
            models.Index(fields=["department"], name="step_ready", condition=Q(ready=True, result="")),
        ]
