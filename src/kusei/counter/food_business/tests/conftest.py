"""A health centre with inspection times, a company with two who may act for it, and people who apply."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kusei.base.accounts.models import Account, PartyLink
from kusei.base.accounts.queries import actor_for
from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue
from kusei.base.ask.filling import Filling
from kusei.base.book import actions as book
from kusei.base.charge import actions as charges
from kusei.base.charge.models import Charge
from kusei.base.decide import actions as office_acts
from kusei.base.decide.models import Approval, Case
from kusei.base.decide.tests.conftest import Office
from kusei.base.demo.applying import picture
from kusei.base.kernel.actors import SYSTEM
from kusei.base.parties.models import Mandate, Party
from kusei.base.staff.models import Department
from kusei.counter.food_business.models import Site
from kusei.counter.food_business.queries import APPLY, PURPOSE, RESOURCE

NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SITE = {
    "name": "見本食堂　本店", "address": "吾妻橋一丁目1番1号", "kinds": ["restaurant"], "matter": "new", "renews": "",
    "manager": "見本　料子", "qualification": "cook", "opens_on": "2026-07-01",
}  # fmt: skip


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def office(db):
    section = Department.objects.create(
        path="hokenjo/eisei", code="kenko", kind="section", name={"ja": "生活衛生課"}, phone="03-0000-1090"
    )
    other = Department.objects.create(path="kyoiku/toshokan", code="toshokan", kind="office", name={"ja": "図書館"})
    ask.publish(APPLY, catalogue.written(APPLY), valid_from=date(2026, 4, 1), by=SYSTEM, now=NOW - 60 * DAY)
    return Office(section, other)


@pytest.fixture
def clerk(office):
    return office.hire("clerk")


@pytest.fixture
def chief(office):
    return office.hire("subsection_chief")


@pytest.fixture
def head(office):
    return office.hire("section_chief")


@pytest.fixture
def stranger(office):
    return office.hire("clerk", at=office.other)


@pytest.fixture
def person(db):
    """Somebody of the register who signs in; `tied=False` by e-mail alone."""

    def make(name, *, tied=True):
        account = Account.objects.create(
            kind="resident", login=f"{name}@example.jp", email=f"{name}@example.jp", created_at=NOW - 90 * DAY
        )
        if tied:
            party = Party.objects.create(
                kind="person", name=f"見本　{name}", birth_date=date(1980, 1, 1), as_of=NOW.date()
            )
            PartyLink.objects.create(account=account, party=party, means="counter", since=NOW - 90 * DAY)
        return actor_for(account, NOW)

    return make


@pytest.fixture
def company(db):
    return Party.objects.create(
        kind="organisation",
        name="株式会社見本フーズ",
        kana="ミホンフーズ",
        corporate_number="7000012050002",
        as_of=NOW.date(),
    )


@pytest.fixture
def empower(company):
    """Gives somebody a mandate of the company's."""

    def give(actor, *, purposes=(PURPOSE,), since=date(2026, 4, 1), until=date(2027, 4, 1)):
        return Mandate.objects.create(
            principal=company, agent_id=actor.party_id, kind="agent", purposes=list(purposes), evidence="委任状",
            since=since, until=until,
        )  # fmt: skip

    return give


@pytest.fixture
def fill(office):
    """Fills in a draft: for whom, and the sites. Gives the filling."""

    def run(by, sites=(SITE,), whom="self", at=NOW):
        draft = ask.start(APPLY, by=by, now=at, today=at.date())
        filling = Filling(draft, by, at)
        from kusei.base.ask import engine

        read = engine.read_json(filling.procedure, {"whom": whom}, filling.setting())
        filling.save(read)
        files = [ask.attach(draft, "sites", picture("drawings"), by=by, now=at)["attachment"] for _site in sites]
        sent = [site | {"drawings": [file]} for site, file in zip(sites, files, strict=True)]
        answers = {"name": "見本　太郎", "phone": "03-0000-0001", "sites": sent, "agreement": ["true"]}
        if whom != "self":
            answers["representative"] = "代表取締役　見本　花子"
        filling.save(engine.read_json(filling.procedure, answers, filling.setting()))
        return filling

    return run


@pytest.fixture
def applied(fill):
    """Applies; returns the case."""

    def make(by, sites=(SITE,), whom="self", at=NOW) -> Case:
        application = ask.submit(fill(by, sites, whom, at).draft, by=by, now=at)
        return Case.objects.get(id=application.id)

    return make


@pytest.fixture
def pay(clerk):
    """Every fee of a case is paid at the counter."""

    def run(case, at=NOW):
        for charge in Charge.objects.filter(case=case, state="unpaid"):
            charges.pay(charge, {}, by=clerk.actor, now=at)

    return run


@pytest.fixture
def slots(clerk, office):
    """Makes slots of half an hour from 10:00, so many days ahead."""

    def make(capacity=1, count=3, ahead=10):
        given = {
            "resource": RESOURCE, "day": (NOW + ahead * DAY).date(), "first": "10:00", "count": count, "minutes": 30,
            "capacity": capacity,
        }  # fmt: skip
        first = book.make_slots(office.section, given, by=clerk.actor, now=NOW)
        return list(type(first).objects.order_by("starts_at"))

    return make


@pytest.fixture
def inspect(clerk):
    """Records what an inspection of a site found."""
    from kusei.counter.food_business import actions

    def run(site: Site, result="passed", at=NOW, **more):
        given = {"result": result, "day": at.date(), "points": 5, "conditions": "", "findings": ""} | more
        return actions.inspect(site, given, by=clerk.actor, now=at)

    return run


@pytest.fixture
def decide(clerk, chief, head):
    """Take, check, draft an outcome, and have both chiefs agree."""

    def run(case, outcome, reason="", at=NOW):
        case.refresh_from_db()
        if case.state == "received":
            office_acts.take(case, by=clerk.actor, now=at)
        office_acts.check(case, {item.key: ("ok", "") for item in case.checks.all()}, by=clerk.actor, now=at)
        office_acts.draft(case, outcome, reason, by=clerk.actor, now=at)
        approval = Approval.objects.get(case=case, state="running")
        for who in (chief, head):
            office_acts.agree(approval, approval.steps.get(ready=True).id, by=who.actor, now=at)
        case.refresh_from_db()
        return case

    return run
