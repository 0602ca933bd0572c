"""How the line does: what waits to cross, how old the oldest is, when the other side was last heard."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min, Q

from kusei.base.line.models import Incoming, Line, Outgoing


@dataclass(frozen=True)
class Health:
    """Figures of this end. backlog: messages the other side has not got; oldest: when the oldest of them was written. waiting, stuck: messages
    that came and are not applied, and those of them that can't be. silent: how long nothing was heard, None before the first time."""

    backlog: int
    oldest: datetime | None
    waiting: int
    stuck: int
    refused: int
    refused_at: datetime | None
    contact_at: datetime | None
    failing_since: datetime | None
    last_error: str

    def age(self, now: datetime) -> timedelta:
        """How old the oldest message is that the other side has not got."""
        return now - self.oldest if self.oldest else timedelta(0)


def health(now: datetime) -> Health | None:
    """The figures, or None where everything is one installation."""
    if settings.PART == "all":
        return None
    side = settings.PART
    line = Line.objects.filter(side=side).first() or Line(side=side)
    out = Outgoing.objects.filter(side=side, acked_at=None).aggregate(count=Count("id"), oldest=Min("created_at"))
    came = Incoming.objects.filter(side=side, applied_at=None).aggregate(
        waiting=Count("id"), stuck=Count("id", filter=Q(state="given_up"))
    )
    return Health(
        backlog=out["count"],
        oldest=out["oldest"],
        refused=line.refused,
        refused_at=line.refused_at,
        contact_at=line.contact_at,
        failing_since=line.failing_since,
        last_error=line.last_error,
        **came,
    )
