"""Papers as PDF: the same for the same content, nothing printed that no font has, no text taken for an instruction."""

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from kusei.base.papers import fonts, pdf
from kusei.base.papers.fonts import Face

IPAEX = fonts.faces()[:1]


def face(family: str, characters: str, variants: set = frozenset()) -> Face:
    return Face(family, Path("/none"), frozenset(map(ord, characters)), frozenset(variants))


@pytest.mark.parametrize(
    "text", ["墨田 太郎", "髙橋 﨑子", "渡邊・渡邉・辻󠄀", "𠮟る", "Zoë Müller", "ﾔﾏﾀﾞ (123) ¥1,000", "一\n二"]
)
def test_common_names_can_be_printed_with_the_packaged_font_alone(text):
    assert fonts.missing(text, IPAEX) == []


def test_every_character_without_a_font_is_named_once():
    assert fonts.missing("\U0002a6d6山\U0002a6d6김", IPAEX) == ["\U0002a6d6", "김"]


def test_a_form_is_set_in_the_first_font_that_has_it():
    """Not in the font that has the base form: that one would print the base form without a word."""
    form = "葛" + chr(0xE0101)
    first, second = face("A", "葛"), face("B", "葛", {(ord("葛"), 0xE0101)})
    assert fonts.set_in(form, (second, first)) == fonts.Set([], [])
    assert fonts.set_in(form, (first, second)) == fonts.Set([], [(form, "B")])
    assert fonts.set_in(form, (first,)) == fonts.Set([form], [])


@pytest.mark.parametrize(
    "text",
    [
        "\U000e0100葛",
        "葛\U000e0100\U000e0101",
        "A\U000e0100",
        "葛\ufe0f",
        "\ue000",
        "\U000f0001",
        "葛\U000e01ef",
        "a\u0000",
    ],
)
def test_what_would_be_printed_as_something_else_is_missing(text):
    """A selector that selects nothing, one that no font knows, characters of private use, and those that show nothing."""
    assert fonts.missing(text)


def test_second_font_prints_what_the_first_lacks():
    assert fonts.missing("𠮷", (face("A", "山"), face("B", "𠮷"))) == []


PLAIN = {
    "title": "確認用",
    "number": "令8墨子第1号",
    "date": "令和8年11月21日",
    "issuer": "墨田区長",
    "addressee": {
        "postal": "130-0001",
        "lines": ["東京都墨田区吾妻橋一丁目1番1号", "見本荘 203号室"],
        "name": "墨田 花子",
    },
    "received": "令和8年11月2日",
    "receipt": "261102-7KQ4-M2XC",
    "facts": [["請求者", "墨田 花子"]],
    "reason": "理由",
    "appeal": ["教示"],
    "contact": {"department": "子育て支援課", "place": "", "phone": "03-0000-1230"},
    "check_code": "7KQ4-M2XC-9ABD",
    "check_address": "http://localhost/check",
}


def printed(content: bytes, tmp_path) -> str:
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    file = tmp_path / "paper.pdf"
    file.write_bytes(content)
    return subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout


def test_same_content_gives_the_same_bytes():
    assert pdf.render("child_allowance/refused", PLAIN) == pdf.render("child_allowance/refused", PLAIN)


def test_other_content_gives_other_bytes():
    other = PLAIN | {"reason": "別の理由"}
    assert pdf.render("child_allowance/refused", PLAIN) != pdf.render("child_allowance/refused", other)


def test_text_is_never_taken_for_an_instruction(tmp_path):
    sly = '#panic() *太字* $x$ ]] \\ " #read("/etc/passwd") {{ }} <b>'
    assert sly.replace(" ", "") in printed(
        pdf.render("child_allowance/refused", PLAIN | {"reason": sly}), tmp_path
    ).replace(" ", "").replace("\n", "")


def test_what_cannot_be_printed_is_refused_by_name():
    with pytest.raises(pdf.Unprintable) as refused:
        pdf.render("child_allowance/refused", PLAIN | {"reason": "外字\U000f0000"})
    assert refused.value.characters == ["\U000f0000"]


@pytest.mark.parametrize(
    "layout", ["papers/../pdf", "child_allowance/none", "nothing/granted", "child_allowance", "papers/letter.typ"]
)
def test_unknown_layouts_are_refused(layout):
    with pytest.raises(LookupError):
        pdf.layout_file(layout)


def test_notice_says_who_what_why_and_how_to_check(tmp_path):
    text = printed(pdf.render("child_allowance/refused", PLAIN), tmp_path)
    for expected in ("令8墨子第1号", "墨田 花子", "墨田区長", "理由", "教示", "7KQ4-M2XC-9ABD", "03-0000-1230"):
        assert expected in text


def test_one_page_holds_a_notice():
    with pikepdf.open(BytesIO(pdf.render("child_allowance/refused", PLAIN))) as paper:
        assert len(paper.pages) == 1
        assert paper.docinfo["/Title"] == "確認用 令8墨子第1号"
