"""Roles: what they give, where, until when, and who may give them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kusei.base.accounts.models import Account
from kusei.base.accounts.queries import actor_for
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.parties.dossier import allowed
from kusei.base.staff import actions, queries, rules
from kusei.base.staff.models import Department, Role, StaffMember
from kusei.base.staff.purposes import purposes_of
from kusei.base.staff.views import role_names
from kusei.base.tell.models import Message

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


# ---- limited to purposes ---------------------------------------------------------------------------------------------------


def limited(staff, role, path, *purposes):
    return Role.objects.create(
        staff=staff, role=role, department_id=path, since=TODAY, until=date(2027, 3, 31), purposes=list(purposes)
    )


def test_a_role_limited_to_a_purpose_gives_nothing_for_another(hire):
    staff = hire("a", "kodomo")
    limited(staff, "clerk", "kodomo", "審査")
    by = actor_for(staff.account, NOW)
    assert by.may("decide.take", "kodomo/kosodate", "審査")
    assert by.paths("decide.view", "審査") == ["kodomo"]
    for other in ("", "台帳閲覧", "窓口照会"):
        assert not by.may("decide.take", "kodomo", other)
        assert by.paths("decide.view", other) == []
    assert not by.may("decide.take", "kumin", "審査")
    assert queries.grants_of(staff, NOW) == frozenset()


def test_pages_open_for_the_purpose_they_declare(hire, client):
    staff = hire("a", "kodomo")
    role = limited(staff, "clerk", "kodomo", "審査")
    Role.objects.filter(id=role.id).update(since=date(2020, 1, 1), until=date(2099, 1, 1))
    client.force_login(staff.account)
    assert {path: client.get(path).status_code for path in ("/office/", "/office/people/", "/office/registers/")} == {
        "/office/": 200, "/office/people/": 404, "/office/registers/": 404,
    }  # fmt: skip
    Role.objects.filter(id=role.id).update(purposes=["窓口照会"])
    assert {path: client.get(path).status_code for path in ("/office/people/", "/office/registers/")} == {
        "/office/people/": 200, "/office/registers/": 404,
    }  # fmt: skip


def test_people_are_looked_up_for_the_purposes_one_holds_alone(hire, db):
    staff = hire("a", "kodomo")
    limited(staff, "registrar", "kodomo", "窓口照会")
    assert allowed(actor_for(staff.account, NOW)) == ["窓口照会"]


def test_a_purpose_must_be_one_of_the_role(hire, places, manager):
    staff = hire("a", "kodomo")
    for purposes in (["支援措置"], ["x"], [""]):
        with pytest.raises(Invalid) as invalid:
            actions.grant_role(staff, places["kodomo"], "clerk", TODAY, purposes, by=manager, now=NOW)
        assert list(invalid.value.problems) == ["purposes"]
    assert "審査" in purposes_of("clerk")
    assert purposes_of("king") == ()
    held = actions.grant_role(staff, places["kodomo"], "clerk", TODAY, ["審査"], by=manager, now=NOW)
    assert held.purposes == ["審査"]


# ---- chiefs ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def lead(hire):
    def lead(role, path="kodomo/kosodate"):
        staff = hire(f"lead-{role}", path)
        hold(staff, role, path)
        return actor_for(staff.account, NOW)

    return lead


@pytest.mark.parametrize(
    ("chief", "path", "role", "may"),
    [
        ("decider", "kodomo/kosodate", "clerk", True),
        ("decider", "kodomo/kosodate/teate", "reviewer", True),
        ("decider", "kodomo", "clerk", False),
        ("decider", "kodomo/kosodate2", "clerk", False),
        ("decider", "kodomo/kosodate", "decider", False),
        ("overseer", "kodomo/kosodate", "decider", True),
        ("overseer", "kodomo/kosodate", "ict", False),
        ("overseer", "kodomo/kosodate", "registrar", False),
        ("overseer", "kodomo/kosodate", "overseer", False),
        ("clerk", "kodomo/kosodate", "clerk", False),
        ("reviewer", "kodomo/kosodate", "clerk", False),
        ("ict", "kumin", "registrar", True),
    ],
)
def test_chiefs_give_renew_and_end_the_lower_roles_of_their_department(hire, places, lead, chief, path, role, may):
    by, staff = lead(chief), hire("a", path)
    theirs = hold(staff, role, path)
    acts = [
        lambda: actions.grant_role(staff, places[path], role, TODAY, by=by, now=NOW),
        lambda: actions.renew_role(theirs, date(2027, 5, 31), by=by, now=NOW),
        lambda: actions.end_role(theirs, by=by, now=NOW),
    ]
    for act in acts:
        if may:
            act()
        else:
            with pytest.raises(Refused):
                act()
    assert AuditEntry.objects.filter(act="change" if may else "refuse").count() == 3
    theirs.refresh_from_db()
    assert theirs.until == (date(2026, 5, 31) if may else date(2027, 3, 31))


def test_a_renewed_role_lasts_longer_and_a_lapsed_one_is_not_revived(hire, lead):
    by, staff = lead("decider"), hire("a", "kodomo/kosodate")
    role = hold(staff, "clerk", "kodomo/kosodate", until=TODAY)
    actions.renew_role(role, date(2027, 5, 31), by=by, now=NOW)
    assert actor_for(staff.account, datetime(2027, 5, 31, 1, tzinfo=UTC)).may("decide.take")
    assert not actor_for(staff.account, datetime(2027, 6, 1, 1, tzinfo=UTC)).may("decide.take")
    Role.objects.filter(id=role.id).update(until=date(2026, 5, 31))
    with pytest.raises(NotNow):
        actions.renew_role(role, date(2027, 5, 31), by=by, now=NOW)
    with pytest.raises(Invalid):
        actions.renew_role(
            hold(hire("b", "kodomo/kosodate"), "clerk", "kodomo/kosodate"), date(2027, 6, 1), by=by, now=NOW
        )


def test_nobody_renews_their_own(lead):
    by = lead("overseer")
    own = hold(StaffMember.objects.get(account_id=by.account_id), "reviewer", "kodomo/kosodate")
    with pytest.raises(NotNow):
        actions.renew_role(own, date(2027, 5, 31), by=by, now=NOW)


def test_whose_role_ends_is_told_once_thirty_days_before_and_so_is_the_chief(hire, lead):
    by, staff, later = lead("decider"), hire("a", "kodomo/kosodate/teate"), hire("b", "kodomo/kosodate")
    role = hold(staff, "clerk", "kodomo/kosodate/teate", until=date(2026, 7, 1))
    hold(later, "clerk", "kodomo/kosodate", until=date(2026, 7, 2))
    hold(hire("gone", "kodomo"), "clerk", "kodomo", since=date(2026, 1, 1), until=date(2026, 5, 31))
    assert [actions.notice_ending(NOW) for _twice in range(2)] == [1, 0]
    told = Message.objects.all()
    assert {message.account_id for message in told} == {staff.account_id, by.account_id}
    assert {message.link for message in told} == {f"/office/roles/{role.id}"}
    actions.renew_role(role, date(2026, 7, 1), by=by, now=NOW)
    assert actions.notice_ending(NOW) == 1
    assert [
        each.id for each in queries.ending(queries.visible_roles(by, "権限付与", NOW), NOW, actions.NOTICED_BEFORE)
    ] == [role.id]


def test_the_pages_give_renew_and_end(hire, places, client, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    chief, staff = hire("100", "kodomo/kosodate", "section_chief"), hire("200", "kodomo/kosodate")
    hold(chief, "decider", "kodomo/kosodate")
    client.force_login(chief.account)
    form = {
        "number": " ２００ ",
        "department": "kodomo/kosodate",
        "role": "clerk",
        "until": "2026-06-20",
        "purposes": ["審査"],
    }
    answer = client.post("/office/roles", form)
    role = Role.objects.get(staff=staff)
    assert (answer.status_code, answer.url) == (302, f"/office/roles/{role.id}")
    assert (role.until, role.purposes) == (date(2026, 6, 20), ["審査"])
    text = client.get("/office/roles").content.decode()
    assert (
        text.index("30日以内に期限が切れる権限")
        < text.index(f"/office/roles/{role.id}")
        < text.index("有効な権限</h2>")
    )
    assert client.post(f"/office/roles/{role.id}", {"do": "renew", "until": "2027-05-01"}).status_code == 302
    assert Role.objects.get(id=role.id).until == date(2027, 5, 1)
    assert client.post(f"/office/roles/{role.id}", {"do": "end"}).status_code == 302
    assert not queries.running_roles(NOW).filter(staff=staff).exists()
    for wrong, field in (
        ({"number": "999"}, "number"), ({"department": "kumin"}, "department"), ({"until": "x"}, "until"),
        ({"role": "ict"}, None), ({"until": "2028-01-01"}, "until"), ({"purposes": ["支援措置"]}, "purposes"),
    ):  # fmt: skip
        answer = client.post("/office/roles", form | wrong)
        assert answer.status_code == (400 if field else 404), wrong
        assert not field or f'id="e-{field}"' in answer.content.decode(), wrong
    assert client.post("/office/roles", form | {"number": "100"}).status_code == 409
    assert not Role.objects.filter(staff=staff).exists()


def test_whoever_has_no_cases_is_led_from_the_console_s_address_to_the_page_they_have(hire, client):
    staff = hire("100", "kodomo/kosodate")
    hold(staff, "ict", "kodomo/kosodate", until=date(2099, 1, 1))
    client.force_login(staff.account)
    answer = client.get("/office/", follow=True)
    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] == "/office/emergency/uses"
    assert client.get("/office/?tab=open").status_code == client.post("/office/").status_code == 404


def test_a_role_past_its_end_gives_nothing_at_once(hire, client, monkeypatch):
    """The same browser, the same session, a minute later."""
    staff = hire("100", "kodomo/kosodate")
    hold(staff, "clerk", "kodomo/kosodate", until=TODAY)
    client.force_login(staff.account)
    midnight = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
    for at, status in ((midnight - timedelta(seconds=1), 200), (midnight, 404)):
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        assert [
            client.get(path).status_code for path in ("/office/?tab=open", "/office/people/", "/office/registers/")
        ] == [status] * 3


def test_every_role_has_a_name():
    assert set(rules.ROLES) == set(rules.PERMISSIONS) == set(role_names())
