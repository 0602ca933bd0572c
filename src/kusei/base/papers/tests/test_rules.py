"""Letters, numbers and check codes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.kernel.ids import check_code, read_check_code
from kusei.base.papers.rules import letter, number


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 21), "令8墨子第123号"),
        (date(2027, 3, 31), "令8墨子第123号"),
        (date(2027, 4, 1), "令9墨子第123号"),
        (date(2019, 4, 1), "令元墨子第123号"),  # the fiscal year bears the era it had at its end
    ],
)
def test_number_bears_the_fiscal_year(day, expected):
    assert number("墨子", day, 123) == expected


def test_letter_comes_from_ward_and_section():
    assert letter("墨田区", "子育て支援課") == "墨子"
    assert letter("北区", "") == "北"


@given(st.data())
def test_codes_are_read_however_they_are_typed(data):
    code = check_code()
    typed = data.draw(
        st.sampled_from(
            [code, code.lower(), code.replace("-", ""), f" {code} ", code.translate(str.maketrans("0123", "０１２３"))]
        )
    )
    assert read_check_code(typed) == code


@given(at=st.integers(0, 11), by=st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_no_single_slip_makes_another_code(at, by):
    plain = check_code().replace("-", "")
    slipped = plain[:at] + by + plain[at + 1 :]
    if slipped != plain and {slipped[at], plain[at]} != {"0", "Z"}:
        assert read_check_code(slipped) is None


@pytest.mark.parametrize("typed", ["", "7KQ4", "7KQ4-M2XC-9ABDE", "<script>", "　", "7KQ4-M2XC-9AB!" * 3])
def test_nonsense_is_no_code(typed):
    assert read_check_code(typed) is None
