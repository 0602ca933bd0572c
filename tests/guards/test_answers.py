"""What every answer carries: who may keep it, what it may load, who may frame it, which cookies it sets."""

import re

import pytest
from tests.guards.test_matrix import ONLY_IN_DEMONSTRATIONS, ROUTES, address, methods, visitor

FRAMED = {"builder:frame"}
"""What a page of this site shows in a frame of its own (a procedure as it looks on a phone); no other site may."""
PERSONAL = [route for route in ROUTES if route.page["who"] != "public"]


@pytest.mark.parametrize("route", PERSONAL, ids=lambda route: route.name)
def test_what_is_shown_to_one_person_is_kept_by_no_cache(route, scene):
    browser = scene.client(visitor(route, scene))
    answer = browser.get(address(route, scene)) if "GET" in methods(route) else browser.post(address(route, scene))
    kept = answer.headers.get("Cache-Control", "")
    assert {"private", "no-store"} <= {part.strip() for part in kept.split(",")}, (answer.status_code, kept)


@pytest.mark.parametrize("url", ["/", "/procedures/child_allowance/claim", "/contact", "/nothing-here", "/search?q=x"])
def test_a_public_page_that_shows_who_is_signed_in_is_kept_by_no_cache_either(url, scene):
    assert "no-store" in scene.client("owner").get(url).headers["Cache-Control"]
    assert "no-store" not in scene.client("public").get(url).headers.get("Cache-Control", "")


def test_open_data_may_be_kept_and_read_by_anybody(scene):
    for url in ("/open-data/child-allowance-claims.json", "/places/child-allowance-offices.geojson"):
        headers = scene.client("public").get(url).headers
        assert (headers["Access-Control-Allow-Origin"], headers["Cache-Control"]) == ("*", "public, max-age=3600")


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if r.name not in ONLY_IN_DEMONSTRATIONS], ids=lambda route: route.name
)
def test_every_answer_says_what_it_may_load_and_that_nobody_may_frame_it(route, scene):
    for role in ("owner", "clerk", "public"):
        answer = scene.client(role).get(address(route, scene))
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        if "sandbox" not in policy:
            parts = {part.strip() for part in policy.split(";")}
            assert "frame-ancestors 'none'" in parts or (route.name in FRAMED and "frame-ancestors 'self'" in parts)
            assert {"base-uri 'none'", "form-action 'self'"} <= {part.strip() for part in policy.split(";")}
        framed = route.name in FRAMED and answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert framed or answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        if route.page["who"] != "public":
            assert "Access-Control-Allow-Origin" not in answer.headers


def test_no_page_needs_what_the_policy_refuses(scene):
    """No script or style within a page, no handler in an attribute: what the policy would refuse, and an injection would need."""
    for role, urls in {
        "owner": ["/", "/my", "/my/facts", f"/my/applications/{scene.applications['correcting'].id}", "/nothing-here"],
        "clerk": [
            "/office/",
            f"/office/cases/{scene.applications['checked'].id}",
            "/office/registers/child-allowance/",
        ],
    }.items():
        for url in urls:
            text = scene.client(role).get(url).content.decode()
            assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\son\w+\s*=|\sstyle\s*=|javascript:", text), url


def test_cookies_are_for_this_site_and_not_for_scripts(scene, client):
    client.get("/sign-in")
    client.post("/sign-in", {"email": "anybody@example.jp"})
    client.get("/check?code=x")
    client.get("/?lang=en")
    set_here = dict(client.cookies) | dict(scene.client("owner").cookies)
    assert {"sessionid", "csrftoken", "kusei_device", "kusei_language"} <= set(set_here)
    for name, morsel in client.cookies.items():
        assert morsel["httponly"], name
        assert morsel["samesite"] == "Lax", name
        assert not morsel["domain"], name
