"""How the work goes: what waits, what is late, what was given up, and how much fails."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Min, Q

from kusei.base.jobs.handlers import Handlers, Queue, handlers
from kusei.base.kernel.leases import Leased

log = logging.getLogger("kusei.worker")
LATE = timedelta(minutes=5)
WINDOW = timedelta(hours=1)
ALARMING_RATE = 0.2
ENOUGH_TO_TELL = 10
MOST_LISTED = 100


@dataclass(frozen=True)
class Health:
    """Figures of one queue: rows waiting, late (due for five minutes), given up; what was done and what failed in the last hour."""

    name: str
    waiting: int
    late: int
    given_up: int
    done: int
    failed: int
    oldest: datetime | None

    @property
    def failure_rate(self) -> float:
        """Share of the last hour's rows that failed at their last attempt, 0 to 1."""
        return self.failed / (self.done + self.failed) if self.failed else 0.0

    @property
    def alarming(self) -> bool:
        """Whether somebody should look: one in five fails, or work is left lying."""
        return self.late > 0 or (self.done + self.failed >= ENOUGH_TO_TELL and self.failure_rate >= ALARMING_RATE)


def health(now: datetime, known: Handlers = handlers) -> list[Health]:
    """The figures of every queue."""
    return [_health(queue, now) for queue in known.queues()]


def report(now: datetime) -> None:
    """Log each queue that does badly (regularly): what watches the logs can raise an alarm on it."""
    for each in health(now):
        if each.alarming:
            log.error(
                "queue %s: waiting=%d late=%d given_up=%d done_1h=%d failed_1h=%d failure_rate=%.2f",
                each.name, each.waiting, each.late, each.given_up, each.done, each.failed, each.failure_rate,
            )  # fmt: skip


def _health(queue: Queue, now: datetime) -> Health:
    rows = queue.model.objects
    waiting = rows.filter(state="waiting").aggregate(
        waiting=Count("id"),
        late=Count("id", filter=Q(next_try_at__lt=now - LATE)),
        oldest=Min("next_try_at", filter=Q(next_try_at__lt=now)),
    )
    return Health(
        name=queue.name,
        given_up=rows.filter(state="given_up").count(),
        done=rows.filter(done_at__gte=now - WINDOW).count(),
        failed=rows.filter(failed_at__gte=now - WINDOW).exclude(state="done").count(),
        **waiting,
    )


def workers() -> int:
    """How many workers are connected to the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kusei worker' AND datname = current_database()"
        )
        return cursor.fetchone()[0]


def troubled(queue: Queue, now: datetime) -> list[Leased]:
    """Rows of a queue for a person to look at: given up, or late; the oldest first, at most a hundred."""
    wanted = Q(state="given_up") | Q(state="waiting", next_try_at__lt=now - LATE) | Q(state="waiting", attempts__gte=3)
    return list(queue.model.objects.filter(wanted).order_by("state", "next_try_at")[:MOST_LISTED])


def label(row: Leased) -> str:
    """What a row is about, for operators, without personal data: a task's kind and key, a message's channel and template."""
    return row.label
