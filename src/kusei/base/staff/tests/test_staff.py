"""Roles: what they give, where, until when, and who may give them."""

from datetime import UTC, date, datetime

import pytest

from kusei.base.accounts.models import Account
from kusei.base.accounts.queries import actor_for
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.staff import actions, queries, rules
from kusei.base.staff.models import Department, Role, StaffMember

NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
TODAY = date(2026, 6, 1)


@pytest.fixture
def places(db):
    paths = ["kodomo", "kodomo/kosodate", "kodomo/kosodate/teate", "kodomo/kosodate2", "kumin"]
    return {
        p: Department.objects.create(path=p, code=p.replace("/", "-"), kind="section", name={"ja": p}) for p in paths
    }


@pytest.fixture
def hire(places):
    def make(login, path, post="clerk"):
        account = Account.objects.create(kind="staff", login=login, created_at=NOW)
        return StaffMember.objects.create(account=account, department=places[path], name=login, kana=login, post=post)

    return make


def hold(staff, role, path, since=date(2026, 4, 1), until=date(2027, 3, 31)):
    return Role.objects.create(staff=staff, role=role, department_id=path, since=since, until=until)


@pytest.fixture
def manager(hire):
    staff = hire("ict", "kumin")
    hold(staff, "ict", "kumin")
    return actor_for(staff.account, NOW)


def test_a_role_holds_for_its_department_and_below(hire):
    staff = hire("a", "kodomo/kosodate")
    hold(staff, "clerk", "kodomo/kosodate")
    by = actor_for(staff.account, NOW)
    assert by.grants == queries.grants_of(staff, NOW)
    allowed = {
        "kodomo": False,
        "kodomo/kosodate": True,
        "kodomo/kosodate/teate": True,
        "kodomo/kosodate2": False,
        "kumin": False,
    }
    assert {path: by.may("decide.take", path) for path in allowed} == allowed
    assert [d.path for d in queries.departments(by, "decide.take")] == [path for path, may in allowed.items() if may]
    assert not queries.departments(by, "decide.decide").exists()


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [
        (date(2026, 6, 1), date(2026, 6, 1), True),
        (date(2026, 5, 1), date(2026, 5, 31), False),
        (date(2026, 6, 2), date(2026, 12, 31), False),
    ],
)
def test_a_role_holds_from_its_first_day_to_its_last(hire, since, until, holds):
    staff = hire("a", "kodomo")
    hold(staff, "clerk", "kodomo", since, until)
    assert bool(queries.grants_of(staff, NOW)) == holds
    assert actor_for(staff.account, NOW).may("decide.take", "kodomo") == holds


def test_a_day_ends_at_midnight_in_japan(hire):
    staff = hire("a", "kodomo")
    hold(staff, "clerk", "kodomo", until=date(2026, 6, 1))
    assert queries.grants_of(staff, datetime(2026, 6, 1, 14, 59, tzinfo=UTC))
    assert not queries.grants_of(staff, datetime(2026, 6, 1, 15, 0, tzinfo=UTC))


def test_colleagues_are_those_whose_running_role_covers_the_department(hire):
    here, above, lapsed, elsewhere, chief, gone = (hire(name, "kodomo") for name in ("a", "b", "c", "d", "e", "f"))
    hold(here, "clerk", "kodomo/kosodate/teate")
    hold(above, "reviewer", "kodomo")
    hold(lapsed, "clerk", "kodomo/kosodate/teate", until=date(2026, 5, 31))
    hold(elsewhere, "clerk", "kodomo/kosodate2")
    hold(chief, "decider", "kodomo")
    hold(gone, "clerk", "kodomo")
    Account.objects.filter(id=gone.account_id).update(closed_at=NOW)
    assert list(queries.colleagues("kodomo/kosodate/teate", "decide.take", NOW)) == [here, above]


def test_only_staff_are_members(hire):
    staff = hire("a", "kodomo")
    assert queries.member(actor_for(staff.account, NOW)) == staff
    for by in (SYSTEM, Actor(kind="resident", account_id=staff.account_id), Actor(kind="public")):
        with pytest.raises(Refused):
            queries.member(by)


def test_a_role_is_granted_and_renewed_and_logged(hire, places, manager):
    staff = hire("a", "kodomo")
    for until in (date(2026, 12, 31), date(2027, 3, 31)):
        actions.grant_role(staff, places["kodomo"], "clerk", until, by=manager, now=NOW)
    role = Role.objects.get(staff=staff)
    assert (role.since, role.until) == (TODAY, date(2027, 3, 31))
    assert AuditEntry.objects.filter(what="staff.role_granted", object_id=str(staff.id)).count() == 2


@pytest.mark.parametrize(
    ("role", "until", "field"),
    [("king", date(2026, 7, 1), "role"), ("clerk", date(2026, 5, 31), "until"), ("clerk", date(2027, 6, 1), "until")],
)
def test_a_role_that_is_not_there_or_lasts_too_long_is_not_granted(hire, places, manager, role, until, field):
    with pytest.raises(Invalid) as invalid:
        actions.grant_role(hire("a", "kodomo"), places["kodomo"], role, until, by=manager, now=NOW)
    assert list(invalid.value.problems) == [field]


def test_nobody_grants_without_the_right_nor_to_themselves(hire, places, manager):
    clerk = hire("a", "kodomo")
    hold(clerk, "clerk", "kodomo")
    with pytest.raises(Refused):
        actions.grant_role(clerk, places["kodomo"], "decider", TODAY, by=actor_for(clerk.account, NOW), now=NOW)
    own = StaffMember.objects.get(account_id=manager.account_id)
    with pytest.raises(NotNow):
        actions.grant_role(own, places["kodomo"], "decider", TODAY, by=manager, now=NOW)
    assert AuditEntry.objects.filter(act="refuse").count() == 1


@pytest.mark.parametrize("since", [date(2026, 4, 1), TODAY])
def test_a_role_taken_away_gives_nothing_from_now_on(hire, manager, since):
    staff = hire("a", "kodomo")
    role = hold(staff, "clerk", "kodomo", since)
    actions.end_role(role, by=manager, now=NOW)
    assert not queries.grants_of(staff, NOW)
    with pytest.raises(NotNow):
        actions.end_role(role, by=manager, now=NOW)


def test_the_line_and_the_posts_of_members_are_the_same():
    assert tuple(dict(StaffMember.POSTS)) == rules.POSTS_UPWARDS
    assert rules.posts_up_to("section_chief") == ["clerk", "subsection_chief", "section_chief"]
    assert rules.roles_with("decide.decide") == ["decider"]
    with pytest.raises(ValueError, match="not in tuple"):
        rules.rank("janitor")
