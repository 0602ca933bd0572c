"""Fees and years by the table, and the days on which permits end."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.kernel.offers import registry
from kusei.counter.food_business import queries, rules

DAY = date(2026, 6, 1)


def test_the_table_has_the_32_kinds_of_the_cabinet_order_and_words_for_each():
    table = queries.table(DAY)
    assert sorted(kind.number for kind in table.kinds.values()) == list(range(1, 33))
    assert [option.key for option in registry.options(queries.KINDS, None)] == list(table.kinds)
    with pytest.raises(LookupError):
        queries.table(date(2021, 5, 31))


@pytest.mark.parametrize(
    ("kinds", "renewal", "yen"),
    [
        (["restaurant"], False, 17_600),
        (["restaurant"], True, 14_000),
        (["restaurant", "confectionery"], False, 33_000),
        (["side_dish_combined"], True, 28_000),
        (["cooking_machine", "cooking_machine"], False, 6_800),
        ([], False, 0),
    ],
)
def test_each_kind_pays_its_fee_once(kinds, renewal, yen):
    assert rules.fee(queries.table(DAY), kinds, renewal=renewal) == yen


@pytest.mark.parametrize(("points", "years"), [(0, 5), (3, 5), (4, 6), (6, 6), (7, 7), (9, 7), (10, 8), (12, 8)])
def test_points_give_years(points, years):
    assert rules.years(queries.table(DAY), points) == years


@pytest.mark.parametrize("points", [-1, 13])
def test_points_that_there_are_not_give_none(points):
    with pytest.raises(ValueError, match="points"):
        rules.years(queries.table(DAY), points)


def test_a_permit_ends_the_day_before_its_date_years_later():
    assert rules.last_day(date(2026, 6, 1), 5) == date(2031, 5, 31)
    assert rules.last_day(date(2027, 1, 1), 6) == date(2032, 12, 31)
    assert rules.last_day(date(2028, 2, 29), 5) == date(2033, 2, 28)
    assert rules.last_day(date(2028, 2, 29), 8) == date(2036, 2, 28)


@given(st.dates(date(2021, 6, 1), date(2100, 1, 1)), st.integers(5, 8))
def test_a_permit_never_holds_for_less_than_its_years_less_a_day(first, years):
    held = (rules.last_day(first, years) - first).days + 1
    assert 365 * years <= held <= 366 * years
