"""A road management section with two lots, and people who apply for a place."""

from datetime import date, timedelta

import pytest

from kusei.base.accounts.models import Account
from kusei.base.accounts.queries import actor_for
from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue
from kusei.base.ask.models import Application
from kusei.base.decide import actions as office_acts
from kusei.base.decide.models import Case
from kusei.base.decide.tests.desk import *  # noqa: F403 - its fixtures need each other, so all of them
from kusei.base.decide.tests.desk import NOW, agreed, office_of
from kusei.base.demo import applying
from kusei.base.kernel.actors import SYSTEM
from kusei.counter.bicycle_parking.models import Lot, Place
from kusei.counter.bicycle_parking.queries import APPLY

TYPED = {
    "lot": "north", "months": "3", "registration": "A00001", "rider": "general", "exemption": "none",
    "name": "荒川　桃", "phone": "03-0000-0001", "agreement": ["true"],
}  # fmt: skip


@pytest.fixture
def office(db):
    return office_of("toshi/doboku", "道路管理課")


@pytest.fixture
def lot(office):
    """Makes a lot with so many places, and opens the procedure."""

    def make(capacity, key="north", vehicle="bicycle"):
        ask.publish(
            APPLY, catalogue.written(APPLY), valid_from=date(2026, 4, 1), by=SYSTEM, now=NOW - timedelta(days=60)
        )
        made = Lot.objects.create(key=key, name={"ja": "北口"}, vehicle=vehicle, department=office.section)
        Place.objects.bulk_create(Place(lot=made, number=n + 1) for n in range(capacity))
        return made

    return make


@pytest.fixture
def applicant(db):
    """Somebody signed in by e-mail."""

    def make(name):
        account = Account.objects.create(
            kind="resident", login=f"{name}@example.jp", email=f"{name}@example.jp", created_at=NOW
        )
        return actor_for(account, NOW)

    return make


@pytest.fixture
def applied(applicant):
    """Applies as people do; returns the case."""

    def make(name="momo", at=NOW, **more) -> Case:
        application: Application = applying.apply(APPLY, lambda draft: TYPED | more, by=applicant(name), now=at)
        return Case.objects.get(id=application.id)

    return make


@pytest.fixture
def decide(clerk, chief):
    """Take, check, draft an outcome, and have the chief agree."""

    def run(case, outcome, reason="", at=NOW):
        office_acts.take(case, by=clerk.actor, now=at)
        office_acts.check(case, {"vehicle": ("ok", ""), "fare": ("ok", "")}, by=clerk.actor, now=at)
        return agreed(case, outcome, reason, clerk=clerk, chief=chief, at=at)

    return run
