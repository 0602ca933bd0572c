"""What becomes of an application for food business permits: a fee for each site, an inspection booked and made, permits issued, reminded of,
ended. Every act locks the case first."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from kusei.base.book import actions as book
from kusei.base.book.models import Booking
from kusei.base.charge.actions import cancel, raise_charge
from kusei.base.decide.models import Approval, Case
from kusei.base.decide.telling import tell_applicant
from kusei.base.events.actions import happened
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.acts import action, locked, sweep
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.staff.queries import member
from kusei.counter.food_business import proposals, queries, rules
from kusei.counter.food_business.models import Fee, Inspection, Permit, Site
from kusei.counter.food_business.queries import PURPOSE

TOLD = ("name", "address", "kinds", "manager", "qualification")


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="food_business.receive", subject="party_id")
def received(case: Case, *, by: Actor, now: datetime) -> None:
    """Note the sites of a new application, and raise the fee for each."""
    _note_sites(case, by, now)


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="food_business.correct", subject="party_id")
def corrected(case: Case, *, by: Actor, now: datetime) -> None:
    """Follow corrected answers: new sites are noted, those no longer there left, fees raised for what costs more."""
    _note_sites(case, by, now)


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="food_business.withdraw", subject="party_id")
def withdrawn(case: Case, *, by: Actor, now: datetime) -> None:
    """Leave every site of an application that was taken back: what is booked is free, what is not paid is not owed."""
    _leave(queries.sites(case.id), "申請が取り下げられたため", now)


def _note_sites(case: Case, by: Actor, now: datetime) -> None:
    listed = case.answers.get("sites") or []
    _leave(queries.sites(case.id).exclude(item__in=[item["id"] for item in listed]), "申請から除かれたため", now)
    for order, item in enumerate(listed):
        told = {name: item[name] for name in TOLD}
        told |= {"is_renewal": item["matter"] == "renewal", "renews": item.get("renews") or ""}
        told |= {"order": order, "opens_on": item.get("opens_on") and date.fromisoformat(item["opens_on"])}
        site = Site.objects.filter(case=case, item=item["id"]).first()
        if site is None:
            site = Site.objects.create(case=case, department=case.department, item=item["id"], **told)
        else:
            _change(site, told, now)
        _raise_fee(site, now)


def _change(site: Site, told: dict, now: datetime) -> None:
    """What was found before holds no more where the kinds of business or the address changed: the site is to be inspected again."""
    if site.state == "left" or set(site.kinds) != set(told["kinds"]) or site.address != told["address"]:
        told |= {"state": "waiting", "points": None, "conditions": ""}
    for name, value in told.items():
        setattr(site, name, value)
    site.save(update_fields=list(told))


def _raise_fee(site: Site, now: datetime) -> None:
    """The fee for a site, or what it costs more than was raised for it. What was paid is not given back (手数料は還付しない)."""
    day = local_date(now)
    table = queries.table(local_date(site.case.received_at))
    charged = list(site.fees.exclude(charge__state="cancelled").select_related("charge"))
    wanted = rules.fee(table, site.kinds, renewal=site.is_renewal)
    paid = sum(fee.charge.yen for fee in charged if fee.charge.state == "paid")
    owed = [fee.charge for fee in charged if fee.charge.state == "unpaid"]
    if paid + sum(charge.yen for charge in owed) == wanted:
        return
    for charge in owed:
        cancel(charge, {"reason": "申請の内容が変わったため"}, by=SYSTEM, now=now)
    if wanted > paid:
        title = {
            "ja": f"食品営業許可申請手数料　{site.name}", "ja-easy": f"食べ物の 店の お金　{site.name}",
            "en": f"Food business licence, application fee: {site.name}",
        }  # fmt: skip
        due_on = day + timedelta(days=table.pay_within)
        charge = raise_charge(site.case, title, wanted - paid, due_on, by=SYSTEM, now=now)
        Fee.objects.create(site=site, charge=charge)


def _leave(sites: Iterable[Site], why: str, now: datetime) -> None:
    for site in sites:
        book.end_all(site.case, why, now, about=site.id)
        for fee in site.fees.filter(charge__state="unpaid").select_related("charge"):
            cancel(fee.charge, {"reason": why}, by=SYSTEM, now=now)
        Site.objects.filter(id=site.id).update(state="left")


@action(purpose=PURPOSE, may="decide.take", where="department_id")
def book_inspection(site: Site, given: dict, *, by: Actor, now: datetime) -> None:
    """Book a time for a site's inspection in the applicant's stead, as agreed by telephone."""
    booking = book.hold(site.case, site.id, UUID(given["slot"]), by=by, now=now)
    book.confirm(booking, by=by, now=now)


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="food_business.inspect", subject="case.party_id")
def inspect(site: Site, given: dict, *, by: Actor, now: datetime) -> Site:
    """Record what an inspection found: `result` (passed, mend, failed), `day`, and `points` and `conditions`, or `findings`. The applicant is told.
    Raises Invalid without what the result needs, NotNow while a fee is owed and once a decision is drafted."""
    _check(given, site)
    case = Case.objects.select_for_update(no_key=True).get(id=site.case_id)
    if case.state not in ("received", "checking", "correcting"):
        raise NotNow(_("起案したあとは、検査の結果を変えられません。"))
    site = locked(site, ~Q(state="left"), _("この営業所は、申請から除かれました。"))
    if queries.unpaid(site):
        raise NotNow(_("手数料がまだ納められていません。"))
    passed = given["result"] == "passed"
    number = site.inspections.count() + 1
    Inspection.objects.create(
        site=site, number=number, on=given["day"], result=given["result"], findings="" if passed else given["findings"].strip(),
        points=given["points"] if passed else None, by=member(by) if by.kind == "staff" else None, at=now,
    )  # fmt: skip
    site.state = given["result"]
    site.points, site.conditions = (given["points"], given["conditions"]) if passed else (None, "")
    site.save(update_fields=["state", "points", "conditions"])
    _use_up(site, given["day"], now)
    tell_applicant(case, f"food_business/{given['result']}", now=now, label=site.name)
    return site


def _check(given: dict, site: Site) -> None:
    problems = {}
    if given["result"] == "passed" and given.get("points") is None:
        problems["points"] = _("該当する査定項目の数を入力してください。")
    if given["result"] != "passed" and not (given.get("findings") or "").strip():
        problems["findings"] = _("改善する点か、不適合の理由を書いてください。")
    if problems:
        raise Invalid(problems)


def _use_up(site: Site, on: date, now: datetime) -> None:
    """What was booked until the day of the inspection has served; a later time is booked for nothing any more unless the site is to be mended."""
    for booking in Booking.objects.filter(about=site.id, state="confirmed").select_related("seat__slot"):
        if local_date(booking.seat.slot.starts_at) <= on or site.state != "mend":
            book.end_all(site.case, "検査を終えたため", now, about=site.id)


@action(purpose=PURPOSE, may="decide.review", where="department_id", log="food_business.decided", subject="party_id")
def decided(case: Case, approval: Approval, *, by: Actor, now: datetime) -> None:
    """Issue the permits of the sites that passed, refuse the others. Raises NotNow where the sites are not as they were when it was drafted."""
    sites = list(queries.sites(case.id).select_for_update())
    if proposals.as_drafted(sites) != approval.proposal.get("sites"):
        raise NotNow(_("起案のあとで、検査の結果が変わりました。起案を差し戻してください。"))
    for site in sites:
        if site.state == "passed" and approval.outcome != "refused":
            proposals.issue_for(site, by=by, now=now)
            state = "permitted"
        else:
            state = "refused"
        Site.objects.filter(id=site.id).update(state=state)
    book.end_all(case, "決定したため", now)


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="food_business.close", subject="holder_id")
def close(permit: Permit, given: dict, *, by: Actor, now: datetime) -> Permit:
    """Record that the business closed (廃業の届出): the permit holds no more. Raises Invalid for a day before it began, NotNow where it ended."""
    permit = locked(permit, Q(state="valid"), _("この許可は、もう終わっています。"))
    if given["day"] < permit.since_on:
        raise Invalid({"day": _("許可の日より前の日です。")})
    permit.state, permit.ended_on = "closed", given["day"]
    permit.save(update_fields=["state", "ended_on"])
    happened("food_business.ended", permit, {"how": "closed"}, now=now)
    return permit


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="food_business.remind", subject="holder_id")
def remind(permit: Permit, *, by: Actor, now: datetime) -> None:
    """Remind the holder that the permit ends soon (更新のお知らせ), once."""
    Permit.objects.filter(id=permit.id).update(reminded_at=now)
    tell_applicant(
        permit.case, "food_business/renew", now=now, label=permit.name, permit=permit.number, until_on=permit.until_on
    )
    happened("food_business.ending", permit, {"until": permit.until_on.isoformat()}, now=now)


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="food_business.expire", subject="holder_id")
def expire(permit: Permit, *, by: Actor, now: datetime) -> None:
    """End a permit whose last day has gone by (期間満了)."""
    Permit.objects.filter(id=permit.id).update(state="expired", ended_on=permit.until_on + timedelta(days=1))
    happened("food_business.ended", permit, {"how": "expired"}, now=now)


def daily(now: datetime) -> int:
    """End what is over, and remind of what ends soon. Returns how many."""
    return sweep(queries.over(now), expire, now=now) + sweep(queries.to_remind(now), remind, now=now)
