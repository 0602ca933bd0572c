"""How a delivery leaves the house: the demonstration's mailbox, SMTP, or the tray of letters to be printed."""

import smtplib
import threading
import time
from datetime import datetime
from email.utils import format_datetime, formataddr
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kusei.base.events.actions import happened
from kusei.base.jobs.handlers import Hopeless, Later
from kusei.base.kernel import i18n
from kusei.base.kernel.wards import load_ward
from kusei.base.tell.models import Delivery, MailboxItem

TIMEOUT = 20
"""Seconds to wait for a mail server."""
STALE = 5.0
"""Seconds without use after which a connection is tried before it is used."""


class TemporaryRefusal(Exception):
    """The mail server won't take this mail at present (4xx)."""


def host() -> str:
    """The host name in Message-IDs and the default sender."""
    return urlsplit(settings.ADDRESS).hostname or "localhost"


def sender(language: str) -> str:
    """The ward's name and the address that mail comes from."""
    return formataddr((i18n.text(load_ward(settings.WARD).name, language), settings.MAIL_FROM or f"noreply@{host()}"))


def mail_text(delivery: Delivery) -> str:
    """What the mail says: the message, where to read on, who wrote."""
    message, ward = delivery.message, load_ward(settings.WARD)
    with translation.override(message.language):
        parts = [message.body]
        if message.link:
            parts.append(_("くわしくはこちら：") + f"\n{settings.ADDRESS}{message.link}")
        parts.append(
            "--\n"
            + i18n.text(ward.name, message.language)
            + f"  {settings.ADDRESS}/\n"
            + _("このメールは送信専用です。返信いただいてもお答えできません。")
        )
    return "\n\n".join(parts) + "\n"


def mail_of(delivery: Delivery, **options) -> EmailMessage:
    """The mail of a delivery: plain text, the same Message-ID at every attempt (RFC 5322), marked as sent by a machine (RFC 3834)."""
    message = delivery.message
    return EmailMessage(
        message.subject,
        mail_text(delivery),
        sender(message.language),
        [delivery.address],
        headers={
            "Message-ID": delivery.mail_id,
            "Date": format_datetime(message.created_at),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "List-Id": f"<notices.{host()}>",
            "Content-Language": message.language.removesuffix("-easy"),
        },
        **options,
    )


def to_mailbox(delivery: Delivery, now: datetime) -> None:
    """Put the mail into the demonstration's mailbox: each attempt is an item, as with any mailbox."""
    mail = mail_of(delivery)
    _keep(delivery, now, body=mail.body, raw=mail.message().as_string())


def to_letterbox(delivery: Delivery, now: datetime) -> None:
    """Lay the letter into the tray of letters, and tell whoever prints them."""
    with transaction.atomic():
        item = _keep(delivery, now, body=delivery.message.body)
        happened("tell.letter", delivery, {"item": item.pk}, now=now)


def _keep(delivery: Delivery, now: datetime, *, body: str, raw: str = "") -> MailboxItem:
    return MailboxItem.objects.create(
        arrived_at=now,
        channel=delivery.channel,
        message_id=delivery.mail_id,
        address=delivery.address,
        subject=delivery.message.subject,
        body=body,
        raw=raw,
    )


class Smtp:
    """A mail server (RFC 5321), by an address such as smtp://user:password@host:587 (STARTTLS where a user is given) or smtps://host.

    Each thread keeps one connection for as long as there is mail.
    """

    def __init__(self, url: str) -> None:
        self.url, self.local = urlsplit(url), threading.local()

    def __call__(self, delivery: Delivery, now: datetime) -> None:
        """Hand the mail to the server. Raises `Hopeless` where it refuses this mail for good, `Later` where it can't be reached."""
        try:
            mail_of(delivery, connection=self.server()).send()
            self.local.used = time.monotonic()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self.close()
            raise verdict(error) from None  # what a server says repeats the address, which logs must not hold

    def server(self) -> EmailBackend:
        """This thread's connection, open."""
        server = getattr(self.local, "server", None)
        if server is not None and time.monotonic() - self.local.used > STALE and not alive(server):
            self.close()
            server = None
        if server is None:
            server = self.local.server = self.connect()
            server.open()
            self.local.used = time.monotonic()
        return server

    def connect(self) -> EmailBackend:
        """A connection, not yet open."""
        url = self.url
        secure = url.scheme == "smtps"
        return EmailBackend(
            host=url.hostname,
            port=url.port or (465 if secure else 587 if url.username else 25),
            username=unquote(url.username or ""),
            password=unquote(url.password or ""),
            use_ssl=secure,
            use_tls=not secure and bool(url.username),
            timeout=TIMEOUT,
        )

    def close(self) -> None:
        """Let go of this thread's connection."""
        server = getattr(self.local, "server", None)
        self.local.server = None
        if server is not None:
            server.fail_silently = True
            server.close()


def alive(server: EmailBackend) -> bool:
    """Whether the server still answers on this connection."""
    try:
        return server.connection.noop()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def verdict(error: Exception) -> Exception:
    """What a failure means: 5xx for this mail is final (RFC 5321, 4.2.1), a server that is away or unwilling may come back."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            code = max(code for code, _reason in refused.values())
            return _final_or_not(code, "the server refuses the recipient")
        case smtplib.SMTPDataError(smtp_code=code):
            return _final_or_not(code, "the server refuses the mail")
        case smtplib.SMTPException() | OSError():
            return Later(f"mail server: {type(error).__name__}")
        case ValueError():
            return Hopeless("the address or the text can't be written as a mail")
    return error


def _final_or_not(code: int, what: str) -> Exception:
    return Hopeless(f"{what} ({code})") if code >= 500 else TemporaryRefusal(f"{what} for now ({code})")
