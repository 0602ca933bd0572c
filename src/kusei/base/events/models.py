"""What happened, and who has still to hear of it."""

from django.db import models
from django.db.models import Q

from kusei.base.kernel.leases import Leased, lease_indexes
from kusei.base.kernel.models import Record


class Event(Record):
    """Something that happened (出来事), saved with the act that caused it and never changed. `id` is the idempotency key: the same at every hearing.

    `subject` is what it happened to (`papers.paper:<id>`), `number` counts the events of all subjects; of one subject they are in the
    order in which their transactions ended. `detail` is small and flat, ids rather than personal data.
    """

    number = models.BigIntegerField(unique=True)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    subject_id = models.UUIDField()
    detail = models.JSONField(default=dict)
    happened_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "number"], name="event_by_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Hearing(Leased):
    """One event for one subscriber, to be heard at least once and in the order of the subject's events.

    States: waiting → done | given_up (set aside; what follows of that subject waits) → skipped, or waiting again.
    """

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="hearings")
    subscriber = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    number = models.BigIntegerField()

    class Meta:
        indexes = [
            *lease_indexes("hearing"),
            models.Index(
                fields=["subscriber", "subject", "number"],
                name="hearing_in_order",
                condition=~Q(state__in=["done", "skipped"]),
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["event", "subscriber"], name="hearing_once")]

    @property
    def label(self) -> str:
        """What it is, for operators: who hears what of which."""
        return f"{self.subscriber} ← {self.event}"
