"""CSV that a spreadsheet opens as what it is."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.record.sheets import FORMULA, armed, cell, csv_bytes

TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\n\x00"))


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+81", "-1+2", "@SUM(A1)", "\tx", "\rx", "＝1", "＠x"])
def test_text_that_would_run_as_a_formula_is_disarmed(text):
    assert cell(text) == "'" + text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-5, "-5"),
        (None, ""),
        (date(2026, 4, 1), "2026-04-01"),
        (datetime(2026, 3, 31, 15, 0, tzinfo=UTC), "2026-04-01T00:00:00+09:00"),
    ],
)
def test_numbers_dates_and_nothing_are_plain(value, shown):
    assert cell(value) == shown


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=5))
def test_what_is_written_is_read_back_and_no_cell_is_a_formula(rows):
    content = csv_bytes(["甲", "乙"], rows)
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [[armed(text) for text in row] for row in read[1:]] == rows
    assert not any(text.startswith(FORMULA) for row in read for text in row)


@given(st.text("'=+@a", max_size=5))
def test_apostrophes_before_formulas_come_back_as_they_were(text):
    assert armed(cell(text)) == text
