"""Everything staff see of one person on a page, for one purpose; who is protected (支援措置), or lives where somebody protected does, is shown without any address, also former ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import Refused
from kusei.base.parties.facts import Fact, facts
from kusei.base.parties.models import Act, OtherName, Party, Residence
from kusei.base.parties.queries import is_hidden

PURPOSES = ("窓口照会", "住民異動", "支援措置")
"""What a person is looked up for. 支援措置 shows protected addresses, to those alone who hold `parties.protected`."""
WHAT = (
    "kana",
    "former_name",
    "alias",
    "latin_name",
    "birth_date",
    "sex",
    "nationality",
    "phone",
    "household.members",
    "representatives",
    "protected",
)


@dataclass(frozen=True)
class Dossier:
    """One person: the register's row, facts by name, homes, other names and acts, newest first. `homes` is None where they may not be shown."""

    person: Party
    known: Mapping[str, Fact]
    homes: list[Residence] | None
    names: list[OtherName]
    acts: list[Act]


EMERGENCY = "緊急閲覧"
"""What one person is looked at for who has no right to: for an hour, with a reason, and judged afterwards. Never shows a hidden address."""


def allowed(by: Actor) -> list[str]:
    """The purposes that `by` may look somebody up for."""
    return [
        purpose
        for purpose in PURPOSES
        if by.may("parties.view", purpose=purpose)
        and (purpose != "支援措置" or by.may("parties.protected", purpose=purpose))
    ]


def dossier(person_id: UUID, purpose: str, *, by: Actor, now: datetime) -> Dossier:
    """What is known of the person. Logs one read for them and each member of the household listed.

    Raises Refused for a purpose that `by` may not have, and where `facts` does.
    """
    emergency = purpose == EMERGENCY and any(person == person_id for person, _access in by.emergency)
    if by.kind != "staff" or not (emergency or purpose in allowed(by)):
        raise Refused("parties.person", subject=person_id)
    known = facts(person_id, WHAT, purpose, by=by, now=now)
    hidden = purpose != "支援措置" and is_hidden(person_id, now)
    held = Q(until=None) | ~Q(until=F("since"))  # a row that holds on no day was a mistake
    homes = Residence.objects.filter(held, party=person_id).select_related("town").order_by("-since", "-id")
    return Dossier(
        Party.objects.get(id=person_id),
        known,
        None if hidden else list(homes),
        list(OtherName.objects.filter(held, party=person_id).order_by("-since", "-id")),
        list(Act.objects.filter(parties=person_id).select_related("reversed_by").order_by("-id")[:50]),
    )
