"""One round trip a page: what a script that follows gets, and that nothing else changes by it."""

import pytest

from kusei.base.ask.models import Application, Draft
from kusei.base.ask.tests.conftest import CLAIM, PLAIN

pytestmark = pytest.mark.django_db
FOLLOW = {"X-Kusei-Follow": "1"}


def test_a_post_is_answered_with_the_page_it_leads_to(browser):
    page = browser.fill(until="spouse")
    answer = browser.post(page, PLAIN["spouse"], headers=FOLLOW)
    there = answer.headers["X-Kusei-Location"]
    assert (answer.status_code, there.rsplit("/", 1)[1]) == (200, "pension")
    assert 'name="pension"' in answer.content.decode()
    assert Draft.objects.get().answers["spouse"] == "none"


def test_the_page_is_the_same_as_the_one_fetched(browser):
    page = browser.fill(until="spouse")
    followed = browser.post(page, PLAIN["spouse"], headers=FOLLOW)
    fetched = browser.get(followed.headers["X-Kusei-Location"])
    assert without_tokens(followed) == without_tokens(fetched)


def without_tokens(answer) -> list[str]:
    return [line for line in answer.content.decode().splitlines() if "csrfmiddlewaretoken" not in line]


def test_what_does_not_hold_is_answered_at_its_own_address(browser):
    page = browser.fill(until="spouse")
    answer = browser.post(page, {"spouse": "queen"}, headers=FOLLOW)
    assert answer.status_code == 400
    assert "X-Kusei-Location" not in answer.headers


def test_submitting_shows_the_receipt_at_once_and_once(browser):
    check = browser.fill()
    for _ in range(2):
        answer = browser.post(check.replace("/check", "/submit"), headers=FOLLOW)
        assert Application.objects.get().receipt_number in answer.content.decode()
        assert answer.headers["X-Kusei-Location"].endswith("/done")


def test_messages_appear_on_the_page_and_not_again(browser):
    page = browser.fill(until="spouse")
    answer = browser.post(page.replace("/spouse", "/submit"), headers=FOLLOW)
    assert "まだ答えていない質問があります。" in answer.content.decode()
    assert "まだ答えていない質問があります。" not in browser.get(page).content.decode()


def test_the_way_out_of_the_site_and_to_nowhere_is_left_to_the_browser(browser, settings):
    browser.logout()
    answer = browser.post(f"/procedures/{CLAIM}/start", headers=FOLLOW)
    assert answer.status_code in (302, 401)


def test_following_takes_fewer_queries_than_two_requests(browser, django_assert_max_num_queries):
    page = browser.fill(until="pension")
    with django_assert_max_num_queries(9):
        browser.post(page, PLAIN["pension"], headers=FOLLOW)
