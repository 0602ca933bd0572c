"""Telling people: rendered and saved in the transaction that causes it, delivered afterwards by a worker."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from kusei.base.accounts.models import Account
from kusei.base.kernel import leases, rows
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.ids import new_id
from kusei.base.line import actions as line
from kusei.base.tell.messages import Day, Told
from kusei.base.tell.models import Delivery, Message
from kusei.base.tell.transports import host
from kusei.base.tell.wording import Value, wording


def tell(
    account_id: UUID,
    template: str,
    context: Mapping[str, Value],
    *,
    now: datetime,
    link: str = "",
    about: str = "",
    channels: Collection[str] = ("mypage", "mail"),
) -> Message | None:
    """Tell an account's owner something (お知らせ), in their language.

    The message is in My page at once; a mail follows if the account has an address. An office apart from the portal has residents told there,
    and gets None. `link` is a path of this site, `about` what it is
    about (a case's id). Raises `WordingError` where the template or its context is at fault, `Account.DoesNotExist`.
    """
    account = rows.one(Account, "WHERE id = %s", [account_id])
    if settings.PART == "office" and (account is None or account.kind == "resident"):
        said = {name: Day(day=value) if isinstance(value, date) else value for name, value in context.items()}
        body = Told(
            account_id=account_id,
            template=template,
            context=said,
            link=link,
            about=about,
            channels=list(channels),
            at=now,
        )
        line.send("tell.told", body, matter=about[:60] or account_id, now=now)
        return None
    if account is None:
        raise Account.DoesNotExist
    message = _write(template, context, account.language, now, link=link, about=about)
    message.account_id = account_id if "mypage" in channels else None
    return _save(message, "mail", account.email if "mail" in channels else "", now)


def told(body: Told, now: datetime) -> Message:
    """Tell what the office has to tell a resident: put into their language, shown and mailed by the portal."""
    context = {name: value.day if isinstance(value, Day) else value for name, value in body.context.items()}
    return tell(
        body.account_id, body.template, context, now=now, link=body.link, about=body.about, channels=body.channels
    )


def mail(
    address: str,
    template: str,
    context: Mapping[str, Value],
    *,
    language: str,
    now: datetime,
    link: str = "",
    about: str = "",
) -> Message:
    """Mail an address that no account stands behind yet. Raises `WordingError`."""
    return _save(_write(template, context, language, now, link=link, about=about), "mail", address, now)


def letter(
    address_text: str,
    name: str,
    template: str,
    context: Mapping[str, Value],
    *,
    now: datetime,
    language: str = "ja",
    about: str = "",
) -> Message:
    """Send a letter (郵送). `address_text` is the postal address as it shows in the envelope's window, its lines parted by newlines;
    `name` the addressee, without 様. Raises `WordingError`."""
    message = _write(template, context, language, now, about=about)
    return _save(message, "letter", f"{address_text.strip()}\n{name} 様", now)


@action(purpose="お知らせの閲覧", own="account_id")
def mark_read(message: Message, *, by: Actor, now: datetime) -> None:
    """Note when the message was first opened."""
    Message.objects.filter(id=message.id, read_at=None).update(read_at=now)


def _write(
    template: str, context: Mapping[str, Value], language: str, now: datetime, *, link: str = "", about: str = ""
) -> Message:
    words = wording(template)
    subject, body = words.render(context, language)
    return Message(
        template=template,
        language=language,
        subject=subject,
        body=body,
        link=link,
        about=about,
        created_at=now,
        forget=words.forget,
    )


def _save(message: Message, channel: str, address: str, now: datetime) -> Message:
    """Save the message, and the delivery if there is an address, all or nothing."""
    with transaction.atomic(savepoint=False):
        rows.insert(message)
        if address:
            key = new_id()
            delivery = Delivery(
                id=key,
                message=message,
                channel=channel,
                address=address,
                mail_id=f"<{key}@{host()}>",
                next_try_at=now,
            )
            rows.insert(delivery)
            leases.wake()
    return message


def forget(now: datetime) -> int:
    """Erase texts that hold a secret and wait for no delivery any more (regularly); returns how many."""
    return Message.objects.filter(forget=True).exclude(deliveries__state="waiting").update(body="", forget=False)
