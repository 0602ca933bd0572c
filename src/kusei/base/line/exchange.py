"""Taking a frame of the other side, and making one of ours. Both in one short transaction that holds this end of the line.

Numbers run without a gap. Each frame says up to which number we keep theirs; the other side sends from there. So what is lost on the way is
sent again, and what comes twice is known by its number.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from kusei.base import audit
from kusei.base.kernel import leases
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.parts import OTHER
from kusei.base.line import keys
from kusei.base.line.actions import PURPOSE
from kusei.base.line.frames import (
    LARGEST_FRAME,
    Frame,
    Head,
    Letter,
    Signed,
    Unfit,
    opened,
    read,
    sign,
    verify,
    written,
)
from kusei.base.line.kinds import Kinds, kinds
from kusei.base.line.models import Incoming, Line, Outgoing

MOST = 100
"""Messages a frame."""
ROOM = LARGEST_FRAME - 400_000
NUMBER = """
UPDATE line_outgoing o SET stream = %(stream)s, number = %(last)s + n.nth
FROM (SELECT id, row_number() OVER (ORDER BY place) AS nth FROM line_outgoing WHERE side = %(side)s AND number IS NULL) n
WHERE o.id = n.id
"""
AUDIT_EVERY = 60.0
"""Seconds within which the same refusal is written to the audit log once: whoever floods us must not flood the log."""
_audited: dict[str, float] = {}


def end_of_line(side: str) -> Line:
    """This end of the line, locked until the transaction ends."""
    Line.objects.get_or_create(side=side)
    return Line.objects.select_for_update().get(side=side)


def make(now: datetime, known: Kinds = kinds) -> tuple[str, bool]:
    """A frame with what the other side has not got yet, as far as it holds; and whether more is left. Raises `keys.NoLineKey`."""
    side = settings.PART
    name, key = keys.own(side).signing()
    with transaction.atomic():
        line = end_of_line(side)
        _number(line)
        line.frames += 1
        line.said = line.heard
        line.save(update_fields=["frames", "numbered", "said"])
        rows = Outgoing.objects.filter(side=side, stream=line.stream, number__gt=line.acked).order_by("number")
        messages, room = [], ROOM
        for row in rows[:MOST].iterator(chunk_size=10):
            signed = sign(_letter(row, side, known), name, key)
            room -= len(signed.text.encode()) + 400
            if room < 0 and messages:
                break
            messages.append(signed)
    head = {
        "form": 1,
        "ward": settings.WARD,
        "sender": side,
        "stream": line.stream,
        "frame": line.frames,
        "heard_stream": line.their_stream,
        "heard": line.heard,
        "digests": [each.digest for each in messages],
    }
    more = line.numbered > line.acked + len(messages)
    return Frame(head=sign(written(head), name, key), messages=messages).text(), more


def _number(line: Line) -> None:
    """Number what was written since, in the order of writing."""
    with connection.cursor() as cursor:
        cursor.execute(NUMBER, {"stream": line.stream, "last": line.numbered, "side": line.side})
        line.numbered += cursor.rowcount


def _letter(row: Outgoing, side: str, known: Kinds) -> str:
    kind = known.named(row.kind)
    body = kind.fill(row.body) if kind and kind.fill else row.body
    return written(
        {
            "id": row.id, "stream": row.stream, "number": row.number, "sender": side, "ward": settings.WARD, "kind": row.kind,
            "version": row.version, "matter": row.matter, "at": row.created_at, "body": body,
        }
    )  # fmt: skip


def take(raw: bytes, now: datetime, *, came: str = "") -> tuple[int, bool]:
    """Take a frame: note what was heard of us, keep what is new. Returns how many messages are new, and whether the frame held all they had
    room for. Raises `Unfit` for what is refused, which is counted and audited; `keys.NoLineKey`."""
    try:
        trusted = keys.trusted()
        head, messages = opened(raw, trusted)
        with transaction.atomic():
            line = end_of_line(settings.PART)
            _check(head, line)
            new, fault = 0, None
            _acked(head, line, now)
            try:
                for signed in messages:
                    new += _keep(signed, line, trusted, now)
            except Unfit as error:  # what was good before it stays
                fault = error
            line.their_stream, line.their_frame, line.contact_at = head.stream, head.frame, now
            line.failing_since, line.last_error = None, ""
            line.save()
            if new:
                leases.wake()
        if fault:
            raise fault
        return new, len(messages) > 0
    except Unfit as error:
        refuse(str(error), came, now)
        raise


def _check(head: Head, line: Line) -> None:
    """Raise `Unfit` for a frame that is not for us, or has been here before."""
    if head.ward != settings.WARD or head.sender != OTHER[settings.PART]:
        raise Unfit("a frame of another ward or of the wrong side")
    if line.their_stream and head.stream != line.their_stream and head.stream < line.their_stream:
        raise Unfit("a frame of a stream that has ended")
    if head.stream == line.their_stream and head.frame <= line.their_frame:
        raise Unfit("a frame that was here before, or came out of order")
    if head.stream != line.their_stream:
        line.heard = 0
        line.their_stream = head.stream


def _acked(head: Head, line: Line, now: datetime) -> None:
    """Note how far the other side has heard us. Less than before means that it was restored: we send from there again."""
    if head.heard_stream is None and line.acked:
        heard = 0
    elif head.heard_stream != line.stream:
        return
    else:
        heard = head.heard
    if heard > line.numbered:
        raise Unfit("word of messages that were never sent")
    mine = Outgoing.objects.filter(side=line.side, stream=line.stream)
    if heard < line.acked:
        mine.filter(number__gt=heard, body__isnull=False).update(acked_at=None)
    else:
        mine.filter(number__gt=line.acked, number__lte=heard, acked_at=None).update(acked_at=now)
    line.acked = heard


def _keep(signed: Signed, line: Line, trusted, now: datetime) -> int:
    """Keep a message that is the next in order; one that is here already is passed over. Raises `Unfit`."""
    letter: Letter = read(Letter, verify(signed, trusted), "a message")
    if letter.sender != OTHER[line.side] or letter.ward != settings.WARD or letter.stream != line.their_stream:
        raise Unfit("a message of another ward, side or stream")
    if letter.number <= line.heard:
        kept = Incoming.objects.filter(side=line.side, stream=letter.stream, number=letter.number).first()
        if kept is None or (kept.id, kept.digest) != (letter.id, signed.digest):
            raise Unfit("a message that came before, and is not the same")
        return 0
    if letter.number != line.heard + 1:
        raise Unfit("a message out of order")
    if there := Incoming.objects.filter(id=letter.id).only("stream").first():
        if there.stream == letter.stream:
            raise Unfit("a message that came before under another number")
        line.heard = letter.number  # they were restored, and say again what we have
        return 0
    Incoming(
        id=letter.id, side=line.side, stream=letter.stream, number=letter.number, kind=letter.kind, version=letter.version,
        matter=letter.matter, body=letter.body, signed_with=signed.key, signature=signed.signature, digest=signed.digest,
        said_at=letter.at, received_at=now, next_try_at=now,
    ).save(force_insert=True)  # fmt: skip
    line.heard = letter.number
    return 1


def refuse(reason: str, came: str, now: datetime) -> None:
    """Count and audit a refusal; the same one from the same place is audited once a minute."""
    with transaction.atomic():
        Line.objects.get_or_create(side=settings.PART)
        Line.objects.filter(side=settings.PART).update(refused=F("refused") + 1, refused_at=now)
    key = f"{came}:{reason}"
    if time.monotonic() - _audited.get(key, -AUDIT_EVERY) >= AUDIT_EVERY:
        if len(_audited) > 1000:
            _audited.clear()
        _audited[key] = time.monotonic()
        audit.refusal(
            SYSTEM, "line.refused", obj=("line", settings.PART), purpose=PURPOSE, now=now, detail={"reason": reason}
        )


def failed(error: str, now: datetime) -> None:
    """Note that the other side was not reached, and since when."""
    with transaction.atomic():
        line = end_of_line(settings.PART)
        line.failing_since, line.last_error = line.failing_since or now, error[:200]
        line.save(update_fields=["failing_since", "last_error"])


@dataclass(frozen=True)
class State:
    """What this end has to say: new: something not numbered yet; open: something not heard there; unsaid: something heard here that they don't
    know of."""

    new: bool
    open: bool
    unsaid: bool


def state() -> State:
    """How this end of the line stands."""
    line = Line.objects.filter(side=settings.PART).first() or Line(side=settings.PART)
    new = Outgoing.objects.filter(side=settings.PART, number=None).exists()
    return State(new, new or line.numbered > line.acked, line.heard > line.said)
