"""Tasks: saved with what caused them, tried again by a person."""

from datetime import datetime

from kusei.base import audit
from kusei.base.jobs.handlers import handlers
from kusei.base.jobs.models import Task
from kusei.base.kernel import leases, rows
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action


def enqueue(kind: str, key: str, payload: dict | None = None, *, now: datetime, at: datetime | None = None) -> None:
    """Save a task in the caller's transaction, to be done when it commits (or not before `at`).

    `kind` names a handler; the same kind and key twice is one task. `payload` is small JSON, better ids than personal data.
    """
    rows.insert(Task(kind=kind, key=key, payload=payload or {}, next_try_at=at or now), unless="(kind, key)")
    leases.wake()


@action(purpose="運用", may="operate")
def try_again(queue: str, ids: list, *, by: Actor, now: datetime) -> int:
    """Let rows of a queue that were given up be tried anew (再実行); returns how many."""
    model = next((each.model for each in handlers.queues() if each.name == queue), None)
    count = leases.try_again(model, ids, now) if model else 0
    if count:
        audit.log(by, "change", "jobs.try_again", purpose="運用", now=now, detail={"queue": queue, "rows": count})
        leases.wake()
    return count
