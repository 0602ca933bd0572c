"""Rows that must be dealt with: saved with the transaction that caused them, leased by a worker, retried, swept when it dies."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from kusei.base.kernel.models import Record

LEASE = timedelta(seconds=60)


class Leased(Record):
    """Something to be done at least once. States: waiting → done | given_up; a lease that ran out makes it waiting again."""

    state = models.CharField(max_length=10, default="waiting")
    next_try_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    leased_by = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


def lease_indexes(name: str) -> list[models.Index]:
    """The partial index that claiming uses: only what still waits is in it."""
    return [models.Index(fields=["next_try_at"], name=f"{name}_waiting", condition=Q(state="waiting"))]


def claim(model: type[Leased], worker: str, now: datetime, limit: int, lease: timedelta = LEASE) -> list:
    """Lease up to `limit` rows that are due, oldest first. Must run in its own short transaction; rivals skip locked rows."""
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    due = (
        model.objects.select_for_update(skip_locked=True)
        .filter(free, state="waiting", next_try_at__lte=now)
        .order_by("next_try_at")[:limit]
    )
    ids = [row.id for row in due]
    model.objects.filter(id__in=ids).update(leased_by=worker, lease_until=now + lease, attempts=F("attempts") + 1)
    return list(model.objects.filter(id__in=ids).order_by("next_try_at"))


def finish(row: Leased, worker: str, now: datetime) -> bool:
    """Mark done, only if the lease is still ours; False where another worker took over meanwhile."""
    mine = type(row).objects.filter(id=row.id, leased_by=worker, state="waiting")
    return bool(mine.update(state="done", done_at=now, lease_until=None, last_error=""))


def fail(row: Leased, worker: str, now: datetime, error: str, *, most: int = 12) -> None:
    """Put back with backoff (10 s doubling to an hour); after `most` attempts give up, to be listed for a person."""
    wait = timedelta(seconds=min(10 * 2 ** (row.attempts - 1), 3600))
    state = "given_up" if row.attempts >= most else "waiting"
    mine = type(row).objects.filter(id=row.id, leased_by=worker, state="waiting")
    mine.update(state=state, next_try_at=now + wait, lease_until=None, last_error=error[:2000])
