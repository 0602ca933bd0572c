"""The demonstration ward in the database: whole after one run, unchanged by the next."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command

from kusei.base.accounts.models import Account, PartyLink
from kusei.base.accounts.queries import actor_for
from kusei.base.ask.models import Snapshot
from kusei.base.demo.fill import Wanted, fill
from kusei.base.demo.residents import MADE
from kusei.base.demo.staff import POSTS, kept_passwords
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.offers import Offers, Registry
from kusei.base.kernel.wards import load_ward
from kusei.base.parties.facts import facts
from kusei.base.parties.models import Membership, Party, Protection, Residence, Town
from kusei.base.staff.models import Department, Role, StaffMember

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
TABLES = [Department, Account, StaffMember, Role, Town, Party, Membership, Residence, Protection, PartyLink, Snapshot]


@pytest.fixture
def wanted(db, tmp_path, settings) -> Wanted:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    registry = Registry()
    registry.register(Offers(module="child_allowance", procedures=["child_allowance/claim"]))
    return Wanted(load_ward("sumida"), 300, 1, None, tmp_path / "secrets" / "demo-logins.json", registry)


@pytest.fixture
def filled(wanted):
    said = []
    return wanted, fill(wanted, now=NOW, say=said.append), said


def _actor(login):
    return actor_for(Account.objects.get(login=login), NOW)


def test_a_second_run_changes_nothing_and_says_nothing(filled):
    wanted, logins, _said = filled
    before = [sorted(table.objects.values_list(), key=str) for table in TABLES]
    said = []
    assert fill(wanted, now=NOW + timedelta(hours=1), say=said.append) == logins
    assert [sorted(table.objects.values_list(), key=str) for table in TABLES] == before
    assert said == []


def test_every_resident_lives_in_a_household_and_in_a_town(filled):
    people = Party.objects.filter(kind="person", source=MADE)
    assert people.count() == Membership.objects.count() == Residence.objects.count() == 300
    assert Party.objects.filter(kind="household").count() == Membership.objects.filter(relationship="世帯主").count()
    assert Protection.objects.filter(since__lte=NOW, until__gt=NOW).values("party").distinct().count() >= 3
    assert Town.objects.filter(ward_code="13107").count() == 13


def test_other_residents_are_not_made_over_those_that_are_there(filled):
    wanted, _logins, _said = filled
    said = []
    other = Wanted(wanted.ward, 500, 2, wanted.data, wanted.passwords, wanted.registry)
    fill(other, now=NOW, say=said.append)
    assert Party.objects.filter(kind="person").count() == 300
    assert "300 are there already" in said[0]


def test_hanako_is_tied_and_the_ward_knows_her_children(filled):
    hanako = _actor("hanako@example.jp")
    known = facts(hanako.party_id, ["name", "household.children", "address"], "申請", by=hanako, now=NOW)
    assert known["name"].value == "桜木\u3000花子"
    assert [child["birth_date"] for child in known["household.children"].value] == [
        "2007-09-07",
        "2018-06-24",
        "2025-08-13",
    ]
    assert known["address"].value["town"] == "13107/吾妻橋二丁目"


def test_yuki_is_not_tied_and_her_letter_can_be_asked_for_with_what_is_printed(filled):
    _wanted, logins, _said = filled
    assert _actor("yuki@example.jp").party_id is None
    person = Party.objects.get(kind="person", name="朝倉\u3000由紀")
    assert str(person.birth_date) in logins
    assert "業平二丁目 11番4号" in logins


@pytest.mark.parametrize(
    ("login", "may", "may_not"),
    [
        ("100101", "decide.take", "decide.decide"),
        ("100102", "decide.review", "decide.decide"),
        ("100103", "decide.decide", "audit.view"),
        ("100104", "decide.decide", "decide.take"),
        ("100105", "audit.view", "decide.view"),
        ("100111", "texts.check", "audit.view"),
    ],
)
def test_each_post_may_do_its_part_in_the_child_allowance_section(filled, login, may, may_not):
    actor = _actor(login)
    assert actor.may(may, "kodomo/kosodate" if may.startswith("decide") else "")
    assert not actor.may(may_not)


def test_the_printed_passwords_open_the_accounts_and_only_the_owner_reads_them(filled):
    wanted, logins, _said = filled
    passwords = json.loads(wanted.passwords.read_text("utf-8"))
    assert set(passwords) == {post.login for post in POSTS if post.signs_in}
    for login, password in passwords.items():
        assert check_password(password, Account.objects.get(login=login).password)
        assert password in logins
    assert wanted.passwords.stat().st_mode & 0o777 == 0o600
    assert not any(Account.objects.get(login=post.login).has_usable_password() for post in POSTS if not post.signs_in)


def test_passwords_lost_with_their_file_are_drawn_anew(filled):
    wanted, _logins, _said = filled
    wanted.passwords.unlink()
    fill(wanted, now=NOW, say=lambda line: None)
    for login, password in kept_passwords(wanted.passwords).items():
        assert check_password(password, Account.objects.get(login=login).password)


def test_roles_that_lapsed_are_renewed(filled):
    wanted, _logins, _said = filled
    later = NOW + timedelta(days=400)
    assert not actor_for(Account.objects.get(login="100103"), later).may("decide.decide")
    fill(wanted, now=later, say=lambda line: None)
    assert actor_for(Account.objects.get(login="100103"), later).may("decide.decide")


def test_departments_follow_the_wards_file(filled):
    wanted, _logins, _said = filled
    Department.objects.filter(code="kosodate").update(phone="03-0000-9999")
    fill(wanted, now=NOW, say=lambda line: None)
    section = Department.objects.get(path="kodomo/kosodate")
    assert section.phone == wanted.ward.department("kosodate").phone
    assert section.name["ja"] == "子育て支援課"


def test_the_procedures_that_are_offered_are_open(filled):
    snapshot = Snapshot.objects.get(procedure="child_allowance/claim")
    assert str(snapshot.valid_from) == "2026-07-24"


def test_the_modules_demonstration_is_run(wanted):
    ran = []
    wanted.registry.register(Offers(module="lost_property", demo=lambda now: ran.append(now) or 7))
    said = []
    fill(wanted, now=NOW, say=said.append)
    assert ran == [NOW]
    assert any("lost_property: 7" in line for line in said)


def test_published_towns_take_the_place_of_the_made_list(filled, tmp_path):
    wanted, _logins, _said = filled
    (tmp_path / "addresses").mkdir()
    row = {"town": "押上一丁目", "koaza": "", "lat": 35.71, "lng": 139.81}
    (tmp_path / "addresses" / "墨田区.json").write_text(json.dumps([row, {"town": ""}]), "utf-8")
    said = []
    fill(Wanted(wanted.ward, 300, 1, tmp_path, wanted.passwords, wanted.registry), now=NOW, say=said.append)
    assert Town.objects.get(id="13107/押上一丁目").lat == 35.71
    assert any("row 2" in line for line in said)


def test_the_chain_of_the_audit_log_tells_what_was_made(filled):
    from kusei.base.audit.models import AuditEntry

    told = set(AuditEntry.objects.filter(actor_kind=SYSTEM.kind).values_list("what", flat=True))
    assert {
        "staff.departments",
        "staff.made",
        "towns.imported",
        "residents.made",
        "accounts.tie",
        "ask.publish",
    } <= told


def test_the_command_refuses_another_ward_and_no_residents(db):
    with pytest.raises(CommandError, match="KUSEI_WARD=kita"):
        call_command("demo_fill", ward="kita")
    with pytest.raises(CommandError, match="at least 1"):
        call_command("demo_fill", residents=0)
