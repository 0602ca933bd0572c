"""Deciding: cases with a deadline, what was checked, documents, and the approval routes that were run."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from kusei.base.decide.rules import ENDED, OPEN
from kusei.base.files.models import StoredFile
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


class Document(Record):
    """A document of the ward that needs a decision of its own (起案文書): drafted, sent round, decided, issued (起案 → 回議 → 決裁 → 施行).

    `medium` is paper where it was decided on paper (紙決裁) and only recorded here, so that the electronic share is an honest figure.
    `version` as in a case.
    """

    STATES = [
        ("drafting", "作成中"),
        ("approving", "決裁中"),
        ("decided", "決裁済み"),
        ("issued", "施行済み"),
        ("abandoned", "廃案"),
    ]
    MEDIA = [("electronic", "電子決裁"), ("paper", "紙決裁")]
    GRAVITIES = [("minor", "軽易"), ("ordinary", "通常"), ("important", "重要・異例")]

    number = models.CharField(max_length=40, unique=True, null=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    drafted_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT)
    kind = models.CharField(max_length=20)
    gravity = models.CharField(max_length=10, choices=GRAVITIES, default="ordinary")
    amount = models.BigIntegerField(null=True)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    doc_class = models.CharField(max_length=10)
    retention = models.PositiveSmallIntegerField()
    restricted = models.BooleanField(default=False)
    medium = models.CharField(max_length=10, choices=MEDIA, default="electronic")
    paper_reason = models.CharField(max_length=200, blank=True)
    decided_post = models.CharField(max_length=20, blank=True, choices=StaffMember.POSTS)
    state = models.CharField(max_length=10, choices=STATES, default="drafting")
    created_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    decided_at = models.DateTimeField(null=True)
    issued_on = models.DateField(null=True)
    keep_until = models.DateField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["department", "-id"], name="document_by_department"),
            models.Index(fields=["drafted_by", "-id"], name="document_by_drafter"),
            models.Index(fields=["decided_at"], name="document_decided", condition=Q(decided_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["decided", "issued"], decided_at__isnull=False, number__isnull=False)
                | ~Q(state__in=["decided", "issued"]) & Q(decided_at=None),
                name="document_decided_with_number",
            ),
            models.CheckConstraint(
                condition=Q(state="issued", issued_on__isnull=False) | ~Q(state="issued") & Q(issued_on=None),
                name="document_issued_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(medium="electronic", paper_reason="") | Q(medium="paper") & ~Q(paper_reason=""),
                name="document_on_paper_for_a_reason",
            ),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="document_amount_not_negative"),
        ]

    def __str__(self):
        return self.number or self.title


class DocumentFile(Record):
    """A file attached to a document (添付)."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "order"], name="document_file_ordered_once")]


class Addressee(Record):
    """To whom a document goes when it is issued (施行先, 宛先): a department, which then sees it, or somebody outside by mail or letter."""

    MEANS = [("department", "庁内"), ("mail", "メール"), ("letter", "郵送")]

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="addressees")
    means = models.CharField(max_length=10, choices=MEANS)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", null=True)
    name = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=300, blank=True)
    message_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(means="department", department__isnull=False, address="")
                | ~Q(means="department") & Q(department=None) & ~Q(name="") & ~Q(address=""),
                name="addressee_can_be_reached",
            ),
            models.UniqueConstraint(fields=["document", "department"], name="department_addressed_once"),
        ]


class Entry(Record):
    """What happened in a case or to a document (経過), for staff: notes (メモ) too."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="entries", null=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="entries", null=True, db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True)
    event = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["case", "at"]),
            models.Index(fields=["document", "at"], name="entry_of_document", condition=Q(document__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(case=None, document__isnull=False) | Q(case__isnull=False, document=None),
                name="entry_of_one_thing",
            ),
        ]


class Approval(Record):
    """One run of an approval route (起案 → 審議・合議 → 決裁) for a case or a document: what is proposed, by whom, and how it ended.

    The steps keep the route as it was when the run began; `rule` the row of the ward's table that says who decides (専決), if one did:
    matter, gravity, amount, post, since, source.
    """

    STATES = [
        ("running", "決裁中"),
        ("decided", "決裁済み"),
        ("returned", "差戻し"),
        ("pulled_back", "引戻し"),
        ("withdrawn", "取下げ"),
    ]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="approvals", null=True)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="approvals", null=True, db_index=False
    )
    drafted_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT)
    drafted_at = models.DateTimeField()
    outcome = models.CharField(max_length=60)
    reason = models.TextField(blank=True)
    proposal = models.JSONField(default=dict)
    rule = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=STATES, default="running")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state="running"), name="one_running_approval"),
            models.UniqueConstraint(
                fields=["document"], condition=Q(state="running"), name="one_running_approval_a_document"
            ),
            models.CheckConstraint(
                condition=Q(case=None, document__isnull=False) | Q(case__isnull=False, document=None),
                name="approval_of_one_thing",
            ),
        ]
        indexes = [
            models.Index(fields=["ended_at"], name="approval_decided", condition=Q(state="decided")),
            models.Index(fields=["document"], name="approval_of_document", condition=Q(document__isnull=False)),
        ]


class ApprovalStep(Record):
    """One step of a run: which permission in which department it needs, and who took it, how, when.

    Steps of one `stage` are open at once (並列). `taken_post` is the post that person held then. `mode` says in what right they acted:
    their own, as a superior (上位者による確認), or as deputy (代決) of `holder`, who sees it afterwards (後閲) at `seen_at`. A step that
    was taken and is to be taken anew, because it was sent back or taken back, is `repeated`: it stays as it was, and a copy is open.
    """

    KINDS = [("review", "審議"), ("consult", "合議"), ("decide", "決裁")]
    RESULTS = [("agreed", "承認"), ("opinion", "意見付き"), ("returned", "差戻し")]
    MODES = [("", "本人"), ("superior", "上位者"), ("deputy", "代決")]

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="steps")
    order = models.PositiveSmallIntegerField()
    stage = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=KINDS, default="review")
    permission = models.CharField(max_length=30)
    post = models.CharField(max_length=20)
    label = models.JSONField()
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    result = models.CharField(max_length=10, blank=True, choices=RESULTS)
    comment = models.TextField(blank=True)
    taken_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True)
    taken_post = models.CharField(max_length=20, blank=True)
    taken_at = models.DateTimeField(null=True)
    mode = models.CharField(max_length=10, blank=True, choices=MODES)
    holder = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    seen_at = models.DateTimeField(null=True)
    repeated = models.BooleanField(default=False)
    ready = models.BooleanField(default=False)
    ready_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["approval", "order"], name="step_ordered_once"),
            models.CheckConstraint(
                condition=Q(mode="deputy") | ~Q(mode="deputy") & Q(holder=None, seen_at=None),
                name="step_seen_if_deputy",
            ),
        ]
        indexes = [
            models.Index(fields=["department"], name="step_ready", condition=Q(ready=True, result="")),
            models.Index(
                fields=["holder"],
                name="step_to_be_seen",
                condition=Q(mode="deputy", seen_at=None, holder__isnull=False),
            ),
        ]


class ApprovalNotice(Record):
    """How a member of staff is told what waits for their approval (決裁のお知らせ), and up to when they were."""

    WISHES = [("daily", "朝にまとめて"), ("at_once", "届いたらすぐ"), ("off", "受け取らない")]

    staff = models.OneToOneField(StaffMember, on_delete=models.PROTECT, related_name="approval_notice")
    wish = models.CharField(max_length=8, choices=WISHES, default="daily")
    told_until = models.DateTimeField(null=True)
