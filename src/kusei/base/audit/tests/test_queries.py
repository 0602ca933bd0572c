"""Who looked at me, and what the ICT office sees."""

from dataclasses import asdict
from datetime import timedelta
from itertools import chain
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kusei.base import audit
from kusei.base.audit import queries
from kusei.base.kernel.actors import PUBLIC, SYSTEM, Actor

pytestmark = pytest.mark.django_db

ICT = Actor(
    kind="staff",
    account_id=UUID(int=9),
    name="情報 太郎",
    department="ICT推進課",
    grants=frozenset({("audit.view", "")}),
)


def test_a_person_sees_who_looked_when_and_why_but_no_name(clerk, now, read):
    read(3)
    [look] = queries.who_looked(3, now)
    assert asdict(look) | {"seq": 0} == {
        "seq": 0, "at": now, "actor_kind": "staff", "department": "子育て支援課", "post": "主事", "purpose": "審査",
        "what": "case.view",
    }  # fmt: skip
    assert clerk.name not in repr(look)


def test_a_person_sees_reads_of_theirs_only_newest_first(clerk, now, read):
    read(3, 4)
    read(3)
    audit.log(clerk, "change", "case.note", purpose="審査", now=now, subject=3)
    looks = queries.who_looked(3, now)
    assert len(looks) == 2
    assert looks[0].seq > looks[1].seq
    assert len(queries.who_looked(4, now)) == 1
    assert queries.who_looked(5, now) == []


def test_ones_own_reads_are_left_out_but_the_systems_are_not(now, read, clerk):
    mine = Actor(kind="resident", account_id=UUID(int=1))
    with audit.page_scope():
        audit.log(mine, "read", "party.facts", purpose="申請", now=now, subject=3)
        audit.log(SYSTEM, "read", "party.facts", purpose="通知", now=now, subject=3)
    assert [look.actor_kind for look in queries.who_looked(3, now, own_account=mine.account_id)] == ["system"]
    assert len(queries.who_looked(3, now)) == 2


def test_looks_go_on_page_by_page_until_now(clerk, now):
    for minute in range(5):
        audit.log(clerk, "read", "case.view", purpose="審査", now=now + timedelta(minutes=minute), subject=3)
    until = now + timedelta(minutes=3)
    first = queries.who_looked(3, until, size=2)
    second = queries.who_looked(3, until, before=first[-1].seq, size=2)
    assert [look.at - now for look in first + second] == [timedelta(minutes=minute) for minute in (3, 2, 1, 0)]


@pytest.mark.parametrize(
    "actor", [PUBLIC, Actor(kind="resident", account_id=UUID(int=1)), Actor(kind="staff", account_id=UUID(int=2))]
)
def test_without_the_permission_there_are_no_entries(actor, now, read):
    read(3)
    assert not queries.entries_visible(actor, "監査", now).exists()
    assert queries.entries_visible(ICT, "監査", now).count() == 1


def test_pages_go_to_older_and_back_without_gaps(now, read):
    read(*range(7))
    entries = queries.entries_visible(ICT, "監査", now)
    first = queries.page_of(entries, size=3)
    second = queries.page_of(entries, before=first.older, size=3)
    third = queries.page_of(entries, before=second.older, size=3)
    numbers = [[entry.seq for entry in page.entries] for page in (first, second, third)]
    assert list(chain.from_iterable(numbers)) == list(entries.order_by("-seq").values_list("seq", flat=True))
    assert [len(each) for each in numbers] == [3, 3, 1]
    assert (first.newer, third.older) == (0, 0)
    assert [entry.seq for entry in queries.page_of(entries, after=third.newer, size=3).entries] == numbers[1]
    assert queries.page_of(entries, after=second.newer, size=3) == first


def test_a_page_costs_one_query(now, read):
    read(*range(7))
    with CaptureQueriesContext(connection) as captured:
        queries.page_of(queries.entries_visible(ICT, "監査", now), size=3)
    assert len(captured) == 1
