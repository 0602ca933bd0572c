"""What gets into the log, when, and what never does."""

from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from kusei.base import audit
from kusei.base.audit.entries import UnfitForLog
from kusei.base.audit.middleware import AuditMiddleware
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.actors import PUBLIC, SYSTEM, Actor

pytestmark = pytest.mark.django_db


def events() -> list[tuple[str, str]]:
    """(act, what) of every row, oldest first."""
    return list(AuditEntry.objects.order_by("seq").values_list("act", "what"))


def refused_note(clerk: Actor, now: datetime) -> None:
    """An action that changes, reads and refuses, then fails."""
    with audit.audit_scope():
        audit.log(clerk, "change", "case.note", purpose="審査", now=now)
        audit.log(clerk, "read", "case.view", purpose="審査", now=now, subject=3)
        audit.refusal(clerk, "case.decide", purpose="審査", now=now)
        raise ZeroDivisionError


def test_each_person_read_is_a_row_and_all_go_in_with_one_call(clerk, now):
    with (
        CaptureQueriesContext(
            connection,
        ) as queries,
        audit.page_scope(),
    ):
        audit.log(clerk, "read", "case.list", purpose="審査", now=now, subjects=range(1, 51))
    assert sorted(int(subject) for subject in AuditEntry.objects.values_list("subject", flat=True)) == list(
        range(1, 51)
    )
    assert sum("audit_append" in query["sql"] for query in queries) == 1


def test_the_row_keeps_who_what_whose_why_and_when(clerk, now):
    with audit.page_scope("request-1"):
        audit.log(
            clerk,
            "change",
            "case.take",
            purpose="審査",
            now=now,
            subject=3,
            obj=("case", 9),
            detail={"b": 2, "a": "あ"},
        )
    row = AuditEntry.objects.values().get()
    del row["hash"], row["seq"], row["lane"], row["place"]
    assert row == {
        "at": now, "actor_kind": "staff", "account_id": str(clerk.account_id), "actor_name": "山田 花子",
        "department": "子育て支援課", "post": "主事", "purpose": "審査", "act": "change", "what": "case.take",
        "object_kind": "case", "object_id": "9", "subject": "3", "request_id": "request-1", "detail": '{"a":"あ","b":2}',
    }  # fmt: skip


def test_a_residents_name_is_not_kept(now):
    with audit.page_scope():
        audit.log(
            Actor(kind="resident", account_id=5, name="住民 太郎"),
            "read",
            "party.facts",
            purpose="申請",
            now=now,
            subject=3,
        )
    row = AuditEntry.objects.get()
    assert (row.account_id, row.actor_name, row.department) == ("5", "", "")


def test_the_same_read_twice_in_a_page_is_one_row_but_changes_all_count(clerk, now):
    with audit.page_scope():
        for _ in range(2):
            audit.log(clerk, "read", "case.view", purpose="審査", now=now, subject=3)
            audit.log(clerk, "change", "case.note", purpose="審査", now=now, subject=3)
    assert sorted(events()) == [("change", "case.note")] * 2 + [("read", "case.view")]


def test_the_same_read_in_two_pages_is_two_rows(read):
    read(3)
    read(3)
    assert len(events()) == 2


def test_a_failed_action_leaves_its_refusals_and_reads_but_no_change(clerk, now):
    with pytest.raises(ZeroDivisionError):
        refused_note(clerk, now)
    assert events() == [("read", "case.view"), ("refuse", "case.decide")]


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_committed_after_the_real_rollback(connect, clerk, now):
    with pytest.raises(ZeroDivisionError):
        refused_note(clerk, now)
    rows = connect("kusei_app").execute("SELECT act FROM audit_entry ORDER BY seq").fetchall()
    assert rows == [("read",), ("refuse",)]


@pytest.mark.django_db(transaction=True)
def test_an_action_and_its_log_are_committed_together_and_hooks_run_after(connect, clerk, now):
    app, seen = connect("kusei_app"), []
    count = "SELECT count(*) FROM audit_entry"
    with audit.audit_scope():
        audit.log(clerk, "change", "case.take", purpose="審査", now=now)
        transaction.on_commit(lambda: seen.append(app.execute(count).fetchone()[0]))
        assert app.execute(count).fetchone() == (0,)
    assert seen == [1]
    assert connection.get_autocommit()
    assert connection.connection.info.transaction_status.name == "IDLE"


@pytest.mark.django_db(transaction=True)
def test_what_was_committed_is_on_the_disk_when_the_action_returns(clerk, now):
    with connection.cursor() as cursor:
        with audit.audit_scope():
            audit.log(clerk, "change", "case.take", purpose="審査", now=now)
            cursor.execute("SELECT pg_current_wal_insert_lsn()")
            before = cursor.fetchone()[0]
        cursor.execute(
            "SELECT pg_current_wal_flush_lsn() > %s::pg_lsn, current_setting('synchronous_commit')", [before]
        )
        assert cursor.fetchone() == (True, "on")


@pytest.mark.django_db(transaction=True)
def test_what_fails_at_commit_leaves_its_refusals_but_no_change(clerk, now):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")

    def act():
        with audit.audit_scope(), connection.cursor() as cursor:
            audit.log(clerk, "change", "case.take", purpose="審査", now=now)
            audit.refusal(clerk, "case.decide", purpose="審査", now=now)
            cursor.execute("INSERT INTO late VALUES (1), (1)")

    try:
        with pytest.raises(IntegrityError):
            act()
        assert events() == [("refuse", "case.decide")]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE late")


def test_nested_actions_are_written_once_by_the_outermost_as_its_last_statement(clerk, now):
    with CaptureQueriesContext(connection) as queries, audit.audit_scope():
        audit.log(clerk, "change", "case.take", purpose="審査", now=now)
        with audit.audit_scope():
            audit.log(clerk, "change", "case.note", purpose="審査", now=now)
        AuditEntry.objects.count()
    assert events() == [("change", "case.take"), ("change", "case.note")]
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert ["audit_append" in sql for sql in statements] == [False, True]


def test_a_failed_inner_action_takes_only_its_own_changes_along(clerk, now):
    with audit.audit_scope():
        audit.log(clerk, "change", "case.take", purpose="審査", now=now)
        with pytest.raises(ZeroDivisionError):
            refused_note(clerk, now)
    assert sorted(events()) == [("change", "case.take"), ("read", "case.view"), ("refuse", "case.decide")]


def test_a_refusal_of_an_inner_action_outlives_the_outer_ones_failure(clerk, now):
    def outer():
        with audit.audit_scope():
            audit.log(clerk, "change", "case.take", purpose="審査", now=now)
            refused_note(clerk, now)

    with pytest.raises(ZeroDivisionError):
        outer()
    assert events() == [("read", "case.view"), ("refuse", "case.decide")]


def test_an_action_writes_within_its_transaction_not_at_the_pages_end(clerk, now):
    with audit.page_scope("request-1"):
        audit.log(clerk, "read", "case.view", purpose="審査", now=now, subject=3)
        with audit.audit_scope():
            audit.log(clerk, "change", "case.take", purpose="審査", now=now)
        assert events() == [("change", "case.take")]
    assert events() == [("change", "case.take"), ("read", "case.view")]
    assert set(AuditEntry.objects.values_list("request_id", flat=True)) == {"request-1"}


def test_flush_writes_what_the_page_has_so_far_and_nothing_twice(clerk, now):
    with audit.page_scope():
        audit.log(clerk, "read", "case.view", purpose="審査", now=now, subject=3)
        audit.flush()
        assert events() == [("read", "case.view")]
    assert len(events()) == 1


def test_outside_any_scope_an_entry_is_written_at_once(now):
    audit.log(SYSTEM, "change", "jobs.sweep", purpose="運用", now=now)
    assert events() == [("change", "jobs.sweep")]
    assert audit.request_id() == ""


def test_a_page_is_logged_before_its_answer_leaves(rf, now):
    def view(request):
        audit.log(PUBLIC, "read", "paper.check", purpose="確認", now=now, subject=3)
        assert request.request_id == audit.request_id()
        return HttpResponse("found")

    assert AuditMiddleware(view)(rf.get("/")).content == b"found"
    assert events() == [("read", "paper.check")]


def test_without_its_log_there_is_no_page(rf, now):
    def view(request):
        audit.log(Actor(kind="robot"), "read", "case.view", purpose="審査", now=now, subject=3)
        return HttpResponse("personal data")

    with pytest.raises(IntegrityError):
        AuditMiddleware(view)(rf.get("/"))


def test_an_id_that_a_visitor_made_up_is_kept_harmless(now):
    audit.refusal(PUBLIC, "case.view", purpose="閲覧", now=now, obj=("case", "x\x00\n\ud800" + "y" * 500))
    assert AuditEntry.objects.get().object_id == "x\ufffd\ufffd\ufffd" + "y" * 196


@pytest.mark.parametrize(
    "detail",
    [
        {"password": "x"}, {"email_code": "123456"}, {"newPassword": "x"}, {"code": 1}, {"API-Key": "x"}, {"Token": "x"},
        {"path": "/search?q=山田"}, {"paths": ["/search?q=山田"]}, {"total": 1.5}, {"person": {"name": "x"}},
        {"text": ["あ" * 100] * 4},
    ],
)  # fmt: skip
def test_a_detail_that_is_secret_large_or_odd_is_refused(now, detail):
    with pytest.raises(UnfitForLog):
        audit.log(SYSTEM, "change", "jobs.sweep", purpose="運用", now=now, detail=detail)
    assert events() == []


def test_everyday_details_are_kept(now):
    detail = {"fields": ["address", "phone"], "rows": 3, "protected": True, "until": None, "why": "転居のため？"}
    audit.log(SYSTEM, "change", "party.move", purpose="異動", now=now, detail=detail)
    assert AuditEntry.objects.get().details == detail


@pytest.mark.parametrize(
    ("act", "what", "purpose"), [("look", "case.view", "審査"), ("read", "case", "審査"), ("read", "Case view", "審査"), ("read", "case.view", " ")]
)  # fmt: skip
def test_an_entry_without_known_act_dotted_name_or_purpose_is_refused(now, act, what, purpose):
    with pytest.raises(UnfitForLog):
        audit.log(SYSTEM, act, what, purpose=purpose, now=now)


def test_a_time_without_a_zone_is_refused(now):
    with pytest.raises(UnfitForLog):
        audit.log(SYSTEM, "read", "case.view", purpose="審査", now=now.replace(tzinfo=None))
