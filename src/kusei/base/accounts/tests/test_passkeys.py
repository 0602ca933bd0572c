"""Passkeys: what lets somebody in, and what doesn't."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from kusei.base.accounts import passkeys, throttle
from kusei.base.accounts.models import Account, Challenge, Passkey
from kusei.base.accounts.tests.authenticator import PRESENT, Authenticator
from kusei.base.accounts.tests.conftest import refusals, sign_in, sign_in_staff
from kusei.base.accounts.views.sign_in import HOME
from kusei.base.audit.models import AuditEntry
from kusei.base.tell.models import Message

SITE = "https://kusei.example.jp"
EMAIL = "hanako@example.jp"


@pytest.fixture(autouse=True)
def _address(settings):
    settings.ADDRESS = SITE


@pytest.fixture
def key() -> Authenticator:
    return Authenticator(SITE, "kusei.example.jp")


@pytest.fixture
def mine(make_resident) -> Account:
    return make_resident(EMAIL)


@pytest.fixture
def browser(mine) -> Client:
    sign_in(browser := Client(), EMAIL)
    return browser


def register(browser: Client, key: Authenticator, name: str = "", **client):
    options = browser.post("/account/keys/passkey/options").json()
    return browser.post("/account/keys/passkey", {"answer": key.create(options, **client), "name": name})


def enter(browser: Client, key: Authenticator, kind: str = "resident", after: str = "", **client):
    options = browser.post("/sign-in/passkey/options", {"kind": kind}).json()
    return browser.post("/sign-in/passkey", {"answer": key.get(options, **client), "next": after})


def test_a_registered_passkey_signs_in_without_a_name(browser, key, mine):
    assert register(browser, key, " わたしの  電話 ").json() == {"next": "/account/keys"}
    assert Passkey.objects.get().name == "わたしの 電話"
    assert enter(other := Client(), key, after="/my/facts").json() == {"next": "/my/facts"}
    assert other.session["_auth_user_id"] == str(mine.id)
    assert other.get("/my").status_code == 200
    assert Passkey.objects.get().last_used_at
    assert Message.objects.filter(account_id=mine.id, template="accounts/means-added").exists()
    newest = AuditEntry.objects.filter(what="accounts.sign_in").order_by("seq").last()
    assert (newest.act, newest.account_id) == ("change", str(mine.id))


def test_one_account_has_several_passkeys_each_registered_once(browser, key, mine):
    second = Authenticator(SITE, "kusei.example.jp")
    assert register(browser, key).status_code == register(browser, second).status_code == 200
    assert register(browser, second).status_code == 400
    assert mine.passkeys.count() == 2
    options = browser.post("/account/keys/passkey/options").json()
    assert len(options["excludeCredentials"]) == 2
    assert options["authenticatorSelection"]["residentKey"] == "required"


@pytest.mark.parametrize(
    "client",
    [
        {"challenge": "AAAAAAAA"},
        {"origin": "https://evil.example"},
        {"origin": SITE + ":8443"},
        {"type": "webauthn.create"},
    ],
)
def test_an_answer_to_something_else_lets_nobody_in(browser, key, client):
    register(browser, key)
    assert enter(other := Client(), key, **client).status_code == 400
    assert "_auth_user_id" not in other.session
    assert len(refusals("accounts.sign_in")) == 1


@pytest.mark.parametrize(
    "client", [{"challenge": "AAAAAAAA"}, {"origin": "https://evil.example"}, {"type": "webauthn.get"}]
)
def test_a_passkey_made_for_something_else_is_not_kept(browser, key, client):
    assert register(browser, key, **client).status_code == 400
    assert not Passkey.objects.exists()


def test_a_passkey_of_another_site_lets_nobody_in(browser, key):
    register(browser, key)
    key.rp_id = "evil.example"
    assert enter(Client(), key).status_code == 400


def test_another_key_under_the_same_id_lets_nobody_in(browser, key):
    register(browser, key)
    forged = Authenticator(SITE, key.rp_id, user=key.user, id=key.id)
    assert enter(Client(), forged).status_code == 400


@pytest.mark.parametrize("user", ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA"])
def test_a_passkey_that_names_no_or_another_owner_lets_nobody_in(browser, key, user):
    register(browser, key)
    key.user = user
    assert enter(Client(), key).status_code == 400


@pytest.mark.parametrize("answer", ["", "{}", "[]", "1", "nothing", '{"id": "a"}', "x" * 20_001])
def test_what_is_no_answer_is_told_so(browser, answer):
    for options, target in (
        ("/sign-in/passkey/options", "/sign-in/passkey"),
        ("/account/keys/passkey/options", "/account/keys/passkey"),
    ):
        browser.post(options)
        assert browser.post(target, {"answer": answer}).status_code == 400


def test_a_challenge_is_worth_one_answer(browser, key):
    register(browser, key)
    other = Client()
    answer = {"answer": key.get(other.post("/sign-in/passkey/options").json())}
    assert other.post("/sign-in/passkey", answer).status_code == 200
    assert other.post("/sign-in/passkey", answer).status_code == 400


def test_a_wrong_answer_uses_the_challenge_up(browser, key):
    register(browser, key)
    other = Client()
    options = other.post("/sign-in/passkey/options").json()
    assert other.post("/sign-in/passkey", {"answer": "{}"}).status_code == 400
    assert other.post("/sign-in/passkey", {"answer": key.get(options)}).status_code == 400


def test_a_challenge_counts_only_in_its_session_and_time(browser, key, now):
    register(browser, key)
    asked, stranger = Client(), Client()
    options = asked.post("/sign-in/passkey/options").json()
    stranger.post("/sign-in/passkey/options")
    assert stranger.post("/sign-in/passkey", {"answer": key.get(options)}).status_code == 400
    Challenge.objects.update(expires_at=now - timedelta(days=400))
    assert asked.post("/sign-in/passkey", {"answer": key.get(options)}).status_code == 400


def test_a_challenge_for_one_account_registers_nothing_for_the_next(browser, key, make_resident):
    make_resident("taro@example.jp")
    answer = key.create(browser.post("/account/keys/passkey/options").json())
    sign_in(browser, "taro@example.jp")
    assert browser.post("/account/keys/passkey", {"answer": answer}).status_code == 400
    assert not Passkey.objects.exists()


def test_a_counter_that_does_not_rise_means_a_copied_key(browser, key):
    key.count = 5
    register(browser, key)
    for count, status in ((6, 200), (6, 400), (4, 400), (0, 400), (7, 200)):
        key.count = count
        assert enter(Client(), key).status_code == status, count
    assert Passkey.objects.get().sign_count == 7


def test_a_key_that_does_not_count_works_again_and_again(browser, key):
    register(browser, key)
    assert [enter(Client(), key).status_code for _time in range(3)] == [200, 200, 200]


def test_staff_must_prove_themselves_to_the_key_and_residents_need_not(browser, key, make_staff):
    register(browser, key)
    key.flags = PRESENT
    assert enter(Client(), key).status_code == 200
    make_staff()
    sign_in_staff(desk := Client(), "S0001")
    staff_key = Authenticator(SITE, "kusei.example.jp")
    options = desk.post("/account/keys/passkey/options").json()
    assert options["authenticatorSelection"]["userVerification"] == "required"
    staff_key.flags = PRESENT
    assert register(desk, staff_key).status_code == 400
    staff_key.flags |= 0x04
    assert register(desk, staff_key).status_code == 200
    assert enter(Client(), staff_key, "staff").json() == {"next": reverse(HOME["staff"])}
    staff_key.flags = PRESENT
    assert enter(Client(), staff_key, "staff").status_code == 400


def test_each_door_opens_to_its_own_kind_only(browser, key, make_staff):
    register(browser, key)
    make_staff()
    sign_in_staff(desk := Client(), "S0001")
    register(desk, staff_key := Authenticator(SITE, "kusei.example.jp"))
    assert enter(Client(), key, "staff").status_code == 400
    assert enter(Client(), staff_key, "resident").status_code == 400


def test_a_closed_account_or_a_removed_passkey_lets_nobody_in(browser, key, mine, now):
    register(browser, key)
    Account.objects.update(closed_at=now)
    assert enter(Client(), key).status_code == 400
    Account.objects.update(closed_at=None)
    passkey = Passkey.objects.get()
    assert browser.post("/account/keys", {"remove": f"passkey:{passkey.id}"}).status_code == 302
    assert enter(Client(), key).status_code == 400


def test_the_last_way_in_stays(browser, key):
    register(browser, key)
    Account.objects.update(email="")
    passkey = Passkey.objects.get()
    assert browser.post("/account/keys", {"remove": f"passkey:{passkey.id}"}).status_code == 409
    register(browser, Authenticator(SITE, "kusei.example.jp"))
    assert browser.post("/account/keys", {"remove": f"passkey:{passkey.id}"}).status_code == 302
    assert Passkey.objects.count() == 1


def test_a_passkey_is_renamed_and_anothers_is_not(browser, key, make_resident):
    register(browser, key)
    passkey = Passkey.objects.get()
    assert browser.post("/account/keys", {"rename": str(passkey.id), "name": "電話"}).status_code == 302
    make_resident("taro@example.jp")
    sign_in(taro := Client(), "taro@example.jp")
    assert taro.post("/account/keys", {"rename": str(passkey.id), "name": "盗んだ"}).status_code == 409
    assert taro.post("/account/keys", {"remove": f"passkey:{passkey.id}"}).status_code == 409
    assert Passkey.objects.get().name == "電話"


def test_there_are_not_endlessly_many(browser, key, mine, monkeypatch):
    monkeypatch.setattr(passkeys, "MOST", 1)
    register(browser, key)
    assert browser.post("/account/keys/passkey/options").status_code == 409


def test_asking_over_and_over_is_throttled(db, monkeypatch):
    limit = {"device": (), "address": (throttle.Limit(2, timedelta(minutes=15)),)}
    monkeypatch.setitem(throttle.LIMITS, "passkey", limit)
    assert [Client().post("/sign-in/passkey/options").status_code for _try in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
def test_the_page_of_ways_in_shows_in_every_language(browser, key, language):
    register(browser, key, "電話")
    browser.cookies["kusei_language"] = language
    assert "電話" in browser.get("/account/keys").content.decode()


def test_the_page_needs_somebody_signed_in(db):
    for path in ("/account/keys/passkey/options", "/account/keys/passkey"):
        assert Client().post(path).url.startswith("/sign-in?")
    assert Client().get("/account/keys").url.startswith("/sign-in?")
