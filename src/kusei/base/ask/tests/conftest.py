"""A tied parent with two children, the published claim, and a browser that walks it."""

import io
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from kusei.base.accounts.tests.conftest import (  # noqa: F401 - fixtures, used by name
    NOW,
    make_person,
    make_resident,
    make_staff,
    now,
    refusals,
    together,
    town,
)
from kusei.base.ask import actions, catalogue
from kusei.base.ask.models import Snapshot
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.staff.models import Department

CLAIM = "child_allowance/claim"
ACCOUNT = {
    "bank_bank_name": "見本銀行",
    "bank_bank_code": "0001",
    "bank_branch_name": "本店",
    "bank_branch_code": "001",
    "bank_account": "ordinary",
    "bank_number": "1234567",
    "bank_holder": "スミダ ハナコ",
}
PLAIN = {
    "you": {"claimant": "correct"},
    "phone": {"phone": "03-1234-5678"},
    "living": {"living": "together"},
    "older": {"older": "no"},
    "spouse": {"spouse": "none"},
    "pension": {"pension": "national"},
    "bank": ACCOUNT,
    "agreement": {"agreement": ["true", "checks"]},
}


def jpeg(colour: str = "navy") -> bytes:
    """A small real photo."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return out.getvalue()


def photo(name: str = "book.jpg", data: bytes | None = None) -> SimpleUploadedFile:
    """An upload as a camera sends it."""
    return SimpleUploadedFile(name, data or jpeg(), content_type="image/jpeg")


class Browser(Client):
    """A resident's browser that knows the way through the claim."""

    def begin(self) -> str:
        """Start; gives the first page's address."""
        answer = self.post(f"/procedures/{CLAIM}/start")
        assert answer.status_code == 302, answer.content.decode()
        return answer.url

    def fill(self, until: str = "check", **instead) -> str:
        """Answer page after page until one is reached; gives its address. `instead` replaces what a page is given."""
        url = self.begin()
        while not url.rstrip("/").endswith(f"/{until}"):
            key = url.split("/")[-1]
            page = self.get(url).content.decode()
            if key in instead:
                given = instead[key]
            elif key == "children":
                given = {"children": re.findall(r'value="([0-9a-f-]{36})"', page)}
            elif key == "bank-document":
                given = {"bank_document": photo()}
            else:
                given = PLAIN[key]
            answer = self.post(url, given)
            assert answer.status_code == 302, f"{key}: {answer.content.decode()}"
            url = answer.url
        return url


@pytest.fixture(autouse=True)
def files_folder(tmp_path, settings):
    """Files of a test go into its own folder."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        },
    }


@pytest.fixture(autouse=True)
def forgotten_snapshots():
    """Snapshots kept in memory belong to one test's database."""
    catalogue._procedure.cache_clear()
    catalogue.definition_of.cache_clear()
    yield
    catalogue._procedure.cache_clear()
    catalogue.definition_of.cache_clear()


@pytest.fixture
def claim(db) -> Snapshot:
    Department.objects.get_or_create(
        path="kodomo/kosodate", defaults={"code": "kosodate", "kind": "section", "name": {"ja": "子育て支援課"}}
    )
    return actions.publish(CLAIM, catalogue.written(CLAIM), valid_from=date(2026, 4, 1), by=SYSTEM, now=NOW)


@pytest.fixture
def family(make_person):  # noqa: F811
    parent = make_person()
    home = parent.memberships.get().household
    young = make_person("墨田　空", "スミダ　ソラ", date(2025, 9, 1), household=home, relationship="子")
    old = make_person("墨田　海", "スミダ　ウミ", date(2018, 3, 3), household=home, relationship="子")
    return {"parent": parent, "young": young, "old": old}


@pytest.fixture
def account(make_resident, family):  # noqa: F811
    return make_resident(party=family["parent"])


@pytest.fixture
def resident(account, family) -> Actor:
    return Actor(kind="resident", account_id=account.id, party_id=family["parent"].id, name="墨田　花子")


@pytest.fixture
def browser(claim, account) -> Browser:
    browser = Browser()
    browser.force_login(account)
    return browser


def moment():
    """Now, for acts whose rows the web's own clock is compared with."""
    return clock.now()
