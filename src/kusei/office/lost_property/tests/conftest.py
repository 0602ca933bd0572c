"""A general affairs section with a clerk and a chief, and somebody without a tie to the register who lost an umbrella."""

from datetime import date, timedelta

import pytest

from kusei.base.accounts.models import Account
from kusei.base.accounts.queries import actor_for
from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue
from kusei.base.decide import actions as office_acts
from kusei.base.decide.models import Case
from kusei.base.decide.tests.desk import *  # noqa: F403 - its fixtures need each other, so all of them
from kusei.base.decide.tests.desk import NOW, agreed, office_of
from kusei.base.demo import applying
from kusei.base.kernel.actors import SYSTEM
from kusei.office.lost_property import actions
from kusei.office.lost_property.queries import CLAIM

TODAY = date(2026, 6, 1)
LOST = {
    "item_kind": "umbrella", "lost_on_year": "2026", "lost_on_month": "5", "lost_on_day": "28", "lost_where": "図書館",
    "description": "紺色の長傘", "name": "荒川　桃", "phone": "03-0000-0001",
}  # fmt: skip


@pytest.fixture
def office(db):
    return office_of("somu-bu/somu", "総務課")


@pytest.fixture
def owner(db):
    """Somebody signed in by e-mail only: nobody of the register."""
    return Account.objects.create(kind="resident", login="momo@example.jp", email="momo@example.jp", created_at=NOW)


@pytest.fixture
def found(office, clerk):
    """Enters a thing found four days ago."""

    def enter(**more):
        given = {
            "kind": "umbrella", "description": "紺色の長傘、柄は木", "found_on": TODAY - timedelta(days=4), "shelf": "B-01",
            "found_at_id": office.other.path, "cheap": False,
        }  # fmt: skip
        return actions.enter(office.section, given | more, by=clerk.actor, now=NOW)

    return enter


@pytest.fixture
def claimed(office, owner, clerk):
    """Makes a claim as people do, and has the clerk take it; returns its case."""
    ask.publish(CLAIM, catalogue.written(CLAIM), valid_from=date(2026, 4, 1), by=SYSTEM, now=NOW - timedelta(days=60))

    def make(**more):
        application = applying.apply(CLAIM, lambda draft: LOST | more, by=actor_for(owner, NOW), now=NOW)
        case = Case.objects.get(id=application.id)
        office_acts.take(case, by=clerk.actor, now=NOW)
        office_acts.check(case, {"matches": ("ok", "")}, by=clerk.actor, now=NOW)
        return case

    return make


@pytest.fixture
def decide(clerk, chief):
    """Draft an outcome, and have the chief agree."""

    def run(case, outcome, reason=""):
        agreed(case, outcome, reason, clerk=clerk, chief=chief)

    return run


@pytest.fixture
def ready(found, claimed, decide, clerk):
    """An item whose claim is granted: it waits for its owner at the counter."""
    item, case = found(), claimed()
    actions.match(item, {"claim": str(case.id)}, by=clerk.actor, now=NOW)
    decide(case, "returned")
    item.refresh_from_db()
    return item
