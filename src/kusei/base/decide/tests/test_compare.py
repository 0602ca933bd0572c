"""What the register says beside an answer: the same, different, or nothing to compare."""

from pathlib import Path

import pytest
from django.conf import settings

from kusei.base.ask import catalogue
from kusei.base.decide import compare
from kusei.base.decide.tests.conftest import BANK, CLAIM
from kusei.base.kernel.offers import registry
from kusei.base.parties.facts import PROVIDERS

CHILD = {
    "party_id": "c1",
    "name": "墨田　一郎",
    "kana": "スミダ　イチロウ",
    "birth_date": "2020-07-07",
    "relationship": "子",
}
DEFINITION = catalogue.written(CLAIM).stored()


def differs(key, answer, **facts):
    return [known.differs for known in compare.beside(DEFINITION, {key: answer}, facts).get(key, [])]


def test_a_telephone_number_is_the_same_however_it_is_written():
    assert differs("phone", "0312345678", phone="０３-1234-5678") == [False]
    assert differs("phone", "0312345678", phone="03-9999-0000") == [True]
    assert differs("phone", "0312345678", phone="") == [None]


def test_children_are_compared_with_the_household():
    facts = {"household.children": [CHILD]}
    assert differs("children", [{**CHILD, "name": "墨田 一郎"}], **facts) == [False]
    assert differs("children", [{**CHILD, "birth_date": "2021-07-07"}], **facts) == [True]
    assert differs("children", [{**CHILD, "party_id": "c2"}], **facts) == [True, None]
    assert differs("children", [], **facts) == [None]


def test_an_accounts_holder_is_compared_as_banks_write_names():
    assert differs("bank", {**BANK, "holder": "ｽﾐﾀﾞ ﾘﾂｺ"}, kana="スミダ　リッコ") == [False]
    assert differs("bank", {**BANK, "holder": "ｽﾐﾀﾞ ｲﾁﾛｳ"}, kana="スミダ　リッコ") == [True]


def test_an_answer_no_register_knows_stands_alone():
    assert differs("pension", "national", phone="1") == []


def test_the_facts_needed_are_those_shown_and_those_compared():
    needed = compare.facts_needed(DEFINITION)
    assert {"protected", "household.children", "phone", "address"} <= set(needed)
    assert len(needed) == len(set(needed))


def test_the_persons_in_the_answers_are_found_once_each():
    answers = {"children": [CHILD, CHILD], "older": "no", "files": [{"attachment": "x"}], "kinds": ["a"]}
    assert compare.people_in(answers) == ["c1"]


FOLDER = Path(settings.WARDS_FOLDER) / "_common" / "procedures"


@pytest.mark.parametrize(
    "procedure", sorted(str(path.relative_to(FOLDER).with_suffix("")) for path in FOLDER.rglob("*.yaml"))
)
def test_every_procedure_asks_the_register_for_what_the_register_knows(procedure):
    offered = {fact.name for fact in registry.all("facts")}
    assert set(compare.facts_needed(catalogue.written(procedure).stored())) <= PROVIDERS.keys() | offered
