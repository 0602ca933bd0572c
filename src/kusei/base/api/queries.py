"""Tokens: whose they are, and who a token is."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from kusei.base.accounts.queries import actor_for
from kusei.base.api.actions import digest
from kusei.base.api.models import AppToken
from kusei.base.kernel.actors import Actor

TOUCHED_EVERY = timedelta(minutes=5)


def visible(by: Actor, purpose: str, now: datetime) -> QuerySet[AppToken]:
    """The tokens `by` may see: their own account's."""
    return AppToken.objects.filter(Q(account_id=by.account_id) if by.account_id else Q(pk__in=[]))


def bearer(token: str, now: datetime) -> tuple[Actor, frozenset[str]] | None:
    """Who a token acts for and what it may do; None for one that is unknown, over or taken back."""
    found = (
        AppToken.objects.select_related("account").filter(digest=digest(token), revoked_at=None, until__gt=now).first()
    )
    if found is None:
        return None
    actor = actor_for(found.account, now)
    if actor.kind != "resident":
        return None
    if found.last_used_at is None or now - found.last_used_at > TOUCHED_EVERY:
        AppToken.objects.filter(id=found.id).update(last_used_at=now)
    return actor, frozenset(found.scopes)
