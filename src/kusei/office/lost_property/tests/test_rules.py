"""How long things are kept."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.office.lost_property.rules import keep_until

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("noticed", "until"),
    [
        ("2026-11-20", "2027-02-20"),
        ("2026-02-28", "2026-05-31"),  # begins on 1 March, so May is whole
        ("2026-11-29", "2027-02-28"),  # begins on the 30th, which February lacks
        ("2026-11-30", "2027-02-28"),
        ("2027-11-29", "2028-02-29"),
        ("2026-08-31", "2026-11-30"),
        ("2026-12-31", "2027-03-31"),
    ],
)
def test_three_months_end_on_the_day_before_the_same_day(noticed, until):
    assert keep_until(date.fromisoformat(noticed), cheap=False) == date.fromisoformat(until)


def test_cheap_things_are_kept_for_two_weeks_after_the_day_of_the_notice():
    assert keep_until(date(2026, 12, 20), cheap=True) == date(2027, 1, 3)


@given(DAYS)
def test_the_owner_never_has_less_than_the_shortest_three_months(day):
    assert timedelta(days=89) <= keep_until(day, cheap=False) - day <= timedelta(days=92)
    assert keep_until(day, cheap=True) < keep_until(day, cheap=False)


@given(DAYS, DAYS)
def test_a_later_notice_never_ends_earlier(one, other):
    for cheap in (True, False):
        assert keep_until(min(one, other), cheap) <= keep_until(max(one, other), cheap)
