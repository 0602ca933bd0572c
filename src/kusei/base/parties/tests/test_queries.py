"""Looking people up."""

import re
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection

from kusei.base import audit
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.actors import PUBLIC, SYSTEM
from kusei.base.kernel.errors import Refused
from kusei.base.parties import queries
from kusei.base.parties.models import Membership, Party, Protection, Residence
from kusei.base.parties.tests.conftest import resident


def _found(clerk, now, text="", born=None, purpose="窓口照会"):
    return queries.search(text, born, purpose=purpose, by=clerk, now=now)


def test_staff_with_the_right_see_everybody_a_resident_only_themselves_others_nobody(family, clerk, now):
    assert queries.visible(clerk, "窓口照会", now).count() == Party.objects.count()
    assert list(queries.visible(resident(family["花子"]), "x", now)) == [family["花子"]]
    assert not queries.visible(resident(None), "x", now)
    assert not queries.visible(PUBLIC, "x", now)
    assert not queries.visible(replace(clerk, grants=frozenset()), "x", now)


@pytest.mark.parametrize("typed", ["スミダ ハナ", "すみだはなこ", "ｽﾐﾀﾞﾊ", "墨田花子", "墨田　花"])
def test_people_are_found_by_the_beginning_of_name_or_reading(family, clerk, now, typed):
    assert [person.name for person in _found(clerk, now, typed)] == ["墨田　花子"]


def test_people_are_found_by_birthday_and_by_both(family, clerk, now):
    assert [p.name for p in _found(clerk, now, born=date(2015, 4, 5))] == ["墨田　空"]
    assert [p.name for p in _found(clerk, now, "スミダ", date(2015, 4, 5))] == ["墨田　空"]
    assert _found(clerk, now, "ハナコ", date(2015, 4, 5)) == []


@pytest.mark.parametrize("typed", ["", " 　", "%", "_", "墨田%"])
def test_nothing_and_wildcards_find_nobody(family, clerk, now, typed):
    assert _found(clerk, now, typed) == []


def test_households_are_no_persons(household, clerk, now):
    assert _found(clerk, now, "墨田") == []


def test_each_person_listed_is_logged_once(family, clerk, now):
    with audit.page_scope():
        found = _found(clerk, now, "墨田")
    assert sorted(AuditEntry.objects.values_list("subject", flat=True)) == sorted(str(person.id) for person in found)


@pytest.mark.parametrize(("purpose", "address"), [("窓口照会", ""), ("支援措置", "吾妻橋一丁目23番20号")])
def test_protected_persons_are_listed_without_address_unless_the_purpose_needs_it(
    make_person, clerk, now, purpose, address
):
    guarded = make_person("墨田　守", guarded=True)
    open_ = make_person("墨田　開", at="5番5号")
    found = {person.id: person for person in _found(clerk, now, "墨田", purpose=purpose)}
    assert (found[guarded.id].protected, found[guarded.id].address) == (True, address)
    assert (found[open_.id].protected, found[open_.id].address) == (False, "吾妻橋一丁目5番5号")
    assert AuditEntry.objects.filter(subject=str(guarded.id), act="read").count() == 1


def test_who_lacks_the_right_is_refused(family, clerk, now):
    for by in (resident(family["花子"]), PUBLIC, replace(clerk, grants=frozenset({("decide.take", "")}))):
        with pytest.raises(Refused):
            queries.search("墨田", None, purpose="窓口照会", by=by, now=now)


def test_a_search_takes_three_queries_however_many_it_finds(family, clerk, now, django_assert_num_queries):
    with audit.page_scope(), django_assert_num_queries(3):
        assert len(_found(clerk, now, "墨田")) == 5


def test_a_search_lists_fifty_at_most(make_person, clerk, now):
    Party.objects.bulk_create(
        Party(
            kind="person", name=f"墨田　{n}", kana=f"スミダ　{n}", birth_date=date(1990, 1, 1), as_of=date(2026, 1, 1)
        )
        for n in range(60)
    )
    assert len(_found(clerk, now, "墨田")) == 50


@pytest.mark.parametrize("where", ["kana_key LIKE 'スミダ%'", "birth_date = '1990-01-01' AND kind = 'person'"])
def test_every_way_of_searching_has_an_index(db, where):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT id FROM parties_party WHERE {where}")
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan" not in plan
    assert re.search(r"party_by_(name_key|kana_key|birthday)", plan)


def test_an_address_goes_to_its_owner_and_of_a_protected_person_to_nobody_else(make_person, now):
    guarded, open_ = make_person("墨田　守", guarded=True), make_person("墨田　開", at="5番5号")
    assert queries.address_line(guarded.id, for_recipient=False, now=now) == ""
    assert queries.address_line(guarded.id, for_recipient=True, now=now) == "吾妻橋一丁目23番20号"
    assert queries.address_line(open_.id, for_recipient=False, now=now) == "吾妻橋一丁目5番5号"


def test_where_no_address_is_known_the_line_is_empty(make_person, now):
    person = make_person("墨田　開")
    Residence.objects.all().delete()
    assert queries.address_line(person.id, for_recipient=True, now=now) == ""
    assert queries.search("墨田", None, purpose="窓口照会", by=SYSTEM, now=now)[0].address == ""


def test_who_left_the_ward_does_not_match_any_more(make_person, now):
    person = make_person("墨田　開")
    claim = ("墨田開", date(1990, 4, 1), "吾妻橋一丁目", "23番20号", now)
    assert queries.matching_exactly(*claim) == [person]
    Party.objects.filter(id=person.id).update(is_resident=False)
    assert queries.matching_exactly(*claim) == []


def test_the_address_of_who_lives_with_a_protected_person_is_withheld_like_hers(make_person, clerk, now):
    """Her mother's address is hers. The neighbour's is not, nor is that of the husband she left, who stands in her household still."""
    make_person("墨田　守", guarded=True, at="5番1号")
    mother = make_person("墨田　母", at="5番1号")
    neighbour, husband = make_person("墨田　隣", at="5番2号"), make_person("墨田　夫")
    found = {person.id: person for person in _found(clerk, now, "墨田")}
    assert (found[mother.id].address, found[mother.id].hidden, found[mother.id].protected) == ("", True, False)
    assert [found[each.id].address for each in (neighbour, husband)] == ["吾妻橋一丁目5番2号", "吾妻橋一丁目23番20号"]
    assert queries.address_line(mother.id, for_recipient=False, now=now) == ""
    assert queries.address_line(mother.id, for_recipient=True, now=now) == "吾妻橋一丁目5番1号"
    shown = {person.id: person for person in _found(clerk, now, "墨田", purpose="支援措置")}
    assert shown[mother.id].address == "吾妻橋一丁目5番1号"


def test_the_same_place_outside_the_ward_counts_too(make_person, now):
    guarded, sister, other = make_person("墨田　守", guarded=True), make_person("墨田　妹"), make_person("墨田　他")
    for person, place in ((guarded, "千葉県市川市八幡1-1-1"), (sister, "千葉県市川市八幡1-1-1"), (other, "")):
        Residence.objects.filter(party=person).update(town=None, block="", elsewhere=place)
    assert queries.hidden_ids([guarded.id, sister.id, other.id], now) == {guarded.id, sister.id}


def test_it_ends_when_the_protection_does_and_when_they_part(make_person, now):
    guarded, mother = make_person("墨田　守", guarded=True), make_person("墨田　母")
    assert queries.is_hidden(mother.id, now)
    Residence.objects.filter(party=guarded).update(until=now.date())
    assert not queries.is_hidden(mother.id, now)
    Residence.objects.filter(party=guarded).update(until=None)
    guarded.protections.update(until=date(2026, 11, 20))
    assert not queries.is_hidden(mother.id, now)


def test_the_kin_of_whom_nothing_may_be_told_are_those_ever_protected(family, make_person, now):
    assert queries.protected_kin(family["太郎"].id) == set()
    Protection.objects.create(party=family["花子"], since=date(2024, 1, 1), until=date(2025, 1, 1), ground="x")
    assert queries.protected_kin(family["太郎"].id) == {family["花子"].id}
    assert queries.protected_kin(family["花子"].id) == set()
    Membership.objects.filter(person=family["花子"]).update(until=date(2024, 1, 2))
    assert queries.protected_kin(family["太郎"].id) == {family["花子"].id}
