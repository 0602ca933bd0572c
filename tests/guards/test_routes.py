"""A walk of the URLconf: no page without its declaration, no change by following a link, errors that machines can read."""

import ast

import pytest
from django.http import HttpResponse
from django.test import Client
from tests.guards.routes import Route, routes

from kusei.base.kernel.pages import page
from kusei.base.staff.rules import PERMISSIONS

ROUTES = routes()
PERMITTED = frozenset().union(*PERMISSIONS.values())
# What a GET does besides showing something, and why that is harmless when a link is followed unasked.
SAFE_TO_FOLLOW = {
    "tell:message": "marks one's own message read",
    "accounts:resume": "forgets what was typed before the session ended, having shown it",
    "accounts:service": "counts the try, and keeps a challenge that the link's next page must answer",
    "accounts:staff_service": "the same for staff",
    "papers:check": "counts the try against guessing",
}


def each(chosen: list[Route] = ROUTES):
    return pytest.mark.parametrize("route", chosen, ids=lambda route: route.name)


def problems_of(route: Route) -> list[str]:
    """What the declaration lacks."""
    if route.page is None:
        return ["no @page"]
    who, purpose, may = (route.page[key] for key in ("who", "purpose", "may"))
    found = []
    if who not in ("public", "resident", "staff"):
        found.append(f"who is {who!r}")
    if not purpose.strip():
        found.append("no purpose")
    if who == "staff" and may not in PERMITTED:
        found.append(f"may is {may!r}, which no role gives")
    if who != "staff" and may:
        found.append("a permission that only staff can hold")
    return found


@each()
def test_every_view_declares_who_may_see_it_and_why(route):
    assert problems_of(route) == []


def test_a_view_without_its_declaration_or_with_half_of_one_is_found():
    def bare(request):
        return HttpResponse()

    assert problems_of(Route("x", "x", bare, ())) == ["no @page"]
    anybody = page(who="staff", purpose=" ")(bare)
    assert problems_of(Route("x", "x", anybody, ())) == ["no purpose", "may is None, which no role gives"]
    wrong = page(who="resident", purpose="申請", may="decide.view")(bare)
    assert problems_of(Route("x", "x", wrong, ())) == ["a permission that only staff can hold"]


def test_every_route_has_a_name_of_its_own():
    names = [route.name for route in ROUTES]
    assert len(names) == len(set(names)) > 40
    assert not [name for name in names if name.endswith("None")]


def writes(route: Route) -> bool:
    """Whether the view calls an action, or signs somebody in or out."""
    called = [node.func for node in ast.walk(route.source) if isinstance(node, ast.Call)]
    acts = [
        f
        for f in called
        if isinstance(f, ast.Attribute)
        and isinstance(f.value, ast.Name)
        and f.value.id in ("actions", "auth", "throttle")
    ]
    return bool(acts) or any(isinstance(f, ast.Name) and f.id in ("_act", "begin_session", "fill") for f in called)


@each([route for route in ROUTES if writes(route) and route.name not in SAFE_TO_FOLLOW])
def test_what_writes_is_not_done_by_following_a_link(route):
    only_post = route.methods == {"POST"}
    judged = route.looks_at_the_method or "POST" in route.methods
    assert only_post or judged, "neither require_POST nor a look at request.method"


def test_the_walk_sees_what_writes():
    seen = {route.name for route in ROUTES if writes(route)}
    assert {
        "ask:submit",
        "ask:withdraw",
        "decide:take",
        "decide:act",
        "accounts:sign_out",
        "jobs:try_again",
        "ask:page",
    } <= seen
    assert "accounts:facts" not in seen


def address(route: Route) -> str:
    """An address of the route that fits its pattern and leads to nothing."""
    fitting = {
        "uuid": "018f0000-0000-7000-8000-000000000000",
        "int": "987654321",
        "slug": "nothing",
        "path": "nothing/here",
        "str": "nothing",
    }
    filled = route.pattern
    for key, kind in route.parameters:
        filled = filled.replace(f"<{kind}:{key}>", fitting[kind])
    assert "<" not in filled, filled
    return f"/{filled}"


@each([route for route in ROUTES if route.methods == {"POST"}])
def test_what_is_only_posted_refuses_to_be_fetched(route, client, db):
    assert client.get(address(route)).status_code in (302, 405)
    assert client.head(address(route)).status_code in (302, 405)


@each([route for route in ROUTES if route.methods and "POST" not in route.methods])
def test_what_is_only_shown_refuses_to_be_posted(route, client, db):
    assert client.post(address(route)).status_code in (401, 405)


@each([r for r in ROUTES if r.parameters and r.page["who"] == "public" and not hasattr(r.view, "api")])
def test_machines_read_in_json_that_nothing_is_there(route, client, db):
    answer = client.generic(
        "POST" if route.methods == {"POST"} else "GET", address(route), headers={"Accept": "application/json"}
    )
    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "advice", "problems"}
    assert answer.headers["Content-Type"] == "application/json"


def test_machines_read_in_json_that_a_form_lacked_its_token(db):
    answer = Client(enforce_csrf_checks=True).post(
        "/sign-in", {"email": "a@example.jp"}, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, set(answer.json())) == (403, {"error", "advice", "problems"})


@each([route for route in ROUTES if route.page["who"] != "public"])
def test_nobody_in_particular_is_sent_to_sign_in(route, client, db):
    """A page that is asked for leads to signing in and back; a form that is sent gets the sign-in page with 401."""
    where = {"resident": "/sign-in", "staff": "/office/sign-in"}[route.page["who"]]
    if route.methods != {"POST"}:
        answer = client.get(address(route))
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, where)
    if not route.methods or "POST" in route.methods:
        answer = client.post(address(route), {"note": "x"})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Session realm=")


@each([route for route in ROUTES if not route.methods])
def test_other_methods_change_nothing_and_break_nothing(route, client, db):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        assert client.generic(method, address(route)).status_code < 500, method
