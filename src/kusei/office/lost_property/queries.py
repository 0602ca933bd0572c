"""What is looked up about 忘れ物. Everything starts from `visible`."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q, QuerySet

from kusei.base.decide.models import Case
from kusei.base.decide.queries import visible as visible_cases
from kusei.base.decide.rules import OPEN
from kusei.base.kernel.actors import Actor
from kusei.base.map.places import counter
from kusei.base.staff.queries import below
from kusei.office.lost_property.models import FoundItem

CLAIM = "lost_property/claim"
OFFICE = "somu"
PURPOSE = "忘れ物の返還"
KEPT = Q(returned_on=None, expired_on=None)
UNCLAIMED = Q(claim=None) | Q(claim__state="withdrawn")
MOST = 20


def visible(by: Actor, purpose: str, now: datetime) -> QuerySet[FoundItem]:
    """The items `by` may see: staff with record.view those that their departments keep; the system all."""
    if by.kind == "system":
        return FoundItem.objects.all()
    return FoundItem.objects.filter(below(by.paths("record.view") if by.kind == "staff" else [], "office__path"))


def candidates(item: FoundItem, by: Actor, now: datetime) -> list[Case]:
    """The open claims that may be for the item: same kind, lost before it was found, no other item matched; the oldest first."""
    claims = visible_cases(by, PURPOSE, now).filter(procedure=CLAIM, state__in=OPEN, found_item=None)
    fitting = claims.filter(answers__item_kind=item.kind, answers__lost_on__lte=item.found_on.isoformat())
    return list(fitting.defer("words").order_by("received_at")[:MOST])


def public_rows(now: datetime) -> Iterator[tuple[str, str, str, str]]:
    """What may be known of each thing kept: (kind, its name, day, building). Neither what it looks like, which the owner must tell, nor
    anything about people."""
    items = FoundItem.objects.filter(KEPT).select_related("found_at").order_by("found_on", "id")
    for item in items.iterator(chunk_size=500):
        yield item.kind, item.get_kind_display(), item.found_on.isoformat(), str(item.found_at)


def kept(by: Actor, now: datetime) -> int:
    """How many things are on the shelves that `by` may see."""
    return visible(by, "指標", now).filter(KEPT).count()


def offices(now: datetime) -> Iterator[tuple[str, float, float, dict]]:
    """Where things found are kept."""
    return counter(OFFICE, now)
