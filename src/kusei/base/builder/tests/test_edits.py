"""What can be done to a definition leaves the old one as it was, and refuses what would break it."""

import copy

import pytest

from kusei.base.ask.schema import Procedure
from kusei.base.builder import edits, tree
from kusei.base.builder.tests.conftest import chain
from kusei.base.kernel.errors import Invalid


@pytest.fixture
def short():
    return chain(3)


def test_a_new_procedure_is_whole_from_the_start():
    assert Procedure.model_validate(edits.empty("somu", "道路の催し")).applicant == "name"


def test_nothing_is_changed_in_place(short):
    before = copy.deepcopy(short)
    edits.add_page(short, "")
    edits.add_question(short, 1, "", "text", "文")
    edits.move(short, "pages/0", 1)
    edits.move(short, "questions/q0/choices/0", 1)
    edits.remove(short, "questions/q2")
    edits.add_item(short, "law", {})
    edits.add_item(short, "guide", {}, "fee")
    edits.put_on_page(short, "q1", 0)
    edits.set_condition(short, 1, None)
    assert short == before


def test_added_and_moved_to_where_it_was_wanted(short):
    made = edits.add_question(edits.add_page(short, "last"), 3, "", "phone", " 電話 ")
    assert made["pages"][3] == {"key": "last", "ask": ["q4"]}
    assert made["questions"]["q4"] == {"kind": "phone", "label": {"ja": "電話"}}
    assert [page["key"] for page in edits.move(made, "pages/3", -1)["pages"]] == ["p0", "p1", "last", "p2"]
    assert edits.move(made, "pages/3", 1)["pages"] == made["pages"]
    assert edits.put_on_page(made, "q4", 0)["pages"][0]["ask"] == ["q0", "q4"]


def test_what_a_condition_asks_for_stays_until_the_condition_goes(short):
    with pytest.raises(Invalid, match="p1"):
        edits.remove(short, "questions/q0")
    with pytest.raises(Invalid, match="p2"):
        edits.remove(short, "pages/1")
    freed = edits.set_condition(short, 1, None)
    assert "q0" not in edits.remove(freed, "pages/0")["questions"]
    assert "applicant" not in edits.remove(freed, "pages/0")


@pytest.mark.parametrize("key", ["Q", "q 1", "質問", "q0", "-x", "x" * 61])
def test_bad_and_taken_keys_are_refused(short, key):
    with pytest.raises(Invalid):
        edits.add_question(short, 0, key, "text", "文")


@pytest.mark.parametrize(
    "at",
    [
        "nothing",
        "pages/9",
        "pages/x",
        "pages/-1",
        "questions/none",
        "title/ja",
        "pages/0/ask/0",
        "questions/q0/label/ja",
        "decide/x",
    ],
)
def test_nothing_stands_at_addresses_that_were_made_up(short, at):
    with pytest.raises(tree.NoSuchPart):
        tree.part(short, at)


@pytest.mark.parametrize(
    "at", ["pages/9", "pages/x", "questions/none", "law/0", "guide/fee", "pages/0/ask/7", "x/y", ""]
)
def test_what_is_not_there_cannot_be_removed(short, at):
    with pytest.raises((tree.NoSuchPart, Invalid)):
        edits.remove(short, at)


def test_every_field_of_the_schema_has_a_shape_that_can_be_edited():
    seen, waiting = set(), [Procedure]
    while waiting:
        model = waiting.pop()
        if model in seen or model is tree.Text:
            continue
        seen.add(model)
        for slot in tree.slots(model).values():
            assert slot.shape.kind in (*tree.SIMPLE, "items", "table", "model"), (model, slot.name)
            if slot.shape.of:
                waiting.append(slot.shape.of)
    assert {"Page", "Question", "Choice", "Outcome", "RouteStep", "Law"} <= {model.__name__ for model in seen}
