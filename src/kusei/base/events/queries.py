"""What happened lately, for those who run the installation."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet

from kusei.base.events.models import Event, Hearing
from kusei.base.kernel.actors import Actor

PURPOSE = "運用"


def visible(by: Actor, purpose: str, now: datetime) -> QuerySet[Event]:
    """The events `by` may see: those who run the installation (`operate`) all, which name no person; others none."""
    return Event.objects.all() if by.kind in ("staff", "system") and by.may("operate") else Event.objects.none()


def with_hearings(events: QuerySet[Event]) -> QuerySet[Event]:
    """The events with how many subscribers there are, have heard, and wait."""
    return events.annotate(
        subscribers=Count("hearings"),
        heard=Count("hearings", filter=Q(hearings__state="done")),
        waiting=Count("hearings", filter=Q(hearings__state="waiting")),
    )


def set_aside(by: Actor, now: datetime) -> list[tuple[Hearing, int]]:
    """The hearings that were set aside, the oldest first (at most a hundred), each with how many wait behind it."""
    if not visible(by, PURPOSE, now).exists():
        return []
    rows = list(Hearing.objects.filter(state="given_up").select_related("event").order_by("number")[:100])
    return [
        (
            row,
            Hearing.objects.filter(
                subscriber=row.subscriber, subject=row.subject, number__gt=row.number, state="waiting"
            ).count(),
        )
        for row in rows
    ]
