"""Append-only is a matter of rights in the database, not of good manners in the program."""

import json

import psycopg
import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from psycopg.errors import InsufficientPrivilege, InvalidTransactionState

from kusei.base.audit.models import AuditEntry

APP = "kusei_app"
ENTRY = {
    "at": "2026-04-01T00:00:00+00:00", "actor_kind": "system", "actor_name": "", "department": "", "post": "", "purpose": "運用",
    "act": "change", "what": "jobs.sweep", "object_kind": "", "object_id": "", "request_id": "", "detail": "{}",
}  # fmt: skip


def append(somebody: psycopg.Connection, *entries: dict) -> int:
    return somebody.execute("SELECT audit_append(%s::jsonb)", [json.dumps(entries)]).fetchone()[0]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_entry SELECT * FROM audit_entry",
        "UPDATE audit_entry SET purpose = 'x'",
        "UPDATE audit_entry SET seq = seq",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "COPY audit_entry FROM STDIN",
        "DROP TABLE audit_entry",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP FUNCTION audit_append(jsonb)",
        "CREATE OR REPLACE FUNCTION audit_append(entries jsonb) RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
        "SET session_replication_role = replica",
        "SELECT nextval('audit_number')",
        "SELECT setval('audit_number', 1)",
        "SELECT * FROM audit_entry FOR UPDATE",
    ],
)
def test_the_application_can_do_nothing_but_append(connect, read, statement):
    read(3)
    with pytest.raises(InsufficientPrivilege):
        connect(APP).execute(statement)
    assert AuditEntry.objects.count() == 1


def test_the_application_can_append_and_read(connect):
    app = connect(APP)
    last = append(app, ENTRY, ENTRY)
    rows = app.execute("SELECT array_agg(seq ORDER BY seq), array_agg(place ORDER BY seq) FROM audit_entry").fetchone()
    assert rows == ([last - 1, last], [1, 2])


def test_number_and_hash_are_the_databases_whatever_the_application_says(connect):
    app = connect(APP)
    last = append(app, ENTRY | {"seq": 99, "hash": "\\x00", "lane": 0, "place": 7})
    row = app.execute("SELECT seq, octet_length(hash), lane > 0, place FROM audit_entry").fetchone()
    assert row == (last, 32, True, 1)


@pytest.mark.parametrize("said", ["99", "0", "-1", "x", "1; DROP TABLE", "٣"])
def test_no_lane_that_is_none_can_be_chosen(connect, said):
    app = connect(APP)
    app.execute("SELECT set_config('kusei.audit_lane', %s, false)", [said])
    append(app, ENTRY)
    assert app.execute("SELECT lane BETWEEN 1 AND 32 FROM audit_entry").fetchone() == (True,)


def test_a_role_that_is_nobody_can_not_even_append(connect):
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_function_privilege('pg_monitor', 'audit_append(jsonb)', 'EXECUTE')")
        assert cursor.fetchone() == (False,)
        cursor.execute("SELECT has_table_privilege('pg_monitor', 'audit_entry', 'SELECT')")
        assert cursor.fetchone() == (False,)


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_older_than_the_lock_is_refused(connect, level):
    app = connect(APP)
    app.execute(f"SET default_transaction_isolation = '{level.lower()}'")
    with pytest.raises(InvalidTransactionState):
        append(app, ENTRY)


def test_bytes_of_another_encoding_are_refused(connect):
    app = connect(APP)
    app.execute("SET client_encoding = 'SJIS'")
    with pytest.raises(InvalidTransactionState):
        append(app, ENTRY)


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET purpose = 'x'", "DELETE FROM audit_entry"])
@pytest.mark.django_db
def test_even_the_owner_is_stopped_from_changing_rows(read, statement):
    read(3)
    with pytest.raises((ProgrammingError, InternalError), match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)
    assert AuditEntry.objects.get().purpose == "審査"


@pytest.mark.parametrize(
    "wrong",
    [{"act": "look"}, {"actor_kind": "robot"}, {"purpose": ""}, {"what": ""}, {"detail": "[]"}, {"detail": '{"a":1,"a":2}'}, {"at": None}],
)  # fmt: skip
def test_a_malformed_entry_is_refused_with_all_that_came_with_it(connect, wrong):
    app = connect(APP)
    with pytest.raises(psycopg.IntegrityError):
        append(app, ENTRY, ENTRY | wrong)
    assert app.execute("SELECT count(*) FROM audit_entry").fetchone() == (0,)
