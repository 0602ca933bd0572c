"""From the first page to the receipt: once, with its files, whatever happens in between."""

import re
import uuid
from datetime import date

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone

from kusei.base.accounts.tests.conftest import refusals, together
from kusei.base.ask import actions, catalogue
from kusei.base.ask.models import AnswerSet, Application, Draft, Step
from kusei.base.ask.tests.conftest import ACCOUNT, CLAIM, PLAIN, Browser, photo
from kusei.base.audit.models import AuditEntry
from kusei.base.decide.models import Case
from kusei.base.kernel.actors import SYSTEM
from kusei.base.tell.models import Delivery, Message

pytestmark = pytest.mark.django_db


def test_a_whole_application_becomes_one_case_with_receipt_and_mail(browser, account, family):
    check = browser.fill()
    page = browser.get(check).content.decode()
    assert "墨田　空" in page
    assert "見本銀行" in page
    done = browser.post(check.replace("/check", "/submit"))
    receipt = browser.get(done.url).content.decode()
    application = Application.objects.get()
    assert application.receipt_number in receipt
    case = Case.objects.get(id=application.id)
    assert case.number == application.receipt_number
    assert case.party == family["parent"]
    assert [f["question"] for f in case.files] == ["bank_document"]
    assert (
        Delivery.objects.filter(channel="mail", address=account.email, message__about=str(application.id)).count() == 1
    )
    assert application.receipt_number in Message.objects.get(about=str(application.id)).body
    assert application.receipt_number in browser.get("/my").content.decode()


def test_submitting_again_leads_to_the_same_receipt(browser):
    check = browser.fill()
    first, again = (browser.post(check.replace("/check", "/submit")) for _ in range(2))
    assert first.url == again.url
    assert Application.objects.count() == Case.objects.count() == AnswerSet.objects.count() == 1
    assert Message.objects.count() == 1


def test_what_was_submitted_cannot_be_changed_by_going_back(browser):
    check = browser.fill()
    browser.post(check.replace("/check", "/submit"))
    answer = browser.post(check.replace("/check", "/phone"), {"phone": "0399999999"})
    assert answer.status_code == 302
    assert answer.url.endswith("/done")
    assert AnswerSet.objects.get().answers["phone"] == "0312345678"


@pytest.mark.django_db(transaction=True)
def test_submit_pressed_in_eight_windows_at_once_makes_one_application(browser, resident):
    check = browser.fill()
    draft = Draft.objects.get()
    assert check
    now = timezone.now()
    results = together(
        *[lambda: actions.submit(Draft.objects.get(id=draft.id), by=resident, now=now).receipt_number] * 8
    )
    assert len(set(results)) == 1
    assert Application.objects.count() == Case.objects.count() == Delivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_start_pressed_in_eight_windows_at_once_opens_one_draft(claim, resident):
    now = timezone.now()
    results = together(*[lambda: actions.start(CLAIM, by=resident, now=now, today=date(2026, 11, 21)).id] * 8)
    assert set(results) == {Draft.objects.get().id}


@pytest.mark.django_db(transaction=True)
def test_pages_saved_at_once_in_two_windows_both_stay(claim, resident):
    now = timezone.now()
    draft = actions.start(CLAIM, by=resident, now=now, today=date(2026, 11, 21))
    answers = [{f"q{n}": n} for n in range(8)]
    together(*[lambda a=a: actions.save(Draft.objects.get(id=draft.id), a, by=resident, now=now) for a in answers])
    assert Draft.objects.get().answers == {f"q{n}": n for n in range(8)}


def test_an_incomplete_draft_is_not_submitted_and_the_open_page_is_shown(browser):
    page = browser.fill(until="spouse")
    answer = browser.post(page.replace("/spouse", "/submit"))
    assert answer.status_code == 302
    assert answer.url.endswith("/spouse")
    assert not Application.objects.exists()


def test_the_draft_waits_for_another_device(browser, account):
    browser.fill(until="pension")
    other = Browser()
    other.force_login(account)
    assert other.begin().endswith("/pension")
    assert Draft.objects.count() == 1


def test_a_draft_finishes_on_the_version_it_began(browser, claim):
    page = browser.fill(until="pension")
    changed = catalogue.written(CLAIM)
    changed.summary.ja = "新しい版です。"
    newer = actions.publish(CLAIM, changed, valid_from=date(2026, 4, 2), by=SYSTEM, now=timezone.now())
    assert newer.number == 2
    assert browser.get(page).status_code == 200
    assert Draft.objects.get().snapshot_id == claim.id


def test_publishing_the_same_text_again_makes_no_new_version(claim):
    again = actions.publish(CLAIM, catalogue.written(CLAIM), valid_from=date(2026, 5, 1), by=SYSTEM, now=timezone.now())
    assert again.id == claim.id


def test_the_register_is_read_once_for_a_draft_and_each_person_is_in_the_log(browser, family):
    url = browser.begin()
    read = {e.subject for e in AuditEntry.objects.filter(act="read")}
    assert {str(p.id) for p in family.values()} <= {str(s) for s in read}
    before = AuditEntry.objects.filter(act="read").count()
    browser.get(url)
    assert AuditEntry.objects.filter(act="read").count() == before


def test_somebody_elses_draft_does_not_exist_and_the_try_is_audited(browser, make_resident, make_person):
    page = browser.fill(until="pension")
    thief = Browser()
    thief.force_login(make_resident("thief@example.jp", make_person("別人", "ベツジン")))
    for method, path in (
        ("get", page),
        ("post", page),
        ("get", page.replace("/pension", "/check")),
        ("post", page.replace("/pension", "/submit")),
    ):
        assert getattr(thief, method)(path, PLAIN["pension"]).status_code == 404
    assert len(refusals("ask.draft")) == 4
    assert thief.get(f"/apply/{uuid.uuid4()}/you").status_code == 404


def test_somebody_elses_application_and_file_do_not_exist(browser, make_resident):
    check = browser.fill()
    browser.post(check.replace("/check", "/submit"))
    application = Application.objects.get()
    attachment = application.draft.attachments.get()
    thief = Browser()
    thief.force_login(make_resident("thief@example.jp"))
    for path in (
        f"/my/applications/{application.id}",
        f"/my/files/{attachment.id}",
        f"/my/applications/{application.id}/correct",
    ):
        assert thief.get(path).status_code == 404
    assert thief.post(f"/my/applications/{application.id}/withdraw").status_code == 404
    assert Application.objects.get().state == "received"


def test_a_forged_child_is_refused_and_audited(browser, make_person):
    page = browser.fill(until="children")
    stranger = make_person("よその子", "ヨソノコ", date(2020, 1, 1))
    answer = browser.post(page, {"children": [str(stranger.id)]})
    assert answer.status_code == 400
    assert "children" not in Draft.objects.get().answers
    assert len(refusals("ask.forged")) == 1


BAD = [
    ("phone", {"phone": "x" * 5000}),
    ("spouse", {"spouse": "queen"}),
    ("spouse", {}),
    ("bank", {**ACCOUNT, "bank_holder": "ベツジン タロウ"}),
    ("bank", {**ACCOUNT, "bank_number": "12345678901234567890"}),
    ("bank", {**ACCOUNT, "bank_bank_name": "あ" * 100_000}),
    ("bank-document", {"bank_document": photo("a.jpg", b"<html><script>alert(1)</script></html>")}),
    ("bank-document", {"bank_document": photo("a.jpg", b"PK\x03\x04" + b"\0" * 200)}),
    ("bank-document", {"bank_document": photo("a.jpg", b"\xff\xd8\xff\xe0truncated")}),
    ("bank-document", {}),
]


@pytest.mark.parametrize(("key", "given"), BAD)
def test_bad_input_is_told_on_the_page_and_changes_nothing(browser, key, given):
    page = browser.fill(until=key)
    for value in given.values():
        if hasattr(value, "seek"):
            value.seek(0)
    before = Draft.objects.get().answers
    answer = browser.post(page, given)
    assert answer.status_code == 400
    text = answer.content.decode()
    assert 'role="alert"' in text
    assert re.search(r'id="e-[^"]+"', text)
    assert Draft.objects.get().answers == before


@pytest.mark.parametrize(("key", "given"), [("phone", {"phone": "\x00"}), ("older", {"older": ["yes\x00"]})])
def test_what_no_text_can_hold_is_refused_and_changes_nothing(browser, key, given):
    page = browser.fill(until=key)
    before = Draft.objects.get().answers
    assert browser.post(page, given).status_code == 400
    assert Draft.objects.get().answers == before


def test_bytes_that_are_no_utf8_are_refused(browser):
    page = browser.fill(until="phone")
    answer = browser.post(page, "phone=%ff%fe%80", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert "phone" not in Draft.objects.get().answers


def test_what_was_typed_is_on_the_page_again(browser):
    page = browser.fill(until="bank")
    answer = browser.post(page, {**ACCOUNT, "bank_branch_code": "x", "bank_branch_name": "亀戸支店"})
    assert answer.status_code == 400
    assert "亀戸支店" in answer.content.decode()


def test_without_a_session_one_is_sent_to_sign_in_and_the_draft_stays(browser):
    page = browser.fill(until="pension")
    browser.logout()
    answer = browser.get(page)
    assert answer.status_code == 302
    assert answer.url.startswith("/sign-in?next=")
    assert Draft.objects.get().answers["spouse"] == "none"


def test_without_the_csrf_token_nothing_is_saved(claim, account):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(account)
    assert strict.post(f"/procedures/{CLAIM}/start").status_code == 403
    assert not Draft.objects.exists()


def test_a_file_can_be_taken_back_before_submitting(browser):
    page = browser.fill(until="agreement").replace("/agreement", "/bank-document")
    kept = Draft.objects.get().answers["bank_document"]
    answer = browser.post(page, {"remove": kept[0]["attachment"]})
    assert answer.url == page
    assert Draft.objects.get().answers["bank_document"] == []
    assert browser.begin() == page


def test_an_untied_account_is_led_to_proving_who_it_is(claim, make_resident):
    stranger = Browser()
    stranger.force_login(make_resident("new@example.jp"))
    assert stranger.post(f"/procedures/{CLAIM}/start").url == f"/procedures/{CLAIM}"
    assert "/my/tie" in stranger.get(f"/procedures/{CLAIM}").content.decode()
    assert not Draft.objects.exists()


def test_a_draft_can_be_thrown_away_but_not_an_application(browser):
    check = browser.fill()
    browser.post(check.replace("/check", "/discard"))
    assert not Draft.objects.exists()
    check = browser.fill()
    browser.post(check.replace("/check", "/submit"))
    browser.post(check.replace("/check", "/discard"))
    assert Application.objects.count() == Draft.objects.count() == 1


def test_withdrawing_ends_application_and_case(browser):
    check = browser.fill()
    browser.post(check.replace("/check", "/submit"))
    application = Application.objects.get()
    browser.post(f"/my/applications/{application.id}/withdraw")
    assert Application.objects.get().state == "withdrawn"
    assert Case.objects.get().state == "withdrawn"
    browser.post(f"/my/applications/{application.id}/withdraw")
    assert Step.objects.filter(event="withdrawn").count() == 1


def test_a_question_page_takes_few_queries(browser, django_assert_max_num_queries):
    page = browser.fill(until="pension")
    with django_assert_max_num_queries(6):
        browser.get(page)
    with django_assert_max_num_queries(9):
        browser.post(page, PLAIN["pension"])


def test_the_application_role_cannot_change_what_was_published_or_submitted(browser):
    check = browser.fill()
    browser.post(check.replace("/check", "/submit"))
    for table in ("ask_snapshot", "ask_answerset", "ask_step"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE kusei_app")
            for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
                with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                    cursor.execute(statement)
            cursor.execute("RESET ROLE")
