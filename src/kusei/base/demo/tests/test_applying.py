"""Made residents apply through the forms that people use, so what a form refuses is refused to them too."""

from datetime import UTC, datetime

import pytest

from kusei.base.ask.models import Draft
from kusei.base.decide.models import Case
from kusei.base.demo import applying
from kusei.base.demo.fill import Wanted, fill
from kusei.base.demo.residents import MADE
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.offers import Offers, Registry
from kusei.base.kernel.wards import load_ward
from kusei.base.parties.models import Membership, Protection

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
CLAIM = "child_allowance/claim"


@pytest.fixture
def filled(db, tmp_path, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": place}
    registry = Registry()
    registry.register(Offers(module="child_allowance", procedures=[CLAIM]))
    wanted = Wanted(load_ward(settings.WARD), 400, 1, None, tmp_path / "logins.json", registry)
    fill(wanted, now=NOW, say=lambda line: None)


def _parents():
    return applying.parents(5, local_date(NOW), 14, source=MADE)


def _typed(draft, **instead):
    given = {what: fact["value"] for what, fact in draft.given.items()}
    return {
        "claimant": "correct",
        "phone": "090-0000-2000",
        "children": [child["party_id"] for child in given["household.children"] if child["birth_date"] > "2009"],
        "living": "together",
        "older": "no",
        "spouse": "none",
        "pension": "national",
        "bank_bank_name": "見本銀行",
        "bank_bank_code": "0000",
        "bank_branch_name": "本店",
        "bank_branch_code": "001",
        "bank_account": "ordinary",
        "bank_number": "1000001",
        "bank_holder": given["kana"],
        "agreement": ["true", "checks"],
        **instead,
    }


def test_a_made_parent_claims_and_the_case_is_in_the_queue(filled):
    parent = _parents()[0]
    application = applying.apply(CLAIM, _typed, by=applying.resident(parent, "demo-1", NOW), now=NOW)
    case = Case.objects.get(id=application.id)
    assert (case.party, case.state, case.department_id) == (parent, "received", "kodomo/kosodate")
    assert [file["question"] for file in case.files] == ["bank_document"]


def test_what_the_form_refuses_is_refused_to_made_residents(filled):
    claimant = applying.resident(_parents()[0], "demo-1", NOW)
    with pytest.raises(Invalid) as refused:
        applying.apply(CLAIM, lambda draft: _typed(draft, bank_number="12"), by=claimant, now=NOW)
    assert "bank_number" in refused.value.problems
    assert Draft.objects.get().submitted_at is None


def test_parents_have_a_young_child_and_no_protection(filled):
    found = _parents()
    assert found == _parents()
    assert len(found) == 5
    assert not Protection.objects.filter(party__in=found).exists()
    for parent in found:
        household = Membership.objects.get(person=parent, relationship="世帯主").household
        assert household.members.filter(relationship="子", person__birth_date__gt="2012-11-01").exists()
        assert parent.name not in ("桜木\u3000一郎", "朝倉\u3000由紀")
