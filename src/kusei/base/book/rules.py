"""When one may book, and until when one may change one's mind. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from kusei.base.kernel.calendar import is_business_day
from kusei.base.kernel.clock import JAPAN

HOLD = timedelta(minutes=15)
"""How long a place is held for somebody who has yet to confirm."""
MOMENT = timedelta(microseconds=1)


def latest(starts_at: datetime, working_days: int) -> datetime:
    """The moment until which a slot is booked, changed or cancelled by those outside the office: the end of the day that lies so many
    working days before it."""
    day, left = starts_at.astimezone(JAPAN).date(), working_days
    while left:
        day -= timedelta(days=1)
        left -= is_business_day(day)
    return datetime.combine(day + timedelta(days=bool(working_days)), time(0), JAPAN)


def times(day: date, first: time, count: int, minutes: int) -> Iterator[tuple[datetime, datetime]]:
    """The beginnings and ends of so many slots, one after the other. Raises ValueError where they would run past midnight."""
    begin = datetime.combine(day, first, JAPAN)
    for number in range(count):
        start = begin + timedelta(minutes=minutes * number)
        end = start + timedelta(minutes=minutes)
        if end.date() != day:
            raise ValueError("past midnight")
        yield start, end
