"""/metrics: who may read it, what it counts, and that no address gets into it."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from kusei.base.jobs.actions import enqueue
from kusei.base.jobs.models import Task
from kusei.base.kernel import clock
from kusei.site.metrics import answered

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-twenty-four-or-more"


@pytest.fixture
def measured(client, settings):
    """`measured()`: every sample, as {(name, labels as a sorted tuple): value}."""
    settings.METRICS_TOKEN = None

    def measured():
        answer = client.get("/metrics")
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.content.decode())
        return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}

    return measured


def requests(found, route, status):
    return found.get(("kusei_requests_total", (("route", route), ("status", status))), 0)


def test_requests_are_counted_by_route_and_class_of_status_and_timed(client, measured):
    before = measured()
    client.get("/sign-in?email=hanako@example.jp")
    client.get("/not/there/hanako@example.jp")
    after = measured()
    route = "accounts:sign_in"
    assert requests(after, route, "2xx") - requests(before, route, "2xx") == 1
    assert requests(after, "", "4xx") - requests(before, "", "4xx") == 1
    for bucket in ("10.0", "+Inf"):
        key = ("kusei_request_seconds_bucket", (("le", bucket), ("route", route)))
        assert after[key] - before.get(key, 0) == 1
    assert not any("hanako" in str(labels) for _name, labels in after)


def test_a_failure_counts_as_failure(client, measured, monkeypatch):
    def gone():
        raise OperationalError("gone")

    before = answered()
    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", gone)
        assert client.get("/healthz").status_code == 503
    after = answered()
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)


def test_queues_tell_what_waits_what_is_late_and_for_how_long(measured):
    now = clock.now()
    before = measured()
    enqueue("made-up", "late", now=now - timedelta(hours=2))
    enqueue("made-up", "new", now=now)
    Task.objects.create(kind="made-up", key="lost", state="given_up", next_try_at=now)
    after, queue = measured(), (("queue", "tasks"),)
    grown = {
        key: after[f"kusei_queue_{key}", queue] - before[f"kusei_queue_{key}", queue]
        for key in ("waiting", "late", "given_up")
    }
    assert grown == {"waiting": 2, "late": 1, "given_up": 1}
    assert after["kusei_queue_oldest_seconds", queue] >= 7200
    assert after["kusei_database_up", ()] == 1
    assert sum(value for (name, _), value in after.items() if name == "kusei_database_connections") >= 1


def test_without_the_database_there_is_still_an_answer(measured, monkeypatch):
    def gone():
        raise OperationalError("gone")

    monkeypatch.setattr("kusei.base.jobs.queries.health", lambda now: gone())
    found = measured()
    assert found["kusei_database_up", ()] == 0
    assert found["kusei_disk_free_bytes", ()] > 0
    assert not any(name.startswith("kusei_queue") for name, _labels in found)


@pytest.mark.parametrize(
    "options",
    [
        {"REMOTE_ADDR": "192.0.2.1"},
        {"headers": {"x-forwarded-for": "192.0.2.1"}},
        {"headers": {"forwarded": "for=192.0.2.1"}},
        {"headers": {"x-forwarded-proto": "https"}},
    ],
)
def test_without_a_token_only_this_machine_reads_them_and_nobody_through_its_proxy(client, settings, options):
    settings.METRICS_TOKEN = None
    assert client.get("/metrics", **options).status_code == 404


def test_with_a_token_only_its_holder_reads_them_from_wherever(client, settings):
    settings.METRICS_TOKEN = SecretStr(TOKEN)
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 404
    right = {"authorization": f"Bearer {TOKEN}"}
    assert client.get("/metrics", headers=right, REMOTE_ADDR="192.0.2.1").status_code == 200
