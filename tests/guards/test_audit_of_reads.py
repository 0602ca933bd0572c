"""Whoever is shown somebody's data leaves a row that says so: every answer that names a person is checked against the log."""

import pytest
from django.test import Client
from tests.guards.crawl import Ways, own, text_of
from tests.guards.scene import Scene, undone
from tests.guards.test_matrix import ITS_SECTION, NAMES, ONLY_IN_DEMONSTRATIONS, OWNER, ROUTES, address, may_see

from kusei.base.audit.models import AuditEntry

SHOWN = [
    r for r in ROUTES if r.page["who"] == "staff" and "POST" not in r.methods and r.name not in ONLY_IN_DEMONSTRATIONS
]
SEARCHES = {"decide:queue": ["?tab=open", "?tab=ended", "?q=鏑木", "?q=カブラギ"], "record:register": ["?q=鏑木"]}


def reads(scene: Scene, after: int) -> set[tuple[str, str]]:
    """Who read about the owner since then, and what for."""
    rows = AuditEntry.objects.filter(seq__gt=after, act="read", subject=str(scene.people["owner"].id))
    return {(row.account_id, row.purpose) for row in rows}


def newest() -> int:
    return AuditEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def shown_and_logged(browser: Client, url: str, scene: Scene, role: str, post: dict | None = None) -> bool:
    """Whether the answer names the owner; then the log must, too."""
    last = newest()
    answer = browser.get(url) if post is None else browser.post(url, post)
    told = text_of(answer)
    named = OWNER in told or answer.headers["Content-Type"].startswith("application/pdf")
    if named:
        assert str(scene.accounts[role].id) in {account for account, _purpose in reads(scene, last)}, (
            f"{url} tells {role} of her, unlogged"
        )
    return named


@pytest.mark.parametrize("role", sorted(ITS_SECTION))
def test_no_page_of_the_office_names_a_person_without_saying_so_in_the_log(role, scene):
    browser, named = scene.client(role), set()
    for route in SHOWN:
        if may_see(route, role, scene):
            for query in ["", *SEARCHES.get(route.name, [])]:
                if shown_and_logged(browser, address(route, scene) + query, scene, role):
                    named.add(route.name)
    assert {"decide:case", "decide:approval", "papers:office_paper"} <= named


@pytest.mark.parametrize("stage", ["received", "held", "checked", "correcting", "drafted", "decided"])
def test_a_form_that_comes_back_with_what_is_wrong_is_a_look_too(stage, scene):
    browser = scene.client("reviewer")
    url = f"/office/cases/{scene.applications[stage].id}"
    forms = [
        own(url, action or url)
        for method, action, _fields in Ways(browser.get(url).content.decode()).forms
        if method == "post"
    ]
    assert forms
    for target in forms:
        if "sign-out" not in target:
            with undone():
                shown_and_logged(browser, target, scene, "reviewer", {"version": "0"})


def test_an_export_logs_everybody_in_it(scene):
    assert NAMES["record:export"].methods == {"POST"}
    assert shown_and_logged(
        scene.client("clerk"), "/office/registers/child-allowance/export", scene, "clerk", {"q": ""}
    )
    rows = AuditEntry.objects.filter(what="record.export", subject=str(scene.people["owner"].id))
    assert [row.purpose for row in rows] == ["児童手当の台帳閲覧"]


def test_what_was_searched_for_is_not_in_the_log(scene):
    last = newest()
    scene.client("clerk").get("/office/?q=鏑木　花子")
    scene.client("clerk").get("/office/registers/child-allowance/?q=カブラギ")
    kept = AuditEntry.objects.filter(seq__gt=last)
    assert kept
    for row in kept:
        assert "鏑木" not in row.detail
        assert "カブラギ" not in row.detail


def test_a_person_learns_who_looked_and_for_what(scene):
    scene.client("colleague").get(f"/office/cases/{scene.applications['held'].id}")
    page = scene.client("owner").get("/my/who-looked").content.decode()
    assert "子育て支援課 主事" in page
    assert "職員2" not in page, "officials are told by department and post, not by name"


def test_a_list_that_is_opened_again_and_again_is_told_once_a_day_and_a_case_each_time(scene):
    browser = scene.client("colleague")
    for _again in range(3):
        browser.get("/office/?tab=open")
        browser.get(f"/office/cases/{scene.applications['held'].id}")
    mine = {"account_id": str(scene.accounts["colleague"].id), "subject": str(scene.people["owner"].id), "act": "read"}
    assert AuditEntry.objects.filter(what="case.list", **mine).count() == 3
    told = scene.client("owner").get("/my/who-looked").content.decode()
    looks = AuditEntry.objects.filter(department="子育て支援課", post="主事", act="read", subject=mine["subject"])
    assert told.count("子育て支援課 主事") == 1
    assert f"{looks.exclude(what__endswith='.list').count() + 1}回" in told
