"""A place in a bicycle park, from the first page to the permit: applied for, decided, paid at the counter, in use."""

import pytest
from tests.browser.helpers import look_at, sign_in_as

from kusei.base.accounts.models import Account
from kusei.base.charge.models import Charge
from kusei.base.decide.models import Case
from kusei.base.papers.models import Paper
from kusei.counter.bicycle_parking.models import Use
from kusei.counter.bicycle_parking.tests.conftest import *  # noqa: F403 - its fixtures need each other, so all of them
from kusei.counter.bicycle_parking.tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def fill_in(page):
    """Answer every question, from the start to the check page."""

    def next_page():
        page.get_by_role("button", name="次へ").locator("visible=true").last.click()
        page.wait_for_load_state()

    look_at(page, "bicycle-lot")
    page.locator("label", has_text="北口").click()
    next_page()
    page.locator("label", has_text="3か月").click()
    page.get_by_label("防犯登録番号").fill("A00001")
    next_page()
    page.locator("label", has_text="いいえ（一般）").click()
    next_page()
    page.locator("label", has_text="あてはまらない").click()
    next_page()
    page.get_by_label("あなたの名前").fill("荒川　桃")
    page.get_by_label("電話番号").fill("03-0000-0001")
    next_page()
    page.locator("label", has_text="申請の内容は事実のとおりです").click()
    next_page()


def test_from_the_first_page_to_the_permit(lot, decide, clerk, open_page, monkeypatch):
    monkeypatch.setattr("kusei.base.kernel.clock.now", lambda: NOW)
    lot(1)
    momo = Account.objects.create(kind="resident", login="momo@example.jp", email="momo@example.jp", created_at=NOW)
    page = open_page()
    page.goto("/procedures/bicycle_parking/apply")
    sign_in_as(page, momo)
    page.goto("/procedures/bicycle_parking/apply")
    look_at(page, "bicycle-procedure")
    page.get_by_role("button", name="オンラインで申請する").click()

    fill_in(page)
    look_at(page, "bicycle-check")
    page.get_by_role("button", name="この内容で申請する").click()
    page.get_by_role("heading", name="申請を受け付けました").wait_for()
    case = Case.objects.get()
    assert Use.objects.get(case=case).state == "held"

    decide(case, "granted")
    page.goto(f"/my/applications/{case.id}")
    assert "6,000" in page.locator("main").inner_text()
    look_at(page, "bicycle-due")

    sign_in_as(page, clerk.account)
    page.goto(f"/office/registers/charges/{Charge.objects.get().id}")
    look_at(page, "bicycle-charge")
    page.get_by_role("button", name="窓口で収納したことを記録する").click()
    page.get_by_text("収納済み").first.wait_for()
    page.goto(f"/office/registers/bicycle-uses/{Use.objects.get().id}")
    look_at(page, "bicycle-use")

    sign_in_as(page, momo)
    page.goto(f"/my/applications/{case.id}")
    assert "自転車駐車場 定期利用承認証" in page.locator("main").inner_text()
    look_at(page, "bicycle-used")
    assert Paper.objects.filter(about=case.id).count() == 2
    page.goto("/account/programs")
    look_at(page, "bicycle-programs")
