"""Passkeys in Chromium, with the authenticator that Chromium brings along for tests."""

import pytest
from tests.browser.helpers import assert_fits, assert_no_axe_violations, until

from kusei.base.accounts.models import Passkey
from kusei.base.accounts.tests.conftest import mailed_code

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL = "hanako@example.jp"


@pytest.fixture(autouse=True)
def _address(settings, live_server):
    settings.ADDRESS = live_server.url


def with_authenticator(page):
    """A phone's built-in authenticator whose owner always agrees."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    kind = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": kind})
    return page


def sign_in_by_mail(page) -> None:
    page.goto("/sign-in")
    page.fill("#f-email", EMAIL)
    page.locator("form:has(#f-email) button").click()
    page.wait_for_url("**/sign-in/code")
    page.fill("#f-code", mailed_code(EMAIL))
    page.locator("form:has(#f-code) button").click()
    page.wait_for_url("**/my")


def test_a_passkey_is_registered_on_the_page_and_signs_in_without_a_name(open_page):
    page = with_authenticator(open_page(width=375))
    sign_in_by_mail(page)
    page.goto("/account/keys")
    page.fill("#f-name", "わたしの電話")
    page.locator("form[data-passkey=create] button").click()
    page.get_by_role("heading", name="わたしの電話").wait_for()
    assert_no_axe_violations(page)
    assert_fits(page)
    page.context.clear_cookies()
    page.goto("/sign-in?next=/account/keys")
    assert_no_axe_violations(page)
    page.locator("form[data-passkey=get] button").click()
    page.get_by_role("heading", name="わたしの電話").wait_for()
    assert Passkey.objects.get().last_used_at


def test_a_passkey_the_ward_does_not_know_is_refused_in_words(open_page):
    page = with_authenticator(open_page())
    sign_in_by_mail(page)
    page.goto("/account/keys")
    page.locator("form[data-passkey=create] button").click()
    page.locator("h3").wait_for()
    Passkey.objects.all().delete()
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.locator("form[data-passkey=get] button").click()
    until(page, "document.querySelector('form[data-passkey=get] [role=alert]').textContent !== ''")
    assert page.url.endswith("/sign-in")


def test_without_scripts_the_mailed_code_remains_and_no_passkey_is_offered(open_page):
    page = open_page(scripts=False)
    page.goto("/sign-in")
    assert not page.locator("form[data-passkey]").is_visible()
    sign_in_by_mail(page)
    page.goto("/account/keys")
    assert not page.locator("form[data-passkey]").is_visible()
