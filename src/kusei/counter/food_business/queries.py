"""What is looked up about food businesses. Everything staff see starts from `visible` and `visible_permits`."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kusei.base.ask.applicant_kind import principal
from kusei.base.book import queries as book
from kusei.base.decide.models import Case
from kusei.base.kernel import tables
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.i18n import row, text
from kusei.base.kernel.offers import Bookable, Option, label_of, registry
from kusei.base.staff.queries import kept_by_departments
from kusei.base.web import kit
from kusei.counter.food_business.models import Permit, Site
from kusei.counter.food_business.rules import Table

APPLY = "food_business/apply"
PURPOSE = "食品営業許可"
RESOURCE = "food_inspection"
KINDS = "food_business.kinds"
visible = kept_by_departments(Site)
visible_permits = kept_by_departments(Permit)


def table(day: date) -> Table:
    """The kinds, fees and years in force on a day. Raises LookupError before the first row."""
    return tables.in_force("food_business", Table, settings.WARD, day)


def kind_words(kinds: list[str], language: str | None = None) -> str:
    """The kinds of business in words, in the given (default: the active) language."""
    labels = {option.key: text(option.label, language) for option in registry.options(KINDS, None)}
    return row(*(labels[kind] for kind in kinds))


def sites(case_id: UUID) -> QuerySet[Site]:
    """The sites of an application as they stand, in the order in which they were told of."""
    return Site.objects.filter(case=case_id).exclude(state="left").order_by("order", "id")


def unpaid(site: Site) -> bool:
    """Whether a fee for the site is still owed."""
    return site.fees.filter(charge__state="unpaid").exists()


def organisation(case: Case) -> UUID | None:
    """The organisation that applied; None where a person did."""
    return principal(case.answers.get("whom"))


def bookings(case_id: UUID, now: datetime) -> list[Bookable]:
    """The inspections to be booked: of each site that is yet to be seen, once its fee is paid."""
    case = Case.objects.only("state").get(id=case_id)
    if case.state in ("decided", "withdrawn"):
        return []
    return [
        Bookable(site.id, site.name, RESOURCE, _("手数料を納めてから予約できます。") if unpaid(site) else "")
        for site in sites(case_id).filter(state__in=["waiting", "mend"])
    ]


def slots(site: Site, by: Actor, now: datetime) -> list[Option]:
    """The free times for a site's inspection, for staff."""
    return book.options(RESOURCE, site.department_id, now)


def status(case_id: UUID, now: datetime) -> list[dict]:
    """How each site stands, in words for whoever applied."""
    rows = []
    for site in sites(case_id):
        lines = [kind_words(site.kinds), label_of("food_business.states", site.state)]
        last = site.inspections.order_by("-number").first()
        if last and last.findings and site.state in ("mend", "failed", "refused"):
            lines.append(last.findings)
        lines += [f"{permit.number} – {kit.day(permit.until_on)}" for permit in site.permits.order_by("kind")]
        rows.append({"label": site.name, "value": lines})
    return rows


def follows(site: Site, kind: str, today: date) -> date:
    """From when a new permit of the kind holds: the day after the one it renews (更新), where the applicant holds that one still; else today."""
    former = Permit.objects.filter(number=site.renews, kind=kind, state="valid", until_on__gte=today).first()
    theirs = former and (former.holder_id, former.holder_name) == (site.case.party_id, site.case.applicant_name)
    return former.until_on + timedelta(days=1) if theirs else today


def to_remind(now: datetime) -> QuerySet[Permit]:
    """Permits that end soon and whose holder was not reminded."""
    day = local_date(now)
    end = day + timedelta(days=table(day).remind)
    return Permit.objects.filter(state="valid", reminded_at=None, until_on__gte=day, until_on__lte=end)


def over(now: datetime) -> QuerySet[Permit]:
    """Permits whose last day has gone by."""
    return Permit.objects.filter(state="valid", until_on__lt=local_date(now))


def public_rows(now: datetime) -> Iterator[tuple]:
    """The permits in force. A holder is named only where it is a company (法人番号): the names of persons are not published."""
    rows = Permit.objects.filter(state="valid", until_on__gte=local_date(now)).order_by("number")
    for permit in rows.iterator(chunk_size=500):
        kind = kind_words([permit.kind], "ja")
        company = permit.holder_name if permit.corporate_number else ""
        yield (
            permit.number, permit.name, permit.address, kind, permit.since_on, permit.until_on, permit.corporate_number, company,
        )  # fmt: skip
