"""What the ward knows about a person, for one purpose at a time: the only way in which the resident side asks the register.

On one machine this is a function call; where portal and register are two installations, it is the one message between them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import NotNow, Refused
from kusei.base.kernel.offers import registry
from kusei.base.parties import queries
from kusei.base.parties.models import KnownFacts, Mandate, Membership, OtherName, Party, Residence
from kusei.base.parties.rules import are_children


@dataclass(frozen=True)
class Fact:
    """One thing the ward knows: its value, which register says so, and the day it was last known to hold."""

    value: Any
    source: str
    as_of: date


class Register:
    """One person's part of the register, each table read once and only when a fact needs it."""

    def __init__(self, person: Party, now: datetime, hide_address: bool) -> None:
        self.person, self.now, self.hide_address = person, now, hide_address
        self.disclosed: set[UUID] = {person.id}

    @cached_property
    def home(self) -> Residence | None:
        """Where the person lives, or None where that is unknown or may not be shown."""
        return None if self.hide_address else queries.home_of(self.person.id, self.now)

    @cached_property
    def household(self) -> list[Membership]:
        """The person's own row and those of the other members who may be listed, head and elders first.

        A protected member who lives elsewhere isn't: that they still stand in this household would say something about them.
        """
        today = queries.current(local_date(self.now))
        shared = Membership.objects.filter(today, person=self.person).values("household")
        rows = list(Membership.objects.filter(today, household__in=shared).select_related("person"))
        guarded = queries.protected_ids([row.person_id for row in rows], self.now) - {self.person.id}
        if guarded:
            living = Residence.objects.filter(today, party__in=guarded | {self.person.id}).select_related("town")
            places = {home.party_id: _place(home) for home in living}
            here = places.get(self.person.id)
            guarded = {member for member in guarded if here is None or places.get(member) != here}
        rows = [row for row in rows if row.person_id not in guarded]
        return sorted(rows, key=lambda row: (row.relationship != "世帯主", row.person.birth_date, row.person_id))

    def members(self, only: Callable[[Membership], bool] = lambda row: True) -> list[dict]:
        """The other members of the household, as facts hand them out: who they are, nothing of where."""
        chosen = [row for row in self.household if row.person_id != self.person.id and only(row)]
        self.disclosed.update(row.person_id for row in chosen)
        return [
            {
                "party_id": str(row.person_id),
                "name": row.person.name,
                "kana": row.person.kana,
                "birth_date": row.person.birth_date.isoformat(),
                "relationship": row.relationship,
            }
            for row in chosen
        ]

    @cached_property
    def other_names(self) -> list[OtherName]:
        """Former surname, alias and name in Latin letters, also those that hold no more: one that ended isn't the register's last word."""
        return list(
            OtherName.objects.filter(party=self.person, since__lte=local_date(self.now)).order_by("since", "id")
        )

    def other_name(self, kind: str, otherwise: str) -> str:
        """The dated name of a kind that holds today, "" where it ended; `otherwise` where there never was one."""
        rows = [row for row in self.other_names if row.kind == kind and row.until != row.since]
        today = local_date(self.now)
        held = [row.name for row in rows if row.until is None or row.until > today]
        return held[-1] if held else "" if rows else otherwise

    def representatives(self) -> list[dict]:
        """Who may act for the person today: guardians (法定代理人), proxies (任意代理人), agents (代理人). Nothing of where they live."""
        rows = Mandate.objects.filter(queries.current(local_date(self.now)), principal=self.person).select_related(
            "agent"
        )
        return [
            {
                "party_id": str(row.agent_id), "name": row.agent.name, "kind": row.kind, "purposes": row.purposes,
                "since": row.since.isoformat(), "until": row.until and row.until.isoformat(),
            }
            for row in rows.order_by("since", "id")
        ]  # fmt: skip

    def represents(self) -> list[dict]:
        """The organisations for which the person may act today (`queries.mandates_of`)."""
        return queries.mandates_of(self.person.id, local_date(self.now))

    def children(self) -> list[dict]:
        """The members who are the person's children, or brought up by them."""
        own = next((row.relationship for row in self.household if row.person_id == self.person.id), "")
        return self.members(lambda row: are_children(own, row.relationship))


def _place(home: Residence) -> tuple:
    return home.town_id, home.block, home.building, home.elsewhere


def _address(register: Register) -> dict | None:
    home = register.home
    return home and {
        "postal": home.postal_code,
        "town": home.town_id or "",
        "town_name": home.town.name if home.town else "",
        "block": home.block,
        "building": home.building,
        "text": str(home),
    }


PROVIDERS: dict[str, Callable[[Register], Any]] = {
    "name": lambda r: r.person.name,
    "kana": lambda r: r.person.kana,
    "former_name": lambda r: r.other_name("former", r.person.former_name),
    "alias": lambda r: r.other_name("alias", ""),
    "latin_name": lambda r: r.other_name("latin", r.person.latin_name),
    "birth_date": lambda r: r.person.birth_date and r.person.birth_date.isoformat(),
    "sex": lambda r: r.person.sex,
    "nationality": lambda r: r.person.nationality,
    "phone": lambda r: None if r.hide_address else r.person.phone,
    "address": _address,
    "household.members": lambda r: r.members(),
    "household.children": lambda r: r.children(),
    "representatives": lambda r: r.representatives(),
    "represents": lambda r: r.represents(),
    "corporate_number": lambda r: r.person.corporate_number,
    "protected": lambda r: queries.is_protected(r.person.id, r.now),
}


def _provider(name: str) -> Callable[[Register], Any]:
    """What gives a fact: the register of residents, else the module that offers it. Raises KeyError."""
    offered = registry.named("facts", name)
    return offered.provide if offered else PROVIDERS[name]


def _as_fact(value: Any, person: Party) -> Fact:
    """A module's fact has its own source and day; all else those of the register."""
    return value if isinstance(value, Fact) else Fact(value, person.source, person.as_of)


EMPTY = {"household.members": [], "household.children": [], "representatives": [], "represents": []}


KNOWN = ("person", "organisation")
"""Whom facts are about: of an organisation (法人・団体) there are its name, number, seat and telephone, nothing else."""


def facts(person: UUID, what: str | Iterable[str], purpose: str, *, by: Actor, now: datetime) -> dict[str, Fact]:
    """What the ward knows about `person`, by the names in PROVIDERS and those that modules offer, for a purpose (利用目的).

    Values are as answers are kept: text, dates "YYYY-MM-DD", None where nothing is known. `address` is a mapping of postal, town
    (its id), town_name, block, building, text; staff see a protected person's and of those who live with them, and their phone, only for `PURPOSES_SHOWING_PROTECTED`,
    representatives never. The members of a household come without any whereabouts. Logs one read for each person whose data is handed out.
    Raises Refused (logged) unless `by` is that person, represents them for this purpose (`queries.may_act_for`), has parties.view, or
    is the system; KeyError for a name that isn't there.

    A portal apart from the office has only what the office last said of its own residents (`KnownFacts`): as of that day, and for a while;
    what modules hold (such as incomes) does not leave the office, and is None there.
    Raises NotNow where it has nothing, or nothing that still holds.
    """
    wanted = [what] if isinstance(what, str) else list(what)
    providers = {name: _provider(name) for name in wanted}
    if settings.PART == "portal":
        return _kept(person, wanted, purpose, by, now)
    found = _visible(person, purpose, by, now)
    hide = _hides_address(person, purpose, by, now)
    register = Register(found, now, hide)
    known = {name: _as_fact(provide(register), found) for name, provide in providers.items()}
    audit.log(
        by,
        "read",
        "parties.facts",
        subjects=sorted(register.disclosed),
        purpose=purpose,
        now=now,
        detail={"what": wanted, "of": str(person)},
    )
    return known


def _kept(person: UUID, wanted: list[str], purpose: str, by: Actor, now: datetime) -> dict[str, Fact]:
    """The facts as the office last said them, for the person alone."""
    if by.kind != "resident" or by.party_id != person:
        refused = Refused("parties.facts", subject=person)
        audit.refusal(by, refused.what, subject=person, purpose=purpose, now=now)
        refused.audited = True
        raise refused
    kept = KnownFacts.objects.filter(party=person, until__gt=now).first()
    if kept is None:
        raise NotNow(_("区に登録されている情報を取り寄せています。しばらくしてから、もう一度開いてください。"))
    listed = (kept.facts.get(name) for name in wanted)
    others = {member["party_id"] for value in listed if isinstance(value, list) for member in value}
    audit.log(
        by, "read", "parties.facts", subjects=sorted({str(person), *others}), purpose=purpose, now=now,
        detail={"what": wanted, "of": str(person)},
    )  # fmt: skip
    return {name: Fact(kept.facts.get(name, EMPTY.get(name)), kept.source, kept.as_of) for name in wanted}


def _hides_address(person: UUID, purpose: str, by: Actor, now: datetime) -> bool:
    """Whether the whereabouts are kept from whoever asks: staff with no need of the address, or a representative (支援措置: also parents)."""
    another = by.kind == "resident" and by.party_id != person
    unneeded = by.kind == "staff" and purpose not in queries.PURPOSES_SHOWING_PROTECTED
    return (another or unneeded) and queries.is_hidden(person, now)


def _visible(person: UUID, purpose: str, by: Actor, now: datetime) -> Party:
    found = queries.visible(by, purpose, now).filter(id=person, kind__in=KNOWN).first()
    if not found and queries.may_act_for(by, person, purpose, now):
        found = Party.objects.filter(id=person, kind__in=KNOWN).first()
    if found:
        return found
    refused = Refused("parties.facts", subject=person)
    audit.refusal(by, refused.what, subject=person, purpose=purpose, now=now)
    refused.audited = True
    raise refused
