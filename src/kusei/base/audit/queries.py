"""What people look at in the log: a resident, who looked at them; the ICT office, everything."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate

from kusei.base.audit.entries import subject_of
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import JAPAN

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a person's data, as that person may know it: without the official's name (職員名は示さない)."""

    seq: int
    at: datetime
    actor_kind: str
    department: str
    post: str
    purpose: str
    what: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, newest first, and where the next page begins: `older` and `newer` are 0 where there is none."""

    entries: list[AuditEntry]
    older: int
    newer: int


ONE_BY_ONE = ("parties.search", "record.preview", "record.feed", "record.export")
"""Reads that name many people each for their own sake, besides lists (`….list`): that two stand in one says nothing about either."""


def who_looked(
    party: Any,
    now: datetime,
    *,
    own_account: Any = None,
    silent_about: Collection[Any] = (),
    before: int | None = None,
    size: int = PAGE_SIZE,
) -> list[Look]:
    """The reads of a party's data (a Party or its id) up to `now`, newest first, those of `own_account` left out.

    silent_about: persons of whose affairs this list must tell nothing (protected members of the household, 支援措置): looks that came about
    because somebody dealt with one of them are left out, or they would say that she applied for something, when, and where.

    A list that names the party is opened many times a day: of such looks (`….list`) by the same post each day's last one stands for all.
    `before`: the `seq` from which to go on with older ones.
    """
    dated = AuditEntry.objects.filter(subject=subject_of(party), act="read", at__lte=now).annotate(
        day=TruncDate("at", tzinfo=JAPAN)
    )
    same = {name: OuterRef(name) for name in ("day", "what", "actor_kind", "department", "post", "purpose")}
    again = Q(what__endswith=".list") & Exists(dated.filter(seq__gt=OuterRef("seq"), **same))
    reads = dated.exclude(again).order_by("-seq")
    if silent_about:
        reads = reads.exclude(_owed_to(party, [subject_of(each) for each in silent_about]))
    if own_account is not None:
        reads = reads.exclude(account_id=str(own_account))
    if before is not None:
        reads = reads.filter(seq__lt=before)
    return [Look(*row) for row in reads.values_list(*Look.__slots__)[:size]]


def _owed_to(party: Any, others: list[str]) -> Q:
    """Which reads of a party came about in dealing with one of the others: the register says so itself, of anything else the same request tells."""
    facts = Q(what="parties.facts")
    about_them = Q(pk__in=[])
    for each in others:
        about_them |= Q(detail__contains=f'"of":"{each}"')
    one_by_one = Q(what__endswith=".list") | Q(what__in=ONE_BY_ONE)
    beside = AuditEntry.objects.filter(~one_by_one, act="read", request_id=OuterRef("request_id"), subject__in=others)
    same_page = ~Q(request_id="") & ~one_by_one & Exists(beside)
    return facts & about_them | same_page & ~(facts & Q(detail__contains=f'"of":"{subject_of(party)}"'))


def entries_visible(actor: Actor, purpose: str, now: datetime) -> QuerySet[AuditEntry]:
    """The entries an actor may see: all of them with the permission `audit.view`, none without."""
    return AuditEntry.objects.filter(at__lte=now) if actor.may("audit.view") else AuditEntry.objects.none()


def page_of(
    entries: QuerySet[AuditEntry], *, before: int | None = None, after: int | None = None, size: int = PAGE_SIZE
) -> Page:
    """One page of entries: the newest, those older than number `before`, or those just newer than number `after`."""
    if after is not None:
        found = list(entries.filter(seq__gt=after).order_by("seq")[: size + 1])
        if len(found) <= size:  # the newest page then, filled up with what came before it
            return page_of(entries, size=size)
        found = found[size - 1 :: -1]
        return Page(found, found[-1].seq, found[0].seq)
    older = entries if before is None else entries.filter(seq__lt=before)
    found = list(older.order_by("-seq")[: size + 1])
    shown = found[:size]
    return Page(
        shown,
        older=shown[-1].seq if len(found) > size else 0,
        newer=shown[0].seq if shown and before is not None else 0,
    )
