"""What a portal apart from the office may know of the register: its own residents, as of a day, for a while, and nobody's hidden whereabouts."""

import json
from datetime import timedelta

import pytest
from django.test import override_settings

from kusei.base.accounts.messages import Known
from kusei.base.kernel.errors import NotNow, Refused
from kusei.base.parties import known
from kusei.base.parties.facts import facts
from kusei.base.parties.models import KnownFacts, Protection
from kusei.base.parties.tests.conftest import resident


def crossed(person, now) -> Known:
    """What goes over the line about a person, as it arrives."""
    said, disclosed = known.snapshot(person, now)
    until = known.said(person, said, disclosed, now)
    return Known(
        party_id=person.id, name=person.name, kana=person.kana, birth_date=person.birth_date, source=person.source,
        as_of=person.as_of, facts=json.loads(json.dumps(said)), until=until,
    )  # fmt: skip


def ask(person, now, what=("name", "address", "household.children")):
    with override_settings(PART="portal"):
        return facts(person.id, what, "申請", by=resident(person), now=now)


def test_a_portal_has_what_the_office_said_as_of_that_day(family, now):
    person = family["太郎"]
    known.keep(crossed(person, now), now)
    found = ask(person, now + timedelta(days=30))
    assert found["address"].value["block"] == "23番20号"
    assert found["address"].as_of == person.as_of
    assert {child["name"] for child in found["household.children"].value} == {"墨田　海", "墨田　空"}


def test_it_does_not_hold_for_ever_and_goes(family, now):
    person = family["太郎"]
    known.keep(crossed(person, now), now)
    with pytest.raises(NotNow):
        ask(person, now + known.LIVES + timedelta(seconds=1))
    known.forget_expired(now + known.LIVES + timedelta(seconds=1))
    assert not KnownFacts.objects.exists()


def test_nobody_else_is_told(family, now):
    known.keep(crossed(family["太郎"], now), now)
    with override_settings(PART="portal"), pytest.raises(Refused):
        facts(family["太郎"].id, "name", "申請", by=resident(family["花子"]), now=now)


def test_neither_the_protected_nor_who_lives_with_them_have_their_whereabouts_cross(make_person, now):
    guarded = make_person("保護　花", at="99番9号", guarded=True)
    beside = make_person("同居　実", at="99番9号")
    for person in (guarded, beside):
        body = crossed(person, now).model_dump_json()
        assert "99番9号" not in body
        assert '"phone"' not in body
        assert '"protected"' not in body


def test_who_becomes_protected_is_found_at_once_and_their_address_taken_back(family, now):
    person = family["太郎"]
    known.keep(crossed(person, now), now)
    crossed(person, now)
    assert known.newly_hidden(now) == []
    Protection.objects.create(party=person, since=now.date() - timedelta(days=1), ground="ストーカー行為")
    assert person.id in known.newly_hidden(now)
    assert known.stale(person, now)
    known.keep(crossed(person, now), now)
    assert ask(person, now)["address"].value is None
    assert known.newly_hidden(now) == []
