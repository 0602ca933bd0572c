"""Time enters here and is passed on: only edges (views, the worker, commands) call `now()`."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

JAPAN = ZoneInfo("Asia/Tokyo")


def now() -> datetime:
    """The instant, aware, in UTC."""
    return datetime.now(UTC)


def local_date(moment: datetime) -> date:
    """The date in Japan at `moment`: at 00:30 on 1 April there, the fiscal year has changed."""
    return moment.astimezone(JAPAN).date()


def local_midnight(day: date) -> datetime:
    """The instant at which `day` begins in Japan, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=JAPAN).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The instant at which `day` is over in Japan, in UTC (exclusive)."""
    return local_midnight(day + timedelta(days=1))
