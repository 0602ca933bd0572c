"""People, accounts, and browsers that sign in."""

import re
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test import Client

from kusei.base.accounts.models import Account, PartyLink
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.actors import Actor
from kusei.base.parties.models import Membership, Party, Protection, Residence, Town
from kusei.base.signing.tests.cards import *  # noqa: F403 - its fixtures
from kusei.base.staff.models import Department, Role, StaffMember
from kusei.base.tell.models import Delivery

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def town(db, settings) -> Town:
    return Town.objects.create(id="13107/吾妻橋一丁目", ward_code="13107", name="吾妻橋一丁目", source="made")


@pytest.fixture
def make_person(town) -> Callable[..., Party]:
    def make_person(
        name="墨田　花子", kana="スミダ　ハナコ", born=date(1990, 4, 1), block="23番20号", building="", **more
    ):
        household, relationship = more.pop("household", None), more.pop("relationship", "世帯主")
        protected = more.pop("protected", False)
        person = Party.objects.create(
            kind="person", name=name, kana=kana, birth_date=born, as_of=date(2026, 11, 1), **more
        )
        Residence.objects.create(
            party=person, town=town, block=block, building=building, postal_code="130-0001", since=date(2020, 4, 1)
        )
        household = household or Party.objects.create(kind="household", name=name, as_of=date(2026, 11, 1))
        Membership.objects.create(household=household, person=person, relationship=relationship, since=date(2020, 4, 1))
        if protected:
            Protection.objects.create(party=person, since=date(2026, 1, 1), ground="配偶者からの暴力")
        return person

    return make_person


@pytest.fixture
def make_resident(db) -> Callable[..., Account]:
    def make_resident(email="hanako@example.jp", party=None) -> Account:
        account = Account(kind="resident", login=email, email=email, created_at=NOW)
        account.set_unusable_password()
        account.save()
        if party:
            PartyLink.objects.create(account=account, party=party, means="letter", since=NOW.replace(year=2025))
        return account

    return make_resident


@pytest.fixture
def make_staff(db) -> Callable[..., Account]:
    def make_staff(number="S0001", role="clerk", since=date(2020, 4, 1), until=date(2099, 3, 31)) -> Account:
        department, _ = Department.objects.get_or_create(
            path="kodomo/kosodate", defaults={"code": "kosodate", "kind": "section", "name": {"ja": "子育て支援課"}}
        )
        account = Account(kind="staff", login=number, created_at=NOW)
        account.set_password(PASSWORD)
        account.save()
        member = StaffMember.objects.create(account=account, department=department, name="山田 太郎", post="clerk")
        Role.objects.create(staff=member, department=department, role=role, since=since, until=until)
        return account

    return make_staff


def acting(account: Account, **more) -> Actor:
    return Actor(kind=account.kind, account_id=account.id, name=account.login, **more)


def mailed_code(email: str) -> str:
    """The code in the newest mail to the address."""
    newest = Delivery.objects.filter(address=email, channel="mail").select_related("message").order_by("id").last()
    return re.search(r"\b\d{6}\b", newest.message.body)[0]


def posted_code() -> str:
    """The code in the newest letter."""
    newest = Delivery.objects.filter(channel="letter").select_related("message").order_by("id").last()
    return re.search(r"\b\w{4}-\w{4}-\w{4}\b", newest.message.body)[0]


def sign_in(browser: Client, email: str, after: str = ""):
    """Walk the resident's way in; gives the last answer."""
    browser.post("/sign-in", {"email": email, "next": after})
    return browser.post("/sign-in/code", {"code": mailed_code(email)})


def sign_in_staff(browser: Client, number: str, password: str = PASSWORD):
    return browser.post("/office/sign-in", {"number": number, "password": password})


def refusals(what: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(act="refuse", what=what).order_by("seq"))


def together(*functions: Callable) -> list:
    """Run functions at the same moment, each in a thread with a connection of its own; gives what they return or raise."""
    start, results = threading.Barrier(len(functions)), [None] * len(functions)

    def run(place: int, function: Callable) -> None:
        try:
            start.wait()
            results[place] = function()
        except Exception as error:  # noqa: BLE001 handed to the test, which judges it
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
