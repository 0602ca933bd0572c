"""The demonstration's documents: by the same acts as people's, once, at every stage, in every ward."""

from datetime import UTC, datetime

import pytest

from kusei.base.audit.verify import verify
from kusei.base.decide import demo, load
from kusei.base.decide.models import ApprovalStep, Document
from kusei.base.decide.offers import offers
from kusei.base.demo.fill import Wanted, fill
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.offers import Registry
from kusei.base.kernel.wards import load_ward, ward_slugs

MONDAY = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
NEW_YEAR = datetime(2026, 4, 2, 3, 0, tzinfo=UTC)  # the second day of a fiscal year


@pytest.mark.django_db
@pytest.mark.parametrize(("ward", "now"), [*((ward, MONDAY) for ward in ward_slugs()), ("sumida", NEW_YEAR)])
def test_there_is_a_document_at_every_stage_and_a_whole_log(tmp_path, settings, ward, now):
    settings.KUSEI_HOME, settings.WARD = tmp_path, ward
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    files = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": files}
    registry = Registry()
    registry.register(offers)
    fill(Wanted(load_ward(ward), 50, 1, None, tmp_path / "logins.json", registry), now=now, say=lambda line: None)
    assert {"drafting", "approving", "decided", "issued"} <= set(Document.objects.values_list("state", flat=True))
    results = set(ApprovalStep.objects.values_list("result", flat=True))
    assert results == {"", "agreed", "opinion", "returned"}
    assert ApprovalStep.objects.filter(mode="deputy", seen_at=None).exists()
    mayor = Actor(kind="staff", grants=frozenset({("indicators.view", "")}))
    found = load.shares(mayor, "進行管理", 2026, now)
    assert sum(each.total.paper for each in found) == 6
    assert demo.fill(now) == 0
    assert verify().damage is None
