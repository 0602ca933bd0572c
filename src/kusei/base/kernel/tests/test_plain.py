"""Text as it may pass between installations: nothing hidden, names as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.kernel.plain import plain_text, plain_value


@pytest.mark.parametrize(
    ("given_text", "plain"),
    [
        ("か\u3099", "が"),
        ("\ufa19\ufa10 \U0002f800", "\ufa19\ufa10 \U0002f800"),
        ("葛\U000e0100飾", "葛\U000e0100飾"),
        ("a\u202eb\u200bc\ufeffd\x00e\x85f", "abcdef"),
        ("一行\r\n二行\r三行\t", "一行\n二行\n三行\t"),
        ("\ud800x", "x"),
    ],
)
def test_what_nobody_sees_goes_and_names_stay(given_text, plain):
    assert plain_text(given_text) == plain


@given(st.text())
def test_twice_is_once(text):
    assert plain_text(plain_text(text)) == plain_text(text)


def test_every_text_in_a_value_is_made_plain():
    assert plain_value({"a\u200b": ["か\u3099", 1, None, {"b": "x\u202e"}]}) == {"a": ["が", 1, None, {"b": "x"}]}
