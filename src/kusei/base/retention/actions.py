"""Deleting what is due, in batches, each recorded in the audit log by kind and number alone."""

from datetime import datetime

from django.db import transaction

from kusei.base import audit
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.errors import Refused
from kusei.base.retention.queries import Due, due

PURPOSE = "保存期間の満了"
BATCH = 500


def apply(now: datetime) -> dict[str, int]:
    """Delete everything that is due (daily); returns how many of each kind."""
    deleted = {}
    for each in due(now):
        total = 0
        while count := delete_batch(each, by=SYSTEM, now=now):
            total += count
        deleted[each.rule.kind] = total
    return deleted


@action(purpose=PURPOSE)
def delete_batch(each: Due, *, by: Actor, now: datetime) -> int:
    """Delete up to `BATCH` records and record it; returns how many. A record somebody is just changing is left for the next day."""
    if by.kind != "system":
        raise Refused("retention.delete")
    with transaction.atomic():
        keys = list(each.records.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:BATCH])
        if not keys:
            return 0
        each.records.model.objects.filter(pk__in=keys).delete()
    detail = {"kind": each.rule.kind, "count": len(keys), "days": each.rule.after.days}
    audit.log(by, "change", "retention.delete", purpose=PURPOSE, now=now, detail=detail)
    return len(keys)
