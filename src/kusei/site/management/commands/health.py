"""`health`: says what somebody should look at. To be run every minute or so by whatever watches the machine."""

import shutil
import sys
from datetime import datetime, timedelta

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from kusei.base.audit import anchors
from kusei.base.jobs import queries
from kusei.base.kernel import clock
from kusei.base.line import queries as line
from kusei.base.papers import fonts
from kusei.site import alarms, metrics

UNKNOWN = 2


class Command(BaseCommand):
    """Exit code 0: all well; 1: somebody should look; 2: the database does not answer."""

    help = "Say what somebody should look at. Exit code 0: nothing, 1: something, 2: the database does not answer."
    requires_system_checks = []

    def handle(self, **_options):
        now = clock.now()
        try:
            found = figures(now)
        except DatabaseError:
            self.stdout.write("database: does not answer")
            sys.exit(UNKNOWN)
        sentences = list(alarms.alarms(found))
        self.stdout.write("\n".join(sentences) or "All well.")
        for lack in fonts.lacks():  # no alarm: names that need it are refused by name, and told to who drafts
            self.stdout.write(f"note: {lack}")
        if sentences:
            sys.exit(1)


def figures(now: datetime) -> alarms.Figures:
    """What is judged, as of now; what the web answered is remembered in the home until the next time."""
    newest = alarms.Sample(now.isoformat(), *metrics.answered())
    usage = shutil.disk_usage(settings.KUSEI_HOME)
    return alarms.Figures(
        failing=alarms.failing(alarms.remember(settings.KUSEI_HOME / "log" / "health.json", newest), newest),
        queues=queries.health(now),
        workers=queries.workers(),
        free=usage.free / usage.total,
        not_anchored=not_anchored(now),
        line=line.health(now),
        now=now,
    )


def not_anchored(now: datetime) -> timedelta | None:
    """How long the oldest row after the newest anchor has been there."""
    at = anchors.behind().oldest
    return now - at if at else None
