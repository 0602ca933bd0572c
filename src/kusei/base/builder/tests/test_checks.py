"""What is wrong is found, in words, where it is; what is right is left alone."""

import copy

import pytest

from kusei.base.ask import catalogue, rules
from kusei.base.ask.schema import Procedure
from kusei.base.builder import checks
from kusei.base.builder.checks import Known
from kusei.base.builder.reach import Reach, circles
from kusei.base.builder.tests.conftest import CLAIM, chain

WRITTEN = [CLAIM, "lost_property/claim", "bicycle_parking/apply"]


def errors(definition, known=None) -> list[str]:
    return [f"{f.at}: {f.words}" for f in checks.of(definition, known or Known()) if f.severity == "error"]


@pytest.fixture
def short():
    return copy.deepcopy(chain(4))


@pytest.mark.parametrize("slug", WRITTEN)
def test_the_procedures_that_are_there_have_no_faults(slug):
    assert errors(catalogue.written(slug).stored()) == []


def test_a_page_whose_question_only_others_are_asked_is_unreachable(short):
    short["pages"][3]["when"] = {"all": [{"q2": {"is": "yes"}}, {"q0": {"is": "no"}}]}
    assert Reach(short).verdicts() == ["yes", "yes", "yes", "no"]
    [found] = errors(short)
    assert found.startswith("pages/3: ")
    assert "たどり着けません" in found


def test_what_stands_behind_a_stop_for_everybody_is_unreachable(short):
    short["pages"].insert(1, {"key": "stop", "stop": {"ja": "終わり"}})
    assert Reach(short).verdicts() == ["yes", "yes", "no", "no", "no"]
    short["pages"][1]["when"] = {"q0": {"is": "no"}}
    assert Reach(short).verdicts() == ["yes"] * 5


def test_what_is_asked_of_nobody_can_still_be_unanswered(short):
    short["pages"][3]["when"] = {"q2": {"answered": False}}
    assert Reach(short).verdicts() == ["yes"] * 4
    short["pages"][3]["when"] = {"q0": {"answered": False}}
    assert Reach(short).verdicts()[3] == "no"


@pytest.mark.parametrize(
    ("question", "when", "verdict"),
    [
        ({"kind": "number", "max": 5}, {"at_least": 5}, "yes"),
        ({"kind": "number", "max": 5}, {"at_least": 6}, "no"),
        ({"kind": "number", "min": 2}, {"at_most": 1}, "no"),
        ({"kind": "date"}, {"at_least": "2026-04-01"}, "yes"),
        ({"kind": "tick"}, {"is": True}, "yes"),
        ({"kind": "people", "from": "household.children"}, {"at_least": 3}, "yes"),
        ({"kind": "text"}, {"is": "x"}, "yes"),
        ({"kind": "text", "required": False}, {"answered": False}, "yes"),
        ({"kind": "choices", "choices": [{"key": "a"}, {"key": "b"}]}, {"at_least": 2}, "yes"),
        ({"kind": "choices", "choices": [{"key": "a"}, {"key": "b"}]}, {"at_least": 3}, "no"),
    ],
)
def test_every_kind_of_answer_is_thought_of(question, when, verdict):
    asked = {"q": question, "r": {"kind": "text"}}
    pages = [{"key": "a", "ask": ["q"]}, {"key": "b", "ask": ["r"], "when": {"q": when}}]
    assert Reach({"pages": pages, "questions": asked}).verdicts() == ["yes", verdict]


def test_whatever_is_called_reachable_is_reached_by_the_answers_found():
    definition = catalogue.written(CLAIM).stored()
    procedure, reach = Procedure.model_validate(definition), Reach(definition)
    verdicts = reach.verdicts()
    assert set(verdicts) == {"yes"}
    for place, answers in reach.found.items():
        given = {key: value for key, value in answers.items() if isinstance(value, str | int | bool | list)}
        assert definition["pages"][place]["key"] in [page.key for page in rules.pages(procedure, given)]


def test_a_chain_of_a_thousand_pages_is_followed_to_its_end():
    assert Reach(chain(1000)).verdicts() == ["yes"] * 1000


def test_conditions_that_wait_for_each_other_are_named_as_a_circle(short):
    short["pages"][1]["when"] = {"q3": {"is": "yes"}}
    assert circles(short) == [[1, 3, 2]]
    found = errors(short)
    assert any("循環" in each and "質問3ですか" in each for each in found)
    assert any("あとの画面の質問「質問3ですか」" in each for each in found)


def test_a_condition_on_an_answer_nobody_can_give_is_told(short):
    short["pages"][1]["when"] = {"q0": {"is": "maybe"}}
    assert any("maybe" in each and "選択肢にありません" in each for each in errors(short))


def test_conditions_that_are_none_and_unknown_questions_do_not_break_the_checks(short):
    short["pages"][1]["when"] = {"q0": {"looks": "good"}}
    short["pages"][2]["when"] = {"nobody": {"is": "yes"}}
    found = errors(short)
    assert any(each.startswith("pages/1/when") for each in found)
    assert any("どの画面にもない質問「nobody」" in each for each in found)


def test_missing_translations_are_told_of_the_part_that_lacks_them(short):
    short["questions"]["q1"]["label"] |= {"ja-easy": "しつもん", "en": "Question"}
    told = [f for f in checks.of(short) if "訳がありません" in f.words]
    assert {"questions/q0", "questions/q2"} <= {f.at for f in told}
    assert "questions/q1" not in {f.at for f in told}


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("？", "言葉がありません"),
        ("あ" * 81, "長すぎます"),
        ("赤い欄に書いてください", "色や位置"),
        ("こちら", "色や位置"),
    ],
)
def test_labels_that_somebody_cannot_use_are_told(short, label, said):
    short["questions"]["q1"]["label"]["ja"] = label
    assert any(f.at == "questions/q1" and said in f.words for f in checks.of(short))


def test_two_questions_of_one_page_that_sound_alike_are_told(short):
    short["pages"] = [{"key": "p", "ask": ["q0", "q1"]}]
    short["questions"] = {key: short["questions"][key] for key in ("q0", "q1")}
    short["questions"]["q1"]["label"] = short["questions"]["q0"]["label"]
    assert any("同じ文の質問" in f.words for f in checks.of(short))


def test_what_a_modules_calculation_reads_must_stay():
    file = catalogue.written(CLAIM).stored()
    changed = copy.deepcopy(file)
    changed["questions"]["living"]["kind"] = "text"
    changed["questions"]["pension"]["choices"] = changed["questions"]["pension"]["choices"][:1]
    found = errors(changed, Known(file=file))
    assert any(each.startswith("questions/living: ") and "変えられません" in each for each in found)
    assert any(each.startswith("questions/pension: ") and "残してください" in each for each in found)


def test_names_the_ward_does_not_know_are_told(short):
    short["questions"]["q0"]["fact"] = "shoe_size"
    short["decide"]["outcomes"][0]["message"] = "no/such"
    known = Known(departments={"somu"}, facts={"name"}, templates={"decide/outcome"}, options=lambda name: [])
    found = " ".join(errors(short, known))
    assert "shoe_size" in found
    assert "no/such" in found
    assert "kosodate" in found
