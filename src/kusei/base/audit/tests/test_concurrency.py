"""Many at once: chains without gaps, nothing lost, nobody in another's way."""

import json
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection

from kusei.base import audit
from kusei.base.audit.chain import LANES
from kusei.base.audit.models import AuditEntry
from kusei.base.audit.tests.test_privileges import ENTRY
from kusei.base.audit.verify import verify

THREADS, ROUNDS = 16, 12
APPEND = "SELECT audit_append(%s::jsonb)"
ONE = [json.dumps([ENTRY])]


@pytest.mark.django_db(transaction=True)
def test_sixteen_clients_make_chains_without_gaps(anchors, clerk, now):
    def work(client: int) -> None:
        try:
            for number in range(ROUNDS):
                try:
                    with audit.audit_scope():
                        audit.log(clerk, "change", "case.note", purpose="審査", now=now, subjects=[client, number])
                        if number % 4 == 3:
                            raise ZeroDivisionError
                except ZeroDivisionError:
                    pass
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    expected = THREADS * (ROUNDS - ROUNDS // 4) * 2
    report = verify()
    assert (report.rows, sum(head.place for head in report.heads), report.damage) == (expected, expected, None)
    assert AuditEntry.objects.filter(subject="5").count() > 0


@pytest.fixture
def begun(connect):
    """`begun()`: a connection with a transaction that has appended and does not end."""

    def begin() -> psycopg.Connection:
        somebody = connect("kusei_app")
        somebody.execute("BEGIN")
        somebody.execute(APPEND, ONE)
        return somebody

    return begin


def lanes() -> list[int]:
    return list(AuditEntry.objects.order_by("seq").values_list("lane", flat=True))


def test_who_appends_waits_for_no_other_transaction(begun, connect):
    slow, quick = begun(), connect("kusei_app")
    quick.execute("SET lock_timeout = '1ms'")
    quick.execute(APPEND, ONE)
    slow.execute("COMMIT")
    assert len(set(lanes())) == 2
    assert verify().damage is None


def test_one_transaction_keeps_to_one_lane(begun, connect):
    first, second = begun(), begun()
    first.execute("COMMIT")
    second.execute(APPEND, ONE)  # the lane that has come free meanwhile is left alone
    second.execute("COMMIT")
    assert len(set(lanes())) == 2
    assert AuditEntry.objects.filter(lane=AuditEntry.objects.order_by("-place")[0].lane).count() == 2


def test_a_lane_given_back_by_a_savepoint_is_taken_again(begun, connect):
    taken, app = begun(), connect("kusei_app")
    app.execute("BEGIN; SAVEPOINT s")
    app.execute(APPEND, ONE)
    app.execute("ROLLBACK TO s")
    app.execute(APPEND, ONE)
    app.execute("COMMIT")
    taken.execute("ROLLBACK")
    assert len(lanes()) == 1
    assert verify().damage is None


def test_when_every_lane_is_taken_one_waits_and_goes_on(begun, connect):
    holders = [begun() for _ in range(LANES)]
    late = connect("kusei_app")
    with ThreadPoolExecutor(1) as pool:
        appended = pool.submit(late.execute, APPEND, ONE)
        with pytest.raises(TimeoutError):
            appended.result(timeout=0.2)
        for each in holders:
            each.execute("COMMIT")
        appended.result(timeout=10)
    assert sorted(set(lanes())) == list(range(1, LANES + 1))
    assert (verify().rows, verify().damage) == (LANES + 1, None)


def test_what_was_not_committed_when_its_server_process_died_is_in_no_chain(begun, connect, transactional_db):
    with begun() as doomed:
        pid = doomed.info.backend_pid
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            assert cursor.fetchone() == (True,)
        with pytest.raises(psycopg.OperationalError):
            doomed.execute("COMMIT")
    connect("kusei_app").execute(APPEND, ONE)
    assert [(head.place) for head in verify().heads] == [1]
    assert verify().damage is None
