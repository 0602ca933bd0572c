"""The audit log's page: for those who may, filtered, and itself logged."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.http import Http404
from django.test import RequestFactory

from kusei.base import audit
from kusei.base.audit import views
from kusei.base.audit.middleware import AuditMiddleware
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.actors import PUBLIC, Actor
from kusei.base.kernel.errors import Refused

pytestmark = pytest.mark.django_db

ICT = Actor(
    kind="staff",
    account_id=UUID(int=9),
    name="情報 太郎",
    department="ICT推進課",
    grants=frozenset({("audit.view", "")}),
)


@pytest.fixture
def get(now):
    """`get(actor, since=…)`: the page as that actor gets it."""

    def get(actor: Actor, **filters: str):
        request = RequestFactory().get("/office/audit", filters)
        request.actor, request.now = actor, now
        request.resolver_match = SimpleNamespace(view_name="audit:entries")
        return AuditMiddleware(views.entries)(request)

    return get


@pytest.fixture
def some(clerk, now):
    """A read by the clerk two days ago, a change and a refusal now."""
    with audit.page_scope():
        audit.log(clerk, "read", "case.view", purpose="審査", now=now - timedelta(days=2), subject="p3")
        audit.log(clerk, "change", "case.note", purpose="審査", now=now, subject="p4")
        audit.refusal(PUBLIC, "paper.check", purpose="確認", now=now)


def shown(response) -> list[str]:
    """The events on the page, as the rows have them."""
    text = response.content.decode()
    return [what for what in ("case.view", "case.note", "paper.check") if f">{what}<" in text]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["case.view", "case.note", "paper.check"]),
        ({"act": "read"}, ["case.view"]),
        ({"what": "case."}, ["case.view", "case.note"]),
        ({"subject": "p4"}, ["case.note"]),
        ({"department": "子育て支援課"}, ["case.view", "case.note"]),
        ({"account": str(UUID(int=7))}, ["case.view", "case.note"]),
        ({"since": "令和8年4月1日"}, ["case.note", "paper.check"]),
        ({"until": "2026-03-30"}, ["case.view"]),
        ({"since": "2026-03-30", "until": "2026-03-30"}, ["case.view"]),
        ({"act": "change", "subject": "p3"}, []),
    ],
)
def test_the_filters_narrow_the_entries(get, some, filters, expected):
    response = get(ICT, **filters)
    assert response.status_code == 200
    assert shown(response) == expected


def test_looking_is_logged_with_the_filters_names_but_not_their_values(get, some, now):
    get(ICT, what="case.", department="子育て支援課")
    entry = AuditEntry.objects.get(what="audit.entries")
    assert (entry.act, entry.account_id, entry.details) == (
        "read",
        str(ICT.account_id),
        {"filters": ["department", "what"], "rows": 2},
    )


def test_searching_for_a_person_is_a_read_about_that_person(get, some):
    get(ICT, subject="p3")
    assert AuditEntry.objects.get(what="audit.entries").subject == "p3"


@pytest.mark.parametrize(
    "filters",
    [
        {"since": "4月31日"}, {"since": "0001-01-01"}, {"until": "9999-12-31"}, {"since": "2026-04-02", "until": "2026-04-01"}, {"act": "x"}, {"before": "x"},
        {"before": str(2**63)}, {"what": "x" * 61}, {"subject": "\x00"},
    ],
)  # fmt: skip
def test_a_filter_that_can_not_be_is_explained_and_shows_nothing(get, some, filters):
    response = get(ICT, **filters)
    assert response.status_code == 400
    assert shown(response) == []
    assert not AuditEntry.objects.filter(what="audit.entries").exists()


@pytest.mark.parametrize(
    "actor", [Actor(kind="resident", account_id=UUID(int=1)), Actor(kind="staff", account_id=UUID(int=2))]
)
def test_for_others_the_page_does_not_exist_and_the_try_is_logged(get, actor):
    with pytest.raises((Refused, Http404)):
        get(actor)
    assert AuditEntry.objects.get().act == "refuse"


def test_pages_keep_the_filters(get, read):
    read(*range(60))
    first = get(ICT, what="case.").content.decode()
    assert "?what=case.&amp;before=" in first
    oldest = AuditEntry.objects.filter(what="case.view").order_by("-seq")[49].seq
    second = get(ICT, what="case.", before=str(oldest)).content.decode()
    assert "?what=case.&amp;after=" in second
