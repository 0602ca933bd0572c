"""What the demonstration's tax core holds."""

from datetime import UTC, date, datetime

import pytest

from kusei.base.demo.residents import MADE
from kusei.base.demo.staff import fill_departments
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.wards import load_ward, ward_slugs
from kusei.base.parties.models import Membership, Party
from kusei.counter.ward_tax import demo
from kusei.counter.ward_tax.models import TaxDocument

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def person(name: str, birth: date) -> Party:
    return Party.objects.create(kind="person", name=name, birth_date=birth, as_of=date(2026, 4, 1), source=MADE)


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ward_slugs())
def test_reports_of_last_year_and_a_return_that_tells_of_the_family(slug, settings):
    settings.WARD = slug
    fill_departments(load_ward(slug), by=SYSTEM, now=NOW)
    head, wife, child = (
        person(f"見本　{n}", date(*day)) for n, day in enumerate([(1980, 1, 1), (1982, 1, 1), (2015, 5, 5)])
    )
    old = person("見本　老", date(1950, 1, 1))
    household = Party.objects.create(kind="household", name="見本", as_of=date(2026, 4, 1), source=MADE)
    for who, relationship in ((head, "世帯主"), (wife, "妻"), (child, "子")):
        Membership.objects.create(household=household, person=who, relationship=relationship, since=date(2020, 1, 1))
    assert demo.fill(NOW) > 0
    assert demo.fill(NOW) == 0
    declared = TaxDocument.objects.get(party=head, kind="return")
    assert (declared.income_year, declared.amounts["spouse"], declared.amounts["under_16"]) == (2024, "younger", 1)
    assert TaxDocument.objects.filter(party=head, kind="salary", income_year=2025).exists()
    assert TaxDocument.objects.get(party=old, kind="pension").payer == "日本年金機構"
    assert not TaxDocument.objects.filter(party=child).exists()
