"""The pages of things found, as a clerk and the public see them: nothing for axe to find, nothing that sticks out."""

import pytest
from django.urls import reverse
from tests.browser.helpers import look_at, sign_in_as

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
    page = open_page()
    page.goto(f"/?lang={language}")
    sign_in_as(page, clerk.account)
    for name, address in addresses.items():
        page.goto(address)
        look_at(page, f"lost-{name}-{language}")
