"""Sending over the line, and applying what came."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from pydantic import ValidationError

from kusei.base import audit
from kusei.base.jobs.handlers import Hopeless, Later
from kusei.base.kernel import leases
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.ids import new_id
from kusei.base.kernel.plain import plain_value
from kusei.base.line.kinds import Kind, Kinds, Message, kinds
from kusei.base.line.models import Incoming, Line, Outgoing

PURPOSE = "庁内連携"


class _UnderWay:
    """What `send` gives where the answer can't be known yet. It holds: what was asked for will be done."""

    def __repr__(self) -> str:
        return "UNDER_WAY"


UNDER_WAY = _UnderWay()


def send(
    name: str, body: Message, *, matter: UUID | str, now: datetime, once: str | None = None, known: Kinds = kinds
) -> Any:
    """Have the other side receive a message. Where both sides are this installation: now, in this transaction, and what its receiver gives
    comes back (and what it raises). Where they are two: a row in this transaction, and `UNDER_WAY`.

    `matter`: what it is about, for messages about the same matter are applied in the order of writing. `once`: sent under that name before,
    it is not sent again. Raises LookupError for an unknown kind, ValueError where it is this side's to receive.
    """
    kind = known.named(name)
    if kind is None:
        raise LookupError(f"no message of kind {name!r}")
    if settings.PART == "all":
        return kind.receive(body, now)
    if kind.to == settings.PART:
        raise ValueError(f"{name} is for the {kind.to} to receive")
    row = Outgoing(
        side=settings.PART,
        kind=name,
        version=kind.version,
        matter=str(matter),
        once=once,
        body=body.model_dump(mode="json"),
        created_at=now,
    )
    if once and Outgoing.objects.filter(side=settings.PART, once=once).exists():
        return UNDER_WAY
    row.save(force_insert=True)
    leases.wake()
    return UNDER_WAY


def apply(row: Incoming, now: datetime, known: Kinds = kinds) -> None:
    """Apply a message that came (queue `line`): its effect and the mark that it is done in one transaction, in the order of its matter.

    Raises `Later` while an earlier message about the same matter is not applied, `Hopeless` where this installation can't apply it: it is
    kept, listed for operators, and can be tried again after an upgrade.
    """
    try:
        with audit.audit_scope():
            row = Incoming.objects.select_for_update().get(id=row.id)
            if row.applied_at:
                return
            before = Q(stream=row.stream, number__lt=row.number) | Q(stream__lt=row.stream)
            if Incoming.objects.filter(before, side=row.side, matter=row.matter, applied_at=None).exists():
                raise Later("an earlier message about the same matter is not applied yet")
            kind = fitting(row, known)
            kind.receive(body_of(row, kind), now)
            Incoming.objects.filter(id=row.id).update(applied_at=now, body=None)
            following = Incoming.objects.filter(
                side=row.side, matter=row.matter, applied_at=None, state="waiting", lease_until=None
            )
            following.exclude(id=row.id).update(next_try_at=now)
            leases.wake()
    except (Refused, Invalid, NotNow, Hopeless) as error:
        detail = {"kind": row.kind, "reason": reason_of(error)}
        audit.refusal(SYSTEM, "line.refused", obj=("line", row.id), purpose=PURPOSE, now=now, detail=detail)
        raise Hopeless(f"{row.kind}: {reason_of(error)}") from error


def reason_of(error: Exception) -> str:
    """Why a message was refused, without anything personal."""
    return str(error) if isinstance(error, Hopeless) else f"{type(error).__name__} {getattr(error, 'what', '')}".strip()


def fitting(row: Incoming, known: Kinds) -> Kind:
    """The kind of a message. Raises `Hopeless` where this installation knows no such kind, another version of it, or doesn't receive it."""
    kind = known.named(row.kind)
    if kind is None:
        raise Hopeless("an unknown kind of message")
    if kind.version != row.version:
        raise Hopeless(f"version {row.version} of a message of which this installation knows version {kind.version}")
    if kind.to != row.side:
        raise Hopeless("a message that is not for this side")
    return kind


def body_of(row: Incoming, kind: Kind) -> Message:
    """The body by its schema. Raises `Hopeless` where it does not fit, or holds text that an honest sender would have cleaned."""
    if plain_value(row.body) != row.body:
        raise Hopeless("its text is not clean")
    try:
        return kind.schema.model_validate(row.body)
    except ValidationError as error:
        where = sorted({".".join(map(str, each["loc"]))[:80] for each in error.errors(include_input=False)})
        raise Hopeless(f"does not fit its schema: {', '.join(where[:5])}") from None


def begin_anew(now: datetime) -> None:
    """After a restore: what is sent from now on is another stream, since the other side may have messages that we forgot."""
    with transaction.atomic():
        for line in Line.objects.select_for_update():
            Outgoing.objects.filter(side=line.side, acked_at=None).update(stream=None, number=None)
            line.stream, line.frames, line.numbered, line.acked = new_id(), 0, 0, 0
            line.save()
