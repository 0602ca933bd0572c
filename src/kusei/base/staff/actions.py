"""Giving roles to people and taking them away: each for a department, until a day."""

from datetime import date

from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.staff import rules
from kusei.base.staff.models import Department, Role, StaffMember


@action(may="staff.grant", purpose="権限付与")
def grant_role(staff: StaffMember, department: Department, role: str, until: date, *, by, now) -> Role:
    """Give a role in a department and below it, from today until a day at most a year ahead.

    Raises Invalid for an unknown role or day, NotNow to whoever would raise their own rights.
    """
    today = local_date(now)
    if staff.account_id == by.account_id:
        raise NotNow(_("自分に権限を付けることはできません。ほかの管理者に頼んでください。"))
    if role not in rules.PERMISSIONS:
        raise Invalid({"role": _("この役割はありません。")})
    if not today <= until <= rules.longest_until(today):
        raise Invalid({"until": _("期限は今日から1年以内の日にしてください。")})
    held, _new = Role.objects.update_or_create(
        staff=staff, department=department, role=role, since=today, defaults={"until": until}
    )
    audit.log(
        by,
        "change",
        "staff.role_granted",
        purpose="権限付与",
        now=now,
        obj=staff,
        detail={"role": role, "department": department.path, "until": until.isoformat()},
    )
    return held


@action(may="staff.grant", purpose="権限付与")
def end_role(role: Role, *, by, now) -> None:
    """Take a role away: it has lapsed from now on. Raises NotNow when it has lapsed already."""
    today = local_date(now)
    running = Role.objects.filter(id=role.id, until__gte=today)
    # A role begun today has no yesterday to end on, and nothing was done under it that the audit log doesn't tell.
    ended = running.filter(since=today).delete()[0] or running.update(until=date.fromordinal(today.toordinal() - 1))
    if not ended:
        raise NotNow(_("この権限は、すでに期限が切れています。"))
    audit.log(
        by,
        "change",
        "staff.role_ended",
        purpose="権限付与",
        now=now,
        obj=role.staff,
        detail={"role": role.role, "department": role.department_id},
    )
