"""The demonstration's company, inspection times, applications and permits."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue
from kusei.base.book.models import Slot
from kusei.base.demo.families import demonstration_families
from kusei.base.demo.residents import MADE
from kusei.base.demo.staff import fill_departments, fill_staff, kept_passwords
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.wards import load_ward, ward_slugs
from kusei.base.parties.models import Mandate, Party
from kusei.base.parties.rules import is_corporate_number
from kusei.counter.food_business import demo, queries
from kusei.counter.food_business.models import Permit, Site

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ward_slugs())
def test_every_ward_has_permits_sites_to_inspect_and_a_company(slug, settings, tmp_path):
    settings.WARD = slug
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    fill_departments(load_ward(slug), by=SYSTEM, now=NOW)
    fill_staff(load_ward(slug), kept_passwords(tmp_path / "logins.json"), by=SYSTEM, now=NOW)
    hanako = next(each for each in demonstration_families(slug, NOW.date()) if each.tied).person
    for name, kana in [(hanako.name, hanako.kana), *((f"見本　{n}", f"ミホン　{n:02}") for n in range(8))]:
        Party.objects.create(
            kind="person", name=name, kana=kana, birth_date=date(1980, 1, 1), as_of=date(2026, 4, 1), source=MADE, nationality="JPN"
        )  # fmt: skip
    written, begun = catalogue.written(queries.APPLY), NOW - timedelta(days=100)
    ask.publish(queries.APPLY, written, valid_from=date(2025, 4, 1), by=SYSTEM, now=begun)
    assert demo.fill(NOW) > 0
    assert demo.fill(NOW) == 0
    assert set(Site.objects.values_list("state", flat=True)) == {"permitted", "passed", "waiting"}
    assert Permit.objects.filter(state="valid").count() == 4
    assert Slot.objects.count() == 40
    mandate = Mandate.objects.get()
    assert (mandate.agent.name, is_corporate_number(mandate.principal.corporate_number)) == (hanako.name, True)
    later = NOW + timedelta(days=400)
    fill_staff(load_ward(slug), kept_passwords(tmp_path / "logins.json"), by=SYSTEM, now=later)
    assert demo.fill(later) > 0  # a demonstration that slept: a mandate and times anew
    assert Mandate.objects.count() == 2
