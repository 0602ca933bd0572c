"""Situations written by hand from wards' guides, with the list each must give; and that the rules hold for every answer there can be."""

from datetime import date
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.ask import catalogue
from kusei.base.kernel.i18n import WRITTEN
from kusei.base.kernel.offers import registry
from kusei.counter.life_events import events, rules

NAMES = events.names()
TODAY = date(2026, 6, 1)


@cache
def deadline_of(slug):
    return catalogue.written(slug).deadline


def listed(name, day=None, **answers):
    """The list as short names: a procedure's slug, or the first word of a task; with the last day where there is one."""
    event = events.named(name)
    assert rules.next_question(event, answers) is None, rules.next_question(event, answers)
    found = rules.checklist(event, answers, day, TODAY, deadline_of)
    return [(item.need.procedure or item.need.task.ja.split("（")[0], str(item.last_day or "")) for item in found]


def whats(*args, **more):
    return {what for what, _last in listed(*args, **more)}


def test_a_family_from_abroad_without_work():
    found = listed(
        "moved-in",
        date(2026, 5, 25),
        **{"from": "abroad"},
        job="no",
        age="middle",
        child="small",
        care="no",
        card="no",
        dog="no",
    )
    assert found == [
        ("move-in", "2026-06-08"),
        ("kokuho-join", "2026-06-08"),
        ("pension-join", "2026-06-08"),
        ("child_allowance/claim", "2026-06-09"),
        ("child-medical", "2026-06-09"),
        ("nursery", ""),
    ]


@pytest.mark.parametrize(
    ("name", "answers", "expected"),
    [
        (
            "moved-in",
            {"from": "japan", "job": "yes", "child": "none", "care": "no", "card": "yes", "dog": "no"},
            {"転出届", "move-in", "my-number-card"},
        ),
        (
            "moved-in",
            {"from": "japan", "job": "no", "age": "middle", "child": "school", "care": "yes", "card": "no", "dog": "yes"},
            {
                "転出届", "move-in", "kokuho-join", "child_allowance/claim", "child-medical", "区立小・中学校の転入学", "要介護・要支援認定の引継ぎ",
                "犬の登録の住所の変更",
            },
        ),
        (
            "moved-in",
            {"from": "abroad", "job": "no", "age": "older", "child": "none", "care": "no", "card": "no", "dog": "no"},
            {"move-in", "kokuho-join"},
        ),
        ("moved-within", {"child": "no", "card": "no", "dog": "no"}, {"move-within"}),
        (
            "moved-within",
            {"child": "yes", "card": "yes", "dog": "yes"},
            {"move-within", "my-number-card", "通学区域の確認・転校", "犬の登録の住所の変更"},
        ),
        ("moving-out", {"kokuho": "no", "waste": "no"}, {"moving_out/notify"}),
        ("moving-out", {"kokuho": "yes", "waste": "yes"}, {"moving_out/notify", "bulky-waste", "国民健康保険の資格の喪失"}),
        (
            "birth",
            {"insurance": "kokuho", "public": "no", "nursery": "yes"},
            {"birth", "child_allowance/claim", "child-medical", "kokuho-join", "childbirth-grant", "nursery"},
        ),
        (
            "birth",
            {"insurance": "employer", "public": "yes", "nursery": "no"},
            {"birth", "児童手当", "child-medical", "健康保険の扶養の届出"},
        ),
        ("pregnancy", {"pension": "no", "kokuho": "no"}, {"pregnancy", "pregnancy-interview"}),
        (
            "pregnancy",
            {"pension": "yes", "kokuho": "yes"},
            {"pregnancy", "pregnancy-interview", "国民年金保険料の産前産後期間の免除の届出", "国民健康保険料の産前産後期間の軽減の届出"},
        ),
        (
            "death",
            {"insurance": "employer", "head": "no", "pension": "no", "care": "no", "income": "no", "dog": "no"},
            {"死亡届", "bereavement", "埋葬料の請求"},
        ),
        (
            "death",
            {"insurance": "elderly", "head": "yes", "pension": "yes", "care": "yes", "income": "yes", "dog": "yes"},
            {
                "死亡届", "bereavement", "household-change", "後期高齢者医療の葬祭費の申請", "年金受給者の死亡の届出・未支給年金の請求",
                "介護保険の資格の喪失と被保険者証の返却", "所得税の準確定申告", "犬の登録の所有者の変更",
            },
        ),
        (
            "death",
            {"insurance": "unknown", "head": "no", "pension": "no", "care": "no", "income": "no", "dog": "no"},
            {"死亡届", "bereavement", "funeral-grant", "後期高齢者医療の葬祭費の申請"},
        ),
        (
            "left-job",
            {"insurance": "kokuho", "age": "yes", "hard": "yes", "nursery": "no"},
            {"kokuho-join", "pension-join", "pension-exemption"},
        ),
        ("left-job", {"insurance": "kokuho", "age": "no", "nursery": "no"}, {"kokuho-join"}),
        (
            "left-job",
            {"insurance": "keep", "age": "yes", "hard": "no", "nursery": "yes"},
            {"健康保険の任意継続の申出", "pension-join", "保育園・学童クラブの状況の変更の届出"},
        ),
        ("left-job", {"insurance": "family", "nursery": "no"}, {"家族の勤め先での扶養の届出"}),
        ("left-job", {"insurance": "job", "nursery": "no"}, set()),
        ("new-job", {"kokuho": "yes"}, {"kokuho-leave"}),
        ("new-job", {"kokuho": "no"}, set()),
        ("marriage", {"surname": "no", "home": "no"}, {"marriage"}),
        (
            "marriage",
            {"surname": "yes", "card": "yes", "home": "in"},
            {"marriage", "move-in", "my-number-card", "seal-registration"},
        ),
        ("marriage", {"surname": "no", "home": "within"}, {"marriage", "move-within"}),
        ("open-shop", {"kind": "food", "sign": "yes"}, {"food_business/apply", "road-occupancy", "開業の届出"}),
        ("open-shop", {"kind": "beauty", "sign": "no"}, {"beauty-salon", "開業の届出"}),
        ("open-shop", {"kind": "other", "sign": "no"}, {"開業の届出"}),
        ("got-a-dog", {"what": "got", "chip": "no"}, {"dog-registration", "rabies-tag"}),
        ("got-a-dog", {"what": "got", "chip": "yes"}, {"指定登録機関での所有者の変更・死亡の届出", "rabies-tag"}),
        ("got-a-dog", {"what": "died", "chip": "no"}, {"dog-death"}),
    ],
)  # fmt: skip
def test_situations(name, answers, expected):
    assert whats(name, **answers) == expected


@pytest.mark.parametrize(
    ("name", "day", "answers", "what", "last"),
    [
        ("birth", "2026-05-28", {"insurance": "employer", "public": "no", "nursery": "no"}, "birth", "2026-06-10"),
        (
            "birth",
            "2026-05-28",
            {"insurance": "employer", "public": "no", "nursery": "no"},
            "child-medical",
            "2026-06-12",
        ),
        (
            "left-job",
            "2026-06-01",
            {"insurance": "keep", "age": "no", "nursery": "no"},
            "健康保険の任意継続の申出",
            "2026-06-22",
        ),
        ("new-job", "2026-05-20", {"kokuho": "yes"}, "kokuho-leave", "2026-06-03"),
        ("marriage", "2026-07-07", {"surname": "no", "home": "in"}, "move-in", ""),
    ],
)
def test_last_days(name, day, answers, what, last):
    assert dict(listed(name, date.fromisoformat(day), **answers))[what] == last


def test_a_rule_holds_from_its_day():
    answers = {"pension": "no", "kokuho": "yes"}
    assert "国民健康保険料の産前産後期間の軽減の届出" in whats("pregnancy", date(2024, 1, 1), **answers)
    assert "国民健康保険料の産前産後期間の軽減の届出" not in whats("pregnancy", date(2023, 12, 31), **answers)


@pytest.mark.parametrize("name", NAMES)
def test_every_way_through_the_questions_ends_in_a_list(name):
    event = events.named(name)
    ways = list(rules.paths(event))
    assert len(ways) == len({tuple(sorted(way.items())) for way in ways}) > 1
    named = {id(item.need) for way in ways for item in rules.checklist(event, way, None, TODAY, deadline_of)}
    assert len(named) == len(event.needs), "a need that no answers lead to"
    assert {key for way in ways for key in way} == set(event.questions), "a question that no answers lead to"


@pytest.mark.parametrize("name", NAMES)
def test_what_it_names_is_there_and_said_in_three_languages(name):
    event = events.named(name)
    assert {need.procedure for need in event.needs if need.procedure} <= set(registry.all("procedures"))
    assert list(unsaid(event.model_dump(mode="json", by_alias=True, exclude_none=True))) == []


def unsaid(node):
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        if isinstance(value, dict) and "ja" in value and not set(WRITTEN) <= set(value):
            yield value["ja"]
        yield from unsaid(value)


@given(st.sampled_from(NAMES), st.data(), st.none() | st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_any_answers_give_a_list_in_order(name, data, day):
    event = events.named(name)
    answers = {
        key: data.draw(st.sampled_from([*(choice.key for choice in question.choices), "nonsense"]))
        for key, question in event.questions.items()
        if data.draw(st.booleans())
    }
    found = rules.checklist(event, answers, day, TODAY, deadline_of)
    days = [item.last_day for item in found]
    assert all(not later or (earlier and earlier <= later) for earlier, later in pairwise(days))
    key = rules.next_question(event, answers)
    assert key is None or answers.get(key) not in {choice.key for choice in event.questions[key].choices}
