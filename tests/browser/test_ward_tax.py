"""The tax worked out as one types, as residents see it: nothing for axe to find, nothing that sticks out."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.helpers import look_at, sign_in_as

from kusei.base.accounts.models import Account
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
