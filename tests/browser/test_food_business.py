"""Food business permits, from the first page to the permit: for a company, two sites, a correction, inspections booked and made, one without scripts."""

from datetime import timedelta
from urllib.parse import urljoin

import pytest
from django.test import Client
from tests.browser.helpers import WIDTHS, assert_fits, assert_no_axe_violations, shoot

from kusei.base.accounts.models import Account
from kusei.base.book.models import Booking
from kusei.base.charge.models import Charge
from kusei.base.decide import actions as office_acts
from kusei.base.decide.models import Case
from kusei.base.demo.applying import picture
from kusei.counter.food_business.models import Permit, Site
from kusei.counter.food_business.tests.conftest import *  # noqa: F403 - its fixtures need each other, so all of them
from kusei.counter.food_business.tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def files(tmp_path):
    path = tmp_path / "drawings.jpg"
    path.write_bytes(picture("drawings").read())
    return path


def sign_in(page, account):
    browser = Client()
    browser.force_login(account)
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": "sessionid", "value": browser.cookies["sessionid"].value, "url": urljoin(page.url, "/")}]
    )


def look_at(page, name):
    """Nothing for axe to find, nothing that sticks out."""
    assert page.locator("h1").count() == 1, page.url
    for width in WIDTHS:
        assert_fits(page, width)
        if width in (1280, 375):
            assert_no_axe_violations(page)
            shoot(page, f"food-{name}-{width}")


def press(page, name):
    page.get_by_role("button", name=name, exact=True).locator("visible=true").last.click()
    page.wait_for_load_state()


def fill_site(page, files, name, kind):
    page.get_by_label("営業所の名称").fill(name)
    page.get_by_label("営業所の所在地").fill("吾妻橋一丁目1番1号")
    page.locator("label", has_text=kind).first.click()
    page.locator("label", has_text="新規").first.click()
    page.get_by_label("食品衛生責任者の氏名").fill("見本　料子")
    page.locator("label", has_text="調理師").first.click()
    page.locator("input[type=file]").last.set_input_files(files)
    press(page, "保存する")


def fill_in(page, files):
    """Answer every question, from the start to the check page."""
    look_at(page, "whom")
    page.locator("label", has_text="株式会社見本フーズ").click()
    press(page, "次へ")
    page.get_by_role("heading", name="法人の代表者").wait_for()
    page.get_by_label("法人の代表者").fill("代表取締役　見本　花子")
    press(page, "次へ")
    page.get_by_label("電話番号").wait_for()
    assert page.get_by_label("申請者の氏名または法人の名称").input_value() == "株式会社見本フーズ"
    page.get_by_label("電話番号").fill("03-0000-0001")
    press(page, "次へ")
    page.get_by_role("heading", name="営業所 1").wait_for()
    look_at(page, "site")
    press(page, "保存する")
    page.get_by_text("入力してください。").first.wait_for()
    look_at(page, "site-problems")
    fill_site(page, files, "見本食堂　本店", "飲食店営業")
    page.get_by_role("heading", name="営業所 1").wait_for()
    page.get_by_role("link", name="営業所を追加する").click()
    page.get_by_role("heading", name="営業所 2").wait_for()
    fill_site(page, files, "見本ベーカリー", "菓子製造業")
    page.get_by_text("見本ベーカリー").first.wait_for()
    look_at(page, "sites")
    press(page, "次へ")
    page.locator("label", has_text="申請の内容は事実のとおりです").click()
    press(page, "次へ")


def correct(page, case):
    """Put the first site's address right, as the section asked."""
    page.goto(f"/my/applications/{case.id}")
    page.get_by_role("link", name="補正する").click()
    look_at(page, "correct")
    page.get_by_role("link", name="変更する").first.click()
    page.get_by_label("営業所の所在地").fill("吾妻橋一丁目1番1号　見本ビル1階")
    press(page, "保存する")
    page.get_by_text("見本ビル1階").wait_for()
    press(page, "次へ")
    page.get_by_role("heading", name="補正の確認").wait_for()
    press(page, "補正を提出する")
    page.get_by_text("補正を受け取りました").first.wait_for()


def book(page, case, site):
    """Choose a time for the first site's inspection, and confirm it."""
    page.goto(f"/my/applications/{case.id}")
    look_at(page, "to-book")
    page.get_by_role("link", name="日時を選ぶ").first.click()
    look_at(page, "slots")
    page.locator("label", has_text="10:30").first.click()
    press(page, "次へ")
    page.get_by_role("heading", name="この日時でよいですか").wait_for()
    look_at(page, "held")
    press(page, "この日時で予約する")
    page.get_by_text("予約しました。").first.wait_for()
    assert Booking.objects.get(state="confirmed").about == site.id
    page.goto(f"/my/applications/{case.id}/bookings/{site.id}")
    look_at(page, "booked")


def record_inspection(page, site):
    """Record as a clerk that the site passed."""
    page.goto(f"/office/registers/food-sites/{site.id}")
    look_at(page, "inspect")
    page.locator("label", has_text="適合").first.click()
    for part, value in (("year", "2026"), ("month", "6"), ("day", "1")):
        page.locator(f"[name=day_{part}]").fill(value)
    page.get_by_label("該当する査定項目の数").fill("8")
    press(page, "検査の結果を記録する")
    page.get_by_text("記録しました。").first.wait_for()


def apply(page, taro, files) -> Case:
    """From the procedure's page to the receipt, with one answer changed on the way."""
    page.goto("/procedures/food_business/apply")
    sign_in(page, taro)
    page.goto("/procedures/food_business/apply")
    look_at(page, "procedure")
    page.get_by_role("button", name="オンラインで申請する").click()
    fill_in(page, files)
    page.get_by_role("heading", name="入力内容の確認").wait_for()
    assert "見本ベーカリー" in page.locator("main").inner_text()
    look_at(page, "check")
    page.get_by_role("link", name="変更").nth(4).click()
    page.get_by_role("heading", name="営業所 1").wait_for()
    assert "item=" in page.url
    press(page, "保存する")
    page.get_by_role("link", name="変更する").first.wait_for()
    press(page, "次へ")
    page.get_by_role("heading", name="入力内容の確認").wait_for()
    press(page, "この内容で申請する")
    page.get_by_role("heading", name="申請を受け付けました").wait_for()
    return Case.objects.get()


@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_first_page_to_the_permit(
    scripts, person, empower, company, office, clerk, slots, inspect, decide, pay, files, open_page, monkeypatch
):
    monkeypatch.setattr("kusei.base.kernel.clock.now", lambda: NOW)
    if not scripts:  # axe is a script; what it looks at is the same
        monkeypatch.setattr(f"{__name__}.look_at", lambda page, name: None)
    empower(person("taro"))
    slots()
    taro = Account.objects.get(login="taro@example.jp")
    page = open_page(scripts=scripts)
    case = apply(page, taro, files)
    assert (case.party_id, case.applicant_name) == (company.id, "株式会社見本フーズ")
    office_acts.take(case, by=clerk.actor, now=NOW)
    office_acts.ask_correction(case, ["sites"], "本店の所在地に建物名を加えてください。", None, by=clerk.actor, now=NOW)
    correct(page, case)
    one, two = Site.objects.order_by("order")
    assert one.address.endswith("見本ビル1階")

    sign_in(page, clerk.account)
    page.goto(f"/office/cases/{case.id}")
    look_at(page, "case")
    assert "見本ビル1階" in page.locator("main").inner_text()
    page.goto(f"/office/registers/charges/{Charge.objects.filter(state='unpaid').first().id}")
    press(page, "窓口で収納したことを記録する")
    pay(case)
    sign_in(page, taro)
    book(page, case, one)
    sign_in(page, clerk.account)
    record_inspection(page, one)
    inspect(two, "failed", findings="手洗い設備がない")
    decide(case, "partly", "手洗い設備がないため。")
    page.goto(f"/office/registers/food-permits/{Permit.objects.get().id}")
    look_at(page, "permit")

    sign_in(page, taro)
    page.goto(f"/my/applications/{case.id}")
    text = page.locator("main").inner_text()
    assert "営業許可書" in text
    assert "手洗い設備がない" in text
    look_at(page, "decided")
    monkeypatch.setattr("kusei.base.kernel.clock.now", lambda: NOW + timedelta(days=400))  # the mandate has ended
    assert page.goto(f"/my/applications/{case.id}").status == 404
