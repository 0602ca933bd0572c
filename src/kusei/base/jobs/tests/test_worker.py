"""The worker: what it does with good rows, bad rows, hopeless rows, and when it is told to stop or dies."""

import signal
import threading
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection

from kusei.base.jobs import daily, worker
from kusei.base.jobs.actions import enqueue
from kusei.base.jobs.handlers import Handlers, Hopeless, Later, Queue, Regular
from kusei.base.jobs.models import Task
from kusei.base.jobs.tests.process import eventually
from kusei.base.kernel import clock
from kusei.base.kernel.offers import Daily, Offers, Registry

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


def with_handler(handler):
    handlers = Handlers()
    handlers.register("test", handler)
    return handlers


def states():
    return dict(Task.objects.values_list("key", "state"))


@pytest.mark.django_db
def test_a_bad_row_holds_up_no_other():
    def handler(task, now):
        if task.key == "bad":
            raise ZeroDivisionError("of all things")

    for key in ("bad", "good", "better"):
        enqueue("test", key, now=NOW)
    assert worker.work_off(with_handler(handler)) == 3
    assert states() == {"bad": "waiting", "good": "done", "better": "done"}
    bad = Task.objects.get(key="bad")
    assert bad.last_error == "ZeroDivisionError: of all things"
    assert bad.next_try_at > clock.now()


@pytest.mark.django_db
def test_a_hopeless_row_is_given_up_at_once():
    def handler(task, now):
        raise Hopeless("never")

    enqueue("test", "a", now=NOW)
    worker.work_off(with_handler(handler))
    assert Task.objects.values_list("state", "attempts", "last_error").get() == ("given_up", 1, "never")


@pytest.mark.django_db
def test_a_row_that_waits_for_something_outside_is_never_given_up():
    def handler(task, now):
        raise Later("away")

    enqueue("test", "a", now=NOW)
    Task.objects.update(attempts=500)
    worker.work_off(with_handler(handler))
    assert Task.objects.values_list("state", "attempts").get() == ("waiting", 501)


@pytest.mark.django_db
def test_a_kind_nobody_handles_is_given_up_by_name():
    enqueue("unheard.of", "a", now=NOW)
    worker.work_off(Handlers())
    assert "unheard.of" in Task.objects.get(state="given_up").last_error


def test_a_handler_is_registered_once():
    handlers = with_handler(print)
    with pytest.raises(ValueError, match="test"):
        handlers.register("test", print)
    with pytest.raises(ValueError, match="tasks"):
        handlers.queue(Queue("tasks", Task, print))


@pytest.mark.django_db(transaction=True)
def test_a_handler_runs_outside_any_transaction():
    seen = []
    enqueue("test", "a", now=NOW)
    worker.work_off(with_handler(lambda task, now: seen.append(connection.in_atomic_block)))
    assert seen == [False]


@pytest.mark.django_db(transaction=True)
def test_a_running_worker_hears_of_new_work_and_stops_when_told(monkeypatch):
    monkeypatch.setattr(worker, "POLL", 3600.0)  # so that only the wake-up can tell
    stop, done = threading.Event(), threading.Event()
    handlers = with_handler(lambda task, now: done.set())
    thread = threading.Thread(target=worker.run, args=[handlers, Registry(), stop])
    thread.start()
    try:
        eventually(worker_listens)
        enqueue("test", "a", now=clock.now())
        assert done.wait(20)
        eventually(lambda: states() == {"a": "done"})
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


def worker_listens():
    from kusei.base.jobs.queries import workers

    return workers()


@pytest.mark.django_db(transaction=True)
def test_told_to_stop_it_finishes_what_is_in_hand_and_puts_the_rest_back():
    stop = threading.Event()
    handlers = with_handler(lambda task, now: stop.set())
    for n in range(3):
        enqueue("test", str(n), now=NOW)
    worker.run(handlers, Registry(), stop)
    assert sorted(states().values()) == ["done", "waiting", "waiting"]
    assert set(Task.objects.filter(state="waiting").values_list("attempts", "lease_until")) == {(0, None)}


@pytest.mark.django_db(transaction=True)
def test_a_long_handler_keeps_its_lease(monkeypatch):
    monkeypatch.setattr(worker, "EXTEND_EVERY", 0.05)
    monkeypatch.setattr(worker, "LISTEN", 0.05)
    stop, leases = threading.Event(), []

    def handler(task, now):
        def lease():
            return Task.objects.get().lease_until

        first = lease()
        leases.append(eventually(lambda: lease() > first))
        stop.set()

    enqueue("test", "a", now=NOW)
    worker.run(with_handler(handler), Registry(), stop)
    assert leases == [True]
    assert states() == {"a": "done"}


@pytest.mark.django_db(transaction=True)
def test_a_handler_that_hangs_loses_its_lease(monkeypatch):
    monkeypatch.setattr(worker, "LONGEST_RUN", 0.0)
    enqueue("test", "a", now=NOW)
    bench = worker.Bench(Handlers().queues()[0], "w", threading.Event())
    [row] = worker.leases.claim(Task, "w", NOW, 1)
    bench.in_hand, bench.began = {row.id: row}, 0.0
    bench.extend(NOW + timedelta(seconds=30))
    assert Task.objects.get().lease_until == NOW + worker.LEASE


@pytest.mark.django_db(transaction=True)
def test_a_worker_survives_the_loss_of_its_connections(monkeypatch):
    monkeypatch.setattr(worker, "POLL", 0.1)
    stop, thread_done = threading.Event(), threading.Event()

    def handler(task, now):
        if task.attempts == 1 and task.key == "cut":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kusei worker'"
                )
            connection.close()
        thread_done.set()

    enqueue("test", "cut", now=NOW)
    thread = threading.Thread(target=worker.run, args=[with_handler(handler), Registry(), stop])
    thread.start()
    try:
        eventually(lambda: states() == {"cut": "done"})
        enqueue("test", "after", now=clock.now())
        eventually(lambda: states() == {"cut": "done", "after": "done"})
    finally:
        stop.set()
        thread.join(20)


@pytest.mark.django_db(transaction=True)
def test_what_is_regular_runs_at_the_start_and_at_the_end_and_one_fault_stops_nothing():
    stop, ran = threading.Event(), []
    handlers = with_handler(lambda task, now: stop.set())
    handlers.regularly(Regular("faulty", 3600, lambda now: 1 / 0))
    handlers.regularly(Regular("good", 3600, ran.append))
    enqueue("test", "a", now=NOW)
    assert worker.run(handlers, Registry(), stop)
    assert len(ran) == 2


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_breaks_down_ends_the_worker(monkeypatch, caplog):
    monkeypatch.setattr(worker.leases, "claim", lambda *args: 1 / 0)
    assert worker.run(Handlers(), Registry(), threading.Event()) is False
    assert "broke down" in caplog.text


# ---- daily jobs ----------------------------------------------------------------------------------------------------------


def offering(run):
    registry = Registry()
    registry.register(Offers(module="m", jobs=[Daily("m.tidy", time(3, 0), run)]))
    return registry


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2026, 11, 20, 17, 59, tzinfo=UTC), datetime(2026, 11, 20, 18, 0, tzinfo=UTC)),
        (datetime(2026, 11, 20, 18, 0, tzinfo=UTC), datetime(2026, 11, 21, 18, 0, tzinfo=UTC)),
        (datetime(2026, 12, 31, 15, 30, tzinfo=UTC), datetime(2026, 12, 31, 18, 0, tzinfo=UTC)),
    ],
)
def test_the_next_run_is_by_the_clock_in_japan(now, then):
    assert daily.next_run(time(3, 0), now) == then


@pytest.mark.django_db
def test_several_workers_plan_one_run_a_day():
    registry = offering(print)
    for hours in (0, 1, 2, 24):
        daily.plan(registry, NOW + timedelta(hours=hours))
        daily.plan(registry, NOW + timedelta(hours=hours))
    assert sorted(states()) == ["m.tidy/2026-11-21", "m.tidy/2026-11-22"]


@pytest.mark.django_db
def test_a_run_nobody_was_there_for_is_done_late(monkeypatch):
    ran = []
    registry = offering(ran.append)
    monkeypatch.setattr(daily, "registry", registry)
    daily.plan(registry, NOW - timedelta(days=3))
    handlers = Handlers()
    handlers.register(daily.KIND, daily.perform)
    worker.work_off(handlers)
    worker.work_off(handlers)
    assert len(ran) == 1


# ---- the process ----------------------------------------------------------------------------------------------------------


def test_sigterm_ends_the_process_in_order(start_worker):
    process = start_worker()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert process.stdout.read() == "worker: stopped\n"
