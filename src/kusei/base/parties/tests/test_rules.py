"""Names and places in one form."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.parties import rules
from kusei.base.parties.rules import are_children, plain, plain_kana, plain_name, plain_place


@pytest.mark.parametrize(
    ("town", "block"),
    [
        ("吾妻橋一丁目", "23番20号"),
        ("吾妻橋1丁目", "23-20"),
        ("吾妻橋１丁目", "２３番地２０"),
        ("吾妻橋１", "２３ー２０"),
        ("吾妻橋 1", "23 - 20"),
        ("吾妻橋一丁目", "23番地の20"),
        ("吾妻橋１", "２３−２０号"),
        ("吾妻橋1-", "23‐20"),
    ],
)
def test_one_place_however_it_is_written(town, block):
    assert plain_place(town, block) == "吾妻橋1-23-20"


@pytest.mark.parametrize(
    ("town", "block", "kept"),
    [
        ("吾妻橋十一丁目", "2番", "吾妻橋11-2"),
        ("吾妻橋二十丁目", "2", "吾妻橋20-2"),
        ("八広一丁目", "1番1号", "八広1-1-1"),
        ("三田", "2番", "三田2"),
        ("千束五丁目", "一", "千束5-一"),
        ("センター町", "1", "センター町1"),
        ("", "", ""),
    ],
)
def test_numbers_are_read_only_where_they_count(town, block, kept):
    assert plain_place(town, block) == kept


def test_different_places_stay_different():
    places = [
        ("本所一丁目", "1番12号"),
        ("本所一丁目", "11番2号"),
        ("本所十一丁目", "1番2号"),
        ("本所一丁目", "1番1号2"),
    ]
    assert len({plain_place(*place) for place in places}) == len(places)


@pytest.mark.parametrize("typed", ["スミダ　ハナコ", "ｽﾐﾀﾞ ﾊﾅｺ", "すみだはなこ", " スミダ ハナコ "])
def test_one_reading_however_it_is_written(typed):
    assert plain_kana(typed) == "スミダハナコ"


def test_latin_names_lose_case_and_spaces():
    assert plain_name("NGUYEN Văn An") == plain_name("Nguyen　văn　an")


@pytest.mark.parametrize("variant", ["\ufa19", "\uf929", "\U0002f800", "辻\U000e0100", "髙", "﨑"])
def test_variants_of_characters_are_left_alone(variant):
    assert plain(variant) == variant


@given(st.text(max_size=30))
def test_plain_is_settled_after_once(text):
    assert plain(plain(text)) == plain(text)
    assert not any(c.isspace() for c in plain(text))


@given(st.text(alphabet=st.characters(max_codepoint=0xF8FF, exclude_categories=["Cs"]), max_size=30))
def test_without_variants_the_width_typed_makes_no_difference(text):
    assert plain(unicodedata.normalize("NFKC", text)) == plain(text)


@pytest.mark.parametrize(
    ("own", "other", "theirs"),
    [
        ("世帯主", "子", True),
        ("妻", "子", True),
        ("夫", "妻の子", True),
        ("世帯主", "子の子", False),
        ("子", "子の子", True),
        ("長男", "子の子", True),
        ("子の妻", "子の子", True),
        ("母", "子", False),
        ("同居人", "子", False),
        ("", "子", False),
    ],
)
def test_children_follow_from_both_relationships(own, other, theirs):
    assert are_children(own, other) is theirs


@pytest.mark.parametrize("number", ["7000012050002", "1000012030001", "8000012010038"])
def test_published_corporate_numbers_hold_and_with_any_digit_changed_do_not(number):
    assert rules.is_corporate_number(number)
    for place in range(13):
        other = str((int(number[place]) + 1) % 9 or 9)
        changed = number[:place] + other + number[place + 1 :]
        assert not rules.is_corporate_number(changed)


@pytest.mark.parametrize(
    "text", ["", "700001205000", "70000120500022", "０００００００００００００", "0000012050002", "x000012050002"]
)
def test_other_texts_are_no_corporate_numbers(text):
    assert not rules.is_corporate_number(text)


@pytest.mark.parametrize("written", ["髙橋", "髙󠄀橋", "高橋", "高　橋"])
def test_variants_are_searched_under_their_common_form(written):
    assert rules.search_name(written) == "高橋"


def test_compatibility_ideographs_fold_too():
    assert rules.search_name("\ufa19田") == "神田"
    assert rules.search_name("\uf9c4") == rules.search_name("龍") == "竜"
