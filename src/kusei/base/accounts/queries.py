"""Who an account is: its person in the register, or its member of staff with the rights of today."""

from datetime import datetime
from uuid import UUID

from django.db.models import F, FilteredRelation, Q

from kusei.base.accounts.models import Account, PartyLink
from kusei.base.kernel.actors import PUBLIC, Actor
from kusei.base.kernel.clock import local_date
from kusei.base.staff.models import StaffMember
from kusei.base.staff.rules import bound, grants


def actor_for(account: Account, now: datetime) -> Actor:
    """The actor an account is at this moment. One query, or none for a session's resident; closed accounts and staff accounts without a member are the public."""
    if not account.is_active:
        return PUBLIC
    return ACTORS[account.kind](account, now)


def link_of(account_id, now: datetime) -> PartyLink | None:
    """The running tie of an account to a person of the register, with the person."""
    return PartyLink.objects.filter(account=account_id, until=None, since__lte=now).select_related("party").first()


def _resident(account: Account, now: datetime) -> Actor:
    party_id, name = _tie(account, now)
    return Actor(kind="resident", account_id=account.id, party_id=party_id, name=name or account.login)


def _tie(account: Account, now: datetime) -> tuple[UUID | None, str]:
    """The tied person's id and name: as the session's account brought them along, else asked for."""
    if hasattr(account, "tie_party_id"):
        running = account.tie_since is not None and account.tie_since <= now
        return (account.tie_party_id, account.tie_name) if running else (None, "")
    link = link_of(account.id, now)
    return (link.party_id, link.party.name) if link else (None, "")


def _staff(account: Account, now: datetime) -> Actor:
    today = local_date(now)
    running = FilteredRelation("roles", condition=Q(roles__since__lte=today, roles__until__gte=today))
    looking = Q(emergencies__begun_at__lte=now, emergencies__ends_at__gt=now, emergencies__ended_at=None)
    rows = list(
        StaffMember.objects.filter(account=account)
        .select_related("department")
        .annotate(
            running=running,
            role=F("running__role"),
            role_path=F("running__department_id"),
            role_purposes=F("running__purposes"),
            looking=FilteredRelation("emergencies", condition=looking),
            looks_at=F("looking__subject_id"),
            looks_under=F("looking__id"),
        )
    )
    if not rows:
        return PUBLIC
    held = {(row.role, row.role_path, tuple(row.role_purposes)) for row in rows if row.role}
    staff = rows[0]
    return Actor(
        kind="staff",
        account_id=account.id,
        name=staff.name,
        department=str(staff.department),
        post=staff.get_post_display(),
        grants=grants([(role, path) for role, path, purposes in held if not purposes]),
        bound=bound(held),
        emergency=frozenset((row.looks_at, row.looks_under) for row in rows if row.looks_at),
    )


ACTORS = {"resident": _resident, "staff": _staff}
