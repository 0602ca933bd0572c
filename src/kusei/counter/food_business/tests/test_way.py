"""From an application with several sites to the permits: fees, inspections, decisions, and who may see what."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from kusei.base.ask import queries as ask_queries
from kusei.base.ask.models import Application
from kusei.base.charge.models import Charge
from kusei.base.decide.models import Approval, Case
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.papers import pdf
from kusei.base.papers.models import Paper
from kusei.base.tell.models import Message
from kusei.counter.food_business import actions, queries
from kusei.counter.food_business.models import Inspection, Permit, Site
from kusei.counter.food_business.tests.conftest import DAY, NOW, SITE

pytestmark = pytest.mark.django_db
BAKERY = SITE | {"name": "見本ベーカリー", "kinds": ["restaurant", "confectionery"]}


def sites_of(case):
    return list(queries.sites(case.id))


def told(template):
    return Message.objects.filter(template=f"food_business/{template}").count()


def test_two_sites_are_charged_inspected_and_permitted(person, applied, pay, inspect, decide):
    case = applied(person("taro"), [SITE, BAKERY])
    one, two = sites_of(case)
    assert [charge.yen for charge in case.charges.order_by("yen")] == [17_600, 33_000]
    pay(case)
    inspect(one, points=3)
    inspect(two, points=10, conditions="深夜0時までの営業に限る")
    decide(case, "permitted")
    assert {site.state for site in sites_of(case)} == {"permitted"}
    assert list(one.permits.values_list("kind", "since_on", "until_on")) == [
        ("restaurant", date(2026, 6, 1), date(2031, 5, 31))
    ]
    assert set(two.permits.values_list("kind", "until_on", "conditions")) == {
        ("restaurant", date(2034, 5, 31), "深夜0時までの営業に限る"),
        ("confectionery", date(2034, 5, 31), "深夜0時までの営業に限る"),
    }
    papers = Paper.objects.filter(about=case.id, layout="food_business/permit")
    assert {paper.number for paper in papers} == set(Permit.objects.values_list("number", flat=True))
    for paper in Paper.objects.filter(about=case.id):
        assert pdf.render(paper.layout, paper.newest.content).startswith(b"%PDF")
    assert (told("passed"), told("permitted")) == (2, 1)


def test_a_site_that_failed_is_refused_with_its_reason_while_the_other_is_permitted(
    person, applied, pay, inspect, decide
):
    case = applied(person("taro"), [SITE, BAKERY])
    one, two = sites_of(case)
    pay(case)
    inspect(one)
    inspect(two, "failed", findings="手洗い設備がない")
    with pytest.raises(Invalid):
        decide(case, "permitted")
    decide(case, "partly", "見本ベーカリーは、手洗い設備がないため。")
    assert [site.state for site in sites_of(case)] == ["permitted", "refused"]
    assert (one.permits.count(), two.permits.count()) == (1, 0)
    notice = Paper.objects.get(about=case.id, layout="food_business/notice").newest.content
    assert "手洗い設備がない" in str(notice["facts"])


def test_nothing_is_decided_before_every_site_is_inspected_and_paid(person, applied, pay, inspect, decide):
    case = applied(person("taro"))
    (site,) = sites_of(case)
    with pytest.raises(NotNow):
        inspect(site)
    pay(case)
    with pytest.raises(Invalid):
        decide(case, "permitted")
    inspect(site, "mend", findings="棚が木製")
    assert (told("mend"), site.inspections.get().findings) == (1, "棚が木製")
    with pytest.raises(Invalid):
        decide(case, "permitted")
    inspect(site, at=NOW + 5 * DAY)
    assert list(site.inspections.order_by("number").values_list("number", "result")) == [(1, "mend"), (2, "passed")]
    decide(case, "permitted", at=NOW + 5 * DAY)
    assert Permit.objects.count() == 1


def test_an_address_that_cannot_be_printed_is_found_when_it_is_drafted(person, applied, pay, inspect, decide):
    case = applied(person("taro"), [SITE | {"address": "吾妻橋 \U0001f363"}])
    pay(case)
    inspect(*sites_of(case))
    with pytest.raises(Invalid):
        decide(case, "permitted")
    assert not Permit.objects.exists()


def test_an_inspection_says_what_its_result_needs(person, applied, pay, inspect, stranger):
    case = applied(person("taro"))
    (site,) = sites_of(case)
    pay(case)
    for broken in ({"result": "passed", "points": None}, {"result": "mend"}, {"result": "failed", "findings": "  "}):
        with pytest.raises(Invalid):
            inspect(site, **broken)
    given = {"result": "passed", "day": NOW.date(), "points": 5, "conditions": "", "findings": ""}
    with pytest.raises(Refused):
        actions.inspect(site, given, by=stranger.actor, now=NOW)
    assert not Inspection.objects.exists()


def test_what_was_drafted_is_what_is_decided(person, applied, pay, inspect, clerk, chief, head, decide):
    case = applied(person("taro"))
    (site,) = sites_of(case)
    pay(case)
    inspect(site)
    from kusei.base.decide import actions as office_acts

    office_acts.take(case, by=clerk.actor, now=NOW)
    office_acts.check(case, {item.key: ("ok", "") for item in case.checks.all()}, by=clerk.actor, now=NOW)
    office_acts.draft(case, "permitted", "", by=clerk.actor, now=NOW)
    with pytest.raises(NotNow):
        inspect(site, "failed", findings="x")
    Site.objects.filter(id=site.id).update(points=12)
    approval = Approval.objects.get(case=case, state="running")
    office_acts.agree(approval, approval.steps.get(ready=True).id, by=chief.actor, now=NOW)
    with pytest.raises(NotNow):
        office_acts.agree(approval, approval.steps.get(ready=True).id, by=head.actor, now=NOW)
    assert not Permit.objects.exists()


def test_the_database_itself_refuses_a_second_permit_and_a_pass_without_points(person, applied, pay, inspect, decide):
    case = applied(person("taro"))
    (site,) = sites_of(case)
    with pytest.raises(IntegrityError), transaction.atomic():
        Site.objects.filter(id=site.id).update(state="passed")
    pay(case)
    inspect(site)
    decide(case, "permitted")
    permit = Permit.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Permit.objects.filter(id=permit.id).update(until_on=permit.since_on)
    copy = Permit.objects.get()
    copy.pk, copy.number, copy._state.adding = None, "x", True
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()


# ---- an organisation -------------------------------------------------------------------------------------------------------


def test_the_company_s_application_is_seen_by_who_holds_its_mandate_and_nobody_else(person, company, empower, applied):
    taro, jiro, hana = person("taro"), person("jiro"), person("hana")
    empower(taro, until=date(2026, 8, 1))
    empower(jiro)
    empower(hana, purposes=["べつの手続"])
    case = applied(taro, whom=str(company.id))
    application = Application.objects.get(id=case.id)
    assert (case.party_id, case.applicant_name, application.agent_id) == (
        company.id,
        "株式会社見本フーズ",
        taro.party_id,
    )

    def seen(by, at=NOW):
        return ask_queries.applications(by, "申請", at).filter(id=case.id).exists()

    assert [seen(by) for by in (taro, jiro, hana)] == [True, True, False]
    late = NOW.replace(month=8, day=2)
    assert [seen(by, late) for by in (taro, jiro, hana)] == [False, True, False]
    with pytest.raises(Refused):
        ask_queries.application(taro, case.id, late)
    from kusei.base.ask import actions as ask

    with pytest.raises(Refused):
        ask.withdraw(application, by=taro, now=late)
    with pytest.raises(Refused):
        ask.withdraw(application, by=hana, now=NOW)
    ask.withdraw(application, by=jiro, now=late)
    assert Case.objects.get(id=case.id).state == "withdrawn"
    assert [site.state for site in Site.objects.all()] == ["left"]
    assert set(Charge.objects.values_list("state", flat=True)) == {"cancelled"}


def test_what_is_told_of_a_company_s_application_goes_to_who_holds_its_mandate_now(
    person, company, empower, applied, pay, inspect
):
    taro, jiro = person("taro"), person("jiro")
    empower(taro, until=date(2026, 6, 3))
    empower(jiro)
    case = applied(taro, whom=str(company.id))

    def heard(by):
        return list(Message.objects.filter(account=by.account_id).order_by("id").values_list("template", flat=True))

    assert heard(taro) == heard(jiro) == ["ask/received"]
    pay(case)
    inspect(*sites_of(case), at=NOW + 2 * DAY)
    assert (heard(taro), heard(jiro)) == (["ask/received"], ["ask/received", "food_business/passed"])


def test_a_renewal_pays_less_and_goes_on_where_the_present_permit_ends(person, applied, pay, inspect, decide):
    taro, other = person("taro"), person("other")
    case = applied(taro)
    pay(case)
    inspect(*sites_of(case), points=0)
    decide(case, "permitted")
    present = Permit.objects.get()
    for by, begins in ((taro, date(2031, 6, 1)), (other, date(2031, 5, 1))):
        at = NOW.replace(year=2031, month=5)
        case = applied(by, [SITE | {"matter": "renewal", "renews": present.number}], at=at)
        assert case.charges.get().yen == 14_000
        pay(case, at)
        inspect(*sites_of(case), at=at)
        decide(case, "permitted", at=at)
        assert case.food_permits.get().since_on == begins


def test_permits_are_reminded_of_once_and_end_on_their_last_day(person, applied, pay, inspect, decide, clerk, stranger):
    case = applied(person("taro"))
    pay(case)
    inspect(*sites_of(case), points=0)
    decide(case, "permitted")
    permit = Permit.objects.get()
    assert permit.until_on == date(2031, 5, 31)
    late = NOW.replace(year=2031, month=4)
    assert (actions.daily(late - DAY), actions.daily(late), actions.daily(late + DAY)) == (0, 1, 0)
    assert told("renew") == 1
    assert actions.daily(NOW.replace(year=2031, month=5, day=31)) == 0
    assert actions.daily(NOW.replace(year=2031)) == 1
    permit.refresh_from_db()
    assert (permit.state, permit.ended_on) == ("expired", date(2031, 6, 1))
    for act in (clerk, stranger):
        with pytest.raises((NotNow, Refused)):
            actions.close(permit, {"day": date(2031, 6, 1)}, by=act.actor, now=NOW)


def test_a_correction_moves_sites_fees_and_bookings(person, applied, pay, slots, clerk):
    from kusei.base.ask import actions as ask
    from kusei.base.ask.filling import Correcting
    from kusei.base.book import actions as book
    from kusei.base.book.models import Booking
    from kusei.base.decide import actions as office_acts

    taro = person("taro")
    case = applied(taro, [SITE, BAKERY])
    one, two = sites_of(case)
    pay(case)
    (slot, *_rest) = slots()
    book.confirm(book.hold(case, two.id, slot.id, by=taro, now=NOW), by=taro, now=NOW)
    office_acts.take(case, by=clerk.actor, now=NOW)
    office_acts.ask_correction(case, ["sites"], "x", None, by=clerk.actor, now=NOW)
    with pytest.raises(Invalid):  # another applicant is another application
        office_acts.ask_correction(case, ["whom"], "x", None, by=clerk.actor, now=NOW)
    correction = Application.objects.get(id=case.id).corrections.get()
    correcting = Correcting(correction, taro, NOW)
    more = lambda items: [items[0] | {"kinds": ["restaurant", "meat"]}]  # noqa: E731 - one site gone, the other with more kinds
    correcting.change_items("sites", more)
    ask.send_correction(correction, by=taro, now=NOW)
    assert [site.id for site in sites_of(case)] == [one.id]
    assert sorted(case.charges.values_list("yen", "state")) == [(10_700, "unpaid"), (17_600, "paid"), (33_000, "paid")]
    assert not Booking.objects.filter(state="confirmed").exists()


def test_nobody_applies_for_a_company_without_its_mandate(person, company, empower, fill, applied):
    taro, untied = person("taro"), person("nobody", tied=False)
    for by in (taro, untied):
        with pytest.raises(Invalid):
            fill(by, whom=str(company.id))
    mandate = empower(taro)
    filling = fill(taro, whom=str(company.id))
    mandate.until = mandate.since
    mandate.save()
    from kusei.base.ask import actions as ask

    with pytest.raises(NotNow):
        ask.submit(filling.draft, by=taro, now=NOW)
    assert not Application.objects.exists()


def test_public_rows_name_companies_and_never_persons(person, company, empower, applied, pay, inspect, decide):
    taro = person("taro")
    empower(taro)
    for whom in ("self", str(company.id)):
        case = applied(taro, whom=whom)
        pay(case)
        inspect(*sites_of(case))
        decide(case, "permitted")
    rows = list(queries.public_rows(NOW))
    assert [row[-2:] for row in rows] == [("", ""), ("7000012050002", "株式会社見本フーズ")]
    assert "見本　taro" not in str(rows)
    assert "料子" not in str(rows)
    assert list(queries.public_rows(NOW.replace(year=2032, month=6))) == []
