"""What the office looks at of procedures: those there are, their versions and when each is in force, the manuscripts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from kusei.base.accounts.models import Account
from kusei.base.ask import catalogue
from kusei.base.ask.models import Draft, Snapshot
from kusei.base.builder.checks import Known
from kusei.base.builder.models import Edition, Manuscript
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import Refused
from kusei.base.kernel.offers import registry
from kusei.base.parties.facts import PROVIDERS
from kusei.base.staff.models import Department, StaffMember
from kusei.base.staff.queries import kept_by_departments
from kusei.base.tell import wording

PURPOSE = "手続きの作成"
visible = kept_by_departments(Manuscript, "department__path", "ask.view")


def manuscript(by: Actor, id: UUID, now) -> Manuscript:
    """One manuscript. Raises Refused where there is none the actor may see."""
    found = visible(by, PURPOSE, now).select_related("department", "based_on").filter(id=id).first()
    if found is None:
        raise Refused("builder.manuscript", obj=("builder.manuscript", str(id)))
    return found


def under_way(by: Actor, now) -> list[Manuscript]:
    """Manuscripts being written or waiting to be published, the last changed first."""
    found = visible(by, PURPOSE, now).filter(state__in=["open", "asked"]).select_related("department", "changed_by")
    return list(found.order_by("-changed_at"))


def newest(slug: str) -> Snapshot | None:
    """The version of a procedure with the highest number, whether in force or not."""
    return Snapshot.objects.filter(procedure=slug).order_by("-number").first()


def snapshot(slug: str, number: int) -> Snapshot:
    """One version. Raises Refused where there is none."""
    found = Snapshot.objects.filter(procedure=slug, number=number).first()
    if found is None:
        raise Refused("builder.snapshot", obj=("ask.snapshot", f"{slug[:60]} {number}"))
    return found


@dataclass(frozen=True)
class Version:
    """A version with when it holds: `until` its last day (None: open), `holds`: now, later or never (another came in its place)."""

    snapshot: Snapshot
    edition: Edition | None
    since: date
    until: date | None
    holds: str
    drafts: int


def versions(slug: str, today: date) -> list[Version]:
    """All versions of a procedure, the newest first. As `catalogue.current` judges: on a day the one with the latest first day that has come,
    of several of one day the one with the highest number."""
    found = list(Snapshot.objects.filter(procedure=slug).defer("definition").order_by("number"))
    editions = {each.snapshot_id: each for each in Edition.objects.filter(procedure=slug)}
    open_drafts: dict[UUID, int] = {}
    for used in Draft.objects.filter(procedure=slug, submitted_at=None).values_list("snapshot_id", flat=True):
        open_drafts[used] = open_drafts.get(used, 0) + 1
    spans = in_force_spans([(each.number, each.valid_from) for each in found])
    result = []
    for each in reversed(found):
        since, until = spans.get(each.number, (None, None))
        holds = "never" if since is None else "later" if since > today else "past" if until and until < today else "now"
        result.append(
            Version(each, editions.get(each.id), since or each.valid_from, until, holds, open_drafts.get(each.id, 0))
        )
    return result


def in_force_spans(rows: Collection[tuple[int, date]]) -> dict[int, tuple[date, date | None]]:
    """When each version holds, from (number, first day): number → first and last day, None: no end. One that another
    takes the place of on its very first day is left out."""
    winners: dict[date, int] = {}
    for number, since in rows:
        winners[since] = max(number, winners.get(since, 0))
    days = sorted(winners)
    return {
        winners[since]: (since, days[place + 1] - timedelta(days=1) if place + 1 < len(days) else None)
        for place, since in enumerate(days)
    }


def kept_by_office(slugs: Collection[str] | None = None) -> set[str]:
    """The procedures that the office publishes itself: the file that came with the module no longer counts for them."""
    found = Edition.objects.all() if slugs is None else Edition.objects.filter(procedure__in=slugs)
    return set(found.values_list("procedure", flat=True))


def of_file(slug: str) -> dict[str, Any] | None:
    """The definition in the file that comes with the module or the ward's folder; None where there is none."""
    try:
        return catalogue.written(slug).stored()
    except (FileNotFoundError, ValueError):
        return None


def known(slug: str) -> Known:
    """What the ward knows by name, for checks of a procedure."""
    offered = registry.module_of(slug)
    return Known(
        departments=set(Department.objects.values_list("code", flat=True)),
        facts=set(PROVIDERS),
        templates=set(wording.templates()),
        options=_options,
        file=of_file(slug) if offered and (offered.rules or offered.decided or offered.received) else None,
    )


def _options(name: str) -> list[str]:
    try:
        return [option.key for option in registry.options(name, None)]
    except KeyError:
        return []


def name_of(account_id: UUID) -> str:
    """Who holds an account of the staff."""
    found = StaffMember.objects.filter(account_id=account_id).values_list("name", flat=True).first()
    return found or Account.objects.values_list("login", flat=True).get(id=account_id)
