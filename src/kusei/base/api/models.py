"""Programs that act for a person: the tokens they hold, and what they were answered."""

from django.db import models
from django.db.models import F, Q

from kusei.base.accounts.models import Account
from kusei.base.kernel.models import Record


class AppToken(Record):
    """A token (APIトークン) that an account's owner gave to a program: what it may do, until when. Kept as a SHA-256; shown once."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="app_tokens")
    name = models.CharField(max_length=60)
    scopes = models.JSONField()
    digest = models.CharField(max_length=64, unique=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(until__gt=F("since")), name="app_token_ends_after_start")]


class Answered(Record):
    """The answer to a request that carried an Idempotency-Key, to be given again: of the same key the act is done once. No status yet: it is
    being done."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    key = models.CharField(max_length=64)
    request = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="answered_once_a_key")]
        indexes = [models.Index(fields=["at"], name="answered_at")]
