"""Signing in through a certified OpenID provider, from our link to our session and out again."""

import json
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest
from django.conf import settings
from django.test import Client

from kusei.base.accounts import means, oidc, throttle
from kusei.base.accounts.models import Account, Challenge, Identity
from kusei.base.accounts.providers import Provider
from kusei.base.accounts.tests.conftest import acting, refusals, sign_in, sign_in_staff
from kusei.base.accounts.tokens import Proof
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.tell.models import Message

ROOT = settings.WARDS_FOLDER.parent
SITE = "https://kusei.example.jp"
EMAIL = "hanako@example.jp"
SECRET = "a secret for tests"
BACK = {"resident": f"{SITE}/sign-in/service/back", "staff": f"{SITE}/office/sign-in/service/back"}


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    """The provider's address; node runs it as long as the tests do."""
    node = shutil.which("node")
    if not node or not (ROOT / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("needs node and npm's oidc-provider: npm ci")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clients = [
        {
            "client_id": kind,
            "client_secret": SECRET,
            "redirect_uris": [address],
            "post_logout_redirect_uris": [f"{SITE}/"],
        }
        for kind, address in BACK.items()
    ]
    script = Path(__file__).with_name("provider.mjs")
    with subprocess.Popen(
        [node, script, str(port), json.dumps(clients)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            said = iter(process.stdout.readline, "")
            assert any(line.strip() == "ready" for line in said), "the provider didn't start"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture
def service(issuer, db, settings) -> Callable[..., Provider]:
    """The provider as both services; keywords change how it is configured."""
    settings.ADDRESS = SITE

    def service(**more) -> Provider:
        oidc.forget_services()
        settings.SIGN_IN_SERVICES = {
            kind: Provider(
                **(
                    {"issuer": issuer, "client_id": kind, "client_secret": SECRET, "acr": {"urn:test:card": "card"}}
                    | more
                )
            )
            for kind in BACK
        }
        return settings.SIGN_IN_SERVICES["resident"]

    service()
    yield service
    oidc.forget_services()


def at_provider(address: str, subject: str, acr: str = "") -> str:
    """Walk the provider's pages as a browser would, as `subject` (nobody: refuse); gives the address it sends the browser back to."""
    with httpx.Client() as person:
        answer = person.get(address)
        while (target := answer.headers.get("location", "")) and not target.startswith(SITE):
            target = str(answer.url.join(target))
            more = {"as": subject, "acr": acr} if "/login/" in target and subject else {}
            answer = person.get(target, params=more or None)
        assert target, answer.text
        return target.removeprefix(SITE)


def walk(browser: Client, subject: str, kind: str = "resident", acr: str = "", after: str = ""):
    """From our link through the provider and back; gives our answer."""
    start = "/sign-in/service" if kind == "resident" else "/office/sign-in/service"
    gone = browser.get(start, {"next": after} if after else {})
    return browser.get(at_provider(gone.url, subject, acr))


def changed(address: str, **more) -> str:
    """The address with other values in its query; None takes one out."""
    parts = urlsplit(address)
    query = {name: value for name, value in (dict(parse_qsl(parts.query)) | more).items() if value is not None}
    return f"{parts.path}?{urlencode(query)}"


@dataclass
class Office:
    member: Account
    ict: Account


@pytest.fixture
def office(make_staff) -> Office:
    return Office(make_staff("S0001"), make_staff("S0009", role="ict"))


def registered(account: Account, issuer: str, subject: str) -> Identity:
    return Identity.objects.create(account=account, issuer=issuer, subject=subject, since=account.created_at)


def reason_logged() -> str:
    return json.loads(refusals("accounts.sign_in")[0].detail)["reason"]


# ---- residents -----------------------------------------------------------------------------------------------------------------


def test_what_is_asked_of_the_service_has_pkce_state_and_nonce(service):
    asked = parse_qs(urlsplit(Client().get("/sign-in/service").url).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [BACK["resident"]]
    assert asked["acr_values"] == ["urn:test:card"]
    assert min(len(asked[part][0]) for part in ("state", "nonce", "code_challenge")) >= 43
    kept = Challenge.objects.get().content
    assert kept["verifier"] not in asked["code_challenge"]


def test_the_first_sign_in_asks_before_it_makes_an_account(service):
    browser = Client()
    assert walk(browser, "hanako", after="/my/facts").url == "/sign-in/service/new"
    assert not Account.objects.exists()
    assert browser.get("/sign-in/service/new").status_code == 200
    assert browser.post("/sign-in/service/new").url == "/my/facts"
    account = Account.objects.get()
    assert (account.kind, account.email, account.has_usable_password()) == ("resident", "", False)
    assert browser.get("/my").status_code == 200
    entry = AuditEntry.objects.get(what="accounts.sign_in")
    assert (entry.act, entry.account_id) == ("change", str(account.id))


def test_the_second_sign_in_finds_the_same_account_whatever_it_wanted(service):
    walk(browser := Client(), "hanako")
    browser.post("/sign-in/service/new")
    assert walk(Client(), "hanako", after="/my/facts").url == "/my/facts"
    assert walk(Client(), "taro").url == "/sign-in/service/new"
    assert Account.objects.count() == 1


def test_the_session_remembers_what_the_sign_in_was_worth(service, make_resident, issuer):
    registered(make_resident(EMAIL), issuer, "hanako")
    walk(by_card := Client(), "hanako", acr="urn:test:card")
    walk(by_password := Client(), "hanako")
    assert by_card.session["proved"]["assurance"] == "card"
    assert by_password.session["proved"]["assurance"] == "email"


def test_an_address_never_matches_an_account(service, make_resident):
    make_resident(EMAIL)
    walk(browser := Client(), EMAIL)
    browser.post("/sign-in/service/new")
    assert Account.objects.count() == 2
    assert not Identity.objects.filter(account__email=EMAIL).exists()


def test_a_new_identity_joins_an_account_that_is_signed_in_to_in_the_same_session(service, make_resident):
    mine, browser = make_resident(EMAIL), Client()
    walk(browser, "hanako")
    assert sign_in(browser, EMAIL, "/sign-in/service/new").url == "/sign-in/service/new"
    assert browser.post("/sign-in/service/new").url == "/account/keys"
    assert Identity.objects.get().account == mine
    assert Message.objects.filter(account_id=mine.id, template="accounts/means-added").exists()
    walk(other := Client(), "hanako")
    assert other.session["_auth_user_id"] == str(mine.id)


def test_an_identity_is_added_from_the_page_of_ways_in(service, make_resident):
    mine, browser = make_resident(EMAIL), Client()
    sign_in(browser, EMAIL)
    page = browser.post("/account/keys/service")
    browser.get(at_provider(page.context["address"], "hanako"))
    assert Identity.objects.get().account == mine


def test_an_identity_asked_for_by_one_account_is_not_added_to_the_next_one(service, make_resident):
    make_resident(EMAIL), make_resident("taro@example.jp")
    browser = Client()
    sign_in(browser, EMAIL)
    back = at_provider(browser.post("/account/keys/service").context["address"], "hanako")
    sign_in(browser, "taro@example.jp")
    browser.get(back)
    assert not Identity.objects.exists()


def test_an_identity_of_another_account_is_not_taken_over(service, make_resident, issuer):
    registered(make_resident("taro@example.jp"), issuer, "taro")
    make_resident(EMAIL)
    sign_in(browser := Client(), EMAIL)
    back = at_provider(browser.post("/account/keys/service").context["address"], "taro")
    assert browser.get(back).status_code == 409
    assert Identity.objects.get().account.email == "taro@example.jp"


def test_a_closed_account_stays_closed(service, make_resident, issuer, now):
    mine = make_resident(EMAIL)
    registered(mine, issuer, "hanako")
    Account.objects.update(closed_at=now)
    assert walk(browser := Client(), "hanako").status_code == 400
    assert "_auth_user_id" not in browser.session
    assert [row.object_id for row in refusals("accounts.sign_in")] == [str(mine.id)]


# ---- what must not work --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"state": "x" * 43}, "state"),
        ({"state": None}, "state"),
        ({"code": "x"}, "code"),
        ({"code": None}, "answer"),
        ({"iss": "https://evil.example"}, "answer_iss"),
        ({"iss": None}, "answer_iss"),
        ({"error": "access_denied"}, "denied"),
    ],
)
def test_an_answer_that_is_changed_on_the_way_lets_nobody_in(service, more, reason):
    browser = Client()
    back = at_provider(browser.get("/sign-in/service").url, "hanako")
    assert browser.get(changed(back, **more)).status_code == 400
    assert reason_logged() == reason
    assert not Account.objects.exists()
    assert browser.get(back).status_code == 400, "a challenge is worth one answer"


def test_an_answer_counts_once(service, make_resident, issuer):
    registered(make_resident(EMAIL), issuer, "hanako")
    browser = Client()
    back = at_provider(browser.get("/sign-in/service").url, "hanako")
    assert browser.get(back).status_code == 302
    assert browser.get(back).status_code == 400


def test_an_answer_counts_only_in_the_session_that_asked(service):
    back = at_provider(Client().get("/sign-in/service").url, "hanako")
    stranger = Client()
    assert stranger.get(back).status_code == 400
    stranger.get("/sign-in/service")
    assert stranger.get(back).status_code == 400
    assert not Challenge.objects.filter(kind="identity").exists()


def test_an_answer_for_residents_opens_no_office(service, office, issuer):
    registered(office.member, issuer, "yamada")
    browser = Client()
    browser.get("/office/sign-in/service")
    back = at_provider(browser.get("/sign-in/service").url, "yamada")
    assert browser.get(back.replace("/sign-in", "/office/sign-in")).status_code == 400
    assert browser.get(back).status_code == 400
    assert "_auth_user_id" not in browser.session


def test_who_refuses_at_the_service_is_told_how_to_go_on(service):
    answer = walk(Client(), "")
    assert answer.status_code == 400
    assert 'href="/sign-in"' in answer.content.decode()


def test_an_old_challenge_is_worth_nothing(service, now):
    browser = Client()
    back = at_provider(browser.get("/sign-in/service").url, "hanako")
    Challenge.objects.update(expires_at=now - timedelta(days=400))
    assert browser.get(back).status_code == 400


@pytest.mark.parametrize(("kept", "reason"), [("verifier", "code"), ("nonce", "nonce")])
def test_neither_a_code_without_its_verifier_nor_a_token_for_another_nonce_lets_anybody_in(service, kept, reason):
    browser = Client()
    back = at_provider(browser.get("/sign-in/service").url, "hanako")
    row = Challenge.objects.get()
    Challenge.objects.update(content=row.content | {kept: "x" * 43})
    assert browser.get(back).status_code == 400
    assert reason_logged() == reason


def test_a_service_that_does_not_answer_leaves_the_other_ways(service):
    service(issuer="http://127.0.0.1:9")
    answer = Client().get("/sign-in/service")
    assert answer.status_code == 400
    assert 'href="/sign-in"' in answer.content.decode()


def test_metadata_of_another_issuer_is_not_believed(service, issuer):
    service(issuer=issuer.replace("127.0.0.1", "localhost"))
    assert Client().get("/sign-in/service").status_code == 400


def test_starting_over_and_over_is_throttled(service, monkeypatch):
    monkeypatch.setitem(throttle.LIMITS, "oidc", {"device": (), "address": (throttle.Limit(2, timedelta(minutes=15)),)})
    answers = [Client().get("/sign-in/service").status_code for _try in range(3)]
    assert answers == [302, 302, 429]


def test_without_a_service_there_is_only_the_plain_way(db, settings):
    settings.SIGN_IN_SERVICES = {"resident": None, "staff": None}
    assert Client().get("/sign-in/service").url == "/sign-in"
    assert Client().get("/office/sign-in/service/back").status_code == 400
    assert "/sign-in/service" not in Client().get("/sign-in").content.decode()


# ---- keys ----------------------------------------------------------------------------------------------------------------------


def test_metadata_and_keys_are_asked_for_once_an_hour(service, now, monkeypatch):
    asked = []
    fetch = oidc._fetch
    monkeypatch.setattr(oidc, "_fetch", lambda address: asked.append(address) or fetch(address))
    provider = service()
    for minutes in (0, 30, 59):
        oidc.begin(provider, BACK["resident"], now + timedelta(minutes=minutes))
    assert len(asked) == 2
    oidc.begin(provider, BACK["resident"], now + timedelta(minutes=61))
    assert len(asked) == 4


def test_a_new_key_of_the_service_is_fetched_when_a_token_names_it(service):
    walk(Client(), "hanako")
    known = next(iter(oidc._known.values()))
    other = oidc.jwk.RSAKey.generate_key(2048, {"kid": "old"})
    known.keys = oidc.jwk.KeySet([other])
    assert walk(Client(), "hanako").url == "/sign-in/service/new"
    known = next(iter(oidc._known.values()))
    known.keys = oidc.jwk.KeySet([other])
    assert walk(Client(), "hanako").status_code == 400, "asked again within a minute"


# ---- staff -----------------------------------------------------------------------------------------------------------------------


def test_staff_come_in_with_an_identity_that_was_registered(service, office, issuer):
    sign_in_staff(ict := Client(), "S0009")
    assert ict.post("/office/identities", {"number": "s0001", "subject": "yamada"}).url == "/office/identities"
    assert "yamada" in ict.get("/office/identities").content.decode()
    assert walk(browser := Client(), "yamada", "staff").url == "/office/start"
    assert browser.session["_auth_user_id"] == str(office.member.id)


def test_staff_do_not_come_in_unregistered_or_after_it_was_ended(service, office, issuer):
    assert walk(Client(), "yamada", "staff").status_code == 400
    identity = registered(office.member, issuer, "yamada")
    sign_in_staff(ict := Client(), "S0009")
    ict.post("/office/identities", {"end": str(identity.id)})
    assert walk(browser := Client(), "yamada", "staff").status_code == 400
    assert "_auth_user_id" not in browser.session
    assert len(refusals("accounts.sign_in")) == 2


def test_a_residents_identity_opens_no_office_and_staffs_no_my_page(service, office, issuer, make_resident):
    registered(make_resident(EMAIL), issuer, "hanako")
    registered(office.member, issuer, "yamada")
    assert walk(Client(), "hanako", "staff").status_code == 400
    assert walk(Client(), "yamada").status_code == 400


def test_only_the_ict_office_registers_and_not_for_itself(office, make_resident, now):
    by_ict = acting(office.ict, grants=frozenset({("staff.grant", "")}))
    with pytest.raises(Refused):
        means.register_identity(office.member, "https://i", "x", by=acting(office.member), now=now)
    with pytest.raises(NotNow):
        means.register_identity(office.ict, "https://i", "x", by=by_ict, now=now)
    with pytest.raises(Invalid):
        means.register_identity(make_resident(EMAIL), "https://i", "x", by=by_ict, now=now)
    with pytest.raises(NotNow):
        means.link_identity(office.member, Proof("https://i", "x", "email"), by=acting(office.member), now=now)
    assert not Identity.objects.exists()


@pytest.mark.parametrize(("number", "subject"), [("S9999", "x"), ("", "x"), ("S0001", ""), ("S0001", "y" * 256)])
def test_what_cannot_be_registered_is_said_at_its_field(service, office, number, subject):
    sign_in_staff(ict := Client(), "S0009")
    answer = ict.post("/office/identities", {"number": number, "subject": subject})
    assert answer.status_code == 400
    assert 'href="#f-' in answer.content.decode()


# ---- ways in, and out -----------------------------------------------------------------------------------------------------------


def test_the_last_way_in_is_not_removed(service):
    walk(browser := Client(), "hanako")
    browser.post("/sign-in/service/new")
    identity = Identity.objects.get()
    assert browser.post("/account/keys", {"remove": f"oidc:{identity.id}"}).status_code == 409
    Account.objects.update(email=EMAIL)
    assert browser.post("/account/keys", {"remove": f"oidc:{identity.id}"}).status_code == 302
    assert not Identity.objects.exists()


def test_anothers_way_in_is_not_removed(make_resident, issuer):
    theirs = registered(make_resident("taro@example.jp"), issuer, "taro")
    make_resident(EMAIL)
    sign_in(browser := Client(), EMAIL)
    assert browser.post("/account/keys", {"remove": f"oidc:{theirs.id}"}).status_code == 409
    assert browser.post("/account/keys", {"remove": "oidc:nothing"}).status_code == 409
    assert Identity.objects.exists()


def test_signing_out_ends_our_session_and_shows_the_way_out_of_the_service(service, issuer):
    walk(browser := Client(), "hanako")
    browser.post("/sign-in/service/new")
    answer = browser.post("/sign-out", follow=True)
    assert "_auth_user_id" not in browser.session
    assert answer.context["address"].startswith(f"{issuer}/session/end?")
    assert httpx.get(answer.context["address"]).status_code == 200


def interrupted(service) -> Client:
    """A browser whose session, begun through the service, ended before it sent a form."""
    service()
    browser = Client()
    walk(browser, "hanako")
    browser.post("/sign-in/service/new")
    browser.cookies.pop("sessionid")
    assert browser.post("/my/tie/letter", {"name": "花子"}).status_code == 401
    return browser


def test_what_was_typed_before_the_session_ended_waits_through_the_service(service):
    browser = interrupted(service)
    assert walk(browser, "hanako").url == "/sign-in/resume"
    assert 'value="花子"' in browser.get("/sign-in/resume").content.decode()


def test_and_is_not_offered_to_another_who_comes_in_through_the_service(service):
    browser = interrupted(service)
    assert walk(browser, "taro").url == "/sign-in/service/new"
    assert browser.post("/sign-in/service/new").url == "/my"
    assert browser.get("/sign-in/resume").status_code == 302
