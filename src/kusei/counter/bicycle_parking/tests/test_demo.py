"""The demonstration's lots and applications."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue
from kusei.base.demo.residents import MADE
from kusei.base.demo.staff import fill_departments, fill_staff, kept_passwords
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.wards import load_ward, ward_slugs
from kusei.base.parties.models import Party
from kusei.counter.bicycle_parking import demo, queries
from kusei.counter.bicycle_parking.models import Use

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ward_slugs())
def test_every_ward_has_a_full_lot_and_people_in_line(slug, settings, tmp_path):
    settings.WARD = slug
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    fill_departments(load_ward(slug), by=SYSTEM, now=NOW)
    fill_staff(load_ward(slug), kept_passwords(tmp_path / "logins.json"), by=SYSTEM, now=NOW)
    for n in range(12):
        Party.objects.create(
            kind="person", name=f"見本　{n}", kana=f"ミホン　{n:02}", birth_date=date(1980, 1, 1), as_of=date(2026, 4, 1), source=MADE, nationality="JPN"
        )  # fmt: skip
    ask.publish(
        queries.APPLY,
        catalogue.written(queries.APPLY),
        valid_from=date(2025, 4, 1),
        by=SYSTEM,
        now=NOW - timedelta(days=60),
    )
    assert demo.fill(NOW) > 0
    assert demo.fill(NOW) == 0
    assert set(Use.objects.values_list("state", flat=True)) == {"held", "due", "using", "waiting"}
    rows = {row[0]: row for row in queries.public_rows(NOW)}
    assert rows["kitaguchi-bicycle"][2:] == ("bicycle", "自転車", 3, 0, "*")
