"""The procedures' workshop as an author sees it: nothing for axe to find, nothing that sticks out; a manuscript tried on the phone in the page."""

import pytest
from playwright.sync_api import expect
from tests.browser.helpers import look_at, sign_in_as

from kusei.base.builder.tests.conftest import *  # noqa: F403 - its fixtures need each other, so all of them

pytestmark = pytest.mark.django_db(transaction=True)

SCREENS = (
    ("", "-", "pages/5", "questions/living", "questions/living/choices/0", "decide", "decide/outcomes/0", "guide/fee")
)  # fmt: skip


def test_axe_finds_nothing_where_procedures_are_made(writing, author, open_page):
    page = open_page()
    page.goto("/")
    sign_in_as(page, author)
    home = f"/office/manuscripts/{writing.id}"
    parts = [f"/part/{at}" if at else "" for at in SCREENS]
    for number, path in enumerate([*parts, "/condition/5", "/checks", "/differences", "/publish", "/preview"]):
        page.goto(f"{home}{path}")
        expect(page.get_by_role("heading", level=1)).to_contain_text("児童手当")
        look_at(page, f"builder-{number}")


def test_the_phone_in_the_page_is_walked_as_a_resident_would(writing, author, open_page):
    page = open_page()
    page.goto("/")
    sign_in_as(page, author)
    page.goto(f"/office/manuscripts/{writing.id}/preview?who=family")
    phone = page.frame_locator("iframe")
    expect(phone.get_by_text("見本　花子")).to_be_visible()
    assert page.locator("iframe").evaluate("frame => frame.contentWindow.innerWidth") == 375
    phone.locator("input[value=correct]").check(force=True)
    phone.get_by_role("button", name="次へ").click()
    expect(phone.get_by_label("日中に連絡のつく電話番号")).to_be_visible()
