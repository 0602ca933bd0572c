"""Make cases for the benchmark `queue`, in the database, and members of staff who are signed in. Run in the demonstration's environment.

`queue_cases.py staff` prints who looks, as JSON: name → session. `queue_cases.py grow N` lets the cases grow to N and prints what to
look for. One case in ten is ended work of the section that looks; one in twenty is open; one in ten has its checks, its course and its
approval with it.
"""

import json
import sys
from importlib import import_module

import django

LOOKING = {"clerk": "100101", "chief": "100103", "department_chief": "100104"}
COLLEAGUES = 40
STEP = 100_000

# Names are drawn so that the first are common and the last are rare, as names are.
DRAWN = """
CREATE TEMPORARY TABLE drawn AS
SELECT n, uuidv7() AS id, mod(n, 20) = 0 AS is_open, random() AS fate,
       CASE WHEN random() < 0.1 THEN %(section)s ELSE (%(sections)s::text[])[1 + floor(random() * cardinality(%(sections)s::text[]))::int] END AS department_id,
       %(families)s::jsonb -> floor(power(random(), 2) * jsonb_array_length(%(families)s::jsonb))::int AS family,
       %(given)s::jsonb -> floor(power(random(), 2) * jsonb_array_length(%(given)s::jsonb))::int AS given,
       (%(parties)s::uuid[])[1 + floor(random() * cardinality(%(parties)s::uuid[]))::int] AS party_id,
       now() - (CASE WHEN mod(n, 20) = 0 THEN random() * 60 ELSE 60 + random() * 1800 END) * interval '1 day' AS received_at,
       lpad(to_hex(mod(n::bigint * 2654435761, 4294967296)), 8, '0') AS drawn
  FROM generate_series(%(first)s::int, %(last)s::int) AS n
"""
CASES = """
INSERT INTO decide_case (id, number, procedure, title, snapshot_id, department_id, assignee_id, party_id, account_id, applicant_name,
       applicant_kana, words, answers, files, language, state, outcome, received_at, due_on, working_days, paused_on, decided_at, version)
SELECT d.id, number, p.procedure, p.title, p.snapshot_id, d.department_id,
       CASE WHEN state = 'received' THEN NULL ELSE s.ids[1 + mod(floor(fate * 1e6)::int, cardinality(s.ids))] END,
       d.party_id, NULL, name, kana,
       array_to_tsvector(ARRAY[lower(replace(number, '-', '')), to_char(received_at, 'YYMMDD'), substr(drawn, 1, 4), substr(drawn, 5),
             family ->> 0, given ->> 0, (family ->> 0) || (given ->> 0), family ->> 1, given ->> 1, (family ->> 1) || (given ->> 1)]),
       p.answers, '[]', 'ja', state, CASE WHEN state = 'decided' THEN 'granted' ELSE '' END, received_at,
       received_at::date + 30 + floor(fate * 15)::int, 20, CASE WHEN state = 'correcting' THEN received_at::date + 3 END,
       CASE WHEN state = 'decided' THEN received_at + interval '20 days' END, 3
  FROM (SELECT *, to_char(received_at, 'YYMMDD-') || upper(substr(drawn, 1, 4) || '-' || substr(drawn, 5)) AS number,
               (family ->> 0) || '　' || (given ->> 0) AS name, (family ->> 1) || '　' || (given ->> 1) AS kana,
               CASE WHEN NOT is_open THEN CASE WHEN fate < 0.95 THEN 'decided' ELSE 'withdrawn' END
                    WHEN fate < 0.3 THEN 'received' WHEN fate < 0.75 THEN 'checking' WHEN fate < 0.85 THEN 'correcting' ELSE 'approving' END AS state
          FROM drawn) AS d
  JOIN LATERAL (SELECT procedure, title, snapshot_id, answers FROM bench_pattern ORDER BY no OFFSET mod(mod(d.n, 7), (SELECT count(*) FROM bench_pattern)) LIMIT 1) AS p ON true
  JOIN bench_staff AS s USING (department_id)
"""
AROUND = """
INSERT INTO decide_checkitem (id, case_id, key, label, "order", result, note, checked_by_id, checked_at)
SELECT uuidv7(), id, 'check' || n, '{"ja": "確認"}', n, CASE WHEN state IN ('received', 'checking') THEN '' ELSE 'ok' END, '', NULL, NULL
  FROM made, generate_series(1, 4) AS n;
INSERT INTO decide_entry (id, case_id, at, by_id, event, note, detail)
SELECT uuidv7(), id, received_at + n * interval '1 hour', assignee_id, (ARRAY['received', 'taken', 'checked', 'noted'])[n], '', '{}'
  FROM made, generate_series(1, 4) AS n;
INSERT INTO decide_approval (id, case_id, drafted_by_id, drafted_at, outcome, reason, proposal, rule, state, ended_at)
SELECT uuidv7(), id, assignee_id, received_at, 'granted', '', '{}', '{}', CASE WHEN state = 'approving' THEN 'running' ELSE 'decided' END, decided_at
  FROM made WHERE state IN ('approving', 'decided');
INSERT INTO decide_approvalstep (id, approval_id, "order", stage, kind, mode, repeated, permission, post, label, department_id, result, comment, taken_post, taken_at, ready)
SELECT uuidv7(), a.id, 1, 0, 'decide', '', false, 'decide.decide', 'section_chief', '{"ja": "決裁"}', m.department_id, CASE WHEN a.state = 'running' THEN '' ELSE 'agreed' END, '',
       '', a.ended_at, a.state = 'running'
  FROM made AS m JOIN decide_approval AS a ON a.case_id = m.id
"""


def staff() -> dict[str, str]:
    """Open a session for each who looks, hire colleagues for every section, and note the patterns that cases are made after."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.db import connection

    from kusei.base.accounts.models import Account
    from kusei.base.kernel import clock
    from kusei.base.staff.models import Department, StaffMember

    now, sections = clock.now(), list(Department.objects.filter(path__contains="/").order_by("path"))
    for number in range(COLLEAGUES):
        account = Account.objects.create(kind="staff", login=f"bench{number}", created_at=now, password="!")
        section = sections[number % len(sections)]
        StaffMember.objects.create(
            account=account, department=section, name=f"見本　{number}", kana="ミホン", post="clerk"
        )
    looking = {}
    for name, login in LOOKING.items():
        account = Account.objects.get(login=login)
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(account.pk), settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = account.get_session_auth_hash()
        session.create()
        looking[name] = session.session_key
    with connection.cursor() as cursor:
        cursor.execute("""
            CREATE TABLE bench_pattern AS SELECT row_number() OVER () AS no, * FROM (
                SELECT DISTINCT ON (procedure) procedure, title, snapshot_id, answers FROM decide_case ORDER BY procedure) AS one_each;
            CREATE TABLE bench_staff AS SELECT path AS department_id, coalesce(
                (SELECT array_agg(id) FROM staff_staffmember WHERE staff_staffmember.department_id LIKE path || '%'),
                (SELECT array_agg(id) FROM staff_staffmember)) AS ids FROM staff_department;
            ALTER TABLE bench_staff ADD PRIMARY KEY (department_id)
        """)
    return looking


def grow(rows: int) -> dict[str, str]:
    """Let the cases grow to so many; returns what is looked for in them."""
    from django.db import connection, transaction

    from kusei.base.demo.people import names
    from kusei.base.parties.models import Party
    from kusei.base.staff.models import Department, StaffMember

    section = StaffMember.objects.get(account__login=LOOKING["chief"]).department_id
    known = {
        "section": section,
        "sections": [
            path for path in Department.objects.values_list("path", flat=True) if "/" in path and path != section
        ],
        "families": json.dumps(pairs(names(), "surnames"), ensure_ascii=False),
        "given": json.dumps(pairs(names(), "given"), ensure_ascii=False),
        "parties": [str(key) for key in Party.objects.filter(kind="person").values_list("id", flat=True)],
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM decide_case")
        there = cursor.fetchone()[0]
        for first in range(there + 1, rows + 1, STEP):
            with transaction.atomic():
                last = min(rows, first + STEP - 1)
                cursor.execute(DRAWN, {**known, "first": first, "last": last})
                cursor.execute(CASES, {})
                cursor.execute("""
                    CREATE TEMPORARY TABLE made AS
                    SELECT c.* FROM drawn JOIN decide_case AS c USING (id) WHERE drawn.n % 10 = 0""")
                cursor.execute(AROUND)
                cursor.execute("DROP TABLE drawn, made")
        for table in ("case", "checkitem", "entry", "approval", "approvalstep"):
            cursor.execute(f"VACUUM ANALYZE decide_{table}")
        cursor.execute(
            "SELECT id::text, number FROM decide_case WHERE department_id LIKE %s AND state = 'approving' AND id IN"
            " (SELECT case_id FROM decide_approval) ORDER BY received_at LIMIT 1",
            [f"{section}%"],
        )
        case, number = cursor.fetchone()
        cursor.execute("SELECT procedure FROM bench_pattern ORDER BY no LIMIT 1")
        (procedure,) = cursor.fetchone()
    families, given = pairs(names(), "surnames"), pairs(names(), "given")
    return {
        "case": case, "number": number, "procedure": procedure, "common": families[0][0], "common_kana": families[0][1][:2], "rare": families[-1][0] + given[-1][0],
    }  # fmt: skip


def pairs(known: dict, kind: str) -> list[list[str]]:
    """Names of a kind, written and read, the common ones first."""
    if kind == "surnames":
        return [[written, read] for written, read, _weight in known["surnames"]]
    return [[written, read] for decade in known["given"]["f"].values() for written, read in decade]


if __name__ == "__main__":
    django.setup()
    print(json.dumps(staff() if sys.argv[1] == "staff" else grow(int(sys.argv[2])), ensure_ascii=False))
