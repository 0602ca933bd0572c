"""Who works where, and what they may do today."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Model, Q, QuerySet

from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Refused
from kusei.base.kernel.offers import Option
from kusei.base.staff import rules
from kusei.base.staff.models import Department, Role, StaffMember


def member(by: Actor) -> StaffMember:
    """The member of staff who acts. Raises Refused for anybody else."""
    found = (
        by.kind == "staff" and StaffMember.objects.select_related("department").filter(account_id=by.account_id).first()
    )
    if not found:
        raise Refused("staff.member")
    return found


def department(code: str) -> Department | None:
    """The department with this code, as procedures name it; None where the ward has none of that code."""
    return Department.objects.filter(code=code).first()


def running_roles(now: datetime) -> QuerySet[Role]:
    """Roles that hold today: begun, and not yet expired; the last day still counts."""
    today = local_date(now)
    return Role.objects.filter(since__lte=today, until__gte=today)


def grants_of(staff: StaffMember, now: datetime) -> frozenset[tuple[str, str]]:
    """Every (permission, department path) that the member's running roles give for whatever purpose. One query."""
    return rules.grants(list(running_roles(now).filter(staff=staff, purposes=[]).values_list("role", "department_id")))


def below(paths: list[str], column: str) -> Q:
    """A filter on a column that holds a department's path: at one of `paths` or below it; `['']` lets everything through."""
    if "" in paths:
        return Q()
    if not paths:
        return Q(**{f"{column}__in": []})
    places = Q()
    for path in paths:
        places |= Q(**{column: path}) | Q(**{f"{column}__startswith": f"{path}/"})
    return places


def kept_by_departments(
    model: type[Model], column: str = "department__path", permission: str = "record.view"
) -> Callable:
    """The `visible(by, purpose, now)` of a register whose rows belong to departments: staff see those of the departments for which they hold
    the permission, the system all, others none."""

    def visible(by: Actor, purpose: str, now: datetime) -> QuerySet:
        if by.kind == "system":
            return model.objects.all()
        return model.objects.filter(below(by.paths(permission, purpose) if by.kind == "staff" else [], column))

    return visible


def departments(by: Actor, permission: str) -> QuerySet[Department]:
    """The departments for which the actor holds the permission, in the order of their paths."""
    return Department.objects.filter(below(by.paths(permission), "path")).order_by("path")


def colleagues(path: str, permission: str, now: datetime) -> QuerySet[StaffMember]:
    """The members whose running roles give the permission for the department at `path`, bound to no purpose, in the order of kana."""
    above = ["/".join(path.split("/")[:depth]) for depth in range(path.count("/") + 2)]
    roles = running_roles(now).filter(role__in=rules.roles_with(permission), department_id__in=above, purposes=[])
    return StaffMember.objects.filter(account__closed_at=None, roles__in=roles).distinct().order_by("kana", "id")


def every_department(*_: object) -> list[Option]:
    """Every department of the ward, to choose a place from."""
    return as_options(Department.objects.all())


def as_options(rows: QuerySet[Department]) -> list[Option]:
    """Departments to choose from."""
    return [Option(row.path, row.name) for row in rows.order_by("path")]


def holders(permission: str, now: datetime) -> QuerySet[StaffMember]:
    """The members whose running roles give the permission anywhere, bound to no purpose."""
    roles = running_roles(now).filter(role__in=rules.roles_with(permission), purposes=[])
    return StaffMember.objects.filter(account__closed_at=None, roles__in=roles).distinct().order_by("kana", "id")


def visible_roles(by: Actor, purpose: str, now: datetime) -> QuerySet[Role]:
    """The roles `by` may know of: the ICT office all, chiefs those in their departments, others none."""
    if by.kind != "staff":
        return Role.objects.none()
    if by.may("staff.grant", purpose=purpose):
        return Role.objects.all()
    return Role.objects.filter(below(by.paths("staff.lead", purpose), "department__path"))


def ending(roles: QuerySet[Role], now: datetime, within: timedelta) -> QuerySet[Role]:
    """Those of the roles that run today and end within the time, the nearest first."""
    today = local_date(now)
    return roles.filter(since__lte=today, until__gte=today, until__lte=today + within).order_by("until", "id")
