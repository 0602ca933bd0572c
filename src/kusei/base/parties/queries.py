"""Who may see whom in the register, and how they are found. Protection (支援措置) is honoured here, once for every module."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from kusei.base import audit
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Refused
from kusei.base.parties.models import KnownFacts, Mandate, Membership, OtherName, Party, Protection, Residence, folded
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
    """The parties `by` may see: staff with parties.view all of them, in an emergency (緊急閲覧) that one person, a resident the person
    they are tied to, nobody else any."""
    if by.kind == "system" or (by.kind == "staff" and by.may("parties.view", purpose=purpose)):
        return Party.objects.all()
    if by.kind == "staff" and by.emergency:
        return Party.objects.filter(id__in=[person for person, _access in by.emergency])
    if by.kind == "resident" and by.party_id:
        return Party.objects.filter(id=by.party_id)
    return Party.objects.none()


def may_act_for(by: Actor, party: UUID, purpose: str, now: datetime) -> bool:
    """Whether `by` may act for a party for the purpose: as that very person, or by a mandate (代理権) that covers it today."""
    if by.kind != "resident" or not by.party_id:
        return False
    if by.party_id == party:
        return True
    return may_represent(by.party_id, party, purpose, now)


@dataclass(frozen=True)
class Represented:
    """An organisation (法人・団体) for which somebody may act, as the register has it."""

    party_id: UUID
    name: str
    kana: str = ""
    corporate_number: str = ""
    address: str = ""
    phone: str = ""


def mandates_of(agent: UUID, day: date) -> list[dict]:
    """The mandates that a person holds on a day for organisations, as plain data: since, until (the first day it no longer holds), purposes,
    and of the organisation party_id, name, kana, corporate_number, address, phone."""
    held = list(
        Mandate.objects.filter(current(day), agent=agent, principal__kind="organisation")
        .select_related("principal")
        .order_by("principal__kana", "id")
    )
    seats = Residence.objects.filter(current(day), party__in=[each.principal_id for each in held]).select_related(
        "town"
    )
    places = {seat.party_id: str(seat) for seat in seats} if held else {}
    return [
        {
            "party_id": str(each.principal_id), "name": each.principal.name, "kana": each.principal.kana,
            "corporate_number": each.principal.corporate_number or "", "address": places.get(each.principal_id, ""),
            "phone": each.principal.phone, "purposes": each.purposes,
            "since": each.since.isoformat(), "until": each.until and each.until.isoformat(),
        }
        for each in held
    ]  # fmt: skip


def _mandates(by: Actor, now: datetime) -> list[dict]:
    """The mandates in force of whoever acts; a portal apart from the office goes by what the office last said."""
    if by.kind != "resident" or not by.party_id:
        return []
    day = local_date(now)
    if settings.PART != "portal":
        return mandates_of(by.party_id, day)
    kept = KnownFacts.objects.filter(party=by.party_id, until__gt=now).first()
    said = (kept.facts or {}).get("represents") or [] if kept else []
    return [each for each in said if each["since"] <= day.isoformat() and (each["until"] or "9999") > day.isoformat()]


def represented(by: Actor, purpose: str, now: datetime) -> list[Represented]:
    """The organisations for which `by` may act for the purpose today, by a mandate (代理権), in the order of their readings."""
    found = {
        each["party_id"]: Represented(
            UUID(each["party_id"]), each["name"], each["kana"], each["corporate_number"], each["address"], each["phone"]
        )
        for each in _mandates(by, now)
        if not each["purposes"] or purpose in each["purposes"]
    }
    return list(found.values())


def powers(by: Actor, now: datetime) -> list[tuple[UUID, list[str]]]:
    """For which organisations `by` may act today, and for which purposes; an empty list stands for all."""
    return [(UUID(each["party_id"]), each["purposes"]) for each in _mandates(by, now)]


def agents_of(principal: UUID, purpose: str, now: datetime) -> list[UUID]:
    """The persons who may act for the party today for the purpose, as this register has it."""
    covering = Q(purposes=[]) | Q(purposes__contains=[purpose])
    held = Mandate.objects.filter(current(local_date(now)), covering, principal=principal)
    return list(held.order_by("since", "id").values_list("agent_id", flat=True).distinct())


def may_represent(agent: UUID, principal: UUID, purpose: str, now: datetime) -> bool:
    """Whether the person may act for the party today for the purpose, as this register has it."""
    covering = Q(purposes=[]) | Q(purposes__contains=[purpose])
    held = Mandate.objects.filter(current(local_date(now)), covering, agent=agent, principal=principal)
    return held.exists()


def protected_ids(party_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Which of the persons are protected (支援措置) today."""
    rows = Protection.objects.filter(in_force(local_date(now)), party__in=party_ids)
    return set(rows.values_list("party_id", flat=True))


def is_protected(party_id: UUID, now: datetime) -> bool:
    """Whether the person's whereabouts are protected (支援措置) today."""
    return bool(protected_ids([party_id], now))


def beside_protected(day: date) -> Exists:
    """The filter for residences at the very place where somebody else lives who is protected on the day."""
    place = Q(town=OuterRef("town"), block=OuterRef("block"), building=OuterRef("building"))
    place |= Q(town=None, elsewhere=OuterRef("elsewhere")) & ~Q(elsewhere="")
    guarded = Protection.objects.filter(in_force(day)).values("party")
    return Exists(Residence.objects.filter(current(day), place, party__in=guarded).exclude(party=OuterRef("party")))


def hidden_ids(party_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Which of the persons' whereabouts must not be shown: who is protected today, and whoever lives at the very place where somebody
    protected lives, since their address would give the other's away."""
    day = local_date(now)
    protected = Protection.objects.filter(in_force(day), party=OuterRef("pk"))
    beside = Residence.objects.filter(current(day), beside_protected(day), party=OuterRef("pk"))
    hidden = Party.objects.filter(Exists(protected) | Exists(beside), id__in=party_ids)
    return set(hidden.values_list("id", flat=True))


def is_hidden(party_id: UUID, now: datetime) -> bool:
    """Whether the person's whereabouts must not be shown (`hidden_ids`)."""
    return bool(hidden_ids([party_id], now))


def protected_kin(party_id: UUID) -> set[UUID]:
    """The persons who were ever protected and ever stood in a household of this person's: what they do must not show in this person's pages."""
    households = Membership.objects.filter(person=party_id).values("household")
    members = Membership.objects.filter(household__in=households).exclude(person=party_id).values("person")
    return set(Protection.objects.filter(party__in=members).values_list("party_id", flat=True))


def home_of(party_id: UUID, now: datetime) -> Residence | None:
    """Where the person lives today, with its town; for use inside the house, not for showing."""
    rows = Residence.objects.filter(current(local_date(now)), party=party_id)
    return rows.select_related("town").order_by("-since").first()


def address_line(party_id: UUID, *, for_recipient: bool, now: datetime) -> str:
    """The person's address in one line, "" where none is known, and "" for one that is hidden unless it goes to that very person."""
    if not for_recipient and is_hidden(party_id, now):
        return ""
    home = home_of(party_id, now)
    return str(home) if home else ""


@dataclass(frozen=True)
class Found:
    """A person as a search lists them; `address` is "" where it may not be shown, as `hidden` says."""

    id: UUID
    name: str
    kana: str
    birth_date: date
    sex: str
    address: str
    protected: bool
    hidden: bool = False


def search(text: str, birth_date: date | None, *, purpose: str, by: Actor, now: datetime) -> list[Found]:
    """Persons whose name, former surname, alias, name in Latin letters or reading begins with `text` (any width, 異体字 or not, spaces or none), born on `birth_date`; either may be left out.

    At most 50, in the order of readings; each is logged as read. Raises Refused unless `by` has parties.view.
    """
    if not (by.kind == "system" or (by.kind == "staff" and by.may("parties.view", purpose=purpose))):
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
    living = Residence.objects.filter(current(day), party__in=people).select_related("town")
    homes = {home.party_id: home for home in living.annotate(beside=beside_protected(day))}
    needed = purpose in PURPOSES_SHOWING_PROTECTED
    hidden = {
        person.id
        for person in people
        if not needed and (person.guarded or (person.id in homes and homes[person.id].beside))
    }
    audit.log(by, "read", "parties.search", subjects=[person.id for person in people], purpose=purpose, now=now)
    return [
        Found(
            person.id, person.name, person.kana, person.birth_date, person.sex,
            "" if person.id in hidden else str(homes.get(person.id, "")), person.guarded, person.id in hidden,
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
        wanted &= Q(folded_name__startswith=name) | Q(kana_key__startswith=kana) | Q(id__in=_otherwise_named(text, day))
    return wanted


def _otherwise_named(text: str, day: date) -> list[UUID]:
    """At most 50 persons whose former surname, alias or name in Latin letters begins with the text: as dated, or as the register that feeds
    this one says. A former surname may be followed by the given name (旧氏 名)."""
    whole, (first, *rest) = search_name(text), text.split()
    given = search_name("".join(rest))
    dated = OtherName.objects.alias(folded_name=folded("name")).filter(current(day))
    fed = Party.objects.filter(kind="person").alias(
        folded_former=folded("former_name"), folded_latin=folded("latin_name"), folded_name=folded("name")
    )
    begins = fed.filter(folded_former__startswith=whole).exclude(former_name="")
    latin = fed.filter(folded_latin__startswith=whole).exclude(latin_name="")
    found = [dated.filter(folded_name__startswith=whole).values_list("party_id")]
    found += [begins.values_list("id"), latin.values_list("id")]
    if given:
        surname = search_name(first)
        both = dated.alias(folded_own=folded("party__name")).filter(kind="former", folded_name=surname)
        found.append(both.filter(folded_own__endswith=given).values_list("party_id"))
        found.append(fed.filter(folded_former=surname, folded_name__endswith=given).values_list("id"))
    first, *others = (each.order_by()[:FOUND_AT_MOST] for each in found)
    return [person for (person,) in first.union(*others)]
