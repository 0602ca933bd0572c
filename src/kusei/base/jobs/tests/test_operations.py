"""Operations: what the ICT office sees, and trying again."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from kusei.base.accounts.models import Account
from kusei.base.audit.models import AuditEntry
from kusei.base.jobs import queries
from kusei.base.jobs.models import Task
from kusei.base.kernel import clock
from kusei.base.staff.models import Department, Role, StaffMember
from kusei.base.tell import actions
from kusei.base.tell.models import Delivery

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def signed_in(client, role):
    department, _made = Department.objects.get_or_create(
        path="soumu",
        defaults={"code": "soumu", "kind": "department", "name": {"ja": "総務部", "en": "General Affairs"}},
    )
    account = Account.objects.create(kind="staff", login=role, created_at=NOW)
    staff = StaffMember.objects.create(account=account, department=department, name="職員", post="clerk")
    Role.objects.create(staff=staff, department=department, role=role, since=date(2020, 1, 1), until=date(2099, 1, 1))
    client.force_login(account)
    return client


@pytest.fixture
def ict(client):
    return signed_in(client, "ict")


def task(key, **fields):
    return Task.objects.create(kind="files.rebuild", key=key, **{"next_try_at": clock.now(), **fields})


def figures(now=NOW):
    return next(each for each in queries.health(now) if each.name == "tasks")


def test_the_page_lists_what_was_given_up_and_counts_the_rest(ict):
    task("1", state="given_up", attempts=12, last_error="OSError: disk full", failed_at=clock.now())
    task("2")
    page = ict.get(reverse("jobs:operations")).content.decode()
    assert "OSError: disk full" in page
    assert "files.rebuild 1" in page
    assert "files.rebuild 2" not in page


@pytest.mark.parametrize("role", ["clerk", "overseer"])
def test_who_may_not_operate_finds_nothing_there(client, role):
    client = signed_in(client, role)
    given_up = task("1", state="given_up")
    assert client.get(reverse("jobs:operations")).status_code == 404
    answer = client.post(reverse("jobs:try_again"), {"queue": "tasks", "id": str(given_up.id)})
    assert answer.status_code == 404
    given_up.refresh_from_db()
    assert given_up.state == "given_up"
    assert AuditEntry.objects.filter(act="refuse").count() == 2


def test_trying_again_is_at_once_and_in_the_audit_log(ict):
    given_up = task("1", state="given_up", attempts=12)
    ict.post(reverse("jobs:try_again"), {"queue": "tasks", "id": str(given_up.id)})
    given_up.refresh_from_db()
    assert (given_up.state, given_up.attempts) == ("waiting", 0)
    assert AuditEntry.objects.get(act="change").what == "jobs.try_again"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"queue": "tasks"},
        {"queue": "tasks", "id": "x"},
        {"queue": "no", "id": str(uuid4())},
        {"queue": "tasks", "id": str(uuid4())},
    ],
)
def test_forged_forms_change_nothing(ict, form):
    task("1", state="given_up")
    assert ict.post(reverse("jobs:try_again"), form).status_code == 302
    assert Task.objects.get().state == "given_up"
    assert not AuditEntry.objects.filter(act="change").exists()


def test_trying_again_is_no_link(ict):
    assert ict.get(reverse("jobs:try_again")).status_code == 405


def test_deliveries_are_listed_without_whom_they_go_to(ict):
    account = Account.objects.create(kind="resident", login="h", email="hanako@example.jp", created_at=NOW)
    actions.tell(account.id, "ask/received", {"procedure": "手続", "number": "1"}, now=clock.now())
    Delivery.objects.update(state="given_up", last_error="the server refuses the recipient (550)")
    page = ict.get(reverse("jobs:operations")).content.decode()
    assert "ask/received" in page
    assert "hanako" not in page


def test_health_tells_late_from_waiting():
    task("1", next_try_at=NOW - timedelta(minutes=6))
    task("2", next_try_at=NOW - timedelta(minutes=4))
    task("3", next_try_at=NOW + timedelta(days=1))
    found = figures()
    assert (found.waiting, found.late, found.oldest) == (3, 1, NOW - timedelta(minutes=6))
    assert found.alarming


def test_health_alarms_on_the_rate_of_failures_of_the_last_hour():
    for n in range(8):
        task(f"d{n}", state="done", done_at=NOW - timedelta(minutes=n))
    task("old", next_try_at=NOW, failed_at=NOW - timedelta(minutes=61))
    task("f1", next_try_at=NOW, failed_at=NOW)
    assert not figures().alarming
    task("f2", next_try_at=NOW, failed_at=NOW)
    found = figures()
    assert (found.done, found.failed, found.failure_rate) == (8, 2, 0.2)
    assert found.alarming


def test_a_queue_that_does_badly_is_in_the_log_and_a_good_one_is_not(caplog):
    task("1", next_try_at=NOW - timedelta(minutes=6))
    queries.report(NOW)
    assert "queue tasks: waiting=1 late=1" in caplog.text
    assert "deliveries" not in caplog.text


def test_what_failed_and_was_then_done_counts_as_done():
    task("1", state="done", done_at=NOW, failed_at=NOW)
    assert (figures().done, figures().failed) == (1, 0)


def test_the_page_costs_the_same_however_much_there_is(ict, django_assert_max_num_queries):
    for n in range(30):
        task(str(n), state="given_up")
    with django_assert_max_num_queries(28):
        ict.get(reverse("jobs:operations"))
