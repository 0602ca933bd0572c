"""Lots and applications for the demonstration: places in use, one that waits for its fee, a lot that is full, and people in line."""

from datetime import datetime, timedelta
from pathlib import Path

import yaml
from django.conf import settings
from django.db import transaction

from kusei.base.charge import actions as charges
from kusei.base.charge.models import Charge
from kusei.base.decide import actions as office
from kusei.base.decide.models import Approval, Case
from kusei.base.demo import applying
from kusei.base.demo.applying import clerk_of
from kusei.base.demo.residents import MADE
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.wards import load_ward
from kusei.base.parties.models import Party
from kusei.base.staff.models import Department
from kusei.counter.bicycle_parking.models import Lot, Place, Use
from kusei.counter.bicycle_parking.queries import APPLY

# lot, days ago, months, rider, exemption, how far it has come: received | decided | paid
APPLICATIONS = [
    ("kitaguchi-bicycle", 25, "6", "general", "none", "paid"),
    ("kitaguchi-bicycle", 24, "3", "student", "none", "paid"),
    ("kitaguchi-bicycle", 9, "6", "general", "none", "decided"),
    ("kitaguchi-bicycle", 8, "1", "general", "none", "decided"),
    ("kitaguchi-bicycle", 5, "3", "student", "none", "received"),
    ("ekimae-bicycle", 20, "6", "general", "physical", "decided"),
    ("ekimae-bicycle", 12, "1", "general", "none", "decided"),
    ("ekimae-bicycle", 2, "3", "student", "none", "received"),
    ("ekimae-moped", 1, "6", "general", "none", "received"),
]


def make_lots(folder: Path | None = None) -> int:
    """The lots that the ward's (else the common) `facilities/bicycle_parking.yaml` names, with their places. Returns how many are new."""
    wards, ward, made = folder or Path(settings.WARDS_FOLDER), load_ward(settings.WARD), 0
    own = wards / settings.WARD / "facilities" / "bicycle_parking.yaml"
    file = own if own.exists() else wards / "_common" / "facilities" / "bicycle_parking.yaml"
    for given in yaml.safe_load(file.read_text("utf-8"))["lots"]:
        defaults = {
            "name": given["name"], "vehicle": given["vehicle"], "town": f"{ward.code}/{ward.office.town}",
            "department": Department.objects.get(path=ward.path("doboku")),
        }  # fmt: skip
        lot, new = Lot.objects.get_or_create(key=given["key"], defaults=defaults)
        if new:
            Place.objects.bulk_create(Place(lot=lot, number=n + 1) for n in range(given["capacity"]))
        made += new
    return made


@transaction.atomic
def fill(now: datetime) -> int:
    """The lots and the applications, once; returns how many are new."""
    made = make_lots()
    if Use.objects.exists():
        return made
    people = Party.objects.filter(kind="person", source=MADE, partylink=None, protections=None, nationality="JPN")
    people = people.filter(birth_date__lt=local_date(now) - timedelta(days=18 * 366)).order_by("-kana", "id")
    heads = list(people[: len(APPLICATIONS)])
    for number, (lot, ago, months, rider, exemption, how_far) in enumerate(APPLICATIONS):
        at = now - timedelta(days=ago, hours=number % 5)
        me = applying.resident(heads[number], f"made-bicycle-{number + 1:02}", at)
        typed = {
            "lot": lot, "months": months, "registration": f"世田谷 A{number:05}", "rider": rider, "exemption": exemption,
            "name": me.name, "phone": "03-0000-0000", "agreement": ["true"],
        }  # fmt: skip
        application = applying.apply(APPLY, lambda draft, typed=typed: typed, by=me, now=at)
        if how_far != "received":
            _decide(application.id, at + timedelta(days=1))
        if how_far == "paid":
            paid_at = at + timedelta(days=2)
            charges.pay(Charge.objects.get(case=application.id), {}, by=clerk_of("doboku", paid_at), now=paid_at)
    return made + len(APPLICATIONS)


def _decide(case_id, at: datetime) -> None:
    case, clerk = Case.objects.get(id=case_id), clerk_of("doboku", at)
    office.take(case, by=clerk, now=at)
    office.check(case, {item.key: ("ok", "") for item in case.checks.all()}, by=clerk, now=at)
    outcome = "granted" if Use.objects.get(case=case).state == "held" else "waiting"
    office.draft(case, outcome, "", by=clerk, now=at)
    approval = Approval.objects.get(case=case, state="running")
    chief = clerk_of("doboku", at, "subsection_chief")
    office.agree(approval, approval.steps.get(ready=True).id, by=chief, now=at)
