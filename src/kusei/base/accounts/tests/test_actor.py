"""Who one is at this moment: tied or not, with today's roles and no others."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from kusei.base.accounts.models import PartyLink, Session
from kusei.base.accounts.queries import actor_for
from kusei.base.accounts.tests.conftest import sign_in, sign_in_staff
from kusei.base.kernel.actors import PUBLIC
from kusei.base.staff.models import Role


def test_an_untied_resident_is_nobody_in_the_register(make_resident, now):
    actor = actor_for(make_resident(), now)
    assert (actor.kind, actor.party_id, actor.name, actor.grants) == (
        "resident",
        None,
        "hanako@example.jp",
        frozenset(),
    )


def test_a_tied_resident_is_that_person(make_resident, make_person, now):
    person = make_person()
    actor = actor_for(make_resident(party=person), now)
    assert (actor.party_id, actor.name) == (person.id, "墨田　花子")


def test_a_tie_that_ended_is_none(make_resident, make_person, now):
    account = make_resident(party=make_person())
    PartyLink.objects.update(until=now)
    assert actor_for(account, now).party_id is None


def test_staff_have_name_department_post_and_the_rights_of_their_role(make_staff, now):
    actor = actor_for(make_staff(), now)
    assert (actor.kind, actor.name, actor.department, actor.post) == ("staff", "山田 太郎", "子育て支援課", "主事")
    assert actor.may("decide.take", "kodomo/kosodate")
    assert not actor.may("decide.decide")


def test_roles_end_at_midnight_in_japan(make_staff):
    account = make_staff(until=date(2026, 3, 31))
    last_evening = datetime(2026, 3, 31, 14, 59, tzinfo=UTC)
    assert actor_for(account, last_evening).may("decide.take")
    midnight = actor_for(account, last_evening + timedelta(minutes=1))
    assert midnight.kind == "staff"
    assert midnight.grants == frozenset()


def test_roles_begin_on_their_first_day(make_staff):
    account = make_staff(since=date(2026, 4, 1))
    assert not actor_for(account, datetime(2026, 3, 31, 14, 59, tzinfo=UTC)).grants
    assert actor_for(account, datetime(2026, 3, 31, 15, 0, tzinfo=UTC)).grants


def test_of_several_roles_only_the_running_ones_count(make_staff, now):
    account = make_staff()
    member = account.staff
    for role, until in (("decider", date(2026, 11, 20)), ("ict", date(2099, 1, 1))):
        Role.objects.create(staff=member, department=member.department, role=role, since=date(2020, 1, 1), until=until)
    actor = actor_for(account, now)
    assert actor.may("decide.take")
    assert actor.may("audit.view")
    assert not actor.may("decide.decide")


def test_closed_accounts_and_staff_without_a_member_are_the_public(make_resident, make_staff, now):
    resident, staff = make_resident(), make_staff()
    resident.closed_at = now
    staff.staff.roles.all().delete()
    staff.staff.delete()
    staff.refresh_from_db()
    assert actor_for(resident, now) == actor_for(staff, now) == PUBLIC


def test_finding_the_actor_takes_one_query(make_resident, make_staff, make_person, now, django_assert_num_queries):
    accounts = make_resident(party=make_person()), make_staff()
    for account in accounts:
        with django_assert_num_queries(1):
            actor_for(account, now)


def test_a_page_that_asks_nobody_needs_no_query_for_the_actor(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        Client().get("/sign-in")


@pytest.mark.parametrize(("kind", "queries"), [("resident", 1), ("staff", 2)])
def test_a_signed_in_page_adds_session_account_and_actor(kind, queries, make_staff, django_assert_num_queries):
    browser = Client()
    if kind == "resident":
        sign_in(browser, "hanako@example.jp")
    else:
        make_staff()
        sign_in_staff(browser, "S0001")
    page = "/sign-in" if kind == "resident" else "/office/sign-in"
    with django_assert_num_queries(queries):
        assert browser.get(page).status_code == 302


def test_a_session_in_use_lives_on_and_is_written_only_now_and_then(db, django_assert_num_queries):
    browser = Client()
    sign_in(browser, "hanako@example.jp")
    session = browser.session
    session["touched"] -= 6 * 60
    session.save()
    Session.objects.update(expire_date=datetime(2099, 1, 1, tzinfo=UTC))
    browser.get("/my")
    assert Session.objects.get().expire_date.year < 2099
    Session.objects.update(expire_date=datetime(2099, 1, 1, tzinfo=UTC))
    browser.get("/my")
    assert Session.objects.get().expire_date.year == 2099
