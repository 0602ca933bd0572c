"""What was told, as those whom it was told may see it; and the demonstration's mailbox."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import Refused
from kusei.base.tell.models import MailboxItem, Message

PURPOSE = "お知らせの閲覧"
SIZE = 20


def visible(by: Actor, purpose: str, now: datetime) -> QuerySet[Message]:
    """The messages somebody may see: those told to their own account."""
    if by.kind != "resident" or by.account_id is None:
        return Message.objects.none()
    return Message.objects.filter(account_id=by.account_id)


def for_account(by: Actor, now: datetime) -> QuerySet[Message]:
    """One's own messages, newest first."""
    return visible(by, PURPOSE, now).order_by("-id")


def one(by: Actor, message_id: UUID, now: datetime) -> Message:
    """A message by its id. Raises `Refused` where there is none that they may see."""
    found = visible(by, PURPOSE, now).filter(id=message_id).first()
    if found is None:
        raise Refused("tell.message", obj=("message", message_id))
    return found


@dataclass(frozen=True)
class Page:
    """Some rows, newest first, and the keys of the neighbouring pages ("" where there is none)."""

    rows: list
    older: str
    newer: str


def page_of(rows: QuerySet, *, before: str = "", after: str = "", size: int = SIZE) -> Page:
    """A page by keys that grow with time (ids of version 7, serial numbers): those just before or after one. A malformed key is ignored."""
    before, after = well_formed(rows, before), well_formed(rows, after)
    if after:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        more, shown = len(found) > size, found[:size][::-1]
        return Page(shown, str(shown[-1].pk) if shown else "", str(shown[0].pk) if more else "")
    kept = rows.filter(pk__lt=before) if before else rows
    found = list(kept.order_by("-pk")[: size + 1])
    more, shown = len(found) > size, found[:size]
    return Page(shown, str(shown[-1].pk) if more else "", str(shown[0].pk) if before and shown else "")


def well_formed(rows: QuerySet, key: str) -> str:
    """The key if rows of this kind can have it, else an empty string."""
    field = rows.model._meta.pk
    try:
        return str(field.to_python(key)) if key else ""
    except (ValueError, ValidationError):
        return ""


def arrived(channel: str, address: str = "") -> QuerySet[MailboxItem]:
    """What arrived in the demonstration's mailbox (mail) or letterbox (letter), of addresses that contain the given text."""
    return MailboxItem.objects.filter(channel=channel, address__icontains=address.strip()[:100])
