"""Sessions, forms from elsewhere, and guessing: what somebody without a right may try."""

import pytest
from django.test import Client
from tests.guards.routes import Route
from tests.guards.scene import Scene, fingerprints
from tests.guards.test_matrix import FORMS, ROUTES, address, visitor

from kusei.base.accounts.models import Account, Session

PASSWORD = "correct horse battery"


@pytest.fixture
def clerk(scene) -> Account:
    account = scene.accounts["clerk"]
    account.set_password(PASSWORD)
    account.save()
    return account


def sign_in(browser: Client, account: Account, password: str = PASSWORD, **more):
    return browser.post("/office/sign-in", {"number": account.login, "password": password}, **more)


POSTED = [
    route
    for route in ROUTES
    if route.page["who"] != "public" and (route.methods == {"POST"} or "POST" in route.methods or not route.methods)
]


@pytest.mark.parametrize("route", POSTED, ids=lambda route: route.name)
def test_a_form_from_another_site_does_nothing(route: Route, scene: Scene):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(scene.accounts[visitor(route, scene)])
    before = fingerprints()
    answer = browser.post(
        address(route, scene),
        FORMS.get(route.name, lambda scene: {})(scene),
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert fingerprints() == before


def test_signing_in_begins_a_session_that_nobody_could_have_planted(clerk):
    browser = Client()
    browser.get("/office/sign-in")
    session = browser.session
    session["planted"] = "by somebody else"
    session.save()
    planted = session.session_key
    browser.cookies["sessionid"] = planted
    assert sign_in(browser, clerk).status_code == 302
    assert browser.cookies["sessionid"].value != planted
    assert not Session.objects.filter(session_key=planted).exists()
    stranger = Client()
    stranger.cookies["sessionid"] = planted
    assert stranger.get("/office/").status_code == 302


def test_a_session_that_was_signed_out_is_over_on_the_server(clerk):
    browser, thief = Client(), Client()
    sign_in(browser, clerk)
    thief.cookies["sessionid"] = browser.cookies["sessionid"].value
    assert thief.get("/office/").status_code == 200
    browser.post("/sign-out")
    assert thief.get("/office/").status_code == 302


def test_a_changed_password_ends_sessions_elsewhere(clerk):
    browser = Client()
    sign_in(browser, clerk)
    clerk.set_password("another horse battery")
    clerk.save()
    assert browser.get("/office/").status_code == 302


def test_a_forged_address_in_a_header_opens_no_throttle(clerk):
    statuses = []
    for n in range(30):
        spoofed = {
            "X-Forwarded-For": f"10.0.0.{n}",
            "X-Real-IP": f"10.0.1.{n}",
            "Forwarded": f"for=10.0.2.{n}",
            "Client-IP": f"10.0.3.{n}",
        }
        statuses.append(sign_in(Client(), clerk, "wrong", headers=spoofed).status_code)
    assert 429 in statuses
    assert statuses[-1] == 429


def test_nothing_tells_an_account_that_exists_from_one_that_does_not(clerk):
    there, not_there = (
        Client().post("/office/sign-in", {"number": number, "password": "x"}) for number in (clerk.login, "S9999")
    )
    plain = [answer.content.decode().replace(clerk.login, "").replace("S9999", "") for answer in (there, not_there)]
    tokens = [text.split('name="csrfmiddlewaretoken" value="')[1][:64] for text in plain]
    assert plain[0].replace(tokens[0], "") == plain[1].replace(tokens[1], "")
    known, unknown = (
        Client().post("/sign-in", {"email": email}) for email in ("owner@example.jp", "nobody@example.jp")
    )
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_a_request_for_another_host_is_refused(scene):
    for host in ("evil.example", "testserver@evil.example", "testserver.evil.example"):
        assert Client().get("/", headers={"Host": host}).status_code == 400
