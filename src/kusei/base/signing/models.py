"""Signatures as received and judged, and the revocation lists that were believed."""

from django.db import models
from django.db.models import Q

from kusei.base.kernel.models import Record
from kusei.base.secrets.fields import SealedText


class RevocationList(Record):
    """A list of revoked certificates (CRL, 失効リスト) as fetched. Those that a judgement rests on are kept as long as it is."""

    source = models.CharField(max_length=300)
    digest = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()
    issued_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField()


class Signature(Record):
    """A signature by a card (署名用電子証明書) over a text of ours: what was signed, the signature, and what came of checking it.

    `about` and `number` name what the text stands for: a draft's answers, or a correction's. `waiting`: whether a certificate was revoked
    could not be told yet. Text, signature and name are sealed, since they hold what people answered and where they live.
    """

    STATES = [("waiting", "確認待ち"), ("good", "確認済み"), ("refused", "不可")]

    about = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    account_id = models.UUIDField()
    party_id = models.UUIDField(null=True)
    digest = models.CharField(max_length=64)
    content = SealedText()
    cms = SealedText()
    signer = SealedText()
    serial = models.CharField(max_length=64)
    certificate = models.CharField(max_length=64)
    anchor = models.BinaryField()
    claimed_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=STATES)
    reason = models.CharField(max_length=20, blank=True)
    checked_at = models.DateTimeField(null=True)
    evidence = models.ManyToManyField(RevocationList, related_name="signatures")
    answer_set_id = models.UUIDField(null=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["about", "number"], name="signature_by_text")]
        constraints = [
            models.UniqueConstraint(
                fields=["about", "number", "digest"], condition=~Q(state="refused"), name="signed_once"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", checked_at=None) | ~Q(state="waiting") & Q(checked_at__isnull=False),
                name="signature_judged_when_checked",
            ),
            models.CheckConstraint(
                condition=Q(answer_set_id=None) | Q(state="good"), name="only_good_signatures_are_accepted"
            ),
        ]
