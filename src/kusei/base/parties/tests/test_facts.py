"""Facts: to whom, how much, and what is left in the log."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from kusei.base import audit
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.actors import PUBLIC, SYSTEM
from kusei.base.kernel.errors import Refused
from kusei.base.parties.facts import PROVIDERS, facts
from kusei.base.parties.models import Membership, Party, Protection, Residence
from kusei.base.parties.tests.conftest import resident

PURPOSE = "児童手当の認定請求"
EVERYTHING = list(PROVIDERS)


def _names(fact) -> list[str]:
    return [member["name"].split("\u3000")[1] for member in fact.value]


def test_a_resident_gets_their_own_facts(family, now):
    me = family["花子"]
    known = facts(me.id, ["name", "kana", "birth_date", "address"], PURPOSE, by=resident(me), now=now)
    assert known["name"].value == "墨田　花子"
    assert known["birth_date"].value == "1981-02-03"
    assert known["address"].value == {
        "postal": "130-0001", "town": "13107/吾妻橋一丁目", "town_name": "吾妻橋一丁目", "block": "23番20号", "building": "",
        "text": "吾妻橋一丁目23番20号",
    }  # fmt: skip
    assert (known["name"].source, known["name"].as_of) == ("住民記録", date(2026, 11, 1))


def test_one_name_may_be_asked_for_alone(family, now):
    me = family["花子"]
    assert set(facts(me.id, "kana", PURPOSE, by=resident(me), now=now)) == {"kana"}


def test_an_unknown_name_is_a_mistake_of_the_caller(family, now):
    with pytest.raises(KeyError):
        facts(family["花子"].id, "income", PURPOSE, by=SYSTEM, now=now)


@pytest.mark.parametrize(
    "asker", ["resident of another person", "untied resident", "public", "staff without the right"]
)
def test_everybody_else_is_refused_and_it_is_in_the_log(family, clerk, now, asker):
    by = {
        "resident of another person": resident(family["太郎"]),
        "untied resident": resident(None),
        "public": PUBLIC,
        "staff without the right": replace(clerk, grants=frozenset({("decide.take", "")})),
    }[asker]
    with pytest.raises(Refused) as refused:
        facts(family["花子"].id, "name", PURPOSE, by=by, now=now)
    assert refused.value.audited
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.what, entry.subject) == ("refuse", "parties.facts", str(family["花子"].id))


def test_a_person_who_is_not_there_is_refused_like_one_who_may_not_be_seen(db, now):
    with pytest.raises(Refused):
        facts(UUID(int=99), "name", PURPOSE, by=SYSTEM, now=now)


def test_members_are_the_others_of_the_household_without_whereabouts(family, now):
    known = facts(family["花子"].id, "household.members", PURPOSE, by=resident(family["花子"]), now=now)
    assert _names(known["household.members"]) == ["太郎", "海", "空", "凪"]
    assert set(known["household.members"].value[0]) == {"party_id", "name", "kana", "birth_date", "relationship"}
    assert "吾妻橋" not in str(known)


@pytest.mark.parametrize(
    ("who", "children"), [("太郎", ["海", "空"]), ("花子", ["海", "空"]), ("海", ["凪"]), ("空", ["凪"]), ("凪", [])]
)
def test_children_are_those_of_the_person_who_asks(family, now, who, children):
    known = facts(family[who].id, "household.children", PURPOSE, by=resident(family[who]), now=now)
    assert _names(known["household.children"]) == children


def test_a_protected_member_who_lives_apart_is_not_listed(family, make_person, household, now):
    make_person("墨田　守", born=date(2010, 1, 1), household=household, as_="子", at="9番9号", guarded=True)
    for what in ("household.members", "household.children"):
        known = facts(family["太郎"].id, what, PURPOSE, by=resident(family["太郎"]), now=now)
        assert "守" not in _names(known[what])
    assert not AuditEntry.objects.filter(subject=str(Party.objects.get(name="墨田　守").id)).exists()


def test_a_protected_member_at_the_same_address_is_listed(family, make_person, household, now):
    make_person("墨田　守", born=date(2010, 1, 1), household=household, as_="子", guarded=True)
    known = facts(family["太郎"].id, "household.children", PURPOSE, by=resident(family["太郎"]), now=now)
    assert _names(known["household.children"]) == ["海", "守", "空"]


def test_a_protected_member_is_not_listed_to_who_lives_at_no_known_place(family, make_person, household, now):
    guarded = make_person("墨田　守", born=date(2010, 1, 1), household=household, as_="子", guarded=True)
    Residence.objects.filter(party__in=[guarded, family["太郎"]]).delete()
    known = facts(family["太郎"].id, "household.members", PURPOSE, by=resident(family["太郎"]), now=now)
    assert "守" not in _names(known["household.members"])


def test_protection_holds_on_its_last_day_and_not_after(family, make_person, household, now):
    guarded = make_person("墨田　守", born=date(2010, 1, 1), household=household, as_="子", at="9番9号", guarded=True)
    Protection.objects.update(until=date(2026, 11, 21))
    ask = lambda at: facts(family["太郎"].id, "household.members", PURPOSE, by=resident(family["太郎"]), now=at)  # noqa: E731
    assert "守" not in _names(ask(now)["household.members"])
    assert "守" in _names(ask(now + timedelta(days=1))["household.members"])
    assert facts(guarded.id, "protected", PURPOSE, by=SYSTEM, now=now)["protected"].value is True


def test_protected_persons_get_their_own_address(make_person, now):
    me = make_person("墨田　守", guarded=True)
    known = facts(me.id, ["address", "protected"], PURPOSE, by=resident(me), now=now)
    assert known["address"].value["block"] == "23番20号"
    assert known["protected"].value is True


@pytest.mark.parametrize(("purpose", "shown"), [("審査", True), ("支援措置", True), ("窓口照会", False)])
def test_staff_see_a_protected_address_only_where_the_purpose_needs_it(make_person, clerk, now, purpose, shown):
    person = make_person("墨田　守", guarded=True)
    known = facts(person.id, ["name", "address"], purpose, by=clerk, now=now)
    assert known["name"].value == "墨田　守"
    assert bool(known["address"].value) is shown


def test_who_left_and_who_is_to_come_are_not_listed(family, now):
    Membership.objects.filter(person=family["海"]).update(until=date(2026, 11, 21))
    Membership.objects.filter(person=family["空"]).update(since=date(2026, 11, 22))
    known = facts(family["太郎"].id, "household.members", PURPOSE, by=resident(family["太郎"]), now=now)
    assert _names(known["household.members"]) == ["花子", "凪"]


def test_the_day_of_a_move_belongs_to_the_new_place(make_person, town, now):
    me = make_person("墨田　花子")
    Residence.objects.update(until=date(2026, 11, 22))
    Residence.objects.create(party=me, town=town, block="1番1号", since=date(2026, 11, 22))
    ask = lambda at: facts(me.id, "address", PURPOSE, by=resident(me), now=at)["address"].value["block"]  # noqa: E731
    evening = now.replace(hour=14, minute=59)
    assert (ask(evening), ask(evening + timedelta(minutes=1))) == ("23番20号", "1番1号")


def test_one_row_in_the_log_for_each_person_whose_data_is_handed_out(family, now):
    me = family["花子"]
    with audit.page_scope():
        facts(me.id, ["name", "household.children"], PURPOSE, by=resident(me), now=now)
        facts(me.id, ["name", "household.children"], PURPOSE, by=resident(me), now=now)
    entries = AuditEntry.objects.all()
    assert {entry.subject for entry in entries} == {str(family[name].id) for name in ("花子", "海", "空")}
    assert entries.count() == 3
    assert {(entry.act, entry.what, entry.purpose) for entry in entries} == {("read", "parties.facts", PURPOSE)}


def test_asking_for_everything_takes_eight_queries(family, now, django_assert_num_queries):
    me = family["花子"]
    # the person, the home, the household, its members' protections, the person's own, the other names, the mandates
    with audit.page_scope(), django_assert_num_queries(8):
        facts(me.id, EVERYTHING, PURPOSE, by=resident(me), now=now)


def test_asking_for_the_person_alone_takes_one_query(family, now, django_assert_num_queries):
    me = family["花子"]
    with audit.page_scope(), django_assert_num_queries(1):
        facts(me.id, ["name", "kana", "birth_date", "phone"], PURPOSE, by=resident(me), now=now)
