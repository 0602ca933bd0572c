"""The demonstration's claims: by the same acts as people's, once, at every stage."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from kusei.base.audit.verify import verify
from kusei.base.decide.models import Case
from kusei.base.demo.fill import Wanted, fill
from kusei.base.kernel.offers import Registry
from kusei.base.kernel.wards import load_ward
from kusei.base.papers.models import Version
from kusei.family.child_allowance import demo
from kusei.family.child_allowance.models import Award
from kusei.family.child_allowance.offers import offers

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_demonstration_has_claims_at_every_stage_and_a_whole_log(tmp_path, settings):
    settings.KUSEI_HOME = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    files = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": files}
    registry = Registry()
    registry.register(offers)
    fill(
        Wanted(load_ward(settings.WARD), 1200, 1, None, tmp_path / "logins.json", registry),
        now=NOW,
        say=lambda line: None,
    )
    states = Counter(Case.objects.values_list("state", flat=True))
    assert set(states) == {state for state, _label in Case.STATES}
    assert sum(states.values()) == demo.CLAIMS
    granted = Case.objects.filter(outcome="granted")
    assert sorted(granted.values_list("id", flat=True)) == sorted(Award.objects.values_list("case_id", flat=True))
    assert Version.objects.filter(problem="").count() == states["decided"]
    assert demo.fill(NOW) == 0
    assert verify().damage is None
