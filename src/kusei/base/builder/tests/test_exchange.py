"""Files between wards: what goes out comes back the same; what is hostile is refused with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.ask import catalogue
from kusei.base.builder import exchange
from kusei.base.builder.tests.conftest import CLAIM, chain
from kusei.base.builder.tests.test_checks import WRITTEN

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize("slug", WRITTEN)
def test_what_is_exported_is_imported_as_it_was(slug):
    definition = catalogue.written(slug).stored()
    assert exchange.imported(exchange.dumped(definition)) == definition


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**16), 10**16) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_any_plain_value_survives_the_file(value):
    assert exchange.parsed(exchange.dumped(value)).value == value


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (BOMB, 1, "アンカー"),
        ("a: 1\nb: *a\n", 2, "アンカー"),
        ("a: 1\nb: !!python/object/apply:os.system ['id']\n", 2, "タグ"),
        ("a: 1\nb: !!binary aGk=\n", 2, "タグ"),
        ("a: 1\n<<: {b: 2}\n", 2, "<<"),
        ("a: 1\nb: 2\na: 3\n", 3, "2回"),
        ("a: 1\n---\nb: 2\n", 2, "2つめ"),
        ("a: 1\n? [x]\n: 2\n", 2, "項目の名前"),
        ("a: 1\nb: 1.5\n", 2, "引用符"),
        ("a: 1\nb: .inf\n", 2, "引用符"),
        ("a: 1\nb: [1, 2\n", 3, "読めません"),
        ("a: 1\nb: " + "[" * 40 + "]" * 40, 2, "深すぎ"),
        ("a: 1\nb: 99999999999999999999999\n", 2, "引用符"),
    ],
)
def test_what_has_no_business_in_a_procedure_is_refused_with_its_line(text, line, said):
    with pytest.raises(exchange.Unreadable) as refused:
        exchange.parsed(text)
    assert said in str(refused.value)
    assert f"{line}行目" in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "\x00", "a\x07b", "[" * 5000, "x" * (exchange.MOST_BYTES + 1), "- a", "だけ", "\ud800"]
)
def test_nonsense_is_refused_in_words(text):
    with pytest.raises(exchange.Unreadable):
        exchange.imported(text)


def test_a_file_that_is_no_text_is_refused():
    with pytest.raises(exchange.Unreadable, match="2行目"):
        exchange.decoded(b"title: a\n" + "日本".encode("shift_jis"))
    assert exchange.decoded("\ufefftitle".encode()) == "title"


def test_every_fault_of_a_procedure_is_told_with_its_line():
    text = exchange.dumped(chain(2)).replace("within: 5", "within: soon").replace("kind: choice", "kind: chioce", 1)
    lines = text.splitlines()
    with pytest.raises(exchange.Unreadable) as refused:
        exchange.imported(text)
    within = next(n for n, line in enumerate(lines, 1) if "soon" in line)
    kind = next(n for n, line in enumerate(lines, 1) if "chioce" in line)
    told = str(refused.value).splitlines()
    assert any(each.startswith(f"{within}行目：decide/within：整数") for each in told)
    assert any(each.startswith(f"{kind}行目：questions/q0/kind：次のどれか") for each in told)


@pytest.mark.parametrize("questions", ["[1, 2]", "x", "{a: 1}", "{a: {use: no_such}}", "{a: {use: [x]}}"])
def test_questions_of_a_wrong_shape_are_refused(questions):
    with pytest.raises(exchange.Unreadable):
        exchange.imported(f"title: {{ja: x}}\nquestions: {questions}\n")


def test_a_ward_may_share_questions_by_name():
    text = exchange.dumped(catalogue.written(CLAIM).stored())
    begun = text.index("  phone:\n")
    end = text.index("\n  ", text.index("03-1234-5678", begun))
    assert exchange.imported(text)["questions"]["phone"]["kind"] == "phone"
    assert end > begun
