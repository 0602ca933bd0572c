"""An application signed with a made card: the pages, a program of the resident's, lists that are missing, a correction, and years later."""

import base64
import json
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue, progress
from kusei.base.ask.models import AnswerSet, Application, Draft
from kusei.base.ask.schema import Procedure
from kusei.base.ask.tests.conftest import *  # noqa: F403 - its fixtures need each other, so all of them
from kusei.base.ask.tests.conftest import CLAIM, Browser
from kusei.base.audit.models import AuditEntry
from kusei.base.decide.models import Case, Entry
from kusei.base.decide.present import happened
from kusei.base.jobs.handlers import Later
from kusei.base.jobs.models import Task
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM
from kusei.base.parties.models import Residence
from kusei.base.signing import actions, lists
from kusei.base.signing.models import RevocationList, Signature
from kusei.base.signing.tests.authority import DAY
from kusei.base.signing.tests.cards import *  # noqa: F403 - its fixtures
from kusei.base.signing.tests.cards import verified
from kusei.base.tell.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(db):
    """The claim as it would be with a seal's successor: tied, and signed."""
    from kusei.base.staff.models import Department

    Department.objects.get_or_create(
        path="kodomo/kosodate", defaults={"code": "kosodate", "kind": "section", "name": {"ja": "子育て支援課"}}
    )
    signed = Procedure.model_validate(catalogue.written(CLAIM).stored() | {"signature": "card"})
    return ask.publish(CLAIM, signed, valid_from=date(2026, 4, 1), by=SYSTEM, now=timezone.now())


@pytest.fixture
def card(root):
    return root.card()


@pytest.fixture
def check(browser) -> str:
    """A draft with every answer given: the address of its check page."""
    return browser.fill()


@pytest.fixture
def program(browser, tmp_path):
    """A program of the resident's: gets the text, signs it with a card, posts the signature; gives the answer."""

    def program(card, url, *, text=None, **more):
        content = browser.get(f"{url}/text").content if text is None else text
        signature = card.sign(tmp_path, content, **more)
        return browser.post(url, signature, content_type="application/pkcs7-signature")

    return program


def sign_url(check: str) -> str:
    return check.replace("/check", "/sign")


def submit(browser, check: str):
    return browser.post(check.replace("/check", "/submit"))


def test_without_a_signature_nothing_is_submitted(browser, check, publish):
    publish()
    page = browser.get(check).content.decode()
    assert "押印のかわりに" in page
    assert submit(browser, check).url == check
    assert "署名が必要です" in browser.get(check).content.decode()
    assert not Application.objects.exists()


def test_a_signed_application_is_submitted_and_staff_see_by_whom(browser, check, publish, program, card):
    publish()
    answer = program(card, sign_url(check))
    assert (answer.status_code, answer.json()["state"]) == (200, "good")
    page = browser.get(check).content.decode()
    assert "署名済み" in page
    assert answer.json()["digest"] in page
    assert submit(browser, check).url.endswith("/done")
    signature, application = Signature.objects.get(), Application.objects.get()
    assert signature.answer_set_id == application.answer_sets.get().id
    entry = Entry.objects.get(case=application.id, event="received")
    [shown] = happened([entry], Case.objects.get().snapshot.content, [])
    assert "電子署名：墨田　花子" in shown["body"]
    assert signature.serial in shown["body"]


def test_the_text_is_canonical_json_of_all_that_is_submitted(browser, check, publish):
    content = browser.get(f"{sign_url(check)}/text")
    text, draft = json.loads(content.content), Draft.objects.get()
    assert text["answers"] == draft.answers
    assert (text["about"], text["number"], text["format"]) == (str(draft.id), 1, "kusei-answers/1")
    assert list(text["files"]) == [draft.answers["bank_document"][0]["file"]]
    assert ["電話番号", ["03-1234-5678"]] in text["shown"] or any("1234" in str(lines) for _q, lines in text["shown"])
    assert content.headers["X-Content-Digest"] == f"sha-256={actions.digest_of(content.content)}"
    assert actions.digest_of(content.content) in browser.get(check).content.decode()


def test_the_form_takes_the_file_that_a_person_uploads(browser, check, publish, card, tmp_path):
    publish()
    url = sign_url(check)
    assert browser.get(url).status_code == 200
    signature = card.sign(tmp_path, browser.get(f"{url}/text").content, form="PEM")
    answer = browser.post(url, {"signature": SimpleUploadedFile("kusei.p7s", signature)})
    assert (answer.status_code, answer.url) == (302, check)
    for wrong in (
        {},
        {"signature": SimpleUploadedFile("x.p7s", b"x" * 70_000)},
        {"signature": SimpleUploadedFile("x", b"x")},
    ):
        answer = browser.post(url, wrong)
        assert answer.status_code == 400
        assert 'id="e-signature"' in answer.content.decode()
    assert Signature.objects.count() == 1


def test_changed_answers_need_a_new_signature(browser, check, publish, program, card):
    publish()
    assert program(card, sign_url(check)).status_code == 200
    browser.post(check.replace("/check", "/phone"), {"phone": "03-9999-8888"})
    assert submit(browser, check).url == check
    assert not Application.objects.exists()
    assert program(card, sign_url(check)).status_code == 200
    assert submit(browser, check).url.endswith("/done")


def test_a_signature_of_another_draft_is_worth_nothing(browser, check, publish, program, card):
    publish()
    text = json.loads(browser.get(f"{sign_url(check)}/text").content) | {
        "about": "018f0000-0000-7000-8000-000000000000"
    }
    answer = program(card, sign_url(check), text=json.dumps(text).encode())
    assert (answer.status_code, answer.json()["state"]) == (400, "refused")
    assert AuditEntry.objects.get(what="signing.receive").details == {"reason": "content"}


@pytest.mark.parametrize(
    ("four", "more"),
    [
        ({1: "墨田　太郎"}, {}),
        ({5: "東京都墨田区吾妻橋一丁目１番１号"}, {}),
        ({4: "419910401"}, {}),
        ({}, {"uses": ("digital_signature",)}),
        ({}, {"days": (-30, -1)}),
    ],
)
def test_somebody_elses_and_unfit_cards_are_refused(four, more, check, publish, program, root):
    publish()
    answer = program(root.card(four, **more), sign_url(check))
    assert answer.status_code == 400
    assert not Signature.objects.exists()
    assert AuditEntry.objects.filter(what="signing.receive", act="refuse").count() == 1


def test_where_revocation_cannot_be_told_it_waits_and_is_not_accepted(browser, check, publish, program, card):
    """No list yet: kept, tried again by the worker, and submitted only once it is known to hold."""
    assert program(card, sign_url(check)).json()["state"] == "waiting"
    assert "確認待ち" in browser.get(check).content.decode()
    assert submit(browser, check).url == check
    assert not Application.objects.exists()
    task = Task.objects.get(kind=actions.CHECK)
    with pytest.raises(Later):
        actions.check(task, clock.now())
    publish(issued=-3, lasts=2)  # one that ran out tells nothing either
    with pytest.raises(Later):
        actions.check(task, clock.now())
    publish()
    actions.check(task, clock.now())
    assert Signature.objects.get().state == "good"
    assert Message.objects.filter(template="signing/checked").count() == 1
    assert submit(browser, check).url.endswith("/done")


def test_a_card_revoked_meanwhile_is_refused_after_all(browser, check, publish, program, card, root):
    program(card, sign_url(check))
    root.revoke(card, clock.now() - timedelta(hours=1))
    publish()
    actions.check(Task.objects.get(kind=actions.CHECK), clock.now())
    assert (Signature.objects.get().state, Signature.objects.get().reason) == ("refused", "revoked")
    assert Message.objects.filter(template="signing/refused").count() == 1
    assert submit(browser, check).url == check
    assert program(card, sign_url(check)).status_code == 400


def test_without_authorities_no_signature_is_taken(browser, check, settings, card, publish, program):
    publish()
    for name, value in (("CARD_ANCHORS", None), ("CARD_CRLS", [])):
        was = getattr(settings, name)
        setattr(settings, name, value)
        assert program(card, sign_url(check)).status_code == 409
        setattr(settings, name, was)
    assert not Signature.objects.exists()


def test_a_correction_needs_a_signature_of_its_own(browser, check, publish, program, card):
    publish()
    program(card, sign_url(check))
    submit(browser, check)
    application = Application.objects.get()
    Case.objects.filter(id=application.id).update(state="correcting", paused_on=date(2026, 11, 20))
    progress.ask_correction(application.id, ["phone"], "x", None, by=SYSTEM, now=timezone.now())
    here = f"/my/applications/{application.id}/correct"
    browser.post(f"{here}/phone", {"phone": "03-9999-8888"})
    assert browser.post(f"{here}/send").url == here
    assert AnswerSet.objects.count() == 1
    old = Signature.objects.get()
    assert browser.post(f"{here}/sign", base64.b64decode(old.cms), content_type="application/cms").status_code == 400
    assert program(card, f"{here}/sign").json()["state"] == "good"
    assert browser.post(f"{here}/send").url == f"/my/applications/{application.id}"
    second = AnswerSet.objects.get(number=2)
    assert Signature.objects.get(answer_set_id=second.id).number == 2
    assert Entry.objects.get(event="correction_received").detail["signed"]["signer"] == "墨田　花子"


def test_other_peoples_texts_are_not_there(check, claim, make_resident, publish):
    stranger = Client()
    stranger.force_login(make_resident("taro@example.jp"))
    for url in (sign_url(check), f"{sign_url(check)}/text"):
        assert stranger.get(url).status_code == 404
    assert stranger.post(sign_url(check), b"x", content_type="application/cms").status_code == 404


def test_a_procedure_without_signatures_has_no_such_pages(browser, check, publish):
    catalogue._procedure.cache_clear()
    from kusei.base.ask.models import Snapshot

    plain = Snapshot.objects.get()
    Snapshot.objects.filter(id=plain.id).update(definition=plain.definition | {"signature": "none"})
    assert [browser.get(url).url for url in (sign_url(check), f"{sign_url(check)}/text")] == [check, check]
    assert "押印のかわりに" not in browser.get(check).content.decode()


def test_signed_twice_it_is_one(check, publish, program, card):
    publish()
    assert [program(card, sign_url(check)).status_code for _ in range(2)] == [200, 200]
    assert Signature.objects.count() == 1


def test_neither_text_nor_name_lies_open(check, publish, program, card):
    publish()
    program(card, sign_url(check))
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM signing_signature t")
        [(row,)] = cursor.fetchall()
    for open_ in ("墨田", "吾妻橋", "1234567", "kusei-answers"):
        assert open_ not in row


# ---- years later -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def accepted(browser, check, publish, program, card) -> Signature:
    publish()
    program(card, sign_url(check))
    submit(browser, check)
    return Signature.objects.get()


def test_years_later_it_is_verified_from_what_was_kept(accepted, settings, monkeypatch):
    settings.CARD_ANCHORS, settings.CARD_CRLS = None, []
    monkeypatch.setattr(clock, "now", lambda: accepted.received_at + DAY * 3650)
    lists.forget(clock.now())
    assert verified() == ("1 accepted signatures checked, 0 faults\n", 0)
    assert verified("--id", str(accepted.id))[1] == 0
    assert verified("--id", "018f0000-0000-7000-8000-000000000000")[1] == 1


@pytest.mark.parametrize(
    ("what", "word"),
    [
        ("answers", "answers kept"),
        ("digest", "not the one"),
        ("evidence", "no list"),
        ("audit", "audit log"),
        ("swapped", "can't be opened"),
    ],
)
def test_whatever_was_tampered_with_is_found(accepted, what, word):
    if what == "answers":
        Signature.objects.update(answer_set_id=accepted.id)
    elif what == "digest":
        Signature.objects.update(digest="0" * 64)
    elif what == "evidence":
        accepted.evidence.clear()
    elif what == "audit":
        Signature.objects.update(certificate="0" * 64)
    else:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE signing_signature SET content = cms")
    said, code = verified()
    assert code == 1
    assert word in said


# ---- lists -----------------------------------------------------------------------------------------------------------------


def test_lists_are_kept_once_and_forgotten_when_nothing_rests_on_them(publish, root, accepted):
    kept = RevocationList.objects.count()
    assert lists.fetch(clock.now()) == 0
    assert publish(issued=0) == 1
    lists.forget(clock.now() + DAY * 30)
    assert RevocationList.objects.count() == 1 <= kept
    assert accepted.evidence.count() == 1


@pytest.mark.parametrize("content", [b"", b"no list", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"])
def test_what_is_no_list_is_told_and_changes_nothing(publish, tmp_path, content, caplog):
    publish()
    (tmp_path / "list.crl").write_bytes(content)
    assert lists.fetch(clock.now()) == 0
    assert "a revocation list was not fetched" in caplog.text
    assert RevocationList.objects.count() == 1


def test_a_list_is_fetched_over_the_net_and_a_server_that_is_down_leaves_the_last(root, settings, live_list):
    settings.CARD_CRLS = [live_list.url]
    live_list.content = root.crl()
    assert lists.fetch(clock.now()) == 1
    live_list.status = 500
    assert lists.fetch(clock.now()) == 0
    live_list.close()
    assert lists.fetch(clock.now()) == 0
    assert len(lists.current(clock.now())) == 1


@pytest.fixture
def live_list():
    """A small server of lists."""
    import http.server
    import threading

    class Server:
        content, status = b"", 200

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(Server.status)
            self.end_headers()
            self.wfile.write(Server.content)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    Server.url = f"http://127.0.0.1:{server.server_port}/list.crl"
    Server.close = staticmethod(lambda: (server.shutdown(), server.server_close()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Server
    if thread.is_alive():
        Server.close()


# ---- assurance -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("assurance", "proved", "begins"), [("tied", "email", True), ("card", "email", False), ("card", "card", True)]
)
def test_the_procedure_asks_for_enough_proof_at_the_start(assurance, proved, begins, claim, account):
    from kusei.base.ask.models import Snapshot

    Snapshot.objects.filter(id=claim.id).update(definition=claim.definition | {"assurance": assurance})
    browser = Browser()
    browser.force_login(account)
    session = browser.session
    session["proved"] = {"assurance": proved}
    session.save()
    answer = browser.post(f"/procedures/{CLAIM}/start")
    assert Draft.objects.exists() == begins
    assert ("/apply/" in answer.url) == begins
    assert ("カードでログインする" in browser.get(f"/procedures/{CLAIM}").content.decode()) == (not begins)


def test_and_when_it_is_submitted(browser, check, publish, program, card, claim):
    """Begun with the card, submitted in a session that began with an e-mail code: asked for the card again."""
    from kusei.base.ask.models import Snapshot

    publish()
    program(card, sign_url(check))
    catalogue._procedure.cache_clear()
    Snapshot.objects.filter(id=claim.id).update(definition=claim.definition | {"assurance": "card"})
    assert submit(browser, check).url == check
    assert not Application.objects.exists()
    session = browser.session
    session["proved"] = {"assurance": "card"}
    session.save()
    assert submit(browser, check).url.endswith("/done")


def test_an_address_that_the_register_lacks_matches_no_card(check, publish, program, card):
    publish()
    Residence.objects.update(town=None, elsewhere="東京都墨田区吾妻橋一丁目23番20号")
    assert program(card, sign_url(check)).status_code == 400
