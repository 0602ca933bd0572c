"""Hearing: the worker hands each event to each subscriber, one after another for one subject."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from kusei.base.events.models import Hearing
from kusei.base.jobs.handlers import Hopeless, Queue
from kusei.base.kernel.offers import Registry, registry

MOST_ATTEMPTS = 8
"""With the waits of `leases`, about twenty minutes: then the event is set aside for a person."""
UNHEARD = ("waiting", "given_up")


def its_turn() -> Exists:
    """Whether no earlier event of the subject is still unheard by the same subscriber."""
    earlier = Hearing.objects.filter(
        subscriber=OuterRef("subscriber"), subject=OuterRef("subject"), number__lt=OuterRef("number"), state__in=UNHEARD
    )
    return ~Exists(earlier)


def hear(hearing: Hearing, now: datetime, known: Registry = registry) -> None:
    """Hand the event to its subscriber. Raises `Hopeless` where that module is no longer there, and what it raises."""
    subscriber = known.named("hears", hearing.subscriber)
    if subscriber is None:
        raise Hopeless(f"no module offers to hear as {hearing.subscriber!r}")
    subscriber.hear(hearing.event, now)


def hearings(known: Registry = registry) -> Queue:
    """The queue of what is to be heard."""
    return Queue(
        "hearings", Hearing, lambda hearing, now: hear(hearing, now, known), most=MOST_ATTEMPTS, ready=its_turn
    )
