"""Giving roles to people, renewing them and taking them away: each for a department and its purposes, until a day; who is away, and who
stands in."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.staff import queries, rules
from kusei.base.staff.models import Absence, Department, Deputy, Role, StaffMember
from kusei.base.staff.purposes import purposes_of
from kusei.base.staff.queries import deputies, member
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
        "role": rules.ROLES.get(role.role, role.role),
        "department": role.department.name,
        "until": role.until,
    }
    leaders = queries.colleagues(role.department_id, "staff.lead", now)
    for account in dict.fromkeys([role.staff.account_id, *leaders.values_list("account_id", flat=True)]):
        tell(account, "staff/role-ending", context, now=now, link=f"/office/roles/{role.id}", about=str(role.id))
    return True


# ---- absence and deputies (不在・代決) --------------------------------------------------------------------------------------

AWAY = "不在と代決"
LONGEST_ABSENCE = 366


def leads(by, me: StaffMember, staff: StaffMember) -> bool:
    """Whether the member who acts is a chief of the other: above them in the line, with the right to review in their department."""
    return rules.rank(me.post) > rules.rank(staff.post) and by.may("decide.review", staff.department_id, AWAY)


@action(purpose=AWAY)
def enter_absence(staff: StaffMember, since: date, until: date, reason: str, *, by, now) -> Absence:
    """Enter days on which somebody is away (不在), from today on: one's own, or as a chief those of who stands below.

    Raises Refused for anybody else's, Invalid for days gone by, turned round, over a year or entered already, and an unknown reason.
    """
    me, today = member(by), local_date(now)
    if staff.id != me.id and not leads(by, me, staff):
        raise Refused("staff.enter_absence", obj=staff)
    StaffMember.objects.select_for_update(no_key=True).get(id=staff.id)
    problems = {}
    if since < today:
        problems["since"] = _("今日から後の日にしてください。")
    if not since <= until <= date.fromordinal(since.toordinal() + LONGEST_ABSENCE):
        problems["until"] = _("始まりの日から1年以内の日にしてください。")
    if reason not in dict(Absence.REASONS):
        problems["reason"] = _("理由を選んでください。")
    there = Absence.objects.filter(staff=staff, since__lte=until, until__gte=since)
    if not problems and any(each.ended_on is None or each.ended_on > since for each in there):
        problems["since"] = _("この期間の不在は、すでに入っています。")
    if problems:
        raise Invalid(problems)
    made = Absence.objects.create(staff=staff, since=since, until=until, reason=reason, entered_by=me, entered_at=now)
    _log_absence(by, "staff.absence_entered", made, now)
    return made


@action(purpose=AWAY)
def end_absence(absence: Absence, *, by, now) -> None:
    """End an absence as of today (復帰), or strike out one that has not begun. Raises Refused to whoever could not enter it, NotNow where
    it is over."""
    me, today = member(by), local_date(now)
    if absence.staff_id != me.id and not leads(by, me, absence.staff):
        raise Refused("staff.end_absence", obj=absence)
    running = Absence.objects.filter(id=absence.id, ended_on=None, until__gte=today)
    if not running.update(ended_on=today):
        raise NotNow(_("この不在は、すでに終わっています。"))
    _log_absence(by, "staff.absence_ended", absence, now)


def _log_absence(by, what: str, absence: Absence, now) -> None:
    days = {"since": absence.since.isoformat(), "until": absence.until.isoformat()}
    audit.log(by, "change", what, purpose=AWAY, now=now, obj=absence.staff, detail=days)


@action(may="decide.decide", where="path", purpose=AWAY)
def name_deputies(department: Department, post: str, people: list[StaffMember], *, by, now) -> list[Deputy]:
    """Set the order of deputies for a post of a department (代決の順序), from today; the order before ends yesterday.

    Raises Invalid for a post above one's own or an unknown one, the same person twice, or somebody who works elsewhere.
    """
    me, today = member(by), local_date(now)
    problems = {}
    if post not in rules.POSTS_UPWARDS[1:] or rules.rank(post) > rules.rank(me.post):
        problems["post"] = _("自分の職までの代決の順序を決められます。")
    if len({staff.id for staff in people}) != len(people):
        problems["people"] = _("同じ人が2回入っています。")
    home = department.path.partition("/")[0]
    if any(staff.department_id.partition("/")[0] != home for staff in people):
        problems["people"] = _("同じ部の人から選んでください。")
    if problems:
        raise Invalid(problems)
    # One order at a time: of two who set it at once the second replaces what the first set.
    Department.objects.select_for_update(no_key=True).get(path=department.path)
    before = deputies(today).filter(department=department, post=post)
    before.filter(since=today).delete()
    before.update(until=date.fromordinal(today.toordinal() - 1))
    made = Deputy.objects.bulk_create(
        Deputy(department=department, post=post, order=order, staff=staff, since=today, entered_by=me)
        for order, staff in enumerate(people, start=1)
    )
    audit.log(
        by, "change", "staff.deputies_named", purpose=AWAY, now=now, obj=("department", department.path),
        detail={"post": post, "people": [str(staff.id) for staff in people]},
    )  # fmt: skip
    return made
