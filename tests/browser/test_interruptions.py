"""What goes wrong between a person and the server: pressing twice, going back, a session that ends in the middle of a page."""

from playwright.sync_api import Page
from tests.browser import people
from tests.browser.demonstration import HANAKO, Demonstration


def applications(demo: Demonstration) -> int:
    """How many applications there are of Hanako's."""
    return demo.sql(
        "SELECT count(*) FROM ask_application WHERE account_id = (SELECT id FROM accounts_account WHERE login = %s)",
        HANAKO,
    )[0][0]


def ready_to_submit(page: Page) -> None:
    people.sign_in(page, HANAKO)
    people.start(page)
    people.fill_in(page, HANAKO)


def test_a_double_click_makes_one_application_and_back_leads_to_its_receipt(visit, demo):
    page = visit(width=375, height=740)
    ready_to_submit(page)
    before = applications(demo)
    page.locator(people.GO_ON).first.dblclick()
    page.wait_for_url("**/done")
    number = people.receipt_of(page)
    assert applications(demo) == before + 1
    page.go_back()
    page.wait_for_url("**/done")
    assert people.receipt_of(page) == number
    assert applications(demo) == before + 1


def test_without_scripts_pressing_again_on_the_old_page_leads_to_the_same_receipt(visit, demo):
    page = visit(width=375, height=740, scripts=False)
    ready_to_submit(page)
    before, check = applications(demo), page.url
    other = page.context.new_page()
    other.goto(check)
    number = people.submit(page)
    assert people.submit(other) == number
    assert applications(demo) == before + 1


def test_what_was_typed_is_offered_again_when_the_session_has_ended(visit, demo):
    for scripts in (False, True):
        page = visit(width=375, height=740, scripts=scripts)
        people.sign_in(page, HANAKO)
        people.start(page)
        page.goto(page.url.rsplit("/", 1)[0] + "/phone")
        page.locator("[name=phone]").fill("03-1234-5678")
        demo.sql("DELETE FROM accounts_session")
        people.go_on(page)
        assert "期限が切れました" in page.locator("main").inner_text()
        people.type_email_and_code(page, HANAKO)
        assert "続きから進めます" in page.locator("main").inner_text()
        people.press(page.locator("main form button").first)
        assert people.key_of(page) not in ("phone", "resume"), page.url
        page.goto(page.url.rsplit("/", 1)[0] + "/phone")
        assert page.locator("[name=phone]").input_value().replace("-", "") == "0312345678"
