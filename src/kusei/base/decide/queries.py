"""What staff look at. Everything starts from `visible`: the cases of the departments they may see."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery

from kusei.base.decide import rules
from kusei.base.decide.models import Approval, Case
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import end_of, local_date
from kusei.base.kernel.ids import read_receipt_number
from kusei.base.parties.queries import hidden_ids
from kusei.base.staff.models import StaffMember
from kusei.base.staff.queries import below, departments

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
    """What a queue is asked for. `age` is a class of age in working days, as `aged` has them. `after` and `before` are the place, (day, id), of the last and first row of the page one comes from."""

    tab: str = "open"
    procedure: str = ""
    text: str = ""
    assignee: UUID | None = None
    age: int | None = None
    after: tuple[date, UUID] | None = None
    before: tuple[date, UUID] | None = None


@dataclass(frozen=True)
class Queue:
    """A page of the queue, with how many each tab holds, one above `most_in` of it standing for more (the ended ones are counted only in
    a search: there are always too many)."""

    rows: list[Case]
    counts: Mapping[str, int | None]
    older: tuple[date, UUID] | None = None
    newer: tuple[date, UUID] | None = None
    procedures: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)


MOST_COUNTED, MOST_ENDED = 1000, 100
"""Rows are counted up to here, ended ones up to there: what is more, nobody works off by number, and who searches types another letter."""
MOST_MERGED = 40
"""Departments up to which a page is merged from the page of each; who sees more reads off one index over all."""


def most_in(tab: str) -> int:
    """Up to how many rows of a tab are counted."""
    return MOST_ENDED if tab == "ended" else MOST_COUNTED


def _tabs(by: Actor, now: datetime) -> dict[str, Q]:
    is_open = Q(state__in=rules.OPEN)
    return {
        "mine": is_open & Q(assignee__in=StaffMember.objects.filter(account=by.account_id).values("id")),
        "unassigned": is_open & Q(assignee=None),
        "open": is_open,
        "correcting": Q(state="correcting"),
        # While a correction is awaited the deadline stands still, so nothing falls overdue.
        "overdue": is_open & Q(paused_on=None, due_on__lt=local_date(now)),
        "ended": Q(state__in=rules.ENDED),
    }


def aged(age: int, now: datetime) -> Q:
    """The cases in one class of age (`rules.AGES`): from `age` working days on, younger than the next class."""
    today = local_date(now)
    younger = next((each for each in rules.AGES if each > age), None)
    found = Q(received_at__lt=end_of(rules.day_before(today, age))) if age else Q()
    return found & Q(received_at__gte=end_of(rules.day_before(today, younger))) if younger else found


def matching(text: str) -> Q:
    """The filter for a search: every word typed begins a word of the number, name or reading. No text, no filter."""
    words = rules.search_words(text)[:8]
    if not words:
        return Q()
    lexemes = ["'" + word.replace("\\", "\\\\").replace("'", "''") + "':*" for word in words]
    return Q(words=SearchQuery(" & ".join(lexemes), search_type="raw", config="simple"))


def queue(by: Actor, purpose: str, now: datetime, wanted: Wanted) -> Queue:
    """One page of the queue. Open cases by deadline, the nearest first; ended ones by arrival, the newest first.

    Five queries, in a search six, none of which reads more than a page or what is counted, however many cases there are.
    """
    tabs = _tabs(by, now)
    places = list(departments(by, "decide.view").values_list("path", flat=True))
    one_by_one = places if len(places) <= MOST_MERGED else []
    narrowed = Q(procedure=wanted.procedure) if wanted.procedure else Q()
    if wanted.assignee:
        narrowed &= Q(assignee=wanted.assignee)
    if wanted.age is not None:
        narrowed &= aged(wanted.age, now)
    asked = Case.objects.filter(matching(wanted.text), narrowed)
    # The same cases either way; where their departments are named one by one, indexes serve.
    chosen = asked.filter(department_id__in=places) if one_by_one else asked & visible(by, purpose, now)
    if one_by_one and wanted.tab != "mine":
        rows, older, newer = _page([asked.filter(tabs[wanted.tab], department_id=path) for path in one_by_one], wanted)
    else:
        rows, older, newer = _page([chosen.filter(tabs[wanted.tab])], wanted)
    counts = _found(chosen, tabs) if wanted.text else _counted(chosen, tabs)
    return Queue(rows, counts, older, newer, _procedures(places))


def _counted(cases: QuerySet[Case], tabs: Mapping[str, Q]) -> dict[str, int | None]:
    """How many each tab holds, up to MOST_COUNTED + 1; each read off its index. One query."""
    parts, values = [], []
    open_tabs = [tab for tab in TABS if tab != "ended"]
    for tab in open_tabs:
        sql, given = cases.filter(tabs[tab]).order_by().values("id")[: MOST_COUNTED + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608 - what Django compiled, values apart
        values += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return {**dict(zip(open_tabs, cursor.fetchone(), strict=True)), "ended": None}


def _found(cases: QuerySet[Case], tabs: Mapping[str, Q]) -> dict[str, int]:
    """How many each tab holds of what was searched for: the first MOST_COUNTED + 1 open ones found, told apart; ended ones up to
    MOST_ENDED + 1. Two queries."""
    found = cases.filter(tabs["open"]).annotate(
        **{f"in_{tab}": ExpressionWrapper(tabs[tab], BooleanField()) for tab in OF_OPEN}
    )
    rows = list(found.order_by().values_list(*(f"in_{tab}" for tab in OF_OPEN))[: MOST_COUNTED + 1])
    counts = {tab: sum(map(bool, column)) for tab, column in zip(OF_OPEN, zip(*rows, strict=True), strict=False)}
    ended = cases.filter(tabs["ended"]).order_by()[: MOST_ENDED + 1].count()
    return {**dict.fromkeys(OF_OPEN, 0), **counts, "open": len(rows), "ended": ended}


OF_OPEN = ("mine", "unassigned", "correcting", "overdue")


PROCEDURES = """
WITH RECURSIVE found AS (
    SELECT path, (SELECT min(procedure) FROM decide_case WHERE department_id = path AND state = ANY(%(open)s)) AS procedure
      FROM unnest(%(places)s::text[]) AS path
    UNION ALL
    SELECT path, (SELECT min(c.procedure) FROM decide_case c
                   WHERE c.department_id = path AND state = ANY(%(open)s) AND c.procedure > found.procedure)
      FROM found WHERE procedure IS NOT NULL
)
SELECT DISTINCT ON (procedure) procedure, (
           SELECT title FROM decide_case c WHERE c.department_id = path AND c.procedure = found.procedure AND state = ANY(%(open)s) LIMIT 1)
  FROM found WHERE procedure IS NOT NULL ORDER BY procedure
"""


def _procedures(places: list[str]) -> list[tuple[str, Mapping[str, str]]]:
    """The procedures that open cases of these departments are about, with their titles: each is jumped to, no case in between is read."""
    with connection.cursor() as cursor:
        cursor.execute(PROCEDURES.replace("= ANY(%(open)s)", OPEN_STATES), {"places": places})
        return [(slug, json.loads(title)) for slug, title in cursor.fetchall()]


OPEN_STATES = f"IN ({', '.join(repr(state) for state in rules.OPEN)})"
"""In letters, as in the indexes' conditions."""


def _page(parts: list[QuerySet[Case]], wanted: Wanted):
    """Keyset paging by (due_on, id), or backwards by (received_at, id) for ended cases, whose deadline means nothing any more. The page
    is merged from one of each part."""
    column, descending = ("received_at", True) if wanted.tab == "ended" else ("due_on", False)
    backwards = wanted.before is not None
    place = wanted.before or wanted.after
    falling = descending != backwards
    if place:
        day, key = place
        beyond = "lt" if falling else "gt"
        # The first bound says nothing new, but lets the index begin at the place instead of passing over all before it.
        further = Q(**{f"{column}__{beyond}e": day}) & (Q(**{f"{column}__{beyond}": day}) | Q(**{f"id__{beyond}": key}))
        parts = [part.filter(further) for part in parts]
    sign = "-" if falling else ""
    order = f"{sign}{column}", f"{sign}id"
    rows = _rows(_first(parts, order, column), order)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    if not rows:
        return rows, None, None
    first, last = ((getattr(row, column), row.id) for row in (rows[0], rows[-1]))
    older = last if more or backwards else None
    newer = first if wanted.after or (backwards and more) else None
    return rows, older, newer


def _first(parts: list[QuerySet[Case]], order: tuple[str, str], column: str) -> list[UUID]:
    """The keys of a page and one more, each part read off its index."""
    each = [part.order_by(*order).values_list("id", column)[: PAGE + 1] for part in parts]
    found = each[0].union(*each[1:], all=True).order_by(*order)[: PAGE + 1] if len(each) > 1 else each[0]
    return [key for key, _value in found]


def _rows(keys: list[UUID], order: tuple[str, str]) -> list[Case]:
    """What a list shows of cases."""
    returned = Approval.objects.filter(case=OuterRef("pk")).order_by("-drafted_at").values("state")[:1]
    cases = Case.objects.filter(id__in=keys).select_related("assignee", "department")
    cases = cases.defer("answers", "files", "words", "snapshot").annotate(last_approval=Subquery(returned))
    return list(cases.order_by(*order))


def by_number(by: Actor, purpose: str, now: datetime, typed: str) -> Case | None:
    """The case whose whole receipt number was typed, in whatever way, if it may be seen."""
    number = read_receipt_number(typed)
    return visible(by, purpose, now).filter(number=number).only("id").first() if number else None
