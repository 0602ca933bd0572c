"""Until when one books or changes, and how a day is cut into slots. Bookings themselves are tested where something is booked (food businesses)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from kusei.base.book import rules
from kusei.base.kernel.clock import JAPAN


def at(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=JAPAN)


@pytest.mark.parametrize(
    ("starts", "working_days", "latest"),
    [
        (at(6, 10, 9), 1, at(6, 10)),  # a Wednesday: all of Tuesday
        (at(6, 8, 9), 1, at(6, 6)),  # a Monday: all of Friday
        (at(5, 7, 9), 1, at(5, 2)),  # after 憲法記念日 … its 振替休日: all of Friday, 1 May
        (at(6, 10, 9), 3, at(6, 6)),
        (at(6, 10, 9), 0, at(6, 10)),  # the day itself, from midnight on: too late
    ],
)
def test_the_end_of_the_working_day_before(starts, working_days, latest):
    assert rules.latest(starts, working_days) == latest
    assert rules.latest(starts.astimezone(UTC), working_days) == latest


def test_slots_follow_each_other_and_end_with_the_day():
    slots = list(rules.times(date(2026, 6, 10), time(9, 30), 3, 45))
    assert slots[0][0] == at(6, 10, 9) + timedelta(minutes=30)
    assert [end - begin for begin, end in slots] == [timedelta(minutes=45)] * 3
    assert [end for _begin, end in slots[:-1]] == [begin for begin, _end in slots[1:]]
    with pytest.raises(ValueError, match="past midnight"):
        list(rules.times(date(2026, 6, 10), time(23, 0), 2, 30))
