"""People as staff see them on pages: found, shown for a purpose, protected, logged."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kusei.base.audit.models import AuditEntry
from kusei.base.decide.tests.conftest import Office
from kusei.base.parties.models import Act, Mandate, OtherName, Party, Protection, Residence
from kusei.base.staff.models import Department

pytestmark = pytest.mark.django_db
ADDRESS = "吾妻橋一丁目23番20号"


@pytest.fixture
def browser_of(client, db):
    """A browser in which somebody with a role has signed in."""
    section = Department.objects.create(path="kumin/koseki", code="koseki", kind="section", name={"ja": "戸籍住民課"})
    office = Office(section, section)

    def browser_of(role):
        client.force_login(office.hire("clerk", role=role, until=date(2027, 3, 31)).account)
        return client

    return browser_of


def address(person, purpose=""):
    return reverse("parties:person", args=[person.id]) + (f"?purpose={purpose}" if purpose else "")


def test_people_are_found_and_each_is_logged(browser_of, family):
    answer = browser_of("clerk").post(reverse("parties:people"), {"text": "すみだ はなこ", "born": "昭和56年2月3日"})
    assert [row["name"][0] for row in answer.context["rows"]] == ["墨田　花子"]
    assert address(family["花子"]) in answer.content.decode()
    assert AuditEntry.objects.get(what="parties.search").subject == str(family["花子"].id)


def test_a_day_that_is_none_is_said(browser_of, family):
    answer = browser_of("clerk").post(reverse("parties:people"), {"born": "昭和99年2月3日"})
    assert answer.status_code == 400
    assert answer.context["errors"]


def test_a_person_is_shown_with_household_and_former_homes(browser_of, family, town):
    me = family["花子"]
    Residence.objects.filter(party=me).update(until=date(2026, 1, 1))
    Residence.objects.create(party=me, town=town, block="7番7号", since=date(2026, 1, 1))
    Residence.objects.create(party=me, town=town, block="8番8号", since=date(2026, 1, 1), until=date(2026, 1, 1))
    shown = browser_of("clerk").get(address(me)).content.decode()
    for expected in (ADDRESS, "7番7号", "墨田　太郎", "世帯主", "昭和56年2月3日"):
        assert expected in shown
    assert "8番8号" not in shown
    logged = set(AuditEntry.objects.filter(act="read", purpose="窓口照会").values_list("subject", flat=True))
    assert logged == {str(person.id) for person in family.values()}


def test_a_person_is_shown_with_every_name_nationality_and_who_may_act_for_them(browser_of, family):
    me = family["花子"]
    Party.objects.filter(id=me.id).update(
        former_name="渡邉", latin_name="NGUYEN THI Hanako", nationality="VNM", residence_status="永住者"
    )
    OtherName.objects.create(party=me, kind="alias", name="見本　花", since=date(2020, 4, 1))
    power = {"kind": "proxy", "purposes": ["児童手当"], "since": date(2026, 1, 1), "until": date(2027, 4, 1)}
    Mandate.objects.create(principal=me, agent=family["太郎"], evidence="委任状", **power)
    facts = {row["label"]: row["value"] for row in browser_of("clerk").get(address(me)).context["facts"]}
    assert facts["旧氏"] == "渡邉"
    assert facts["通称"] == "見本　花"
    assert facts["ローマ字氏名"] == "NGUYEN THI Hanako"
    assert (facts["国籍・地域"], facts["在留資格"]) == ("ベトナム", "永住者")
    assert facts["代理人"] == "墨田　太郎（任意代理人、児童手当、令和9年3月31日まで）"
    assert "令和2年4月1日" in browser_of("clerk").get(address(me)).content.decode()


@pytest.mark.parametrize(
    ("role", "purpose", "status", "seen"),
    [
        ("clerk", "", 200, False), ("clerk", "支援措置", 404, False), ("registrar", "住民異動", 200, False),
        ("registrar", "支援措置", 200, True), ("registrar", "好奇心", 404, False), ("ict", "", 404, False),
    ],
)  # fmt: skip
def test_a_protected_address_is_shown_for_that_purpose_to_those_who_may(
    browser_of, family, role, purpose, status, seen
):
    me = family["太郎"]
    Residence.objects.filter(party=me).update(
        block="5番5号"
    )  # elsewhere than the ward office, whose address stands on every page
    Protection.objects.create(party=me, since=date(2020, 1, 1), ground="配偶者からの暴力")
    answer = browser_of(role).get(address(me, purpose))
    assert answer.status_code == status
    assert ("5番5号" in answer.content.decode()) is seen
    assert AuditEntry.objects.filter(act="read" if status == 200 else "refuse").exists()


def test_a_search_shows_a_protected_address_only_for_that_purpose(browser_of, family):
    Protection.objects.create(party=family["太郎"], since=date(2020, 1, 1), ground="配偶者からの暴力")
    browser = browser_of("registrar")
    rows = [
        browser.post(reverse("parties:people"), {"text": "墨田太郎", "purpose": purpose}).context["rows"][0]
        for purpose in ("窓口照会", "支援措置")
    ]
    assert [row["address"] for row in rows] == ["支援措置", ADDRESS]
    assert browser_of("clerk").post(reverse("parties:people"), {"text": "墨", "purpose": "支援措置"}).status_code == 404


def test_a_page_takes_no_more_queries_for_more_history(browser_of, family, town, now, django_assert_num_queries):
    me, browser = family["花子"], browser_of("clerk")
    browser.get(address(me))
    with CaptureQueriesContext(connection) as before:
        browser.get(address(me))
    for number in range(5):
        act = Act.objects.create(kind="name", day=date(2026, 1, 1 + number), recorded_at=now)
        act.parties.add(me)
        day = date(2019, 1, 1 + number)
        Residence.objects.create(party=me, town=town, block="7番7号", since=day, until=date(2019, 2, 1))
    with django_assert_num_queries(len(before)):
        browser.get(address(me))
