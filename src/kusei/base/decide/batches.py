"""Like proposals that wait for the same person, to be decided together (一括決裁): which they are, and what differs among them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from kusei.base.decide import inbox, present, rules
from kusei.base.decide.alike import Alike, side_by_side
from kusei.base.decide.models import Approval, ApprovalStep, CheckItem, Definition, Document
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.i18n import text
from kusei.base.parties.queries import protected_ids
from kusei.base.staff.models import StaffMember

MOST = 50
"""So many at a time: more than anybody can look through at once."""
LONGEST = 300
"""So many characters of a document's text are put side by side."""


@dataclass
class Group:
    """Like proposals: of one procedure and outcome, or one kind of document, at the same step of their way."""

    key: str
    title: str
    label: str
    deciding: bool
    steps: list[inbox.Waiting] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """A proposal of a group. flags: why it should be looked at by itself; such rows aren't chosen beforehand."""

    waiting: inbox.Waiting
    who: str
    number: str
    cells: list
    flags: list[str]


def groups(by: Actor, me: StaffMember, now: datetime, waiting: Sequence[inbox.Waiting] | None = None) -> list[Group]:
    """What waits for somebody, by likeness, the largest group first."""
    found: dict[str, Group] = {}
    listed = inbox.waiting_for(by, me, now) if waiting is None else waiting
    written = Definition.objects.in_bulk({each.approval.case.snapshot_id for each in listed if each.approval.case_id})
    for each in listed:
        key, title = _likeness(each, written)
        step = each.step
        group = found.setdefault(key, Group(key, title, text(step.label), step.kind == "decide"))
        group.steps.append(each)
    return sorted(found.values(), key=lambda group: (-len(group.steps), group.key))


def _likeness(each: inbox.Waiting, written: Mapping) -> tuple[str, str]:
    """A key that like proposals share, and what they are called. Like are those of one version of a procedure."""
    approval, step = each.approval, each.step
    if approval.case_id:
        case = approval.case
        outcome = rules.outcome_of(written[case.snapshot_id].content["decide"], approval.outcome)
        called = text(outcome["label"]) if outcome else approval.outcome
        what = f"{case.procedure}.{approval.outcome}.{case.snapshot_id}"
        return f"{what}.{step.kind}.{step.post}", f"{text(case.title)}：{called}"
    kind = approval.document.kind
    return f"{kind}.{step.kind}.{step.post}.{step.department_id}", present.kind_name(approval.document)


def table(group: Group, now: datetime) -> tuple[Alike, list[Row]]:
    """The group side by side: what differs as columns, and the rows with their flags. Three queries, for documents eight, however many rows."""
    chosen = group.steps[:MOST]
    ids = [each.approval.document_id for each in chosen if each.approval.document_id]
    whole = Document.objects.filter(id__in=ids).prefetch_related("files__file", "addressees__department") if ids else []
    sheets = {document.id: document for document in whole}
    shown = side_by_side([_values(each.approval, sheets) for each in chosen])
    flags = _flags([each.approval for each in chosen], now)
    rows = [
        Row(each, *_names(each.approval), shown.cells[number], flags[each.approval.id])
        for number, each in enumerate(chosen)
    ]
    return shown, rows


def _names(approval: Approval) -> tuple[str, str]:
    thing = approval.case or approval.document
    return (approval.case.applicant_name if approval.case_id else thing.title), thing.number


def _values(approval: Approval, sheets: Mapping) -> dict[str, str]:
    """What is compared: the lines of the proposal and its reasons, or the sheet of the document with its text, files and addressees."""
    if approval.case_id:
        lines = {str(label): str(value) for label, value in approval.proposal.get("lines", [])}
        return lines | ({_("理由"): approval.reason} if approval.reason else {})
    document = approval.document
    written = sheets[document.id]
    facts = {row["label"]: str(row["value"]) for row in present.document_facts(document)}
    files = "、".join(each.file.name for each in written.files.all())
    to = "、".join(present.addressee(each)["who"] for each in written.addressees.all())
    more = {_("本文"): Truncator(written.body).chars(LONGEST), _("添付"): files, _("施行先"): to}
    return facts | {label: value for label, value in more.items() if value}


def _flags(approvals: Iterable[Approval], now: datetime) -> dict:
    approvals = list(approvals)
    cases = {a.case_id: a.case for a in approvals if a.case_id}
    wanting = set(
        CheckItem.objects.filter(case__in=cases, result__in=["not_ok", "not_needed"]).values_list("case", flat=True)
    )
    today = local_date(now)
    guarded = protected_ids([case.party_id for case in cases.values() if case.party_id], now)
    told = Approval.objects.filter(id__in=[a.id for a in approvals]).annotate(
        opinions=Count("steps", filter=Q(steps__result="opinion", steps__repeated=False)),
        returns=Count("steps", filter=Q(steps__result="returned")),
    )
    heard = {row["id"]: row for row in told.values("id", "opinions", "returns")}
    found = {}
    for a in approvals:
        case = a.case
        over = case and rules.deadline(case.due_on, case.paused_on, today).tone == "danger"
        reasons = (
            (bool(case and a.case_id in wanting), _("適でない審査項目がある")),
            (bool(case and case.party_id in guarded), _("支援措置")),
            (bool(over), _("期限超過")),
            (bool(heard[a.id]["opinions"]), _("合議で意見が付いた")),
            (bool(heard[a.id]["returns"]), _("差戻しがあった")),
            (a.rule.get("gravity") == "important", _("重要・異例")),
        )
        found[a.id] = [words for holds, words in reasons if holds]
    return found


def step_of(group: Group, step_id) -> ApprovalStep | None:
    """The step of a group with that id, or None."""
    return next((each.step for each in group.steps if each.step.id == step_id), None)
