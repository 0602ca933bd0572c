"""Leases: who holds a row, for how long, and what becomes of it."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from kusei.base.jobs.actions import enqueue
from kusei.base.jobs.models import Task
from kusei.base.kernel import leases

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
LATER = NOW + leases.LEASE + timedelta(seconds=1)
pytestmark = pytest.mark.django_db


def task(key="a", **fields):
    return Task.objects.create(kind="test", key=key, next_try_at=fields.pop("next_try_at", NOW), **fields)


def claimed(now=NOW, worker="one", limit=10):
    return leases.claim(Task, worker, now, limit)


def test_a_leased_row_is_not_claimed_again_until_the_lease_runs_out():
    task()
    assert len(claimed()) == 1
    assert claimed(worker="two") == []
    assert [row.attempts for row in claimed(LATER, "two")] == [2]


def test_a_row_is_not_claimed_before_its_time():
    task(next_try_at=NOW + timedelta(seconds=1))
    assert claimed() == []


def test_who_lost_the_lease_can_neither_finish_nor_fail_nor_extend_nor_release():
    task()
    [first] = claimed()
    [second] = claimed(LATER, "two")
    assert not leases.finish(first, LATER)
    assert not leases.fail(first, LATER, "x")
    assert not leases.extend(first, LATER)
    assert not leases.release(first)
    assert leases.finish(second, LATER)


def test_the_same_worker_coming_back_late_is_fenced_off_too():
    task()
    [first] = claimed()
    [again] = claimed(LATER)
    assert not leases.finish(first, LATER)
    assert leases.finish(again, LATER)


def test_an_extended_lease_holds_longer():
    task()
    [row] = claimed()
    assert leases.extend(row, NOW + timedelta(seconds=50))
    assert claimed(LATER, "two") == []


def test_a_failure_waits_longer_each_time_and_ends_given_up():
    row, now, waits = task(), NOW, []
    while row.state == "waiting":
        [mine] = claimed(now)
        assert leases.fail(mine, now, "boom", most=4)
        row.refresh_from_db()
        waits.append((row.next_try_at - now).total_seconds())
        now = row.next_try_at
    assert waits == [10, 20, 40, 0]
    assert (row.state, row.attempts, row.last_error) == ("given_up", 4, "boom")
    assert claimed(now + timedelta(days=1)) == []


def test_waits_grow_to_an_hour_and_no_further():
    assert [leases.wait_after(n).total_seconds() for n in (1, 2, 9, 10, 10_000)] == [10, 20, 2560, 3600, 3600]


def test_a_row_that_is_put_back_counts_no_attempt():
    task()
    [row] = claimed()
    assert leases.release(row)
    assert [again.attempts for again in claimed()] == [1]


def test_a_row_whose_worker_died_comes_last_and_alone():
    for key in "ab":
        task(key)
    claimed()
    for key in "cd":
        task(key, next_try_at=LATER)
    found = [row.key for row in claimed(LATER, "two")]
    assert set(found[:2]) == {"c", "d"}
    assert len(found) == 3
    assert found[2] in "ab"


def test_a_row_that_kills_every_worker_is_given_up():
    row = task(attempts=12, leased_by="dead", lease_until=NOW)
    assert leases.bury(Task, LATER) == 1
    row.refresh_from_db()
    assert row.state == "given_up"
    assert "WorkerDied" in row.last_error


def test_what_was_given_up_is_tried_again_from_the_start():
    row = task(state="given_up", attempts=12, last_error="boom")
    task("b", state="done")
    assert leases.try_again(Task, [row.id, Task.objects.get(key="b").id], NOW) == 1
    assert [again.attempts for again in claimed()] == [1]


def test_the_same_task_twice_is_one():
    enqueue("test", "a", {"n": 1}, now=NOW)
    enqueue("test", "a", {"n": 2}, now=NOW)
    assert [row.payload for row in Task.objects.all()] == [{"n": 1}]


def test_a_claim_costs_three_queries_and_an_idle_look_two(django_assert_num_queries):
    with django_assert_num_queries(4):  # with its savepoint's two
        claimed()
    task()
    with django_assert_num_queries(5):
        claimed()


@pytest.mark.django_db(transaction=True)
def test_a_rollback_takes_the_task_with_it():
    def fail():
        with transaction.atomic():
            enqueue("test", "a", now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not Task.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_rivals_never_hold_the_same_row():
    Task.objects.bulk_create(Task(kind="test", key=str(n), next_try_at=NOW) for n in range(200))
    held, gate = {name: [] for name in "abcd"}, Barrier(4)

    def rival(name):
        gate.wait()
        while rows := claimed(worker=name, limit=7):
            held[name] += [row.id for row in rows]
        connection.close()

    threads = [Thread(target=rival, args=[name]) for name in held]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [key for keys in held.values() for key in keys]
    assert len(everything) == len(set(everything)) == 200
