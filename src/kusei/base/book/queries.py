"""Which slots there are and how full, and what is booked. What staff see starts from `visible` and `visible_bookings`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from kusei.base.book.models import TAKEN, Booking, Seat, Slot
from kusei.base.book.rules import latest
from kusei.base.decide.models import Case
from kusei.base.kernel.clock import JAPAN
from kusei.base.kernel.i18n import day, text
from kusei.base.kernel.offers import Bookable, Option, Resource, registry
from kusei.base.staff.queries import kept_by_departments

AHEAD = timedelta(days=90)
visible = kept_by_departments(Slot)
visible_bookings = kept_by_departments(Booking, "seat__slot__department__path")


def resource(name: str) -> Resource:
    """What some module offers to be booked under that name. Raises LookupError."""
    found = registry.named("resources", name)
    if found is None:
        raise LookupError(f"no module offers the resource {name!r}")
    return found


def counted(now: datetime, rows: QuerySet[Slot] | None = None) -> QuerySet[Slot]:
    """Slots with `capacity` and how many of it are `taken` now: a hold that ran out counts no more."""
    running = Q(bookings__state="confirmed") | Q(bookings__state="held", bookings__held_until__gt=now)
    seats = Seat.objects.filter(slot=OuterRef("pk")).order_by().values("slot")
    return (Slot.objects.all() if rows is None else rows).annotate(
        capacity=Coalesce(Subquery(seats.annotate(n=Count("id")).values("n")), 0),
        taken=Coalesce(Subquery(seats.filter(running).annotate(n=Count("id", distinct=True)).values("n")), 0),
    )


def free(name: str, department: str, now: datetime, *, notice: int = 0) -> list[Slot]:
    """The slots that still have a place, soonest first, three months ahead. notice: see `Resource`."""
    rows = counted(now).filter(
        resource=name, department=department, closed_at=None, starts_at__gt=now, starts_at__lt=now + AHEAD
    )
    return [
        slot
        for slot in rows.order_by("starts_at")
        if slot.taken < slot.capacity and (not notice or now < latest(slot.starts_at, notice))
    ]


def when(slot: Slot) -> str:
    """When a slot is, in the active language."""
    start, end = slot.starts_at.astimezone(JAPAN), slot.ends_at.astimezone(JAPAN)
    return f"{day(start.date())} {start:%H:%M}–{end:%H:%M}"


def options(name: str, department: str, now: datetime) -> list[Option]:
    """The free slots as options of a question for staff, who may book until a slot begins."""
    return [
        Option(str(slot.id), when(slot), _("空き%(free)s") % {"free": slot.capacity - slot.taken})
        for slot in free(name, department, now)
    ]


def of(about: UUID, now: datetime) -> tuple[Booking | None, Booking | None]:
    """The confirmed booking about a thing, and the one that is held for now."""
    rows = Booking.objects.filter(about=about, state__in=TAKEN).select_related("seat__slot__department", "case")
    found = {each.state: each for each in rows if each.state == "confirmed" or each.held_until > now}
    return found.get("confirmed"), found.get("held")


@dataclass(frozen=True)
class ToBook:
    """A thing of a case with what is booked for it."""

    thing: Bookable
    confirmed: Booking | None
    held: Booking | None

    @property
    def title(self) -> str:
        """What happens then, in the active language."""
        return text(resource(self.thing.resource).title)


def to_book(case: Case, now: datetime) -> list[ToBook]:
    """What is to be booked about a case, as its module says."""
    module = registry.module_of(case.procedure)
    listed = module.rules.get("bookings") if module else None
    return [ToBook(thing, *of(thing.about, now)) for thing in (listed(case.id, now) if listed else [])]


def for_application(case_id: UUID, now: datetime) -> list[dict]:
    """What is to be booked about an application, in words for whoever applied; nothing where there is no such case or it was taken back."""
    case = Case.objects.filter(id=case_id).exclude(state="withdrawn").first()
    return [
        {
            "title": each.title,
            "label": each.thing.label,
            "when": when(each.confirmed.seat.slot) if each.confirmed else "",
            "why_not": each.thing.why_not,
            "url": reverse("book:choose", args=[case_id, each.thing.about]),
        }
        for each in (to_book(case, now) if case else [])
    ]
