"""Draws of the demonstration: one published, one committed and waiting for its public value, one still open."""

from datetime import datetime, timedelta

from django.conf import settings

from kusei.base.accounts.queries import actor_for
from kusei.base.draw import actions
from kusei.base.draw.actions import Entering
from kusei.base.draw.models import Draw
from kusei.base.kernel.wards import load_ward
from kusei.base.staff.models import Department
from kusei.base.staff.queries import colleagues

SECTION = "kosodate"
# title, places, groups, entries, begun so many days ago, committed after so many days (None: open), drawn after so many more
DRAWS = [
    ("夏休みプール教室（午前）", 20, ["ひとり親"], 64, 40, 5, 3),
    ("親子クッキング（12月）", 12, [], 31, 6, 4, None),
    ("冬の自然観察会", 15, ["はじめて"], 9, 3, None, None),
]


def fill(now: datetime) -> int:
    """Hold the draws as the section's clerk would have, once; returns how many are new."""
    if Draw.objects.exists():
        return 0
    section = Department.objects.get(path=load_ward(settings.WARD).path(SECTION))
    for title, places, groups, size, ago, commits, draws in DRAWS:
        begun = now - timedelta(days=ago)
        by = actor_for(next(each for each in colleagues(section.path, "draw.hold", begun)).account, begun)
        made = actions.begin(section, title, places, groups, by=by, now=begun)
        actions.enter(made, list(_entries(size, groups)), by=by, now=begun)
        if commits is None:
            continue
        at = begun + timedelta(days=commits)
        known = at + timedelta(days=2 if draws else 30)
        actions.commit(made, "実演のための作った値（確定の2日後に発表）", known, by=by, now=at)
        if draws is not None:
            at += timedelta(days=draws)
            actions.draw(made, "38,915.87", by=by, now=at)
            actions.publish(made, by=by, now=at)
    return len(DRAWS)


def _entries(size: int, groups: list[str]):
    for at in range(1, size + 1):
        group = groups[0] if groups and at % 5 == 0 else ""
        yield Entering(f"P-{at:04}", 1, group, f"世帯{at // 2}" if at % 10 in (2, 3) else "")
