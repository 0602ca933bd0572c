"""The chain's bytes: fixed for ever, and the same in SQL and in Python."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from kusei.base import audit
from kusei.base.audit import chain
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.actors import SYSTEM, Actor

ROW = SimpleNamespace(
    lane=2, place=1, seq=3, at=datetime(2026, 4, 1, 0, 30, 0, 123456, tzinfo=UTC), actor_kind="staff", account_id="7", actor_name="山田",
    department="子育て支援課", post="主事", purpose="審査", act="read", what="case.view", object_kind="case", object_id="9",
    subject=None, request_id="", detail="{}",
)  # fmt: skip


def test_canonical_bytes_are_those_of_the_document():
    assert chain.canonical(ROW).hex(" ") == (
        "00 00 00 11 "  # 17 columns
        "00 00 00 14 00 00 00 08 00 00 00 00 00 00 00 02 "  # lane
        "00 00 00 14 00 00 00 08 00 00 00 00 00 00 00 01 "  # place
        "00 00 00 14 00 00 00 08 00 00 00 00 00 00 00 03 "  # seq
        "00 00 04 a0 00 00 00 08 00 02 f1 59 f3 eb d4 40 "  # at: microseconds since 2000-01-01
        "00 00 00 19 00 00 00 05 73 74 61 66 66 "
        "00 00 00 19 00 00 00 01 37 "
        "00 00 00 19 00 00 00 06 e5 b1 b1 e7 94 b0 "
        "00 00 00 19 00 00 00 12 e5 ad 90 e8 82 b2 e3 81 a6 e6 94 af e6 8f b4 e8 aa b2 "
        "00 00 00 19 00 00 00 06 e4 b8 bb e4 ba 8b "
        "00 00 00 19 00 00 00 06 e5 af a9 e6 9f bb "
        "00 00 00 19 00 00 00 04 72 65 61 64 "
        "00 00 00 19 00 00 00 09 63 61 73 65 2e 76 69 65 77 "
        "00 00 00 19 00 00 00 04 63 61 73 65 "
        "00 00 00 19 00 00 00 01 39 "
        "00 00 00 19 ff ff ff ff "  # subject: NULL
        "00 00 00 19 00 00 00 00 "  # request_id: empty
        "00 00 00 19 00 00 00 02 7b 7d"
    )


@pytest.mark.django_db
def test_the_database_hashes_the_same_bytes(now):
    odd = ["", "𠮷野家 👨‍👩‍👧", "葛\U000e0100", "a\\b\"c'", "Ａ％ % {0} $1"]
    with audit.page_scope():
        for number, text in enumerate(odd):
            by = Actor(kind="staff", account_id=None if number else 7, name=text, department=text, post=text)
            earlier = (now - timedelta(days=20_000 * number)).astimezone(timezone(timedelta(hours=9)))
            audit.log(
                by, "read", "case.view", purpose="審査", now=earlier, subject=text, detail={"text": text, "一": 10**20}
            )
        audit.log(SYSTEM, "change", "jobs.sweep", purpose="運用", now=now)
    before, rows = chain.GENESIS, list(AuditEntry.objects.order_by("seq"))
    assert [row.place for row in rows] == list(range(1, len(odd) + 2))
    assert len({row.lane for row in rows}) == 1
    for row in rows:
        assert chain.link(before, chain.canonical(row)) == bytes(row.hash)
        before = bytes(row.hash)


def test_rows_from_before_lanes_have_the_bytes_they_always_had():
    old = SimpleNamespace(**vars(ROW) | {"lane": 0, "place": None, "seq": 1})
    assert chain.canonical(old)[:36].hex(" ") == (
        "00 00 00 0f "  # 15 columns
        "00 00 00 14 00 00 00 08 00 00 00 00 00 00 00 01 "  # seq
        "00 00 04 a0 00 00 00 08 00 02 f1 59 f3 eb d4 40"
    )
    assert chain.put_at(chain.canonical(old), 0, 5, 9) == chain.canonical(SimpleNamespace(**vars(old) | {"seq": 5}))


def test_a_row_takes_another_place_without_changing_otherwise():
    moved = SimpleNamespace(**vars(ROW) | {"lane": 7, "place": 2**40, "seq": 2**41})
    assert chain.put_at(chain.canonical(ROW), 7, 2**40, 2**41) == chain.canonical(moved)
