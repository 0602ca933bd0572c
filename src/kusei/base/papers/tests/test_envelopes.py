"""Window envelopes: where the address stands on the sheet, read from the PDF in millimetres."""

import pytest
import typst

from kusei.base.papers import envelopes, pdf
from kusei.base.papers.tests.reading import glyphs
from kusei.base.papers.tests.test_pdf import PLAIN

LAYOUT = "child_allowance/refused"
LONG = {
    "postal": "130-0001",
    "lines": [
        "東京都墨田区東向島三丁目三十五番二十六号一〇二号棟",
        "メゾン・ド・スミダガワリバーサイドガーデンテラス壱番館 1203号室 見本方",
    ],
    "name": "ヴァンデンブルックスミス アレクサンドリアマリアテレジア",
}


def address(envelope: str, addressee: dict):
    """The glyphs in the left half of the sheet's upper third, where nothing but the address may be."""
    content = pdf.render(LAYOUT, PLAIN | {"envelope": envelope, "addressee": addressee})
    return [glyph for glyph in glyphs(content) if glyph.x < 120 and glyph.y < 62]


@pytest.mark.parametrize("envelope", sorted(envelopes.ENVELOPES))
@pytest.mark.parametrize("addressee", [PLAIN["addressee"], LONG], ids=["usual", "long"])
def test_the_whole_address_stands_in_the_window(envelope, addressee):
    window = envelopes.ENVELOPES[envelope]
    found = address(envelope, addressee)
    assert len(found) >= sum(map(len, [*addressee["lines"], addressee["name"]]))
    assert min(glyph.x for glyph in found) >= window.left - 0.01
    assert min(glyph.y - 0.88 * glyph.size for glyph in found) >= window.top - 0.01
    assert max(glyph.x + glyph.width for glyph in found) <= window.left + window.width + 0.1
    assert max(glyph.y + 0.12 * glyph.size for glyph in found) <= window.top + window.height + 0.01


def test_the_window_lies_in_the_upper_third_that_is_folded_outwards():
    window = envelopes.ENVELOPES[envelopes.NAGA3]
    assert window.top + window.height + envelopes.MARGIN <= 99
    assert window.left + window.width + envelopes.MARGIN <= 210


def test_nothing_else_of_the_letter_shows_in_the_window():
    window = envelopes.ENVELOPES[envelopes.NAGA3]
    everything = glyphs(pdf.render(LAYOUT, PLAIN | {"addressee": {"postal": "", "lines": ["一"], "name": "二"}}))
    shown = [
        glyph
        for glyph in everything
        if glyph.x < window.left + window.width + envelopes.MARGIN
        and glyph.y < window.top + window.height + envelopes.MARGIN
    ]
    assert len(shown) == len("一二　様")


def test_an_address_that_fits_no_window_stops_the_paper_and_is_not_cut_off():
    with pytest.raises(typst.TypstError, match="does not fit the window"):
        pdf.render(LAYOUT, PLAIN | {"addressee": {"postal": "", "lines": ["長い住所" * 20] * 9, "name": "氏名"}})


def test_an_envelope_nobody_knows_is_refused():
    with pytest.raises(KeyError):
        pdf.render(LAYOUT, PLAIN | {"envelope": "c5"})


def test_the_seal_stands_where_the_note_would(settings, tmp_path):
    plain = glyphs(pdf.render(LAYOUT, PLAIN))
    settings.SEAL = tmp_path / "seal.svg"
    settings.SEAL.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="none" stroke="#c00"/></svg>'
    )
    sealed = glyphs(pdf.render(LAYOUT, PLAIN))
    assert len(plain) - len(sealed) == len("（公印省略）")
