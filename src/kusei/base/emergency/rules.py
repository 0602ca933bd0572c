"""How long an emergency lasts, and by when a chief has judged it. Pure."""

from datetime import date, timedelta

from kusei.base.kernel.calendar import business_days_after

LASTS = timedelta(minutes=60)
REVIEW_WITHIN = 3
"""Working days within which a chief judges a use (緊急閲覧の事後確認)."""
SHORTEST_EXPLANATION = 10
LONGEST_EXPLANATION = 1000
LONGEST_REMARK = 1000


def review_by(day: date) -> date:
    """The last day to judge a use that began on `day`."""
    return business_days_after(day, REVIEW_WITHIN)
