"""Made residents: the same for the same seed, plausible, and nobody's own."""

import re
from datetime import date
from itertools import pairwise

import pytest

from kusei.base.demo.families import demonstration_families
from kusei.base.demo.households import PROTECTED_AT_LEAST, generate
from kusei.base.demo.people import names
from kusei.base.kernel.calendar import age_on
from kusei.base.kernel.wards import made_towns, ward_slugs

TODAY = date(2026, 11, 21)
TOWNS = made_towns("sumida")


@pytest.fixture(scope="module")
def ward():
    return generate("sumida", TOWNS, 6000, 1, TODAY)


@pytest.fixture(scope="module")
def people(ward):
    return [person for household in ward for person in household.members]


def _age(person):
    return age_on(person.birth_date, TODAY)


def test_the_same_seed_gives_the_same_ward_and_another_seed_another(ward):
    assert generate("sumida", TOWNS, 6000, 1, TODAY) == ward
    assert generate("sumida", TOWNS, 6000, 2, TODAY) != ward
    assert generate("kita", TOWNS, 6000, 1, TODAY) != ward


@pytest.mark.parametrize("count", [100, 1001, 6000])
def test_there_are_as_many_residents_as_asked_for(count):
    assert sum(len(household.members) for household in generate("sumida", TOWNS, count, 1, TODAY)) == count


def test_however_few_are_asked_for_families_and_protected_persons_are_there():
    few = generate("sumida", TOWNS, 1, 1, TODAY)
    assert [h.members for h in few[:2]] == [family.members for family in demonstration_families("sumida", TODAY)]
    assert sum(bool(person.protected) for h in few for person in h.members) >= PROTECTED_AT_LEAST


def test_each_household_has_one_head_who_comes_first(ward):
    for household in ward:
        relationships = [person.relationship for person in household.members]
        assert relationships[0] == "世帯主"
        assert relationships.count("世帯主") == 1


def test_heads_and_spouses_are_grown_up(people):
    grown = [person for person in people if person.relationship[0] in "世妻夫父母" and person.relationship != "妻の子"]
    assert min(_age(person) for person in grown) >= 18


def test_parents_are_at_least_eighteen_years_older_than_their_children(ward):
    for household in ward:
        parents = [p for p in household.members if p.relationship in ("世帯主", "妻", "夫")]
        for child in (p for p in household.members if p.relationship in ("子", "妻の子")):
            assert all(_age(parent) - _age(child) >= 18 for parent in parents), household
        for elder in (p for p in household.members if p.relationship in ("父", "母")):
            assert _age(elder) - _age(household.members[0]) >= 18


def test_siblings_are_born_at_least_a_year_apart(ward):
    for household in ward:
        born = sorted(p.birth_date for p in household.members if p.relationship in ("子", "妻の子"))
        assert all((later - earlier).days >= 300 for earlier, later in pairwise(born)), household


def test_nobody_is_born_after_today_nor_older_than_people_get(people):
    assert all(person.birth_date < TODAY for person in people)
    assert max(_age(person) for person in people) <= 110


def test_nobody_moved_in_after_today(ward):
    assert all(household.since < TODAY for household in ward)


def test_ages_follow_tokyo(people):
    ages = [_age(person) for person in people]
    assert 0.09 < sum(age < 15 for age in ages) / len(ages) < 0.16
    assert 0.16 < sum(age >= 65 for age in ages) / len(ages) < 0.26


def test_some_residents_are_foreign_with_a_status_and_a_latin_name(people):
    foreign = [person for person in people if person.nationality != "JPN"]
    assert 0.04 < len(foreign) / len(people) < 0.08
    assert len({person.nationality for person in foreign}) > 8
    assert all(person.residence_status and re.fullmatch(r"[A-Z -]+", person.latin_name) for person in foreign)
    assert {person.name == person.latin_name for person in foreign} == {True, False}
    assert not any(person.residence_status for person in people if person.nationality == "JPN")


def test_readings_are_katakana(people):
    assert all(re.fullmatch("[ァ-ヶー・]+(\u3000[ァ-ヶー・]+)+", person.kana) for person in people)


def test_about_one_in_a_thousand_is_protected_with_a_ground(people):
    assert PROTECTED_AT_LEAST <= sum(bool(person.protected) for person in people) <= 12


def test_difficult_characters_and_long_names_occur(people):
    everybody = "".join(person.name for person in people)
    for written in ("髙", "﨑", "𠮷", "葛\U000e0100", "辻\U000e0100"):
        assert written in everybody
    assert max(len(person.name) for person in people) >= 50
    assert any(person.former_name for person in people)


def test_no_telephone_number_can_be_anybodys(people):
    phones = {person.phone for person in people} - {""}
    assert len(phones) > 500
    assert all(re.fullmatch(r"090-0000-\d{4}", phone) for phone in phones)


def test_what_is_made_fits_the_register(ward, people):
    assert max(len(person.name) for person in people) <= 200
    assert max(len(person.former_name) for person in people) <= 100
    assert max(len(person.residence_status) for person in people) <= 40
    assert max(len(household.block) for household in ward) <= 40
    assert {household.town for household in ward} == set(TOWNS)
    assert all(re.fullmatch(r"\d+番\d+号", household.block) for household in ward)


@pytest.mark.parametrize("slug", ward_slugs())
def test_the_demonstration_families_have_the_children_that_the_allowance_turns_on(slug):
    hanako, yuki = demonstration_families(slug, TODAY)
    assert [_age(p) for p in hanako.members if p.relationship == "子"] == [19, 8, 1]
    assert hanako.person.name == "桜木\u3000花子"
    assert (hanako.tied, yuki.tied) == (True, False)
    assert [(TODAY - p.birth_date).days for p in yuki.members if p.relationship == "子"] == [12]
    assert {hanako.address[0], yuki.address[0]} <= set(made_towns(slug))
    assert all(family.email.endswith("@example.jp") for family in (hanako, yuki))


def test_the_families_can_be_made_on_any_day():
    for day in (date(2028, 2, 29), date(2027, 1, 1), date(2027, 12, 31)):
        hanako, _yuki = demonstration_families("sumida", day)
        assert [age_on(p.birth_date, day) for p in hanako.members if p.relationship == "子"] == [19, 8, 1]


def test_every_name_has_its_reading_and_its_weight():
    tables = names()
    for written, kana, weight in tables["surnames"] + tables["variant_surnames"]:
        assert written
        assert re.fullmatch("[ァ-ヶー]+", kana)
        assert weight > 0
    written = [entry[0] for entry in tables["surnames"] + tables["variant_surnames"]]
    assert len(set(written)) == len(written)
