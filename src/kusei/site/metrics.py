"""Metrics in Prometheus' text format: requests, counted by each web process in a file of its own, and figures asked of the database.

The files lie in `KUSEI_HOME/metrics` (the library's multi-process mode), so that any web process can answer for all. Labels are routes'
names and classes of status: never an address.
"""

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from kusei.base.audit import anchors
from kusei.base.jobs import queries
from kusei.base.line import queries as line
from kusei.site.logs import route_of

log = logging.getLogger("kusei.web")
SLOW = 5.0
"""Seconds after which a request gets a line in the log."""
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
FOLDER = Path(settings.KUSEI_HOME) / "metrics"
FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)

REQUESTS = Counter("kusei_requests", "Requests answered", ["route", "status"], registry=None)
DURATION = Histogram("kusei_request_seconds", "Time to answer", ["route"], buckets=BUCKETS, registry=None)
QUEUE = {
    "waiting": "rows that wait",
    "late": "rows due for five minutes",
    "given_up": "rows given up, for a person to look at",
    "done": "rows done in the last hour",
    "failed": "rows whose last attempt failed in the last hour",
}
CONNECTIONS = """
SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1 ORDER BY 1
"""


class Measured:
    """Outermost middleware: counts and times every request; a failed or slow one gets a line in the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        route = route_of(request)
        REQUESTS.labels(route, f"{response.status_code // 100}xx").inc()
        DURATION.labels(route).observe(seconds)
        if seconds >= SLOW:
            extra = {"request": request, "status_code": response.status_code, "ms": round(seconds * 1000)}
            log.warning("a slow answer", extra=extra)
        return response


def text(now: datetime) -> bytes:
    """All metrics of this installation, in Prometheus' text format."""
    registry = counted()
    registry.register(Figures(now))
    return generate_latest(registry)


def counted() -> CollectorRegistry:
    """What the web processes counted, all together."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(FOLDER))
    return registry


def answered() -> tuple[int, int]:
    """Requests answered since the processes' start, and how many of them failed (5xx)."""
    counts = [
        (sample.labels["status"], sample.value)
        for metric in counted().collect()
        for sample in metric.samples
        if sample.name == "kusei_requests_total"
    ]
    return int(sum(value for _, value in counts)), int(sum(value for status, value in counts if status == "5xx"))


class Figures:
    """Figures of the moment, for the library to collect; without the database only that it is down."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        yield gauge("kusei_disk_free_bytes", "Free space in KUSEI_HOME", shutil.disk_usage(settings.KUSEI_HOME).free)
        try:
            found = [*self.queues(), *self.line(), *self.database()]
        except DatabaseError:
            yield gauge("kusei_database_up", "Whether the database answers", 0)
            return
        yield gauge("kusei_database_up", "Whether the database answers", 1)
        yield from found

    def queues(self) -> Iterator[Metric]:
        """Each queue: what waits, is late, was given up, went well or failed, and how old the oldest is."""
        health = queries.health(self.now)
        for key, meaning in QUEUE.items():
            family = GaugeMetricFamily(f"kusei_queue_{key}", meaning.capitalize(), labels=["queue"])
            for each in health:
                family.add_metric([each.name], getattr(each, key))
            yield family
        ages = GaugeMetricFamily("kusei_queue_oldest_seconds", "How long the oldest row is due", labels=["queue"])
        for each in health:
            ages.add_metric([each.name], (self.now - each.oldest).total_seconds() if each.oldest else 0)
        yield ages
        yield gauge("kusei_workers", "Workers connected to the database", queries.workers())

    def line(self) -> Iterator[Metric]:
        """The line to the other installation, where portal and office are two."""
        found = line.health(self.now)
        if found is None:
            return
        yield gauge("kusei_line_backlog", "Messages the other side has not got", found.backlog)
        yield gauge("kusei_line_oldest_seconds", "Age of the oldest of them", found.age(self.now).total_seconds())
        yield gauge("kusei_line_waiting", "Messages that came and are not applied", found.waiting)
        yield gauge("kusei_line_stuck", "Messages that came and can't be applied, for a person to look at", found.stuck)
        yield gauge("kusei_line_refused", "Frames and messages refused since the beginning", found.refused)
        silent = (self.now - found.contact_at).total_seconds() if found.contact_at else -1
        yield gauge("kusei_line_silent_seconds", "Since the other side was heard; -1 before the first time", silent)

    def database(self) -> Iterator[Metric]:
        """Connections by state, and the audit log's length and how much of it its newest anchor witnesses."""
        with connection.cursor() as cursor:
            cursor.execute(CONNECTIONS)
            family = GaugeMetricFamily("kusei_database_connections", "Connections by state", labels=["state"])
            for state, count in cursor.fetchall():
                family.add_metric([state], count)
            yield family
        chained = anchors.behind()
        yield gauge("kusei_audit_rows", "Rows of the audit log", chained.rows)
        yield gauge(
            "kusei_audit_rows_not_anchored", "Rows of the audit log after its newest anchor", chained.not_anchored
        )


def gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    """A figure without labels."""
    return GaugeMetricFamily(name, meaning, value=value)
