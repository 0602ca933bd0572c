"""Signing with the card, as the resident sees it: nothing for axe to find, nothing that sticks out."""

import pytest
from tests.browser.helpers import look_at, sign_in_as

from kusei.base.ask.tests.conftest import Browser
from kusei.base.signing.tests.test_way import *  # noqa: F403 - its fixtures need each other, so all of them
from kusei.base.signing.tests.test_way import sign_url

pytestmark = pytest.mark.django_db(transaction=True)
for name in [name for name in globals() if name.startswith("test_") or name in ("browser", "check", "program")]:
    del globals()[name]  # tests run where they stand; `browser` is Chromium here


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
def test_axe_finds_nothing_on_the_pages_of_signing(language, claim, account, publish, card, open_page, tmp_path):
    publish()
    resident = Browser()
    resident.force_login(account)
    check = resident.fill()
    page = open_page()
    page.goto(f"/?lang={language}")
    sign_in_as(page, account)
    for name, address in (("unsigned", check), ("sign", sign_url(check)), ("signed", check)):
        if name == "signed":
            signature = card.sign(tmp_path, resident.get(f"{sign_url(check)}/text").content)
            answer = resident.post(sign_url(check), signature, content_type="application/pkcs7-signature")
            assert answer.json()["state"] == "good"
        page.goto(address)
        look_at(page, f"signing-{name}-{language}")
