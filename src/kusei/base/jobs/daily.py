"""Daily jobs: every coming run is a task of its own, so it happens once however many workers run, late if none did at its time."""

from datetime import datetime, time, timedelta

from kusei.base.jobs.handlers import Hopeless
from kusei.base.jobs.models import Task
from kusei.base.kernel import parts
from kusei.base.kernel.clock import JAPAN, local_date
from kusei.base.kernel.offers import Registry, registry

KIND = "daily"


def next_run(at: time, now: datetime) -> datetime:
    """The next moment at which a clock in Japan shows `at`."""
    here = now.astimezone(JAPAN)
    today = here.replace(hour=at.hour, minute=at.minute, second=at.second, microsecond=0)
    return today if today > here else today + timedelta(days=1)


def plan(offers: Registry, now: datetime) -> None:
    """Make sure that the coming run of every daily job is a task."""
    runs = [(job.name, next_run(job.at, now)) for job in offers.all("jobs") if parts.here(job.side)]
    Task.objects.bulk_create(
        [Task(kind=KIND, key=f"{name}/{local_date(at)}", payload={"job": name}, next_try_at=at) for name, at in runs],
        ignore_conflicts=True,
    )


def perform(task: Task, now: datetime) -> None:
    """Run the daily job of a task. Raises `Hopeless` where no module offers it any more."""
    job = registry.named("jobs", task.payload["job"])
    if job is None:
        raise Hopeless(f"no daily job is named {task.payload['job']!r}")
    job.run(now)
