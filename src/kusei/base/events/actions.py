"""Saying that something happened, in the transaction of the act; and setting poison events aside for good."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.audit.entries import detail_text, object_of
from kusei.base.events.models import Event, Hearing
from kusei.base.kernel import leases
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.errors import NotNow
from kusei.base.kernel.offers import Registry, registry

PURPOSE = "運用"


def happened(
    kind: str,
    subject: Model | tuple[str, UUID],
    detail: dict | None = None,
    *,
    now: datetime,
    known: Registry = registry,
) -> Event:
    """Say that something happened (出来事) to `subject`: whoever offers to hear events of that kind does so when the transaction ends.

    Call it last in an act, as `audit.log`: from here on to its end the act holds the subject's place in the order of events, so that two acts
    on one subject are heard in the order in which they ended. `detail` is a flat dictionary as the audit log takes it: no personal data, no
    secrets. Raises ValueError for a kind that no module offers to tell, RuntimeError outside a transaction, UnfitForLog for a detail.
    """
    if not any(kind in offers.tells for offers in known.modules()):
        raise ValueError(f"no module offers to tell of {kind!r}")
    if not connection.in_atomic_block:
        raise RuntimeError(f"{kind} was told outside the transaction in which it happened")
    detail_text(detail or {})
    name, key = object_of(subject)
    name = f"{name}:{key}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('kusei.event:' || %s, 0))", [name])
        cursor.execute("SELECT nextval('events_event_number')")
        (number,) = cursor.fetchone()
    event = Event.objects.create(
        number=number, kind=kind, subject=name, subject_id=key, detail=detail or {}, happened_at=now
    )
    hearings = [
        Hearing(event=event, subscriber=each.name, subject=name, number=number, next_try_at=now)
        for each in known.all("hears")
        if kind in each.kinds
    ]
    if hearings:
        Hearing.objects.bulk_create(hearings)
        leases.wake()
    return event


@action(purpose=PURPOSE, may="operate")
def skip(hearing: UUID, *, by: Actor, now: datetime) -> Hearing:
    """Let a hearing that was set aside be skipped for good (飛ばす): what follows of its subject is heard then. Raises NotNow for any other."""
    with transaction.atomic():
        if not Hearing.objects.filter(id=hearing, state="given_up").update(state="skipped", done_at=now):
            raise NotNow(_("この出来事は、もう分けて置かれていません。画面を読み直してください。"))
    skipped = Hearing.objects.select_related("event").get(id=hearing)
    detail = {"event": str(skipped.event_id), "kind": skipped.event.kind, "subscriber": skipped.subscriber}
    audit.log(by, "change", "events.skip", obj=skipped, purpose=PURPOSE, now=now, detail=detail)
    leases.wake()
    return skipped
