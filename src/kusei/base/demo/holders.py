"""Whose cards the demonstration has: those of the people who sign in, as the register knows them today."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from kusei.base.demo import cards
from kusei.base.demo.families import Family, demonstration_families
from kusei.base.demo.people import Person
from kusei.base.demo.residents import person_of
from kusei.base.kernel import parts
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.wards import load_ward
from kusei.base.parties.models import Party
from kusei.base.parties.queries import home_of
from kusei.base.signing.made import Card


@dataclass(frozen=True)
class Holder:
    """What a card says of whoever holds it; `born` as YYYYMMDD."""

    email: str
    name: str
    born: str
    sex: str
    address: str


def holders(now: datetime) -> list[Holder]:
    """Everybody who has a card here."""
    return [_holder(family, now) for family in demonstration_families(settings.WARD, local_date(now))]


def holder(email: str, now: datetime) -> Holder | None:
    """Whoever signs in with that address, or None."""
    return next((each for each in holders(now) if each.email == email), None)


def sign(who: Holder, content: bytes, *, revoked: bool = False, now: datetime) -> bytes:
    """The detached signature (CMS, DER) over the content, by a card that is issued for it."""
    return _issued(who, now, revoked=revoked).signature(content)


def card_of(person: Party, now: datetime) -> Card:
    """A made person's card."""
    return _issued(_registered(person, "", now), now)


def _issued(who: Holder, now: datetime, *, revoked: bool = False) -> Card:
    folder = settings.KUSEI_HOME / cards.FOLDER
    return cards.card(folder, who.name, who.born, who.sex, who.address, revoked=revoked, now=now)


def _holder(family: Family, now: datetime) -> Holder:
    """As the register has them where it is at hand, else as the demonstration made them."""
    if parts.here("office"):
        try:
            return _registered(person_of(family), family.email, now)
        except Party.DoesNotExist:
            pass
    return _said(family.person, family.email, *family.address[:2])


def _registered(person: Party, email: str, now: datetime) -> Holder:
    home = home_of(person.id, now)
    return _said(person, email, home.town.name if home and home.town else "", home.block if home else "")


def _said(person: Party | Person, email: str, town: str, block: str) -> Holder:
    ward = load_ward(settings.WARD).name["ja"]
    return Holder(email, person.name, f"{person.birth_date:%Y%m%d}", person.sex or "f", f"東京都{ward}{town}{block}")
