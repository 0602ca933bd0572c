"""Correcting (補正): only what was asked, every version kept, once."""

from datetime import date

import pytest
from django.utils import timezone

from kusei.base.ask import actions, progress
from kusei.base.ask.models import Application, Correction
from kusei.base.ask.tests.conftest import ACCOUNT
from kusei.base.decide.models import Case
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.errors import NotNow
from kusei.base.tell.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(browser):
    """An application of which phone and bank are to be corrected; the office's case waits."""
    check = browser.fill()
    browser.post(check.replace("/check", "/submit"))
    application = Application.objects.get()
    Case.objects.filter(id=application.id).update(state="correcting", paused_on=date(2026, 11, 20))
    message = "口座番号が写真とちがいます。"
    progress.ask_correction(
        application.id, ["phone", "bank"], message, date(2026, 12, 10), by=SYSTEM, now=timezone.now()
    )
    return Application.objects.get()


def test_the_resident_is_told_and_sees_what_to_correct(browser, asked):
    page = browser.get(f"/my/applications/{asked.id}").content.decode()
    assert "口座番号が写真とちがいます。" in page
    assert "令和8年12月10日" in page
    assert any("口座番号が写真とちがいます。" in m.body for m in Message.objects.all())


def test_only_the_pages_asked_for_are_open(browser, asked):
    base = f"/my/applications/{asked.id}/correct"
    assert browser.get(base).url.endswith("/correct/phone")
    assert browser.get(f"{base}/spouse").status_code == 302
    browser.post(f"{base}/spouse", {"spouse": "same"})
    assert Correction.objects.get().answers == {}


def test_corrected_answers_reach_the_office_as_a_new_version(browser, asked):
    base = f"/my/applications/{asked.id}/correct"
    assert browser.post(f"{base}/phone", {"phone": "09000000009"}).url.endswith("/bank")
    assert browser.post(f"{base}/bank", {**ACCOUNT, "bank_number": "7654321"}).url.endswith("/check")
    assert browser.get(f"{base}/check").status_code == 200
    for _ in range(2):
        browser.post(f"{base}/send")
    versions = list(asked.answer_sets.order_by("number"))
    assert [v.answers["bank"]["number"] for v in versions] == ["1234567", "7654321"]
    case = Case.objects.get(id=asked.id)
    assert case.state == "checking"
    assert case.answers["phone"] == "09000000009"
    assert Application.objects.get().state == "checking"
    assert asked.steps.filter(event="correction_received").count() == 1


def test_a_correction_half_done_cannot_be_sent(browser, asked):
    base = f"/my/applications/{asked.id}/correct"
    browser.post(f"{base}/phone", {"phone": "09000000009"})
    assert browser.post(f"{base}/send").url.endswith("/correct/bank")
    assert asked.answer_sets.count() == 1


def test_a_wrong_correction_is_told_on_its_page(browser, asked):
    answer = browser.post(f"/my/applications/{asked.id}/correct/bank", {**ACCOUNT, "bank_bank_code": "1"})
    assert answer.status_code == 400
    assert Correction.objects.get().answers == {}


def test_a_correction_that_the_office_stopped_waiting_for_is_not_taken_silently(browser, asked, resident):
    correction = Correction.objects.get()
    progress.end_correction(asked.id, now=timezone.now())
    with pytest.raises(NotNow, match="担当課"):
        actions.send_correction(correction, by=resident, now=timezone.now())
    assert asked.answer_sets.count() == 1
    page = browser.post(f"/my/applications/{asked.id}/correct/send", follow=True).content.decode()
    assert "補正の受付を終わりました" in page
