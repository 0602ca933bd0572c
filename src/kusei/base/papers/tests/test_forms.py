"""Variation sequences (異体字, IVS): the form that is asked for is the form that is printed, read from the outlines in the PDF."""

import pytest
from fontTools.ttLib import TTFont

from kusei.base.papers import fonts, pdf
from kusei.base.papers.tests.reading import glyphs, outline
from kusei.base.papers.tests.test_pdf import PLAIN

HITO, KATSU = 0xE0100, 0xE0101  # Adobe-Japan1: 葛 with 人 below (CID 1481), 葛 with ヒ (CID 7652)
LAYOUT = "papers/notice"
SHELF = PLAIN | {"body": "", "title": "", "number": "", "date": "", "issuer": "", "check_address": "", "check_code": ""}


def wanted(face: fonts.Face, character: str, selector: int = 0) -> tuple:
    """The outline that the font itself, asked by its table of variation sequences, has for the form."""
    font = fonts._japanese(face.path)
    name = font.getBestCmap()[ord(character)]
    if selector:
        table = next(table for table in font["cmap"].tables if table.format == 14)
        name = dict(table.uvsDict[selector])[ord(character)] or name
    drawn = outline(font, name)
    font.close()
    return drawn


def printed(text: str) -> list[tuple]:
    """The outlines of a paper that says `text`, and nothing else that the layout would not say anyway."""
    return [glyph.outline for glyph in glyphs(pdf.render(LAYOUT, PLAIN | {"body": text}))]


@pytest.fixture(scope="module")
def ipaex() -> fonts.Face:
    return fonts.faces()[0]


def test_each_form_of_katsu_is_printed_as_it_was_asked_for(ipaex):
    """葛, 葛󠄀 (the trap) and 葛󠄁: two of the three are the same glyph in this font, and the third is not."""
    plain, hito, katsu = wanted(ipaex, "葛"), wanted(ipaex, "葛", HITO), wanted(ipaex, "葛", KATSU)
    assert hito != plain
    for text, form, others in (
        ("葛", plain, {hito} - {plain}),
        ("葛" + chr(HITO), hito, {plain}),
        ("葛" + chr(KATSU), katsu, {plain, hito} - {katsu}),
    ):
        found = printed(f"東京都{text}飾区")
        assert found.count(form) == 1, text
        assert not others & set(found), text


def test_forms_of_one_character_stand_side_by_side(ipaex):
    text = f"葛{chr(HITO)}葛葛{chr(HITO)}"
    hito, plain = wanted(ipaex, "葛", HITO), wanted(ipaex, "葛")
    assert [each for each in printed(text) if each in (hito, plain)] == [hito, plain, hito]


def test_a_form_that_only_the_second_font_has_is_printed_from_it():
    """The registers' own forms (Moji_Joho) are in IPAmj明朝: that one character is set in it, the base form of the first font never."""
    mj = next((face for face in fonts.faces() if face.family == "IPAmjMincho"), None)
    if not mj:
        pytest.skip("IPAmj明朝 is not installed")
    content = pdf.render(
        LAYOUT,
        PLAIN
        | {"body": f"葛{chr(0xE0102)}西", "addressee": {"postal": "", "lines": ["無"], "name": f"葛{chr(0xE0102)}"}},
    )
    found = glyphs(content)
    form = wanted(mj, "葛", 0xE0102)
    assert [each.family for each in found if each.outline == form] == ["IPAmjMincho", "IPAmjMincho"]
    assert wanted(fonts.faces()[0], "葛") not in [each.outline for each in found]


@pytest.mark.parametrize("selector", [0xE0120, 0xE01EF, 0xFE00])
def test_a_selector_that_no_font_knows_is_refused_and_not_printed_as_the_base_form(selector):
    with pytest.raises(pdf.Unprintable) as refused:
        pdf.render(LAYOUT, PLAIN | {"body": f"葛{chr(selector)}飾区"})
    assert refused.value.characters == ["葛" + chr(selector)]
    assert f"U+845B+U+{selector:04X}" in str(refused.value)


def test_without_the_wards_fonts_their_forms_are_refused(monkeypatch):
    """Kusei's packages bring IPAexGothic alone: what it lacks is refused there, and the lack is told."""
    monkeypatch.setattr(fonts, "faces", lambda: (alone,), raising=True) if (
        alone := fonts._face(fonts.ipaex())
    ) else None
    assert fonts.missing("葛" + chr(HITO)) == []
    assert fonts.missing("葛" + chr(0xE0102)) == ["葛" + chr(0xE0102)]
    assert [each.split()[0] for each in fonts.lacks()] == ["Noto", "IPAmj明朝"]


def test_every_character_of_personal_names_is_printable(ipaex):
    """人名用漢字 that are hard to come by; the table of 863 is the Ministry of Justice's (戸籍法施行規則 別表第二), of which these are the newest."""
    assert fonts.missing("渾巫穹祷禱穣塡頰剝瘦痩彙鷗麴蠟瀆噓俠俱吞姸屛幷搔攪枡檜灯", (ipaex,)) == []


def test_blank_boxes_are_not_printed():
    """Whatever `missing` lets through has an outline in the PDF that is not the box of a missing glyph."""
    font = TTFont(fonts.ipaex())
    box = outline(font, font.getGlyphOrder()[0])
    font.close()
    assert box not in printed("墨田髙﨑𠮟𩸽①㈱℡〒々〆ヶ")
