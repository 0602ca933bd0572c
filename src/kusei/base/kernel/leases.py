"""Rows that must be dealt with: saved with the transaction that caused them, leased by a worker, retried, swept when it dies.

A row is dealt with at least once. Whoever claims it holds it until `lease_until`; the number of the attempt fences off a worker that
comes back after its lease ran out, even if it is the same one.
"""

from datetime import datetime, timedelta

from django.db import connection, models, transaction
from django.db.models import Exists, F, Q, QuerySet

from kusei.base.kernel.models import Record

LEASE = timedelta(seconds=60)
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
MOST_ATTEMPTS = 12
"""With the waits above: about four and a half hours."""
CHANNEL = "kusei_work"


class Leased(Record):
    """Something to be done at least once. States: waiting → done | given_up; a lease that ran out makes it free again."""

    state = models.CharField(max_length=10, default="waiting")
    next_try_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    leased_by = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    failed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


def lease_indexes(name: str) -> list[models.Index]:
    """What claiming and the health figures use: partial indexes, so that the mass of what is done costs nothing to skip."""
    return [
        models.Index(fields=["next_try_at"], name=f"{name}_waiting", condition=Q(state="waiting")),
        models.Index(
            fields=["lease_until"], name=f"{name}_leased", condition=Q(state="waiting", lease_until__isnull=False)
        ),
        models.Index(fields=["failed_at"], name=f"{name}_failed", condition=Q(failed_at__isnull=False)),
        models.Index(fields=["done_at"], name=f"{name}_done", condition=Q(done_at__isnull=False)),
        models.Index(fields=["next_try_at"], name=f"{name}_given_up", condition=Q(state="given_up")),
    ]


def wake() -> None:
    """Wake the workers when the running transaction commits; a rollback wakes nobody."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


def claim(
    model: type[Leased],
    worker: str,
    now: datetime,
    limit: int,
    lease: timedelta = LEASE,
    ready: Q | Exists | None = None,
) -> list:
    """Lease up to `limit` rows that are due, oldest first, in a short transaction of its own; rivals skip locked rows.

    At most one of them is a row whose last worker died, and it comes last: should it be the row that kills workers, the others of
    its batch are done by then. `ready` may hold rows back that are due but whose turn it is not.
    """
    due = model.objects.select_for_update(skip_locked=True, of=("self",)).filter(state="waiting", next_try_at__lte=now)
    due = due.filter(ready) if ready is not None else due
    with transaction.atomic():
        rows = list(due.filter(lease_until=None).order_by("next_try_at")[:limit])
        rows += due.filter(lease_until__lt=now).order_by("lease_until")[:1]
        if rows:
            model.objects.filter(id__in=[row.id for row in rows]).update(
                leased_by=worker, lease_until=now + lease, attempts=F("attempts") + 1
            )
    for row in rows:
        row.leased_by, row.lease_until, row.attempts = worker, now + lease, row.attempts + 1
    return rows


def held(row: Leased) -> QuerySet:
    """The row, if the lease under which it was claimed still holds; else nothing."""
    return (
        type(row)
        .objects.filter(id=row.id, leased_by=row.leased_by, attempts=row.attempts, state="waiting")
        .exclude(lease_until=None)
    )


def extend(row: Leased, now: datetime, lease: timedelta = LEASE) -> bool:
    """Hold the row longer; False where it is ours no more."""
    if not held(row).update(lease_until=now + lease):
        return False
    row.lease_until = now + lease
    return True


def finish(row: Leased, now: datetime) -> bool:
    """Mark done; False where another worker took over meanwhile."""
    return bool(held(row).update(state="done", done_at=now, lease_until=None, last_error=""))


def release(row: Leased) -> bool:
    """Put back a row that was claimed and not begun, as if nothing had been."""
    return bool(held(row).update(lease_until=None, leased_by="", attempts=F("attempts") - 1))


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: ten seconds, doubling up to an hour."""
    return min(FIRST_WAIT * 2 ** min(max(attempts - 1, 0), 16), LONGEST_WAIT)


def fail(row: Leased, now: datetime, error: str, *, most: int | None = MOST_ATTEMPTS) -> bool:
    """Put back after a failed attempt; after `most` attempts give up, to be listed for a person. None: never give up."""
    ended = most is not None and row.attempts >= most
    return bool(
        held(row).update(
            state="given_up" if ended else "waiting",
            next_try_at=now if ended else now + wait_after(row.attempts),
            lease_until=None,
            last_error=error[:2000],
            failed_at=now,
        )
    )


def give_up(row: Leased, now: datetime, error: str) -> bool:
    """End it at once: no further attempt can succeed."""
    return fail(row, now, error, most=0)


def bury(model: type[Leased], now: datetime, most: int = MOST_ATTEMPTS) -> int:
    """Give up the rows whose workers died at every one of `most` attempts; returns how many."""
    return model.objects.filter(state="waiting", lease_until__lt=now, attempts__gte=most).update(
        state="given_up",
        next_try_at=now,
        lease_until=None,
        failed_at=now,
        last_error="WorkerDied: each attempt ended its worker",
    )


def try_again(model: type[Leased], ids: list, now: datetime) -> int:
    """Let rows that were given up be tried anew, at once; returns how many."""
    return model.objects.filter(id__in=ids, state="given_up").update(
        state="waiting", attempts=0, next_try_at=now, leased_by="", lease_until=None
    )
