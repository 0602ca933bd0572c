"""What the tax core of the demonstration holds: salary and pension reports of last year, and some returns of the year before."""

from datetime import date, datetime

from django.db import transaction

from kusei.base.demo.applying import path_of
from kusei.base.demo.residents import MADE
from kusei.base.kernel.clock import local_date
from kusei.base.parties.facts import Register
from kusei.base.parties.models import Party
from kusei.base.staff.models import Department
from kusei.counter.ward_tax.models import TaxDocument

MOST = 60
PAYERS = ("株式会社みほん商事", "みほん運輸株式会社", "社会福祉法人みほん会", "みほん食品株式会社")


@transaction.atomic
def fill(now: datetime) -> int:
    """Documents for the people who sign in, and some others; returns how many are new, none the second time."""
    if TaxDocument.objects.exists():
        return 0
    office = Department.objects.get(path=path_of("zei"))
    people = Party.objects.filter(kind="person", birth_date__lt=date(local_date(now).year - 21, 1, 1)).order_by("id")
    tied = list(people.exclude(partylink=None).distinct()[:MOST])
    others = list(people.filter(source=MADE, partylink=None, protections=None)[:MOST])
    made = [row for place, person in enumerate([*tied, *others]) for row in _of(person, place, now)]
    for row in made:
        row.department = office
    return len(TaxDocument.objects.bulk_create(made))


def _of(person: Party, place: int, now: datetime) -> list[TaxDocument]:
    """The documents of one person; every third has two employers."""
    year = local_date(now).year - 1

    def document(kind: str, of: int, amounts: dict, payer: str = "") -> TaxDocument:
        day = date(of + 1, 1, 28) if payer else date(of + 1, 3, 9)
        return TaxDocument(party=person, kind=kind, income_year=of, payer=payer, amounts=amounts, received_on=day)

    declared = {"other": 0, "life_new_general": 48_000, "quake": 12_000, **_family(person, year, now)}
    last = document("return", year - 1, declared)
    if person.birth_date < date(year - 65, 1, 2):
        pension = 1_480_000 + place % 7 * 110_000
        return [document("pension", year, {"pension": pension, "social_insurance": 98_400}, "日本年金機構"), last]
    salary = 2_340_000 + place % 11 * 415_000
    amounts = {"salary": salary, "social_insurance": salary * 15 // 100}
    found = [document("salary", year, amounts, PAYERS[place % len(PAYERS)]), last]
    if place % 3 == 2:
        found.append(document("salary", year, {"salary": 360_000, "social_insurance": 0}, "みほん書店"))
    return found


def _family(person: Party, year: int, now: datetime) -> dict:
    """What a head of household declared of the family: their spouse without income, and their children."""
    household = Register(person, now, hide_address=False).household
    if not any(row.person_id == person.id and row.relationship == "世帯主" for row in household):
        return {"spouse": "none", "has_dependants": "no"}
    spouse = any(row.relationship in ("妻", "夫") for row in household)
    ages = [year - row.person.birth_date.year for row in household if row.relationship == "子"]
    children = {
        "under_16": sum(age < 16 for age in ages),
        "dependants_general": sum(16 <= age <= 18 for age in ages),
        "dependants_specific": sum(19 <= age <= 22 for age in ages),
    }
    declared = {"spouse": "younger" if spouse else "none", "has_dependants": "yes" if any(children.values()) else "no"}
    return (
        declared | ({"spouse_income": 0} if spouse else {}) | {key: count for key, count in children.items() if count}
    )
