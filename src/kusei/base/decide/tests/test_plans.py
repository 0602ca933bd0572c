"""How the queue's queries are carried out among fifty thousand cases: read off indexes, never the whole table."""

import json
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kusei.base.decide import figures, queries
from kusei.base.decide.models import Case
from kusei.base.decide.queries import Wanted

CASES = 50_000
FILL = """
INSERT INTO decide_case (id, number, procedure, title, snapshot_id, department_id, assignee_id, party_id, account_id, applicant_name,
       applicant_kana, words, answers, files, language, state, outcome, received_at, due_on, working_days, paused_on, decided_at, version)
SELECT uuidv7(), 'N' || n, procedure || CASE WHEN mod(n, 3) = 0 THEN '2' ELSE '' END, title, snapshot_id,
       (ARRAY['kodomo/kosodate', 'kumin/zeimu', 'kumin/zeimu', 'kumin/zeimu'])[1 + mod(n / 20, 4)],
       CASE WHEN mod(n, 40) = 0 THEN NULL ELSE %(staff)s::uuid END, NULL, NULL, '見本', 'ミホン',
       array_to_tsvector(ARRAY['n' || n, '姓' || mod(abs(hashint4(n)::bigint), 200), '名' || mod(abs(hashint4(-n)::bigint), 177)]), '{}', '[]', 'ja',
       CASE WHEN mod(n, 20) = 0 THEN CASE WHEN mod(n, 40) = 0 THEN 'received' ELSE 'checking' END ELSE 'withdrawn' END, '',
       now() - n * interval '1 hour', current_date - n / 500, 20, NULL, NULL, 0
  FROM decide_case, generate_series(1, %(cases)s) AS n
"""


@pytest.fixture
def many(case, clerk) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"staff": clerk.staff.id, "cases": CASES})
        cursor.execute("ANALYZE decide_case")


def nodes(plan: dict) -> Iterator[dict]:
    """Every node of a plan."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def carried_out(work) -> list[dict]:
    """The nodes that touch cases, of all queries that `work` makes, each carried out once more and counted."""
    with CaptureQueriesContext(connection) as done:
        work()
    found = []
    with connection.cursor() as cursor:
        for query in done.captured_queries:
            cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + query["sql"])
            (said,) = cursor.fetchone()
            plan = (json.loads(said) if isinstance(said, str) else said)[0]["Plan"]
            found += [node for node in nodes(plan) if node.get("Relation Name") == "decide_case"]
    return found


def read(node: dict) -> float:
    """How many rows a node read, those that it left out too."""
    return node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))


WANTED = [{"tab": tab, "procedure": procedure} for tab in queries.TABS for procedure in ("", "child_allowance/claim2")]
SEARCHED = [{"tab": tab, "text": text} for tab in ("open", "ended") for text in ("姓7", "姓77 名3", "n4999")]


def test_the_queue_reads_little_more_than_it_shows_and_a_search_only_what_it_finds(
    many, clerk, chief, office, monkeypatch, now
):
    for by in (clerk.actor, chief.actor):
        for wanted in WANTED:
            after = queries.queue(by, "審査", now, Wanted(**wanted)).older
            for place in (None, after):
                touched = carried_out(
                    lambda w=wanted, p=place, by=by: queries.queue(by, "審査", now, Wanted(**w, after=p))
                )
                assert touched, wanted
                assert not [node for node in touched if node["Node Type"] == "Seq Scan"], wanted
                assert max(map(read, touched)) <= queries.MOST_COUNTED + 1, wanted
    for wanted in SEARCHED:
        touched = carried_out(lambda w=wanted: queries.queue(clerk.actor, "審査", now, Wanted(**w)))
        assert not [node for node in touched if node["Node Type"] == "Seq Scan"], wanted
        assert max(map(read, touched)) < CASES / 20, wanted
    touched = carried_out(lambda: figures.overview(chief.actor, "進行管理", now))
    assert not [node for node in touched if node["Node Type"] == "Seq Scan"]
    monkeypatch.setattr(queries, "MOST_MERGED", 0)
    for tab in ("open", "ended"):
        touched = carried_out(
            lambda tab=tab: queries._page([Case.objects.filter(queries._tabs(chief.actor, now)[tab])], Wanted(tab=tab))
        )
        assert max(map(read, touched)) <= 4 * queries.PAGE, tab  # what a nested loop skips counts too
