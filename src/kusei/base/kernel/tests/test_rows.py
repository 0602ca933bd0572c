"""Rows put in and read by hand are the rows that Django's own statements put in and read."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from kusei.base.jobs.models import Task
from kusei.base.kernel import rows
from kusei.base.kernel.ids import new_id

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ONCE = "(kind, key)"


def task(key: str = "1", **more) -> Task:
    return Task(kind="rows.test", key=key, next_try_at=NOW, **more)


@pytest.mark.django_db
def test_a_row_is_as_django_would_have_put_it():
    by_hand, by_django = task("'; %s ☃ \\", payload={"名": [1, None, "%s"]}), task("2", payload={"名": [1, None, "%s"]})
    assert rows.insert(by_hand)
    by_django.save(force_insert=True)
    names = [f.attname for f in Task._meta.concrete_fields if f.name not in ("id", "key")]
    first, second = (Task.objects.values(*names).get(id=each.id) for each in (by_hand, by_django))
    assert first == second
    assert Task.objects.get(id=by_hand.id).key == "'; %s ☃ \\"
    by_hand.key = "3"
    by_hand.save()  # known as a row that is there: changed, not put in again
    assert rows.one(Task, "WHERE kind = %s AND key = %s", ["rows.test", "3"]).id == by_hand.id


@pytest.mark.django_db
def test_what_stands_in_the_way_is_left_alone():
    assert rows.insert(task(), unless=ONCE)
    assert not rows.insert(task(payload={"other": 1}), unless=ONCE)
    assert Task.objects.get(kind="rows.test").payload == {}
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.insert(task())
    assert rows.one(Task, "WHERE kind = %s AND key = %s", ["rows.test", "none"]) is None


@pytest.mark.django_db
def test_an_expression_computes_what_it_is_given():
    assert rows.insert(task("early"), next_try_at=("%s::timestamptz + interval '1 day'", NOW))
    assert Task.objects.get(key="early").next_try_at == NOW + timedelta(days=1)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_puts_it_in():
    said, ready, key = [], threading.Barrier(8), str(new_id())

    def put() -> None:
        ready.wait()
        try:
            said.append(rows.insert(task(key), unless=ONCE))
        finally:
            connection.close()

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [False] * 7 + [True]
    assert Task.objects.filter(kind="rows.test", key=key).count() == 1
