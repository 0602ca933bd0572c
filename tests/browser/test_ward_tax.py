"""The tax worked out as one types, as residents see it: nothing for axe to find, nothing that sticks out."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.helpers import look_at, sign_in_as

from kusei.base.accounts.models import Account
from kusei.base.decide.models import Case
from kusei.counter.ward_tax.tests.conftest import *  # noqa: F403 - its fixtures need each other, so all of them
from kusei.counter.ward_tax.tests.conftest import walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
def test_the_tax_follows_what_is_typed(language, resident, document, open_page):
    browser = resident()
    document(browser.person, salary=1_800_000)
    url = walk(browser, "salary", year={"year": "2027"}, kinds={"kinds": ["salary"]})
    page = open_page()
    page.goto(f"/?lang={language}")
    sign_in_as(page, Account.objects.get(kind="resident"))
    page.goto(url)
    look_at(page, f"tax-salary-{language}")
    page.fill("[name=salary]", "6000000")
    expect(page.locator("#estimate .estimate-total")).to_contain_text("395,500")
    page.locator("#estimate summary").click()
    page.fill("[name=salary]", "0")
    expect(page.locator("#estimate .estimate-total")).to_contain_text(re.compile(r"\D0"))
    expect(page.locator("#estimate details")).to_have_attribute("open", "")
    look_at(page, f"tax-typed-{language}")
    page.goto(walk(browser, salary={"salary": "1800000"}, year={"year": "2027"}, kinds={"kinds": ["salary"]}))
    look_at(page, f"tax-check-{language}")


def test_the_clerks_desk_and_the_case(resident, document, clerk, open_page):
    browser = resident()
    document(browser.person, salary=1_800_000)
    check = walk(browser, salary={"salary": "1800000"}, kinds={"kinds": ["salary"]})
    browser.post(check.replace("/check", "/submit"))
    page = open_page()
    page.goto("/")
    sign_in_as(page, clerk.account)
    page.goto("/office/ward-tax")
    page.check("[name=year][value='2026']", force=True)
    for name, value in {"birth_year": "1980", "birth_month": "5", "birth_day": "5", "other": "3727000"}.items():
        page.fill(f"[name={name}]", value)
    page.fill("[name=social_insurance]", "249000")
    expect(page.locator("#estimate .estimate-total")).to_contain_text("307,200")
    look_at(page, "tax-desk")
    page.goto(f"/office/cases/{Case.objects.get().id}")
    expect(page.locator(".estimate-total")).to_be_visible()
    look_at(page, "tax-case")
