"""Booking: times at which something scarce is to be had (枠), and who has it when (予約). No place is two people's at a time: the database
makes sure of it."""

from django.db import models
from django.db.models import F, Q

from kusei.base.decide.models import Case
from kusei.base.kernel.models import Record
from kusei.base.staff.models import Department

TAKEN = ("held", "confirmed")
"""The states in which a place is somebody's."""


class Slot(Record):
    """A time (枠) at which a department does something for those who booked it: an inspection, an interview. Its capacity is its `Seat` rows.
    `resource` says what is booked, a name that some module offers."""

    resource = models.CharField(max_length=60)
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resource", "department", "starts_at"], name="slot_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slot_takes_time"),
        ]

    @property
    def state(self) -> str:
        """open or closed."""
        return "closed" if self.closed_at else "open"


class Seat(Record):
    """One place of a slot (定員の1つ)."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="seats")
    number = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slot", "number"], name="seat_once_a_slot")]


class Booking(Record):
    """A place of a slot, held for a while (仮押さえ), confirmed, or cancelled. `about` is what is to be seen to (a site, say), of the case; it has
    one held and one confirmed booking at most, so that another time can be chosen before the first is given up."""

    STATES = [("held", "仮押さえ"), ("confirmed", "予約済み"), ("cancelled", "取消")]

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="bookings")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="bookings")
    about = models.UUIDField(db_index=True)
    label = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=STATES)
    made_at = models.DateTimeField()
    held_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seat"], condition=Q(state__in=TAKEN), name="seat_is_one_booking_s"),
            models.UniqueConstraint(fields=["about"], condition=Q(state="held"), name="one_held_booking_about"),
            models.UniqueConstraint(
                fields=["about"], condition=Q(state="confirmed"), name="one_confirmed_booking_about"
            ),
            models.CheckConstraint(
                condition=Q(state="held", held_until__isnull=False) | ~Q(state="held") & Q(held_until=None),
                name="held_until_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled", ended_at__isnull=False) | ~Q(state="cancelled") & Q(ended_at=None),
                name="cancelled_at_a_moment",
            ),
        ]
        indexes = [models.Index(fields=["held_until"], name="booking_held", condition=Q(state="held"))]

    def __str__(self):
        return self.label
