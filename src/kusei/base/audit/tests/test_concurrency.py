"""Many at once: one chain, no gaps, nothing lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from kusei.base import audit
from kusei.base.audit.models import AuditEntry
from kusei.base.audit.verify import verify

THREADS, ROUNDS = 16, 12


@pytest.mark.django_db(transaction=True)
def test_sixteen_clients_make_one_chain_without_gaps(anchors, clerk, now):
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
    assert (report.rows, report.head_seq, report.damage) == (expected, expected, None)
    assert AuditEntry.objects.filter(subject="5").count() > 0
