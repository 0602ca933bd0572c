"""The pages of things found, as a clerk and the public see them: nothing for axe to find, nothing that sticks out."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.browser.helpers import WIDTHS, assert_fits, assert_no_axe_violations, shoot

from kusei.office.lost_property.tests.conftest import *  # noqa: F403 - its fixtures need each other, so all of them
from kusei.office.lost_property.tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def addresses(ready, found, claimed):
    """Every page of the module, by name; a thing with a claim that fits, and one to hand over."""
    waiting = found(description="紺色の長傘、骨が1本まがっている")
    claimed()
    return {
        "ready": reverse("record:row", args=["found-items", ready.id]),
        "waiting": reverse("record:row", args=["found-items", waiting.id]),
        "add": "/office/registers/found-items/enter",
        "register": "/office/registers/found-items/",
        "procedure": "/procedures/lost_property/claim",
        "dataset": "/open-data/found-items",
    }


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
def test_axe_finds_nothing_on_the_pages_of_lost_property(language, addresses, clerk, open_page, monkeypatch):
    monkeypatch.setattr("kusei.base.kernel.clock.now", lambda: NOW)
    browser = Client()
    browser.force_login(clerk.account)
    page = open_page()
    page.goto(f"/?lang={language}")
    page.context.add_cookies([{"name": "sessionid", "value": browser.cookies["sessionid"].value, "url": page.url}])
    for name, address in addresses.items():
        page.goto(address)
        assert page.locator("h1").count() == 1, address
        for width in WIDTHS:
            assert_fits(page, width)
            if width in (1280, 375):
                assert_no_axe_violations(page)
                shoot(page, f"lost-{name}-{language}-{width}")
