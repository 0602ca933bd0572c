"""Telling: messages, one delivery row a channel, and the built-in mailbox and letterbox of a demonstration."""

from django.db import models
from django.db.models import Q

from kusei.base.accounts.models import Account
from kusei.base.kernel.leases import Leased, lease_indexes
from kusei.base.kernel.models import Record


class Message(Record):
    """What somebody is told (お知らせ), rendered in their language when it was caused; My page shows it at once."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, db_index=False)
    template = models.CharField(max_length=80)
    language = models.CharField(max_length=8)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    link = models.CharField(max_length=300, blank=True)
    about = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    forget = models.BooleanField(default=False)
    """The text holds a secret: it is erased once nothing waits to be delivered."""

    class Meta:
        indexes = [
            models.Index(fields=["account", "-id"], name="message_by_account"),
            models.Index(fields=["created_at"], name="message_to_forget", condition=Q(forget=True)),
        ]


class Delivery(Leased):
    """One message on one channel (mail | letter), delivered at least once with one stable Message-ID."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=10)
    address = models.CharField(max_length=300)
    mail_id = models.CharField(max_length=120, unique=True)
    """The Message-ID (RFC 5322), the same at every attempt."""

    class Meta:
        indexes = lease_indexes("delivery")

    @property
    def label(self) -> str:
        """What it is, for operators, without the address."""
        return f"{self.channel} {self.message.template} {self.id}"


class MailboxItem(models.Model):
    """What arrived in the demonstration's mailbox or letterbox; a repeated attempt arrives twice under the same Message-ID."""

    arrived_at = models.DateTimeField()
    channel = models.CharField(max_length=10)
    message_id = models.CharField(max_length=120, db_index=True)
    address = models.CharField(max_length=300, db_index=True)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    raw = models.TextField(blank=True)
