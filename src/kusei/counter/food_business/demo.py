"""A company for which the demonstration's resident may act, applications at every stage, inspection times, and permits."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from kusei.base.book import actions as book
from kusei.base.book.models import Slot
from kusei.base.charge import actions as charges
from kusei.base.charge.models import Charge
from kusei.base.decide import actions as office
from kusei.base.decide.models import Approval, Case
from kusei.base.demo import applying
from kusei.base.demo.applying import clerk_of, path_of
from kusei.base.demo.families import demonstration_families
from kusei.base.demo.residents import MADE
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.calendar import business_days_after, is_business_day
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.wards import made_towns
from kusei.base.parties import actions as parties
from kusei.base.parties.models import Mandate, Party
from kusei.base.parties.rules import corporate_check_digit
from kusei.base.parties.steps import Notice
from kusei.base.staff.models import Department
from kusei.counter.food_business import actions
from kusei.counter.food_business.models import Site
from kusei.counter.food_business.queries import APPLY, PURPOSE, RESOURCE

SECTION = "kenko"
BASE = "999900000001"
"""The further digits of the company's number: no registry office has the number 9999, so no company has this one."""
COMPANY = ("株式会社みほんフーズ", "ミホンフーズ")
# name of the site, town, block, kinds, renewal; days ago, how far it has come: received | paid | inspected | permitted
APPLICATIONS = [
    (70, "permitted", [("喫茶みほん", 0, "2番3号", ["restaurant"], "new"), ("みほん菓子工房", 1, "4番1号", ["restaurant", "confectionery"], "new")]),
    (60, "permitted", [("見本鮮魚店", 2, "7番7号", ["fish"], "new")]),
    (20, "inspected", [("居酒屋みほん", 1, "10番2号", ["restaurant"], "new")]),
    (6, "paid", [("みほん弁当", 0, "12番5号", ["side_dish"], "new")]),
    (2, "received", [("見本精肉店", 2, "3番9号", ["meat", "meat_processing"], "new")]),
]  # fmt: skip


@transaction.atomic
def fill(now: datetime) -> int:
    """The company, the times for inspections, and the applications, once; returns how many are new."""
    made = _company(now) + _slots(now)
    if Site.objects.exists():
        return made
    people = Party.objects.filter(kind="person", source=MADE, partylink=None, protections=None, nationality="JPN")
    people = people.filter(birth_date__lt=local_date(now) - timedelta(days=20 * 366)).order_by("birth_date", "id")
    for number, (ago, how_far, sites) in enumerate(APPLICATIONS):
        at = now - timedelta(days=ago, hours=number)
        me = applying.resident(people[number], f"made-food-{number + 1:02}", at)
        application = applying.apply(APPLY, lambda draft, me=me, sites=sites: _typed(me, sites), by=me, now=at)
        _carry_on(Case.objects.get(id=application.id), how_far, at)
    return made + len(APPLICATIONS)


def _typed(me: Actor, sites: Iterable[tuple]) -> dict:
    towns = made_towns(settings.WARD)
    listed = [
        {
            "name": name, "address": f"{towns[town]}{block}", "kinds": kinds, "matter": matter, "renews": "", "manager": me.name,
            "qualification": "course",
        }
        for name, town, block, kinds, matter in sites
    ]  # fmt: skip
    return {"whom": "self", "name": me.name, "phone": "03-0000-0000", "sites": listed, "agreement": ["true"]}


def _company(now: datetime) -> int:
    """The company, and the mandate (代理権) of the resident who signs in to the demonstration."""
    number = f"{corporate_check_digit(BASE)}{BASE}"
    today = local_date(now)
    company, new = Party.objects.get_or_create(
        corporate_number=number,
        defaults={
            "kind": "organisation",
            "name": COMPANY[0],
            "kana": COMPANY[1],
            "as_of": today,
            "source": "法人台帳（デモ）",
        },
    )
    family = next(each for each in demonstration_families(settings.WARD, today) if each.tied)
    agent = Party.objects.filter(kind="person", source=MADE, name=family.person.name, kana=family.person.kana).first()
    running = Mandate.objects.filter(principal=company, until__gt=today)
    if agent and not running.filter(agent=agent).exists():
        power = parties.Power("agent", "委任状（デモ）", (PURPOSE,), today + timedelta(days=365))
        notice = Notice(day=today - timedelta(days=30), event=f"demo/food-business/{today}")
        parties.empower(notice, company.id, agent.id, power, by=SYSTEM, now=now)
    return int(new)


def _slots(now: datetime) -> int:
    """Times for inspections on the next ten working days, where there are none yet."""
    department, today = Department.objects.get(path=path_of(SECTION)), local_date(now)
    made = 0
    for count in range(1, 11):
        day = business_days_after(today, count)
        if is_business_day(day) and not Slot.objects.filter(resource=RESOURCE, starts_at__date=day).exists():
            given = {"resource": RESOURCE, "day": day, "first": "10:00", "count": 4, "minutes": 60, "capacity": 2}
            book.make_slots(department, given, by=clerk_of(SECTION, now), now=now)
            made += 1
    return made


def _carry_on(case: Case, how_far: str, at: datetime) -> None:
    """Pay, inspect and decide, as far as it has come."""
    if how_far == "received":
        return
    clerk = clerk_of(SECTION, at)
    for charge in Charge.objects.filter(case=case, state="unpaid"):
        charges.pay(charge, {}, by=clerk, now=at + timedelta(days=1))
    if how_far == "paid":
        return
    for number, site in enumerate(Site.objects.filter(case=case).order_by("order")):
        seen = at + timedelta(days=5)
        given = {
            "result": "passed",
            "day": local_date(seen),
            "points": 5 + 3 * number,
            "conditions": "",
            "findings": "",
        }
        actions.inspect(site, given, by=clerk, now=seen)
    if how_far == "permitted":
        _decide(case, at + timedelta(days=6))


def _decide(case: Case, at: datetime) -> None:
    clerk = clerk_of(SECTION, at)
    case.refresh_from_db()
    office.take(case, by=clerk, now=at)
    office.check(case, {item.key: ("ok", "") for item in case.checks.all()}, by=clerk, now=at)
    office.draft(case, "permitted", "", by=clerk, now=at)
    approval = Approval.objects.get(case=case, state="running")
    for post in ("subsection_chief", "section_chief"):
        chief = clerk_of(SECTION, at, post)
        office.agree(approval, approval.steps.get(ready=True).id, by=chief, now=at)
