"""Giving roles to people, renewing them and taking them away: each for a department and its purposes, until a day."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.staff import queries, rules
from kusei.base.staff.models import Department, Role, StaffMember
from kusei.base.staff.purposes import purposes_of
from kusei.base.tell.actions import tell

PURPOSE = "権限付与"
NOTICED_BEFORE = timedelta(days=30)


def _judge(by: Actor, role: str, path: str, staff: StaffMember) -> None:
    """Raise Refused for a role that isn't the actor's to give there, NotNow for one's own."""
    if by.kind != "system" and not rules.may_grant(by, role, path):
        raise Refused("staff.roles", obj=staff)
    if staff.account_id == by.account_id:
        raise NotNow(_("自分に権限を付けることはできません。ほかの管理者に頼んでください。"))


def _until(until: date | None, today: date) -> date:
    """The last day, if it is one that a role may have. Raises Invalid."""
    if until is None or not today <= until <= rules.longest_until(today):
        raise Invalid({"until": _("期限は今日から1年以内の日にしてください。")})
    return until


@action(purpose=PURPOSE)
def grant_role(
    staff: StaffMember,
    department: Department,
    role: str,
    until: date,
    purposes: Collection[str] = (),
    *,
    by: Actor,
    now: datetime,
) -> Role:
    """Give a role in a department and below it, from today until a day at most a year ahead, limited to purposes or not.

    The ICT office gives any, chiefs those of `rules.may_grant`. Raises Refused to anybody else, Invalid for an unknown role, purpose or
    day, NotNow to whoever would raise their own rights.
    """
    today = local_date(now)
    _judge(by, role if role in rules.PERMISSIONS else "", department.path, staff)
    if role not in rules.PERMISSIONS:
        raise Invalid({"role": _("この役割はありません。")})
    if set(purposes) - set(purposes_of(role)):
        raise Invalid({"purposes": _("この役割に、その目的はありません。")})
    _until(until, today)
    held, _new = Role.objects.update_or_create(
        staff=staff,
        department=department,
        role=role,
        since=today,
        defaults={"until": until, "purposes": sorted(set(purposes)), "noticed_at": None},
    )
    detail = {
        "role": role,
        "department": department.path,
        "until": until.isoformat(),
        "purposes": sorted(set(purposes)),
    }
    audit.log(by, "change", "staff.role_granted", purpose=PURPOSE, now=now, obj=staff, detail=detail)
    return held


@action(purpose=PURPOSE)
def renew_role(role: Role, until: date, *, by: Actor, now: datetime) -> None:
    """Let a running role last longer (or less long), at most a year from today. Raises what `grant_role` raises, NotNow where it has lapsed."""
    today = local_date(now)
    _judge(by, role.role, role.department_id, role.staff)
    _until(until, today)
    held = Role.objects.select_for_update().filter(id=role.id, until__gte=today).first()
    if not held:
        raise NotNow(_("この権限は、すでに期限が切れています。"))
    was, held.until, held.noticed_at = held.until, until, None
    held.save(update_fields=["until", "noticed_at"])
    detail = {"role": held.role, "department": held.department_id, "was": was.isoformat(), "until": until.isoformat()}
    audit.log(by, "change", "staff.role_renewed", purpose=PURPOSE, now=now, obj=role.staff, detail=detail)


@action(purpose=PURPOSE)
def end_role(role: Role, *, by: Actor, now: datetime) -> None:
    """Take a role away: it has lapsed from now on. Raises Refused for one that isn't the actor's to take, NotNow when it has lapsed already."""
    if by.kind != "system" and not rules.may_grant(by, role.role, role.department_id):
        raise Refused("staff.roles", obj=role.staff)
    today = local_date(now)
    running = Role.objects.filter(id=role.id, until__gte=today)
    # A role begun today has no yesterday to end on, and nothing was done under it that the audit log doesn't tell.
    ended = running.filter(since=today).delete()[0] or running.update(until=date.fromordinal(today.toordinal() - 1))
    if not ended:
        raise NotNow(_("この権限は、すでに期限が切れています。"))
    detail = {"role": role.role, "department": role.department_id}
    audit.log(by, "change", "staff.role_ended", purpose=PURPOSE, now=now, obj=role.staff, detail=detail)


def notice_ending(now: datetime) -> int:
    """Daily: tell whoever holds a role that ends within 30 days, and who leads the department, once for each role; returns how many roles."""
    today = local_date(now)
    ending = Role.objects.filter(since__lte=today, until__gte=today, until__lte=today + NOTICED_BEFORE, noticed_at=None)
    keys = list(ending.filter(staff__account__closed_at=None).values_list("id", flat=True))
    return sum(_notice(key, by=SYSTEM, now=now) for key in keys)


@action(purpose=PURPOSE)
def _notice(key, *, by: Actor, now: datetime) -> bool:
    role = (
        Role.objects.select_for_update(of=("self",))
        .select_related("staff", "department")
        .filter(id=key, noticed_at=None)
        .first()
    )
    if role is None:
        return False
    Role.objects.filter(id=key).update(noticed_at=now)
    context = {
        "name": role.staff.name,
        "role": rules.ROLES[role.role],
        "department": role.department.name,
        "until": role.until,
    }
    leaders = queries.colleagues(role.department_id, "staff.lead", now)
    for account in dict.fromkeys([role.staff.account_id, *leaders.values_list("account_id", flat=True)]):
        tell(account, "staff/role-ending", context, now=now, link=f"/office/roles/{role.id}", about=str(role.id))
    return True
