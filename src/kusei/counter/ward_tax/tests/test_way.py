"""From the prefilled return to the decision: the tax beside every question, on the check page, and before the clerk."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from kusei.base.accounts.models import Account
from kusei.base.accounts.queries import actor_for
from kusei.base.ask.models import Application, Draft
from kusei.base.audit.models import AuditEntry
from kusei.base.decide import actions as office_acts
from kusei.base.decide.models import Case
from kusei.base.decide.tests.desk import agreed
from kusei.base.kernel.errors import Refused
from kusei.base.parties.facts import facts
from kusei.base.tell.models import Message
from kusei.counter.ward_tax import queries
from kusei.counter.ward_tax.models import TaxDocument
from kusei.counter.ward_tax.tests.conftest import NOW, PLAIN, walk

pytestmark = pytest.mark.django_db


def case_of(browser) -> Case:
    check = walk(browser)
    browser.post(check.replace("/check", "/submit"))
    return Case.objects.get(id=Application.objects.get().id)


def test_a_return_is_worked_out_filed_and_accepted(resident, clerk, chief):
    browser = resident()
    check = walk(browser)
    page = browser.get(check).content.decode()
    assert "307,200円" in page
    assert "地方税法314条の6・37条" in page
    assert "これは試算です" in page
    browser.post(check.replace("/check", "/submit"))
    case = Case.objects.get(id=Application.objects.get().id)
    assert (case.department.code, case.answers["other"]) == ("zei", 3_727_000)
    office_acts.take(case, by=clerk.actor, now=NOW)
    office_acts.check(case, {item.key: ("ok", "") for item in case.checks.all()}, by=clerk.actor, now=NOW)
    agreed(case, "accepted", "", clerk=clerk, chief=chief)
    assert ["年税額", "307,200円"] in [list(line) for line in case.approvals.get().proposal["lines"]]
    assert Message.objects.filter(template="ward_tax/accepted").count() == 1


def test_the_clerk_sees_the_same_computation_and_what_the_ward_holds(resident, clerk, document):
    browser = resident()
    document(browser.person, other=3_000_000, kind="return", payer="")
    case = case_of(browser)
    desk = Client()
    desk.force_login(clerk.account)
    page = desk.get(f"/office/cases/{case.id}").content.decode()
    assert "307,200円" in page
    assert "前回の申告 令和7年分" in page
    assert "3,000,000" in page


def test_questions_are_prefilled_with_what_the_ward_holds_and_say_from_where(resident, document):
    browser = resident()
    document(browser.person, salary=3_000_000, social_insurance=400_000)
    document(browser.person, payer="みほん書店", salary=360_000, on=date(2026, 1, 30))
    document(browser.person, year=2024, salary=9_999_999)
    document(browser.person, kind="return", payer="", year=2025, salary=1, quake=12_000)
    page = browser.get(walk(browser, "salary", kinds={"kinds": ["salary"]})).content.decode()
    assert 'value="3360000"' in page
    assert "給与支払報告書 令和7年分 みほん商事・みほん書店" in page
    given = Draft.objects.get().given
    assert given["ward_tax.quake"]["value"] == 12_000
    assert given["ward_tax.social_insurance"] == {
        "value": 400_000, "source": "給与支払報告書 令和7年分 みほん商事", "as_of": "2026-01-28"
    }  # fmt: skip
    read = AuditEntry.objects.filter(what="parties.facts").latest("seq")
    assert "ward_tax.salary" in read.detail


def test_nobody_gets_another_persons_documents(resident, document):
    mine, other = resident(), resident("北　次郎")
    document(other.person, salary=3_000_000)
    page = mine.get(walk(mine, "salary", kinds={"kinds": ["salary"]})).content.decode()
    assert "3000000" not in page
    by = actor_for(Account.objects.get(login="荒川　桃@example.jp"), NOW)
    with pytest.raises(Refused):
        facts(other.person.id, ["ward_tax.salary"], queries.PURPOSE, by=by, now=NOW)


def test_the_tax_is_worked_out_as_one_types_and_nothing_is_kept(resident):
    browser = resident()
    url = walk(browser, "other")
    answer = browser.post(f"{url}/estimate", {"other": "４，０００，０００"})
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert "359,500円" in answer.content.decode()  # of 3,570,000: 212,700 + 141,800 + 5,000
    assert "other" not in Draft.objects.get().answers
    half = browser.post(f"{url}/estimate", {"other": "4,000,abc"}).content.decode()
    assert "（試算）　0円" in half


def test_without_scripts_a_button_works_it_out(resident):
    browser = resident()
    url = walk(browser, "other")
    page = browser.post(url, {"other": "4000000", "estimate": "1"}).content.decode()
    assert "359,500円" in page
    assert 'value="4000000"' in page
    assert "other" not in Draft.objects.get().answers


def test_the_conflict_of_sources_is_told_where_it_matters(resident):
    browser = resident()
    url = walk(browser, "salary", year={"year": "2027"}, kinds={"kinds": ["salary"]})
    low = browser.post(f"{url}/estimate", {"salary": "1800000"}).content.decode()
    assert "法令の読み方が分かれています" in low
    assert "69万円なら" in low
    high = browser.post(f"{url}/estimate", {"salary": "6000000"}).content.decode()
    assert "法令の読み方が分かれています" not in high


def test_income_taxed_apart_leads_to_a_stop(resident):
    browser = resident()
    page = browser.get(walk(browser, "apart", kinds={"kinds": ["other", "apart"]})).content.decode()
    assert "分離課税" in page


def test_others_see_neither_draft_nor_estimate(resident, office):
    mine, other = resident(), resident("北　次郎")
    url = walk(mine, "other")
    assert other.post(f"{url}/estimate", {"other": "1"}).status_code == 404
    assert mine.get(f"{url}/estimate").status_code == 405


def test_only_the_tax_section_sees_the_documents(resident, document, clerk, stranger):
    made = document(resident().person, salary=1)
    seen = [list(queries.visible(who.actor, queries.PURPOSE, NOW)) for who in (clerk, stranger)]
    assert seen == [[made], []]


def test_a_document_stands_once(resident, document):
    person = resident().person
    document(person, salary=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        document(person, salary=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        document(person, kind="gift", payer="x")
    assert TaxDocument.objects.count() == 1


def desk_of(who) -> Client:
    browser = Client()
    browser.force_login(who.account)
    return browser


def test_a_clerk_tries_figures_at_the_counter_and_nothing_is_kept(published, clerk):
    desk = desk_of(clerk)
    assert "年度と生年月日を入れると" in desk.get("/office/ward-tax").content.decode()
    typed = PLAIN["year"] | PLAIN["birth"] | {"other": "3727000", "social_insurance": "249000", "salary": "half"}
    whole, part = (desk.post(f"/office/ward-tax{query}", typed).content.decode() for query in ("", "?part=1"))
    assert "307,200円" in whole
    assert 'value="3727000"' in whole
    assert "307,200円" in part
    assert "<html" not in part
    assert "必須" not in whole
    assert [desk.get(f"/office/ward-tax?number={odd}").status_code for odd in ("%00", "x" * 500, "１２")] == [
        400,
        200,
        200,
    ]
    assert not Draft.objects.exists()


def test_the_desk_is_filled_with_what_the_ward_holds_for_whom_the_clerk_may_look_up(resident, document, office):
    person = resident().person
    person.number = "1234567890"
    person.save()
    document(person, salary=3_000_000)
    mine, elsewhere, chief = office.hire("clerk"), office.hire("clerk", at=office.other), office.hire("section_chief")
    page, *others = (
        desk_of(who).get("/office/ward-tax?number=1234567890").content.decode() for who in (mine, elsewhere, chief)
    )
    assert 'value="3000000"' in page
    assert "荒川" in page
    assert AuditEntry.objects.filter(what="parties.facts", subject=str(person.id), actor_kind="staff").count() == 1
    for other in others:
        assert "3000000" not in other
        assert "荒川" not in other
        assert "見つかりません" in other


def test_a_single_parent_has_no_spouse(resident):
    """Whoever says that there is a spouse is not asked, and an answer given before counts no more."""
    browser = resident()
    page = browser.get(walk(browser, "also", spouse={"spouse": "younger"}, **{"spouse-income": {"spouse_income": "0"}}))
    assert "status" not in Draft.objects.get().answers
    assert page.status_code == 200
