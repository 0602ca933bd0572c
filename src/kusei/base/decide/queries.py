"""What staff look at. Everything starts from `visible`: the cases of the departments they may see."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from kusei.base.decide import rules
from kusei.base.decide.models import Approval, ApprovalStep, Case
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.ids import read_receipt_number
from kusei.base.parties.queries import hidden_ids
from kusei.base.staff.models import StaffMember
from kusei.base.staff.queries import below
from kusei.base.staff.rules import posts_up_to

PAGE = 50


def visible(by: Actor, purpose: str, now: datetime) -> QuerySet[Case]:
    """The cases `by` may see: staff with decide.view those of their departments and of all below, the system all, others none. In an
    emergency (緊急閲覧) those of the one person as well, unless their whereabouts are hidden (支援措置): answers say where people live.

    A right to see cases is a right to see them for deciding and for leading those who decide: any other purpose has its own register.
    """
    if by.kind == "system":
        return Case.objects.all()
    if by.kind != "staff":
        return Case.objects.none()
    seen = below(by.paths("decide.view", purpose), "department__path")
    if by.emergency:
        people = {person for person, _access in by.emergency}
        seen |= Q(party__in=people - hidden_ids(people, now))
    return Case.objects.filter(seen)


def locked(case_id: UUID) -> Case | None:
    """The case, its row locked until the transaction ends, for acts that touch more than the case; None where there is none."""
    return Case.objects.select_for_update(no_key=True).only("id").filter(id=case_id).first()


# ---- the queue (案件一覧) ---------------------------------------------------------------------------------------------------

TABS = ("mine", "unassigned", "open", "correcting", "overdue", "ended")


@dataclass(frozen=True)
class Wanted:
    """What a queue is asked for. `after` and `before` are the place, (day, id), of the last and first row of the page one comes from."""

    tab: str = "open"
    procedure: str = ""
    text: str = ""
    after: tuple[date, UUID] | None = None
    before: tuple[date, UUID] | None = None


@dataclass(frozen=True)
class Queue:
    """A page of the queue, with how many each tab holds (the ended ones are counted only in a search: there are too many)."""

    rows: list[Case]
    counts: Mapping[str, int | None]
    older: tuple[date, UUID] | None = None
    newer: tuple[date, UUID] | None = None
    procedures: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)


def _tabs(by: Actor, now: datetime) -> dict[str, Q]:
    is_open = Q(state__in=rules.OPEN)
    return {
        "mine": is_open & Q(assignee__account=by.account_id),
        "unassigned": is_open & Q(assignee=None),
        "open": is_open,
        "correcting": Q(state="correcting"),
        # While a correction is awaited the deadline stands still, so nothing falls overdue.
        "overdue": is_open & Q(paused_on=None, due_on__lt=local_date(now)),
        "ended": Q(state__in=rules.ENDED),
    }


def matching(text: str) -> Q:
    """The filter for a search: every word typed begins a word of the number, name or reading. No text, no filter."""
    words = rules.search_words(text)[:8]
    if not words:
        return Q()
    lexemes = ["'" + word.replace("\\", "\\\\").replace("'", "''") + "':*" for word in words]
    return Q(words=SearchQuery(" & ".join(lexemes), search_type="raw", config="simple"))


def queue(by: Actor, purpose: str, now: datetime, wanted: Wanted) -> Queue:
    """One page of the queue. Open cases by deadline, the nearest first; ended ones by arrival, the newest first. Three queries."""
    tabs = _tabs(by, now)
    seen = visible(by, purpose, now)
    chosen = seen.filter(matching(wanted.text), **({"procedure": wanted.procedure} if wanted.procedure else {}))
    counted = [tab for tab in TABS if tab != "ended" or wanted.text]
    scope = chosen if wanted.text else chosen.filter(state__in=rules.OPEN)
    counts = scope.aggregate(**{tab: Count("id", filter=tabs[tab]) for tab in counted})
    rows, older, newer = _page(chosen.filter(tabs[wanted.tab]), wanted)
    procedures = seen.filter(state__in=rules.OPEN).order_by("procedure").distinct("procedure")
    offered = list(procedures.values_list("procedure", "title"))
    return Queue(rows, {"ended": None, **counts}, older, newer, offered)


def _page(cases: QuerySet[Case], wanted: Wanted):
    """Keyset paging by (due_on, id), or backwards by (received_at, id) for ended cases, whose deadline means nothing any more."""
    column, descending = ("received_at", True) if wanted.tab == "ended" else ("due_on", False)
    backwards = wanted.before is not None
    place = wanted.before or wanted.after
    falling = descending != backwards
    if place:
        day, key = place
        beyond = "lt" if falling else "gt"
        # The first bound says nothing new, but lets the index begin at the place instead of passing over all before it.
        cases = cases.filter(**{f"{column}__{beyond}e": day})
        cases = cases.filter(Q(**{f"{column}__{beyond}": day}) | Q(**{f"id__{beyond}": key}))
    sign = "-" if falling else ""
    returned = Approval.objects.filter(case=OuterRef("pk")).order_by("-drafted_at").values("state")[:1]
    cases = cases.select_related("assignee", "department").defer("answers", "files", "words", "snapshot")
    cases = cases.annotate(last_approval=Subquery(returned)).order_by(f"{sign}{column}", f"{sign}id")
    rows = list(cases[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    if not rows:
        return rows, None, None
    first, last = ((getattr(row, column), row.id) for row in (rows[0], rows[-1]))
    older = last if more or backwards else None
    newer = first if wanted.after or (backwards and more) else None
    return rows, older, newer


def by_number(by: Actor, purpose: str, now: datetime, typed: str) -> Case | None:
    """The case whose whole receipt number was typed, in whatever way, if it may be seen."""
    number = read_receipt_number(typed)
    return visible(by, purpose, now).filter(number=number).only("id").first() if number else None


# ---- approvals (決裁) --------------------------------------------------------------------------------------------------------


def visible_approvals(by: Actor, purpose: str, now: datetime) -> QuerySet[Approval]:
    """The approvals of the cases `by` may see."""
    if by.kind != "staff":
        return Approval.objects.none()
    return Approval.objects.filter(below(by.paths("decide.view", purpose), "case__department__path"))


def waiting_for(by: Actor, me: StaffMember, now: datetime) -> QuerySet[ApprovalStep]:
    """The steps that `me` may take now, as `rules.why_not_step` has it, the case with the nearest deadline first."""
    permitted = Q(pk__in=[])
    for permission in ("decide.review", "decide.decide"):
        permitted |= Q(permission=permission) & below(by.paths(permission, "決裁"), "department__path")
    as_their_own = ApprovalStep.objects.filter(
        approval=OuterRef("approval"), taken_by=me, post__in=[p for p in _all_posts() if me.post in posts_up_to(p)]
    )
    return (
        ApprovalStep.objects.filter(permitted, ready=True, result="", post__in=posts_up_to(me.post))
        .exclude(approval__drafted_by=me)
        .exclude(Exists(as_their_own))
        .select_related("approval__case__assignee", "approval__case__department", "approval__drafted_by")
        .defer("approval__case__answers", "approval__case__words")
        .order_by("approval__case__due_on", "approval__case_id")
    )


def _all_posts() -> Collection[str]:
    return [post for post, _name in StaffMember.POSTS]


def drafted_by(by: Actor, me: StaffMember, now: datetime) -> QuerySet[Approval]:
    """The approvals under way that `me` drafted, oldest first."""
    mine = visible_approvals(by, "決裁", now).filter(drafted_by=me, state="running")
    return mine.select_related("case__department").prefetch_related("steps__taken_by").order_by("drafted_at")
