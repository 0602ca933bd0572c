"""What a decision about food businesses comes to: the proposal, the notice, and the permits (営業許可書)."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from kusei.base.decide.models import Approval, Case
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.calendar import wareki
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid
from kusei.base.papers import letters
from kusei.base.papers.actions import issue
from kusei.counter.food_business import queries, rules
from kusei.counter.food_business.models import FINAL, Permit, Site

TITLE = "営業許可書"


def as_drafted(sites: Iterable[Site]) -> list[list]:
    """How the sites stand, as a proposal keeps it: what is decided must be what was drafted."""
    return [[str(site.id), site.state, sorted(site.kinds), site.points, site.conditions] for site in sites]


def proposal(case: Case, outcome: str, now: datetime) -> dict:
    """What a decision comes to, site by site. Raises Invalid where a fee is owed, a site is yet to be inspected, or the outcome isn't what the
    inspections found."""
    sites = list(queries.sites(case.id))
    problem = _why_not(sites, outcome)
    if problem:
        raise Invalid({"outcome": problem})
    lines = [(site.name, _line(site, now)) for site in sites]
    return {"lines": [*lines, ("根拠", queries.table(local_date(now)).source)], "sites": as_drafted(sites)}


def _why_not(sites: list[Site], outcome: str) -> str:
    if open_ones := [site.name for site in sites if site.state not in FINAL]:
        return _("検査が終わっていない営業所があります：%(names)s") % {"names": "、".join(open_ones)}
    if owing := [site.name for site in sites if queries.unpaid(site)]:
        return _("手数料が納められていない営業所があります：%(names)s") % {"names": "、".join(owing)}
    passed = sum(site.state == "passed" for site in sites)
    if outcome == "permitted" and passed < len(sites):
        return _("不適合の営業所があります。一部の許可か不許可にしてください。")
    if outcome == "partly" and passed in (0, len(sites)):
        return _("一部だけを許可できるのは、適合した営業所と不適合の営業所があるときです。")
    return ""


def _line(site: Site, now: datetime) -> str:
    """What becomes of a site, with all that its permit will say: so that what can't be printed is found when it is drafted."""
    kinds = f"{site.address}　{queries.kind_words(site.kinds, 'ja')}"
    if site.state == "failed":
        return f"不適合　{kinds}　{site.inspections.order_by('-number').first().findings}"
    years = rules.years(queries.table(local_date(now)), site.points)
    return f"適合　{kinds}　{years}年" + (f"　条件：{site.conditions}" if site.conditions else "")


def notice(case: Case, approval: Approval, now: datetime) -> dict:
    """What stands on the notice of a decision (決定通知書)."""
    facts = [["申請者", case.applicant_name], *([label, value] for label, value in approval.proposal.get("lines", []))]
    return letters.head(case, now) | {"facts": facts, "reason": approval.reason, "outcome": approval.outcome}


def issue_for(site: Site, *, by: Actor, now: datetime) -> list[Permit]:
    """Issue a permit for each kind of business at the site, from today on, or from the day after the permit it renews. In the act that decides; the database refuses a second."""
    today, case = local_date(now), site.case
    years = rules.years(queries.table(today), site.points)
    made = []
    for kind in site.kinds:
        first = queries.follows(site, kind, today)
        last = rules.last_day(first, years)
        words = queries.kind_words([kind], "ja")
        facts = [
            ["営業者", case.applicant_name], ["営業所の名称", site.name], ["営業所の所在地", site.address], ["営業の種類", words],
            ["有効期間", f"{wareki(first)}から{wareki(last)}まで"], ["許可の条件", site.conditions or "なし"],
        ]  # fmt: skip
        content = letters.head(case, now) | {"facts": facts}
        paper = issue(
            "food_business/permit",
            TITLE,
            content,
            about=case.id,
            party=case.party,
            by=by,
            now=now,
            part=f"{site.item}/{kind}",
        )
        made.append(
            Permit.objects.create(
                number=paper.number, site=site, case=case, department=site.department, holder=case.party,
                holder_name=case.applicant_name, corporate_number=_corporate_number(case), name=site.name,
                address=site.address, kind=kind, since_on=first, until_on=last, conditions=site.conditions, paper=paper,
            )
        )  # fmt: skip
    return made


def _corporate_number(case: Case) -> str:
    return (case.answers.get("whom") or {}).get("corporate_number", "")
