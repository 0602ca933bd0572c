"""Tying an account by card, and proving by card that its person is there: the pages, what is refused, two at once, and the log."""

import json
import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from kusei.base.accounts import actions
from kusei.base.accounts.models import Challenge, PartyLink
from kusei.base.accounts.queries import actor_for
from kusei.base.ask import assurance
from kusei.base.ask.schema import Procedure
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel import clock
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.signing.made import DAY
from kusei.base.signing.models import Signature
from kusei.base.signing.tests.authority import Authority
from kusei.base.signing.tests.cards import verified
from kusei.base.tell.models import Message

pytestmark = pytest.mark.django_db
PAGE = "/my/tie/card"


@pytest.fixture
def hanako(make_person):
    return make_person()


@pytest.fixture
def browser(make_resident, hanako) -> Client:
    browser = Client()
    browser.force_login(make_resident())
    return browser


def sign(browser: Client, card, *, text: bytes | None = None, **more):
    """Open the page, sign its text, send the signature as the form does; the answer."""
    browser.get(PAGE)
    content = browser.get(f"{PAGE}/text").content if text is None else text
    return browser.post(PAGE, {"signature": SimpleUploadedFile("kusei.p7s", card.signature(content))}, **more)


def means() -> list[str]:
    return list(PartyLink.objects.filter(until=None).values_list("means", flat=True))


def test_an_account_is_tied_at_once_and_the_session_counts_as_proved_by_card(browser, publish, root, hanako):
    publish()
    assert "手紙を待たずに" in browser.get("/my/tie").content.decode()
    before = browser.cookies["sessionid"].value
    answer = sign(browser, root.card())
    assert (answer.status_code, answer.url) == (302, "/my")
    link = PartyLink.objects.get()
    assert (link.party, link.means) == (hanako, "card")
    assert browser.session["proved"]["assurance"] == "card"
    assert browser.cookies["sessionid"].value != before, "the session kept its old name"
    assert AuditEntry.objects.get(what="accounts.tie").details == {"means": "card"}
    assert Message.objects.filter(template="accounts/tied").count() == 1
    assert Signature.objects.get().state == "good"
    assert verified() == ("1 accepted signatures checked, 0 faults\n", 0)
    assert "カードで本人確認をしました" in browser.get("/my").content.decode()


def test_the_text_names_the_account_and_is_good_for_one_signature(browser, publish, root):
    publish()
    browser.get(PAGE)
    text = json.loads(browser.get(f"{PAGE}/text").content)
    assert (text["format"], text["ward"]) == ("kusei-tie/1", "sumida")
    assert text["account"] == browser.session["_auth_user_id"]
    sign(browser, root.card())
    assert not Challenge.objects.filter(kind="tie.card").exists()
    assert browser.get(f"{PAGE}/text").url == PAGE


@pytest.mark.parametrize(
    ("four", "more", "word"),
    [
        ({1: "墨田　太郎"}, {}, "一致しません"),
        ({5: "東京都墨田区吾妻橋一丁目１番１号"}, {}, "一致しません"),
        ({4: "419910401"}, {}, "一致しません"),
        ({}, {"uses": ("digital_signature",)}, "署名用電子証明書で"),
        ({}, {"days": (-30, -1)}, "有効期限"),
    ],
)
def test_other_peoples_and_unfit_cards_tie_nobody(four, more, word, browser, publish, root):
    publish()
    answer = sign(browser, root.card(four, **more))
    assert answer.status_code == 400
    assert word in answer.content.decode()
    assert means() == []
    assert AuditEntry.objects.filter(what="signing.receive", act="refuse").count() == 1
    assert not Signature.objects.exists()


def test_a_card_of_an_authority_that_nobody_trusts_ties_nobody(browser, publish, root):
    publish()
    assert sign(browser, Authority.root(root.at).card()).status_code == 400
    assert means() == []


def test_what_was_signed_for_another_account_or_an_application_ties_nobody(browser, publish, root, make_resident):
    publish()
    other = make_resident("taro@example.jp")
    for text in (actions.text_of_tie(other, "x", clock.now()), b'{"format": "kusei-answers/1"}', b"[]", b"no JSON"):
        assert sign(browser, root.card(), text=text).status_code == 400
    me = make_resident("jiro@example.jp")
    now = clock.now()
    text = actions.text_of_tie(other, "x", now)
    signature, by = root.card().signature(text), actor_for(me, now)
    with pytest.raises(Invalid):
        actions.tie_by_card(me, text, signature, by=by, now=now)
    assert means() == []


def test_where_revocation_cannot_be_told_nobody_is_tied(browser, publish, root):
    answer = sign(browser, root.card())
    assert answer.status_code == 409
    assert means() == []
    publish()
    assert sign(browser, root.card()).status_code == 302


def test_a_revoked_card_ties_nobody(browser, publish, root):
    card = root.card()
    root.revoke(card, root.at - DAY)
    publish()
    answer = sign(browser, card)
    assert (answer.status_code, "失効しています" in answer.content.decode()) == (400, True)
    assert means() == []


def test_a_person_who_has_an_account_gets_no_second(browser, publish, root, make_resident, hanako):
    publish()
    make_resident("first@example.jp", hanako)
    answer = sign(browser, root.card())
    assert (answer.status_code, "別のアカウント" in answer.content.decode()) == (409, True)
    assert means() == ["letter"]


def test_two_residents_whom_a_card_fits_alike_are_told_apart_at_the_counter(browser, publish, root, make_person):
    publish()
    make_person()
    assert sign(browser, root.card()).status_code == 400
    assert means() == []


def test_an_old_text_is_asked_for_anew(browser, publish, root):
    publish()
    browser.get(PAGE)
    content = browser.get(f"{PAGE}/text").content
    Challenge.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    answer = browser.post(PAGE, root.card().signature(content), content_type="application/pkcs7-signature")
    assert (answer.status_code, "時間が過ぎました" in answer.content.decode()) == (409, True)
    assert means() == []


def test_without_authorities_the_page_leads_back(browser, settings):
    settings.CARD_ANCHORS = None
    assert browser.get(PAGE).url == "/my/tie"
    assert "手紙を待たずに" not in browser.get("/my/tie").content.decode()


@pytest.mark.parametrize("body", [b"", b"x" * 70_000, b"no signature"])
def test_what_is_no_signature_is_told(body, browser, publish):
    publish()
    browser.get(PAGE)
    answer = browser.post(PAGE, {"signature": SimpleUploadedFile("kusei.p7s", body)})
    assert answer.status_code == 400
    assert 'id="e-signature"' in answer.content.decode()


def test_guessing_is_throttled(browser, publish, root):
    publish()
    card = root.card({1: "墨田　太郎"})
    assert [sign(browser, card).status_code for _ in range(11)][-1] == 429


# ---- a session of a tied account ---------------------------------------------------------------------------------------------


def test_a_tied_account_proves_by_card_what_a_procedure_asks_for(make_resident, hanako, publish, root):
    publish()
    account = make_resident(party=hanako)
    browser = Client()
    browser.force_login(account)
    wants_card = Procedure.model_construct(assurance="card")
    assert assurance.lacking(wants_card, actor_for(account, clock.now())) == "card"
    answer = sign(browser, root.card())
    assert answer.status_code == 302
    assert browser.get("/my").wsgi_request.actor.assurance == "card"
    assert assurance.lacking(wants_card, browser.get("/my").wsgi_request.actor) == ""
    assert means() == ["letter"]
    assert AuditEntry.objects.get(what="accounts.prove").subject == str(hanako.id)
    other = Client()
    other.force_login(account)
    assert other.get("/my").wsgi_request.actor.assurance != "card", "another session of the account was raised too"


def test_another_persons_card_proves_nothing_in_it(make_resident, hanako, make_person, publish, root):
    publish()
    make_person("本所　次郎", "ホンジョ　ジロウ", block="9番9号")
    browser = Client()
    browser.force_login(make_resident(party=hanako))
    answer = sign(browser, root.card({1: "本所　次郎", 5: "東京都墨田区吾妻橋一丁目９番９号"}))
    assert answer.status_code == 400
    assert browser.get("/my").wsgi_request.actor.assurance != "card"


@pytest.mark.django_db(transaction=True)
def test_of_two_accounts_at_once_one_gets_the_person(make_resident, hanako, publish, root):
    publish()
    card, now, won, lost = root.card(), clock.now(), [], []
    accounts = [make_resident(f"a{n}@example.jp") for n in range(2)]
    barrier = threading.Barrier(2)

    def tie(account):
        try:
            text = actions.text_of_tie(account, "x", now)
            signature, by = card.signature(text), actor_for(account, now)
            barrier.wait()
            actions.tie_with_card(account, text, signature, by=by, now=now)
            won.append(account)
        except NotNow:
            lost.append(account)
        finally:
            connection.close()

    threads = [threading.Thread(target=tie, args=[account]) for account in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(won), len(lost), means()) == (1, 1, ["card"])
