"""A tax section, a resident whose account is tied, and what the ward's tax core holds about them."""

from datetime import date, timedelta

import pytest
from django.test import Client

from kusei.base.accounts.models import Account, PartyLink
from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue
from kusei.base.decide.tests.desk import *  # noqa: F403 - its fixtures need each other, so all of them
from kusei.base.decide.tests.desk import NOW, office_of
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM
from kusei.base.parties.models import Party
from kusei.counter.ward_tax.models import TaxDocument
from kusei.counter.ward_tax.queries import RETURN


@pytest.fixture
def office(db):
    made = office_of("zeimu/kazei", "課税課")
    made.section.code = "zei"
    made.section.save()
    return made


@pytest.fixture
def published(office, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return ask.publish(
        RETURN, catalogue.written(RETURN), valid_from=date(2026, 1, 1), by=SYSTEM, now=NOW - timedelta(days=60)
    )


@pytest.fixture
def resident(published):
    """Makes a browser of somebody whose account is tied to a person of the register."""

    def make(name="荒川　桃", birth=date(1980, 5, 5)) -> Client:
        person = Party.objects.create(
            kind="person", name=name, kana="アラカワ　モモ", birth_date=birth, source="住民記録", as_of=date(2026, 5, 1)
        )
        account = Account.objects.create(kind="resident", login=f"{name}@example.jp", created_at=NOW)
        PartyLink.objects.create(account=account, party=person, means="counter", since=NOW)
        browser = Client()
        browser.force_login(account)
        browser.person = person
        return browser

    return make


@pytest.fixture
def document(office):
    """Puts a document into the tax core's copy."""

    def make(person, kind="salary", year=2025, payer="みほん商事", on=date(2026, 1, 28), **amounts) -> TaxDocument:
        return TaxDocument.objects.create(
            party=person,
            department=office.section,
            kind=kind,
            income_year=year,
            payer=payer,
            amounts=amounts,
            received_on=on,
        )

    return make


PLAIN = {
    "year": {"year": "2026"}, "birth": {"birth_year": "1980", "birth_month": "5", "birth_day": "5"},
    "kinds": {"kinds": ["other"]}, "other": {"other": "3727000"}, "social": {"social_insurance": "249000"},
    "spouse": {"spouse": "none"}, "dependants": {"has_dependants": "no"}, "relatives": {"has_relatives": "no"},
    "disability": {"self_disabled": "none"}, "status": {"status": "none"}, "agreement": {"agreement": ["true"]},
}  # fmt: skip


def walk(browser: Client, until: str = "check", **instead) -> str:
    """Answer page after page until one is reached; gives its address."""
    url = browser.post(f"/procedures/{RETURN}/start").url
    while (key := url.rstrip("/").split("/")[-1]) != until:
        answer = browser.post(url, instead.get(key, PLAIN.get(key, {})))
        assert answer.status_code == 302, (key, answer.content.decode())
        url = answer.url
    return url
