"""What a place costs: the amounts that 福生市 publishes for 福生駅東口地下自転車駐車場."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.kernel import tables
from kusei.counter.bicycle_parking.rules import MONTHS, Tariff, due_on, fare, term

TARIFF = tables.in_force("bicycle_parking", Tariff, "setagaya", date(2026, 11, 21))
PUBLISHED = {
    ("bicycle", False): (2000, 6000, 12000),
    ("bicycle", True): (1000, 3000, 6000),
    ("moped", False): (3000, 9000, 18000),
}


@pytest.mark.parametrize(("vehicle", "student"), PUBLISHED)
def test_fares_are_those_published(vehicle, student):
    assert tuple(fare(TARIFF, vehicle, n, student=student) for n in MONTHS) == PUBLISHED[vehicle, student]


def test_a_student_on_a_moped_pays_as_everybody():
    assert fare(TARIFF, "moped", 3, student=True) == 9000


@pytest.mark.parametrize("ground", TARIFF.exempt)
@pytest.mark.parametrize("months", MONTHS)
def test_whoever_the_city_exempts_pays_nothing(ground, months):
    assert fare(TARIFF, "bicycle", months, ground=ground) == 0


def test_no_table_no_fare():
    with pytest.raises(LookupError):
        tables.in_force("bicycle_parking", Tariff, "setagaya", date(2020, 3, 31))
    with pytest.raises(KeyError):
        fare(TARIFF, "bicycle", 2)


@pytest.mark.parametrize(
    ("paid", "months", "first", "last"),
    [("2026-11-21", 1, "2026-12-01", "2026-12-31"), ("2026-12-31", 3, "2027-01-01", "2027-03-31"), ("2027-08-01", 6, "2027-09-01", "2028-02-29")],
)  # fmt: skip
def test_a_term_is_whole_months_from_the_next(paid, months, first, last):
    assert term(date.fromisoformat(paid), months) == (date.fromisoformat(first), date.fromisoformat(last))


@given(st.dates(date(2021, 1, 1), date(2090, 1, 1)), st.sampled_from(MONTHS))
def test_a_term_begins_after_the_payment_and_lasts_its_months(day, months):
    first, last = term(day, months)
    assert day < first <= last
    assert 28 * months <= (last - first).days + 1 <= 31 * months
    assert due_on(TARIFF, day) > day
