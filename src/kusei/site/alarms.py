"""When somebody should look. The rules are rates and ages, not single failures; docs/operations.md lists them."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from kusei.base.jobs.queries import ALARMING_RATE, Health
from kusei.base.line.queries import Health as Line

WINDOW = timedelta(minutes=15)
FAILING_RATE = 0.01
ENOUGH_FAILURES = 5
LEAST_FREE = 0.10
MOST_NOT_ANCHORED = timedelta(minutes=10)
LONGEST_SILENCE = timedelta(minutes=5)
REFUSED_LATELY = timedelta(minutes=60)


@dataclass(frozen=True)
class Sample:
    """What the web processes had answered by a moment (ISO 8601), and how much of it failed (5xx)."""

    at: str
    requests: int
    failures: int


@dataclass(frozen=True)
class Figures:
    """What is judged. failing: (requests, failures) of the last quarter of an hour. free: share of the disk, 0 to 1. not_anchored: how long
    the oldest row of the audit log without an anchor has been there, None where there is none."""

    failing: tuple[int, int]
    queues: list[Health]
    workers: int
    free: float
    not_anchored: timedelta | None
    line: Line | None = None
    now: datetime | None = None


def alarms(found: Figures) -> Iterator[str]:
    """A sentence for each thing that somebody should look at."""
    requests, failures = found.failing
    if failures >= ENOUGH_FAILURES and failures / requests >= FAILING_RATE:
        yield f"web: {failures} of {requests} requests failed (5xx), {failures / requests:.1%}; the alarm is at {FAILING_RATE:.0%}"
    if found.workers == 0:
        yield "worker: none is connected to the database"
    for each in found.queues:
        if each.alarming:
            yield (
                f"queue {each.name}: {each.late} late, {each.failed} of {each.done + each.failed} failed in the last hour "
                f"({each.failure_rate:.0%}; the alarm is at {ALARMING_RATE:.0%})"
            )
    if found.free < LEAST_FREE:
        yield f"disk: {found.free:.0%} free"
    if found.line:
        yield from _of_line(found.line, found.now)
    if found.not_anchored and found.not_anchored > MOST_NOT_ANCHORED:
        yield f"audit: rows of {found.not_anchored // timedelta(minutes=1)} minutes ago have no anchor: run ./kusei audit verify"


def _of_line(line: Line, now: datetime) -> Iterator[str]:
    """What somebody should look at about the line between portal and office."""
    minute = timedelta(minutes=1)
    if line.contact_at is None or now - line.contact_at > LONGEST_SILENCE:
        since = f"for {(now - line.contact_at) // minute} minutes" if line.contact_at else "yet"
        yield f"line: the other side was not heard {since}{f' ({line.last_error})' if line.last_error else ''}"
    if line.age(now) > LONGEST_SILENCE:
        yield f"line: {line.backlog} messages wait, the oldest for {line.age(now) // minute} minutes"
    if line.stuck:
        yield f"line: {line.stuck} messages that came can't be applied; the page 運用 or `line_retry` lists them"
    if line.refused_at and now - line.refused_at < REFUSED_LATELY:
        yield f"line: something was refused in the last hour ({line.refused} in all); the audit log says what (line.refused)"


def failing(samples: list[Sample], newest: Sample) -> tuple[int, int]:
    """Requests and failures between the oldest sample of the window and the newest. Counters that began anew count from zero."""
    earlier = next((each for each in samples if datetime.fromisoformat(each.at) >= _begin(newest)), None)
    if earlier is None or earlier.requests > newest.requests:
        return newest.requests, newest.failures
    return newest.requests - earlier.requests, newest.failures - earlier.failures


def remember(path: Path, newest: Sample) -> list[Sample]:
    """Keep the sample with those of the window before it; returns the earlier ones, oldest first."""
    try:
        kept = [Sample(**each) for each in json.loads(path.read_text("utf-8"))]
    except (FileNotFoundError, ValueError, TypeError):
        kept = []
    kept = [each for each in kept if datetime.fromisoformat(each.at) >= _begin(newest)]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps([asdict(each) for each in [*kept, newest]]), "utf-8")
    draft.replace(path)
    return kept


def _begin(newest: Sample) -> datetime:
    return datetime.fromisoformat(newest.at) - WINDOW
