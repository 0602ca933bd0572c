"""Conditions: what is well formed, what holds, what they look at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.ask.conditions import holds, questions_in, well_formed

leaves = st.one_of(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", "z"])).map(lambda p: {p[0]: {"is": p[1]}}),
    st.tuples(st.sampled_from("abc"), st.lists(st.sampled_from("xyz"), max_size=3)).map(lambda p: {p[0]: {"in": p[1]}}),
    st.tuples(st.sampled_from("abc"), st.booleans()).map(lambda p: {p[0]: {"answered": p[1]}}),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=8,
)
answers = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["x", "y", "z", "", None]))


@given(trees, answers)
def test_not_turns_every_condition_round(tree, given_answers):
    assert holds({"not": tree}, given_answers) is not holds(well_formed(tree), given_answers)


@given(trees, answers)
def test_only_the_questions_named_matter(tree, given_answers):
    named = {key: value for key, value in given_answers.items() if key in questions_in(tree)}
    assert holds(tree, named) == holds(tree, given_answers)


@pytest.mark.parametrize(
    ("tree", "answer", "expected"),
    [
        ({"n": {"at_least": 3}}, 3, True),
        ({"n": {"at_least": 3}}, 2, False),
        ({"n": {"at_least": 3}}, None, False),
        ({"n": {"at_most": 2}}, [1, 2, 3], False),
        ({"n": {"at_least": "2026-04-01"}}, "2026-04-01", True),
        ({"n": {"at_most": "2026-04-01"}}, "not a date", False),
        ({"n": {"has": "a"}}, ["a", "b"], True),
        ({"n": {"has": "a"}}, "a", False),
        ({"n": {"answered": False}}, [], True),
        ({"n": {"in": ["a"]}}, "b", False),
    ],
)
def test_a_condition_holds_or_not(tree, answer, expected):
    assert holds(well_formed(tree), {"n": answer}) is expected


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"a": {"is": 1}, "b": {"is": 2}},
        {"all": []},
        {"any": {"a": {"is": 1}}},
        {"a": "x"},
        {"a": {"like": "x"}},
        {"a": {"in": "x"}},
        [],
        {"not": {}},
    ],
)
def test_what_is_not_a_condition_is_refused(tree):
    with pytest.raises(ValueError, match=r"condition|needs|can't be"):
        well_formed(tree)
