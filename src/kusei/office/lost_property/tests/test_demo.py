"""The demonstration's things."""

from datetime import UTC, datetime, timedelta

import pytest

from kusei.base.demo.staff import fill_departments, fill_staff, kept_passwords
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.wards import load_ward, ward_slugs
from kusei.office.lost_property import demo
from kusei.office.lost_property.models import FoundItem
from kusei.office.lost_property.offers import offers

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ward_slugs())
def test_every_ward_has_things_to_return_and_to_dispose_of(slug, settings, tmp_path):
    settings.WARD = slug
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    ward = load_ward(slug)
    fill_departments(ward, by=SYSTEM, now=NOW)
    fill_staff(ward, kept_passwords(tmp_path / "logins.json"), by=SYSTEM, now=NOW)
    assert demo.fill(NOW) == len(demo.THINGS) == FoundItem.objects.count()
    assert demo.fill(NOW) == 0
    assert set(FoundItem.objects.values_list("kind", flat=True)) == {
        option.key for option in offers.choices["lost_property.kinds"]
    }
    assert 0 < offers.jobs[0].run(NOW + timedelta(days=1)) < len(demo.THINGS)
