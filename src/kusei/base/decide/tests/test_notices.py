"""What staff are told of waiting approvals: whom, when, once, and nothing about people."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client

from kusei.base.accounts.models import Account
from kusei.base.decide import actions, notices
from kusei.base.decide.models import ApprovalNotice
from kusei.base.kernel import clock
from kusei.base.kernel.errors import Invalid, Refused
from kusei.base.staff import actions as staff
from kusei.base.staff.models import Deputy
from kusei.base.tell.models import Delivery, Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailed(drafted, subchief, chief):
    """Addresses of the mails sent since the last look."""
    for person in (subchief, chief):
        Account.objects.filter(id=person.account.id).update(email=f"{person.account.login}@office.example.jp")
    seen = set()

    def mailed() -> list[str]:
        found = Message.objects.filter(template=notices.TEMPLATE).exclude(id__in=seen)
        new = Delivery.objects.filter(message__in=found)
        addresses = sorted(new.values_list("address", flat=True))
        seen.update(found.values_list("id", flat=True))
        return addresses

    return mailed


def address(*people) -> list[str]:
    return sorted(f"{person.account.login}@office.example.jp" for person in people)


def away(person, now, days=3):
    today = date(2026, 6, 1)
    staff.enter_absence(person.staff, today, today + timedelta(days=days), "trip", by=person.actor, now=now)


def test_in_the_morning_whoever_is_waited_for_is_told_once(drafted, subchief, chief, step, now, mailed):
    assert notices.tell_daily(now) == 1
    assert mailed() == address(subchief)
    assert notices.tell_daily(now + timedelta(hours=1)) == 0
    assert notices.tell_daily(now + timedelta(days=1)) == 1
    actions.agree(drafted, step(drafted), by=subchief.actor, now=now + timedelta(days=1))
    mailed()
    assert notices.tell_daily(now + timedelta(days=2)) == 1
    assert mailed() == address(chief)


def test_the_mail_says_how_many_and_nothing_about_people(drafted, subchief, chief, now, mailed):
    notices.tell_daily(now)
    message = Message.objects.get(template=notices.TEMPLATE)
    said = message.subject + message.body
    assert "1件" in said
    assert "令和8年6月1日" in said
    case = drafted.case
    assert not [word for word in (case.applicant_name, case.number, "墨田", "児童手当") if word in said]
    assert (message.link, message.account_id, message.about) == ("/office/approvals", None, "")


def test_nobody_is_told_on_days_without_work(drafted, subchief, chief, now, mailed):
    saturday = now + timedelta(days=5)
    assert saturday.weekday() == 5
    assert notices.tell_daily(saturday) == 0


def test_who_is_away_is_left_alone_and_the_deputy_is_told(drafted, office, subchief, chief, step, now, mailed):
    acting = office.hire("subsection_chief", name="代理順子")
    Account.objects.filter(id=acting.account.id).update(email=f"{acting.account.login}@office.example.jp")
    for order, person in enumerate((subchief, acting), start=1):
        Deputy.objects.create(
            department=office.section, post="section_chief", order=order, staff=person.staff, since=date(2026, 4, 1)
        )
    actions.agree(drafted, step(drafted), by=subchief.actor, now=now)
    away(chief, now)
    assert notices.tell_daily(now) == 1
    assert mailed() == address(acting)
    assert "うち代決1件" in Message.objects.get(template=notices.TEMPLATE).body


def test_a_superior_is_told_where_nobody_below_is_there(drafted, subchief, chief, now, mailed):
    away(subchief, now)
    assert notices.tell_daily(now) == 1
    assert mailed() == address(chief)


def test_at_once_means_once_for_what_came(drafted, subchief, chief, step, now, mailed):
    notices.choose(chief.staff, "at_once", by=chief.actor, now=now)
    assert notices.tell_at_once(now) == 0
    later = now + timedelta(minutes=10)
    actions.agree(drafted, step(drafted), by=subchief.actor, now=later)
    assert notices.tell_at_once(later + timedelta(minutes=1)) == 1
    assert mailed() == address(chief)
    assert notices.tell_at_once(later + timedelta(minutes=6)) == 0
    assert notices.tell_daily(now + timedelta(days=1)) == 0


def test_who_wants_nothing_gets_nothing(drafted, subchief, chief, now, mailed):
    notices.choose(subchief.staff, "off", by=subchief.actor, now=now)
    assert (notices.tell_daily(now), notices.tell_at_once(now), mailed()) == (0, 0, [])


def test_one_chooses_for_oneself_among_what_there_is(subchief, chief, clerk, now):
    with pytest.raises(Invalid):
        notices.choose(chief.staff, "off", by=subchief.actor, now=now)
    with pytest.raises(Invalid):
        notices.choose(chief.staff, "hourly", by=chief.actor, now=now)
    with pytest.raises(Refused):
        notices.choose(chief.staff, "off", by=type(chief.actor)(kind="resident"), now=now)
    assert not ApprovalNotice.objects.exists()


def test_the_page_takes_the_choice(drafted, subchief, monkeypatch, now):
    monkeypatch.setattr(clock, "now", lambda: now)
    browser = Client()
    browser.force_login(subchief.account)
    assert "朝にまとめて" in browser.get("/office/approvals").content.decode()
    assert browser.post("/office/approvals/notices", {"wish": "off"}).url == "/office/approvals"
    assert notices.wish_of(subchief.staff) == "off"
    assert browser.post("/office/approvals/notices", {"wish": "hourly"}).url == "/office/approvals"
    assert notices.wish_of(subchief.staff) == "off"


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_once(drafted, subchief, chief, now, mailed):
    barrier, told = threading.Barrier(2), []

    def work():
        try:
            barrier.wait()
            told.append(notices.tell_daily(now))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == [0, 1]
    assert mailed() == address(subchief)
