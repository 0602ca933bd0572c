"""What waits for somebody (決裁待ち), and which approvals and documents they may see."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from kusei.base.decide.actions.steps import Authority, authority
from kusei.base.decide.models import Addressee, Approval, ApprovalStep, Document
from kusei.base.decide.moves import DECISION, DOCUMENTS
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.staff.models import StaffMember
from kusei.base.staff.queries import below, deputies, standings
from kusei.base.staff.rules import posts_up_to

PAGE = 50


# ---- who sees what ---------------------------------------------------------------------------------------------------------


def _deputising(by: Actor, now: datetime) -> Q:
    """The steps that wait for a post for which the actor is among the deputies. One query."""
    places = deputies(local_date(now)).filter(staff__account=by.account_id).values_list("department_id", "post")
    found = Q(pk__in=[])
    for path, post in places:
        found |= Q(post=post, ready=True) & below([path], "department__path")
    return found


def _reached(by: Actor, purpose: str, permission: str, deputising: Q) -> QuerySet[ApprovalStep]:
    """The steps that came so far as to concern the actor: in their departments, or as a deputy."""
    reached = Q(ready=True) | ~Q(result="")
    return ApprovalStep.objects.filter(reached & below(by.paths(permission, purpose), "department__path") | deputising)


def visible_documents(by: Actor, purpose: str, now: datetime) -> QuerySet[Document]:
    """The documents `by` may see: staff with decide.view those of their departments and of all below, those issued to them, and those
    they are asked about. A restricted one (取扱注意) only who drafted it, and those on its route with a right to review."""
    if by.kind == "system":
        return Document.objects.all()
    if by.kind != "staff":
        return Document.objects.none()
    return Document.objects.filter(_of_documents(by, purpose, _deputising(by, now)))


def _of_documents(by: Actor, purpose: str, deputising: Q) -> Q:
    paths = by.paths("decide.view", purpose)
    asked = _reached(by, purpose, "decide.view", deputising).filter(approval__document=OuterRef("pk"))
    judged = _reached(by, purpose, "decide.review", deputising).filter(approval__document=OuterRef("pk"))
    addressed = Addressee.objects.filter(below(paths, "department__path"), document=OuterRef("pk"))
    everyday = below(paths, "department__path") | Q(Exists(asked)) | Q(Exists(addressed), state="issued")
    return Q(restricted=False) & everyday | Q(drafted_by__account=by.account_id) | Q(Exists(judged))


def visible_approvals(by: Actor, purpose: str, now: datetime) -> QuerySet[Approval]:
    """The approvals `by` may see: of the cases of their departments, of the documents they may see, and those in which they are asked
    (合議, 代決), from the moment they are."""
    if by.kind != "staff":
        return Approval.objects.none()
    deputising = _deputising(by, now)
    asked = _reached(by, purpose, "decide.view", deputising).filter(approval=OuterRef("pk"))
    of_case = below(by.paths("decide.view", purpose), "case__department__path") | Q(Exists(asked))
    documents = Document.objects.filter(_of_documents(by, purpose, deputising)).values("id")
    return Approval.objects.filter(Q(case__isnull=False) & of_case | Q(document__in=documents))


# ---- what waits ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """A step that somebody may take now, and in what right."""

    step: ApprovalStep
    right: Authority

    @property
    def approval(self) -> Approval:
        return self.step.approval


def waiting_for(by: Actor, me: StaffMember, now: datetime) -> list[Waiting]:
    """The steps that `me` may take now, as `authority` has it, the nearest deadline first: their own, and as deputy those of whoever is
    away. Two queries, and six more where `me` is among deputies."""
    own = [Waiting(step, Authority("" if step.post == me.post else "superior")) for step in _own(by, me)]
    known = {each.step.id for each in own}
    return sorted([*own, *_as_deputy(by, me, now, known)], key=_urgency)


def _urgency(waiting: Waiting) -> tuple:
    thing = waiting.approval.case or waiting.approval.document
    return thing.due_on is None, thing.due_on or local_date(waiting.approval.drafted_at), str(thing.id)


def _open() -> QuerySet[ApprovalStep]:
    return (
        ApprovalStep.objects.filter(ready=True, result="", repeated=False)
        .select_related(
            "approval__case__assignee", "approval__case__department", "approval__drafted_by",
            "approval__document__department", "department",
        )
        .defer("approval__case__answers", "approval__case__words", "approval__document__body")
    )  # fmt: skip


def _permitted(by: Actor) -> Q:
    """The steps of which the actor holds the permission."""
    permitted = Q(pk__in=[])
    for permission in ("decide.review", "decide.decide"):
        permitted |= Q(permission=permission) & below(by.paths(permission, DECISION), "department__path")
    return permitted


def own_steps(by: Actor, me: StaffMember) -> Q:
    """The open steps that are the member's by permission and post (`rules.why_not_step` in SQL)."""
    up_from_mine = [post for post, _name in StaffMember.POSTS if me.post in posts_up_to(post)]
    as_their_own = ApprovalStep.objects.filter(
        ~Q(result=""), approval=OuterRef("approval"), taken_by=me, post__in=up_from_mine, repeated=False
    )
    mine = _permitted(by) & Q(post__in=posts_up_to(me.post)) & ~Q(approval__drafted_by=me)
    return mine & ~Q(Exists(as_their_own))


def _own(by: Actor, me: StaffMember) -> QuerySet[ApprovalStep]:
    return _open().filter(own_steps(by, me))


def _as_deputy(by: Actor, me: StaffMember, now: datetime, known: set) -> list[Waiting]:
    """What waits for posts whose holders are away, where `me` is the deputy whose turn it is."""
    places = list(deputies(local_date(now)).filter(staff=me).values_list("department_id", "post"))
    if not places:
        return []
    where = Q(pk__in=[])
    for path, post in places:
        where |= Q(post=post) & below([path], "department__path")
    steps = [step for step in _open().filter(where) if step.id not in known]
    standing = standings({(step.department_id, step.post, step.permission) for step in steps}, now)
    runs: dict = {}
    for step in ApprovalStep.objects.filter(approval__in={step.approval_id for step in steps}):
        runs.setdefault(step.approval_id, []).append(step)
    found = []
    for step in steps:
        place = (step.department_id, step.post, step.permission)
        right = authority(step.approval, step, runs[step.approval_id], me, by, now, standing=standing[place])
        if right.concerned and not right.why_not:
            found.append(Waiting(step, right))
    return found


def to_see_afterwards(me: StaffMember) -> QuerySet[ApprovalStep]:
    """What deputies did in the member's stead and they have not seen yet (後閲), oldest first."""
    done = ApprovalStep.objects.filter(mode="deputy", holder=me, seen_at=None)
    related = ("approval__case", "approval__document", "taken_by", "department")
    return done.select_related(*related).defer("approval__case__answers", "approval__case__words").order_by("taken_at")


def drafted_by(by: Actor, me: StaffMember, now: datetime) -> QuerySet[Approval]:
    """The approvals under way that `me` drafted, oldest first."""
    mine = visible_approvals(by, DECISION, now).filter(drafted_by=me, state="running")
    related = ("case__department", "document__department")
    return mine.select_related(*related).prefetch_related("steps__taken_by", "steps__department").order_by("drafted_at")


# ---- documents -------------------------------------------------------------------------------------------------------------

TABS = ("mine", "department", "to_issue", "received", "all")


@dataclass(frozen=True)
class Shelf:
    """A page of documents, newest first: with how many each tab holds, and the id after which the next page begins."""

    rows: list[Document]
    counts: Counter
    older: object = None


def shelf(by: Actor, me: StaffMember, now: datetime, tab: str, *, kind: str = "", after=None) -> Shelf:
    """One page of documents. Three queries, however many there are (and one for each order of deputies that is looked up).

    mine: drafted by oneself and still under way; department: of one's own department; to_issue: decided, with somebody to be sent to;
    received: issued to one's own departments by others.
    """
    seen = visible_documents(by, DOCUMENTS, now)
    paths = below(by.paths("decide.view", DOCUMENTS), "department__path")
    addressees = Addressee.objects.filter(document=OuterRef("pk"))
    here = addressees.filter(below([me.department_id], "department__path"))
    tabs = {
        "mine": Q(drafted_by=me, state__in=["drafting", "approving"]),
        "department": paths,
        "to_issue": Q(Exists(addressees), state="decided", medium="electronic") & paths,
        "received": Q(Exists(here), state="issued"),
        "all": Q(),
    }
    counted = seen.aggregate(**{f"in_{name}": Count("id", filter=tabs[name]) for name in TABS if name != "all"})
    rows = seen.filter(tabs[tab], **({"kind": kind} if kind else {}), **({"id__lt": after} if after else {}))
    rows = list(rows.select_related("department", "drafted_by").defer("body").order_by("-id")[: PAGE + 1])
    counts = Counter({name.removeprefix("in_"): count for name, count in counted.items()})
    return Shelf(rows[:PAGE], counts, rows[PAGE - 1].id if len(rows) > PAGE else None)
