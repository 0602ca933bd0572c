"""Who may see whom in the register, and how they are found. Protection (支援措置) is honoured here, once for every module."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from kusei.base import audit
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Refused
from kusei.base.parties.models import Mandate, OtherName, Party, Protection, Residence, folded
from kusei.base.parties.rules import plain_kana, plain_name, plain_place, search_name

# The purposes for which staff see where a protected person lives: the work on the protection itself, and the decision on that
# person's own application. Whoever merely looks somebody up does not.
PURPOSES_SHOWING_PROTECTED = frozenset({"支援措置", "審査"})
FOUND_AT_MOST = 50


def current(day: date) -> Q:
    """The filter for residences and memberships that hold on a day; `until` is the first day on which they don't any more."""
    return Q(since__lte=day) & (Q(until=None) | Q(until__gt=day))


def in_force(day: date) -> Q:
    """The filter for protections in force on a day, the last one included."""
    return Q(since__lte=day) & (Q(until=None) | Q(until__gte=day))


def visible(by: Actor, purpose: str, now: datetime) -> QuerySet[Party]:
    """The parties `by` may see: staff with parties.view all of them, a resident the person they are tied to, nobody else any."""
    if by.kind == "system" or (by.kind == "staff" and by.may("parties.view")):
        return Party.objects.all()
    if by.kind == "resident" and by.party_id:
        return Party.objects.filter(id=by.party_id)
    return Party.objects.none()


def may_act_for(by: Actor, party: UUID, purpose: str, now: datetime) -> bool:
    """Whether `by` may act for a party for the purpose: as that very person, or by a mandate (代理権) that covers it today."""
    if by.kind != "resident" or not by.party_id:
        return False
    if by.party_id == party:
        return True
    covering = Q(purposes=[]) | Q(purposes__contains=[purpose])
    held = Mandate.objects.filter(current(local_date(now)), covering, agent=by.party_id, principal=party)
    return held.exists()


def protected_ids(party_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Which of the persons are protected (支援措置) today."""
    rows = Protection.objects.filter(in_force(local_date(now)), party__in=party_ids)
    return set(rows.values_list("party_id", flat=True))


def is_protected(party_id: UUID, now: datetime) -> bool:
    """Whether the person's whereabouts are protected (支援措置) today."""
    return bool(protected_ids([party_id], now))


def home_of(party_id: UUID, now: datetime) -> Residence | None:
    """Where the person lives today, with its town; for use inside the house, not for showing."""
    rows = Residence.objects.filter(current(local_date(now)), party=party_id)
    return rows.select_related("town").order_by("-since").first()


def address_line(party_id: UUID, *, for_recipient: bool, now: datetime) -> str:
    """The person's address in one line, "" where none is known, and "" for a protected person unless it goes to that very person."""
    if not for_recipient and is_protected(party_id, now):
        return ""
    home = home_of(party_id, now)
    return str(home) if home else ""


@dataclass(frozen=True)
class Found:
    """A person as a search lists them; `address` is "" where it may not be shown."""

    id: UUID
    name: str
    kana: str
    birth_date: date
    sex: str
    address: str
    protected: bool


def search(text: str, birth_date: date | None, *, purpose: str, by: Actor, now: datetime) -> list[Found]:
    """Persons whose name, former surname, alias or reading begins with `text` (any width, 異体字 or not, spaces or none), born on `birth_date`; either may be left out.

    At most 50, in the order of readings; each is logged as read. Raises Refused unless `by` has parties.view.
    """
    if not (by.kind == "system" or (by.kind == "staff" and by.may("parties.view"))):
        raise Refused("parties.search")
    day = local_date(now)
    wanted = _matching(text, birth_date, day)
    if wanted is None:
        return []
    protection = Protection.objects.filter(in_force(day), party=OuterRef("pk"))
    people = list(
        visible(by, purpose, now)
        .alias(folded_name=folded("name"))
        .filter(wanted, kind="person")
        .annotate(guarded=Exists(protection))
        .order_by("kana", "id")[:FOUND_AT_MOST]
    )
    homes = {
        home.party_id: str(home)
        for home in Residence.objects.filter(current(day), party__in=people).select_related("town")
    }
    shown = purpose in PURPOSES_SHOWING_PROTECTED
    audit.log(by, "read", "parties.search", subjects=[person.id for person in people], purpose=purpose, now=now)
    return [
        Found(
            person.id, person.name, person.kana, person.birth_date, person.sex,
            homes.get(person.id, "") if shown or not person.guarded else "", person.guarded,
        )
        for person in people
    ]  # fmt: skip


def matching_exactly(name: str, birth_date: date, town: str, block: str, now: datetime) -> list[Party]:
    """The residents registered under exactly this name (or reading), birthday, town and block, however wide it was typed.

    For proving who somebody is; says nothing to anybody by itself, so it logs nothing.
    """
    home = Residence.objects.filter(current(local_date(now))).select_related("town")
    people = Party.objects.filter(kind="person", is_resident=True, birth_date=birth_date)
    people = people.prefetch_related(Prefetch("residences", queryset=home, to_attr="homes"))
    wanted_names, wanted_place = {plain_name(name), plain_kana(name)} - {""}, plain_place(town, block)
    return [
        person
        for person in people
        if wanted_names & {plain_name(person.name), plain_kana(person.kana)}
        and any(at.town and plain_place(at.town.name, at.block) == wanted_place for at in person.homes)
    ]


def _matching(text: str, birth_date: date | None, day: date) -> Q | None:
    name, kana = search_name(text), plain_kana(text)
    if not name and not birth_date:
        return None
    wanted = Q(birth_date=birth_date) if birth_date else Q()
    if name:
        others = OtherName.objects.alias(folded_name=folded("name")).filter(current(day), folded_name__startswith=name)
        also = list(others.values_list("party_id", flat=True)[:FOUND_AT_MOST])
        wanted &= Q(folded_name__startswith=name) | Q(kana_key__startswith=kana) | Q(id__in=also)
    return wanted
