"""The way through the pages: what is shown, what lacks, what is submitted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.ask import catalogue, rules

CLAIM = catalogue.written("child_allowance/claim")
FULL = {
    "claimant": "correct",
    "phone": "0312345678",
    "children": [{"party_id": "x"}],
    "living": "together",
    "older": "no",
    "spouse": "none",
    "pension": "national",
    "bank": {"number": "1234567"},
    "bank_document": [{"attachment": "a"}],
    "agreement": ["true", "checks"],
}
some_answers = st.fixed_dictionaries(
    {},
    optional={
        key: st.sampled_from([choice.key for choice in question.choices])
        for key, question in CLAIM.questions.items()
        if question.kind in ("choice", "known")
    }
    | {"older_count": st.integers(1, 9)},
)


def keys(answers):
    return [page.key for page in rules.pages(CLAIM, answers)]


def test_everything_answered_leaves_nothing_open():
    assert rules.first_open(CLAIM, FULL) is None
    assert "you-differs" not in keys(FULL)
    assert "spouse-claims" not in keys(FULL)


@pytest.mark.parametrize("key", FULL)
def test_a_missing_answer_is_found(key):
    without = {k: v for k, v in FULL.items() if k != key}
    assert rules.first_open(CLAIM, without).ask == [key]


def test_a_stop_page_keeps_from_submitting():
    assert rules.first_open(CLAIM, {**FULL, "spouse": "spouse_more"}).key == "spouse-claims"
    assert rules.first_open(CLAIM, {**FULL, "pension": "public_servant"}).key == "public-servant"


def test_an_answer_on_a_page_that_has_gone_is_not_submitted():
    changed = {**FULL, "claimant": "correct", "claimant_note": "古い名前です"}
    assert "claimant_note" not in rules.relevant(CLAIM, changed)
    assert "claimant_note" in rules.relevant(CLAIM, {**changed, "claimant": "differs"})


@given(some_answers)
def test_what_is_relevant_shows_the_same_pages(answers):
    assert keys(rules.relevant(CLAIM, answers)) == keys(answers)
