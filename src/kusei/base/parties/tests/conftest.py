"""A household in a town, and those who ask about it."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from kusei.base.kernel.actors import Actor
from kusei.base.parties.models import Membership, Party, Protection, Residence, Town

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def town(db) -> Town:
    return Town.objects.create(id="13107/吾妻橋一丁目", ward_code="13107", name="吾妻橋一丁目", source="made")


@pytest.fixture
def make_person(town):
    def make_person(
        name, kana="", born=date(1990, 4, 1), *, at="23番20号", household=None, as_="世帯主", guarded=False
    ):
        person = Party.objects.create(kind="person", name=name, kana=kana, birth_date=born, as_of=date(2026, 11, 1))
        Residence.objects.create(party=person, town=town, block=at, postal_code="130-0001", since=date(2020, 4, 1))
        if household:
            Membership.objects.create(household=household, person=person, relationship=as_, since=date(2020, 4, 1))
        if guarded:
            Protection.objects.create(party=person, since=date(2026, 1, 1), ground="配偶者からの暴力")
        return person

    return make_person


@pytest.fixture
def household(db) -> Party:
    return Party.objects.create(kind="household", name="墨田　太郎", as_of=date(2026, 11, 1))


@pytest.fixture
def family(make_person, household) -> dict[str, Party]:
    """Father (head), mother, two children and a grandchild, who live together."""
    return {
        "太郎": make_person("墨田　太郎", "スミダ　タロウ", date(1980, 1, 2), household=household),
        "花子": make_person("墨田　花子", "スミダ　ハナコ", date(1981, 2, 3), household=household, as_="妻"),
        "海": make_person("墨田　海", "スミダ　ウミ", date(2005, 3, 4), household=household, as_="子"),
        "空": make_person("墨田　空", "スミダ　ソラ", date(2015, 4, 5), household=household, as_="子"),
        "凪": make_person("墨田　凪", "スミダ　ナギ", date(2025, 5, 6), household=household, as_="子の子"),
    }


def resident(person: Party | None) -> Actor:
    return Actor(kind="resident", account_id=UUID(int=1), party_id=person and person.id, name="x")


@pytest.fixture
def clerk() -> Actor:
    grants = frozenset({("parties.view", "kodomo/kosodate")})
    return Actor(
        kind="staff", account_id=UUID(int=7), name="山田 花子", department="子育て支援課", post="主事", grants=grants
    )
