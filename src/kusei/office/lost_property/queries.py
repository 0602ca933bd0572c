"""What is looked up about 忘れ物. Everything starts from `visible`."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q, QuerySet

from kusei.base.decide.queries import visible as visible_cases
from kusei.base.decide.rules import OPEN
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.offers import Option, label_of
from kusei.base.staff.queries import kept_by_departments
from kusei.office.lost_property.models import FoundItem

CLAIM = "lost_property/claim"
PURPOSE, KINDS = "忘れ物の返還", "lost_property.kinds"
KEPT = Q(returned_on=None, expired_on=None)
RETURNED = "returned"
UNCLAIMED = Q(claim=None) | Q(claim__state="withdrawn") | Q(claim__state="decided") & ~Q(claim__outcome=RETURNED)
visible = kept_by_departments(FoundItem, "office__path")


def claims(item: FoundItem, by: Actor, now: datetime) -> list[Option]:
    """The open claims that may be for the item: same kind, lost before it was found, no other item matched; the oldest first, 20 at most."""
    cases = visible_cases(by, PURPOSE, now).filter(procedure=CLAIM, state__in=OPEN, found_item=None)
    cases = cases.filter(answers__item_kind=item.kind, answers__lost_on__lte=item.found_on.isoformat())
    return [
        Option(
            str(case.id), f"{case.number}　{case.applicant_name}", case.answers.get("description", ""), case.party_id
        )
        for case in cases.defer("words").order_by("received_at")[:20]
    ]


def public_rows(now: datetime) -> Iterator[tuple[str, str, str, str]]:
    """What may be known of each thing kept: (kind, its name, day, building). Neither its looks, which the owner must tell, nor people."""
    items = FoundItem.objects.filter(KEPT).select_related("found_at").order_by("found_on", "id")
    for item in items.iterator(chunk_size=500):
        yield item.kind, label_of(KINDS, item.kind), item.found_on.isoformat(), str(item.found_at)


def kept(by: Actor, now: datetime) -> int:
    """How many things are on the shelves that `by` may see."""
    return visible(by, "指標", now).filter(KEPT).count()


def due(now: datetime) -> QuerySet[FoundItem]:
    """What nobody claimed in time (民法240条)."""
    return FoundItem.objects.filter(KEPT, UNCLAIMED, keep_until__lt=local_date(now))
