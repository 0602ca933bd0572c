"""What is kept: one row for each person read, each change and each refusal, chained by SHA-256.

Rows are written by the SQL function `audit_append` and by nothing else (see `log.py`, and `chain.py` for the hash).
"""

import json

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from kusei.base.audit.chain import LANES
from kusei.base.audit.entries import ACTOR_KINDS, ACTS


class AuditEntry(models.Model):
    """One line of the audit log (監査記録). Ids are kept as text and without foreign keys: the log outlives what it names.

    `lane`, `place` and the columns from `seq` to `detail`, in this order, are what the hash covers; adding one means a new form of the chain.
    """

    seq = models.BigIntegerField("番号", primary_key=True)
    at = models.DateTimeField("日時")
    actor_kind = models.TextField("種別", choices=ACTOR_KINDS)
    account_id = models.TextField("アカウント", null=True)
    actor_name = models.TextField("職員名", help_text="その時の氏名。職員だけ")
    department = models.TextField("所属", help_text="その時の所属。職員だけ")
    post = models.TextField("職名", help_text="その時の職名。職員だけ")
    purpose = models.TextField("閲覧目的")
    act = models.TextField("行為", choices=ACTS)
    what = models.TextField("内容", help_text="例: case.view")
    object_kind = models.TextField("対象の種類")
    object_id = models.TextField("対象の番号")
    subject = models.TextField("本人", null=True, help_text="閲覧・変更された人の番号")
    request_id = models.TextField("要求番号")
    detail = models.TextField("詳細", help_text="JSON。ハッシュのため、書いたままの文字列で持つ")
    hash = models.BinaryField("ハッシュ", max_length=32)
    lane = models.SmallIntegerField("列", default=0, db_default=0)
    place = models.BigIntegerField("列の中の番号", null=True)

    class Meta:
        db_table = "audit_entry"
        verbose_name = verbose_name_plural = "監査記録"
        ordering = ["-seq"]
        constraints = [
            models.CheckConstraint(condition=Q(seq__gt=0), name="audit_seq_positive"),
            models.CheckConstraint(condition=Q(act__in=list(ACTS)), name="audit_act_known"),
            models.CheckConstraint(
                condition=Q(actor_kind__in=list(ACTOR_KINDS)),
                name="audit_actor_kind_known",
            ),
            models.CheckConstraint(
                condition=~Q(purpose="") & ~Q(what=""),
                name="audit_purpose_and_what_given",
            ),
            models.CheckConstraint(
                condition=Q(lane=0, place__isnull=True) | Q(lane__gte=1, lane__lte=LANES, place__gte=1),
                name="audit_place_in_lane",
            ),
        ]
        indexes = [
            models.Index(
                fields=["subject", "-seq"],
                name="audit_by_subject",
                condition=Q(subject__isnull=False),
            ),
            models.Index(
                fields=["account_id", "-seq"],
                name="audit_by_account",
                condition=Q(account_id__isnull=False),
            ),
            models.Index(fields=["-seq"], name="audit_refusals", condition=Q(act="refuse")),
            BrinIndex(fields=["at"], name="audit_by_time"),
            models.Index(fields=["seq"], name="audit_before_lanes", condition=Q(lane=0)),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.at:%Y-%m-%dT%H:%M:%SZ} {self.act} {self.what}"

    @property
    def details(self) -> dict:
        """`detail` as a dictionary."""
        return json.loads(self.detail)
