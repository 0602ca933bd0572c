"""The main way: a claim from a phone without scripts, and its answer from the desk."""

import re
import shutil
import subprocess

import pytest
from playwright.sync_api import Page
from tests.browser import people
from tests.browser.demonstration import CLERK, HANAKO, SECTION_CHIEF, SUBSECTION_CHIEF, YUKI
from tests.browser.helpers import shoot

PHONE = {"width": 375, "height": 740, "scripts": False}
TOO_DARK = "通帳の写真が暗く、口座番号が読めません。撮り直してください。"
REASON = "請求者が公務員であることを確認しました。勤務先に請求してください。"


def find_claim(page: Page) -> None:
    """From the portal to the claim's page, by the search box."""
    page.goto("/")
    page.locator("main [type=search]").fill("児童手当")
    people.press(page.locator("main form[role=search] button"))
    people.press(page.locator(f"main a[href='{people.CLAIM}']").first)


def prove_who_one_is(page: Page) -> None:
    """Ask for the letter, type its code."""
    letterbox = people.Post(page, "業平二丁目", "letterbox")
    people.press(page.locator("main a[href^='/my/tie?']"))
    people.press(page.locator("main a[href='/my/tie/letter']").first)
    typed = {"name": "朝倉由紀", "town": "業平二丁目", "block": "11-4"}
    typed |= {"birth_date_year": "平成4", "birth_date_month": "4", "birth_date_day": "15"}
    for name, value in typed.items():
        page.locator(f"[name={name}]").fill(value)
    people.go_on(page)
    shoot(page, "way-tie")
    page.locator("[name=code]").fill(letterbox.find(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b"))
    people.go_on(page)
    assert page.url.endswith(people.CLAIM)


def mistake_in_the_account(page: Page) -> None:
    """Somebody else's account and too short a branch: named in a summary that leads to the fields, which keep what was typed."""
    people.bank(page, "アサクラ タロウ", branch_code="12")
    people.go_on(page)
    assert page.title().startswith("エラー")
    summary = page.locator("[role=alert]")
    assert summary.locator("a[href='#f-bank_holder']").count() == 1
    summary.locator("a[href='#f-bank_branch_code']").click()
    assert page.locator(":focus").get_attribute("name") == "bank_branch_code"
    assert page.locator("[name=bank_branch_code]").input_value() == "12"
    assert page.locator("[name=bank_bank_name]").input_value() == "見本銀行"
    shoot(page, "way-error")


def test_a_resident_claims_from_a_phone_without_scripts(visit):
    page = visit(**PHONE)
    find_claim(page)
    people.press(page.locator("main .button").first)
    people.type_email_and_code(page, YUKI)
    prove_who_one_is(page)
    people.press(page.locator(f"form[action='{people.CLAIM}/start'] button"))
    people.fill_in(page, YUKI, until="bank", look=lambda page: shoot(page, f"way-{people.key_of(page)}"))
    mistake_in_the_account(page)
    people.fill_in(page, YUKI)
    assert "通帳.jpg" in page.locator("main").inner_text()
    mail = people.Post(page, YUKI)
    number = people.submit(page)
    shoot(page, "way-done")
    assert mail.find(number) == number
    page.goto("/my")
    assert number in page.locator("main").inner_text()
    people.press(page.locator("main a[href^='/my/applications/']").first)
    assert people.receipt_of(page) == number


# ---- the desk -------------------------------------------------------------------------------------------------------------


def open_case(page: Page, number: str) -> str:
    """Find the case with that number from the queue, which leads straight to it; returns its address."""
    page.goto("/office/")
    page.locator("[name=q]").fill(number)
    people.press(page.locator("main form.find button"))
    assert number in page.locator("main").inner_text()
    return page.url


def take(page: Page) -> None:
    people.press(page.locator("form[action$='/take'] button"))


def check_everything(page: Page, result: str = "ok") -> None:
    """Set every check item and save."""
    for choice in page.locator(f"input[name^='check-'][value={result}]").all():
        people.tick(choice)
    people.press(page.locator("form[action$='/check'] button"))


def draft(page: Page, outcome: str, reason: str = "") -> str:
    """Draft the decision; returns the address of its approval."""
    people.press(page.locator("a[href$='/draft']"))
    people.choose(page, "outcome", outcome)
    page.locator("[name=reason]").fill(reason)
    shoot(page, f"desk-draft-{outcome}")
    people.go_on(page)
    return page.locator("a[href^='/office/approvals/']").first.get_attribute("href")


def agree(page: Page, approval: str) -> None:
    page.goto(approval)
    people.press(page.locator("button[name=do][value=agree]"))


def ask_to_correct(page: Page, case: str) -> None:
    """Ask for another photo (補正)."""
    people.press(page.locator("a[href$='/correct']"))
    people.choose(page, "questions", "bank_document")
    page.locator("[name=message]").fill(TOO_DARK)
    shoot(page, "desk-correct")
    people.go_on(page)
    assert page.url == case


def correct(page: Page) -> None:
    """Take the photo again, on the phone."""
    people.press(page.locator("main a[href$='/correct']"))
    page.locator("input[name=bank_document]").first.set_input_files(people.photo())
    people.go_on(page)
    people.go_on(page)


@pytest.fixture(scope="module")
def pdftotext() -> str:
    """The program that reads the notices."""
    if program := shutil.which("pdftotext"):
        return program
    pytest.skip("reading the notices needs pdftotext (poppler-utils)")


def resident(visit) -> Page:
    """Hanako on her phone, signed in."""
    page = visit(**PHONE)
    people.sign_in(page, HANAKO)
    return page


def notice(page: Page, application: str) -> str:
    """The text of the notice that the resident downloads, once it is made."""
    link = page.locator("main a[href^='/my/papers/']")
    for _attempt in range(people.ATTEMPTS):
        page.goto(application)
        if link.count():
            break
        page.wait_for_timeout(people.PAUSE)
    assert link.count(), page.locator("main").inner_text()
    answer = page.context.request.get(link.first.get_attribute("href"))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
    return text_of_pdf(answer.body())


def text_of_pdf(pdf: bytes) -> str:
    """The text of a PDF, without the spaces."""
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return re.sub(r"\s", "", done.stdout.decode())


@pytest.mark.usefixtures("pdftotext")
def test_a_claim_is_corrected_granted_and_told(visit, demo):
    phone = resident(visit)
    number = people.apply(phone, HANAKO)
    people.press(phone.locator("main a[href^='/my/applications/']").first)
    application = phone.url
    clerk = people.sign_in_staff(visit(), demo, CLERK)
    case = open_case(clerk, number)
    take(clerk)
    check_everything(clerk)
    shoot(clerk, "desk-case")
    mail = people.Post(phone, HANAKO)
    ask_to_correct(clerk, case)
    assert mail.find(re.escape(TOO_DARK))
    phone.goto(application)
    correct(phone)
    clerk.goto(case)
    approval = draft(clerk, "granted")
    chief = people.sign_in_staff(visit(), demo, SECTION_CHIEF)
    agree(chief, approval)
    assert "上位者による確認" in chief.locator("main").inner_text()
    mail = people.Post(phone, HANAKO)
    agree(chief, approval)
    shoot(chief, "desk-approval")
    assert mail.find("認定")
    assert "桜木花子" in notice(phone, application)
    timeline = phone.locator("main").inner_text()
    for step in ("申請を受け付けました", "補正をお願いしました", "補正を受け取りました", "決定しました"):
        assert step in timeline
    shoot(phone, "way-decided")
    phone.goto("/my/who-looked")
    looked = phone.locator("main").inner_text()
    assert "児童手当係 主事" in looked
    assert "子育て支援課 課長" in looked


@pytest.mark.usefixtures("pdftotext")
def test_a_claim_is_refused_by_three_with_its_reason(visit, demo):
    phone = resident(visit)
    number = people.apply(phone, HANAKO)
    people.press(phone.locator("main a[href^='/my/applications/']").first)
    application = phone.url
    clerk = people.sign_in_staff(visit(), demo, CLERK)
    open_case(clerk, number)
    take(clerk)
    check_everything(clerk)
    approval = draft(clerk, "refused", REASON)
    mail = people.Post(phone, HANAKO)
    for who in (SUBSECTION_CHIEF, SECTION_CHIEF):
        agree(people.sign_in_staff(visit(), demo, who), approval)
    assert mail.find("認定できない")
    assert REASON in notice(phone, application)
    assert "却下" in phone.locator("main").inner_text()
