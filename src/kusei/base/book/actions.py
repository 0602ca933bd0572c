"""What people do about times that are booked: staff make and close slots; whoever applied, or a clerk, holds a place, confirms and cancels.

Every act that takes a place locks the case, then the slot, so that of two at once one comes second; that a place has one booking the database
makes sure of itself.
"""

from datetime import datetime, time
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.ask.concern import concerns
from kusei.base.ask.models import Application
from kusei.base.book import queries, rules
from kusei.base.book.models import TAKEN, Booking, Seat, Slot
from kusei.base.decide.models import Case
from kusei.base.decide.telling import tell_applicant
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action, locked
from kusei.base.kernel.clock import JAPAN, local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.offers import Bookable
from kusei.base.staff.models import Department

PURPOSE = "予約"


@action(purpose=PURPOSE, may="decide.take", where="path")
def make_slots(department: Department, given: dict, *, by: Actor, now: datetime) -> Slot:
    """Make the slots of a day: `resource`, `day`, `first` (HH:MM), `count`, `minutes` each, `capacity` each. Returns the first. Raises Invalid
    for a day gone by, times past midnight, and where there is one already at such a time."""
    queries.resource(given["resource"])
    if given["day"] <= local_date(now):
        raise Invalid({"day": _("あしたより後の日にしてください。")})
    hour, minute = given["first"].split(":")
    try:
        spans = list(rules.times(given["day"], time(int(hour), int(minute)), given["count"], given["minutes"]))
    except ValueError:
        raise Invalid({"count": _("その日のうちに終わる数にしてください。")}) from None
    there = Slot.objects.filter(resource=given["resource"], department=department)
    if there.filter(starts_at__lt=spans[-1][1], ends_at__gt=spans[0][0]).exists():
        raise Invalid({"first": _("この時間には、もう枠があります。")})
    slots = [
        Slot(resource=given["resource"], department=department, starts_at=start, ends_at=end) for start, end in spans
    ]
    Slot.objects.bulk_create(slots)
    Seat.objects.bulk_create(Seat(slot=slot, number=n + 1) for slot in slots for n in range(given["capacity"]))
    audit.log(by, "change", "book.make", obj=slots[0], purpose=PURPOSE, now=now, detail={"slots": len(slots)})
    return slots[0]


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="book.close")
def close(slot: Slot, given: dict, *, by: Actor, now: datetime) -> Slot:
    """Close a slot, saying why: nothing is booked in it any more, and whoever has a place is told. Raises Invalid without a reason, NotNow for
    one that is closed."""
    reason = given.get("reason", "").strip()
    if not reason:
        raise Invalid({"reason": _("理由を書いてください。")})
    slot = locked(slot, Q(closed_at=None), _("この枠は、もう閉じています。"))
    slot.closed_at = now
    slot.save(update_fields=["closed_at"])
    for booking in Booking.objects.filter(seat__slot=slot, state__in=TAKEN).select_related(
        "case__department", "seat__slot"
    ):
        _end(booking, now, reason)
        _tell(booking, "book/closed", now, reason=reason)
    return slot


@action(purpose=PURPOSE)
def hold(case: Case, about: UUID, slot_id: UUID, *, by: Actor, now: datetime) -> Booking:
    """Hold a place of a slot for a thing of the case, for a quarter of an hour; what was held for it before is free again. Raises Refused for
    who neither applied nor works on the case, NotNow where nothing may be booked, or the slot is full, closed or too near."""
    thing = _thing(case, about, by, now)
    slot = (
        Slot.objects.select_for_update(no_key=True)
        .filter(id=slot_id, resource=thing.resource, department=case.department_id)
        .first()
    )
    if slot is None:
        raise Refused("book.hold", obj=case, subject=case.party_id)
    if slot.closed_at or now >= until(slot, by):
        raise NotNow(_("この日時は、いまは予約できません。ほかの日時を選んでください。"))
    _release(Booking.objects.filter(Q(about=about) | Q(seat__slot=slot, held_until__lte=now), state="held"), now)
    seat = slot.seats.exclude(bookings__state__in=TAKEN).order_by("number").first()
    if seat is None:
        raise NotNow(_("この日時は、いっぱいになりました。ほかの日時を選んでください。"))
    booking = Booking.objects.create(
        seat=seat, case=case, about=about, label=thing.label, state="held", made_at=now, held_until=now + rules.HOLD
    )
    _log(by, "book.hold", booking, now)
    return booking


@action(purpose=PURPOSE)
def confirm(booking: Booking, *, by: Actor, now: datetime) -> Booking:
    """Confirm a place that is held; what was confirmed for the same thing before is cancelled. Raises NotNow where the hold ran out, or the
    former time can't be changed any more."""
    _thing(booking.case, booking.about, by, now)
    booking = _taken(booking)
    if booking.state == "confirmed":
        return booking
    if booking.state != "held" or booking.held_until <= now:
        raise NotNow(_("仮押さえの時間が過ぎました。もう一度、日時を選んでください。"))
    former = Booking.objects.filter(about=booking.about, state="confirmed").select_related("seat__slot").first()
    if former:
        _changeable(former, by, now)
        _end(former, now, "日時の変更")
    booking.state, booking.held_until = "confirmed", None
    booking.save(update_fields=["state", "held_until"])
    _log(by, "book.confirm", booking, now)
    _tell(booking, "book/confirmed", now)
    return booking


@action(purpose=PURPOSE)
def cancel(booking: Booking, *, by: Actor, now: datetime, reason: str = "") -> None:
    """Give a place up (予約の取消). Raises Refused for who has nothing to do with it, NotNow where it is too late or given up already."""
    _may(booking.case, by, now)
    booking = _taken(booking)
    if booking.state not in TAKEN:
        raise NotNow(_("この予約は、もう取り消されています。"))
    _changeable(booking, by, now)
    confirmed = booking.state == "confirmed"
    _end(booking, now, reason)
    _log(by, "book.cancel", booking, now)
    if confirmed:
        _tell(booking, "book/cancelled", now)


def end_all(case: Case, reason: str, now: datetime, *, about: UUID | None = None) -> int:
    """For modules, in an act of theirs: free what is booked about a case, or about one thing of it, because it is not needed any more."""
    rows = Booking.objects.filter(case=case, state__in=TAKEN, **({"about": about} if about else {}))
    return rows.update(state="cancelled", held_until=None, ended_at=now, reason=reason)


def release(now: datetime) -> int:
    """Free what was held and never confirmed (daily; whoever books looks for it as well). Returns how many."""
    return _release(Booking.objects.filter(state="held", held_until__lte=now), now)


# ---- what acts are made of ------------------------------------------------------------------------------------------------


def _release(rows, now: datetime) -> int:
    return rows.update(state="cancelled", held_until=None, ended_at=now, reason="確定されなかったため")


def _may(case: Case, by: Actor, now: datetime) -> None:
    """Raise Refused unless the actor applied (or may act for who did), or works on the department's cases."""
    if by.kind == "system" or by.may("decide.take", case.department_id, "審査"):
        return
    application = Application.objects.filter(id=case.id).first() if by.kind == "resident" else None
    if application is None or not concerns(application, by, now):
        raise Refused("book.case", obj=case, subject=case.party_id)


def _thing(case: Case, about: UUID, by: Actor, now: datetime) -> Bookable:
    """What is to be booked, the case locked. Raises Refused, NotNow."""
    _may(case, by, now)
    case = Case.objects.select_for_update(no_key=True).get(id=case.id)
    found = next((each.thing for each in queries.to_book(case, now) if each.thing.about == about), None)
    if found is None:
        raise Refused("book.thing", obj=case, subject=case.party_id)
    if found.why_not:
        raise NotNow(found.why_not)
    return found


def _taken(booking: Booking) -> Booking:
    """The booking as it is now, its slot locked."""
    Case.objects.select_for_update(no_key=True).only("id").get(id=booking.case_id)
    Slot.objects.select_for_update(no_key=True).only("id").get(id=booking.seat.slot_id)
    return Booking.objects.select_related("seat__slot", "case__department").get(id=booking.id)


def until(slot: Slot, by: Actor) -> datetime:
    """Until when the actor may book and change it: staff until it begins, others some working days before."""
    return (
        rules.latest(slot.starts_at, queries.resource(slot.resource).notice)
        if by.kind == "resident"
        else slot.starts_at
    )


def _changeable(booking: Booking, by: Actor, now: datetime) -> None:
    if now >= until(booking.seat.slot, by):
        raise NotNow(_("この予約は、もう変えられません。担当課へお電話ください。"))


def _end(booking: Booking, now: datetime, reason: str) -> None:
    booking.state, booking.held_until, booking.ended_at, booking.reason = "cancelled", None, now, reason[:200]
    booking.save(update_fields=["state", "held_until", "ended_at", "reason"])


def _tell(booking: Booking, template: str, now: datetime, **more) -> None:
    slot = booking.seat.slot
    start, what = slot.starts_at.astimezone(JAPAN), queries.resource(slot.resource).title
    more |= {"day": start.date(), "time": f"{start:%H:%M}", "label": booking.label}
    tell_applicant(booking.case, template, now=now, what=what, **more)


def _log(by: Actor, what: str, booking: Booking, now: datetime) -> None:
    audit.log(by, "change", what, subject=booking.case.party_id, obj=booking, purpose=PURPOSE, now=now)
