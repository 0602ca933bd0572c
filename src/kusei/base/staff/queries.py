"""Who works where, and what they may do today."""

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

from django.db.models import Model, Q, QuerySet

from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Refused
from kusei.base.kernel.offers import Option
from kusei.base.staff import rules
from kusei.base.staff.models import Absence, Department, Deputy, Role, StaffMember


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
    roles = running_roles(now).filter(
        role__in=rules.roles_with(permission), department_id__in=rules.paths_above(path), purposes=[]
    )
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


# ---- absence and deputies (不在・代決) --------------------------------------------------------------------------------------


def away(day: date) -> QuerySet[Absence]:
    """The absences that hold on a day."""
    return Absence.objects.filter(since__lte=day, until__gte=day).filter(Q(ended_on=None) | Q(ended_on__gt=day))


def away_now(staff: StaffMember, now: datetime) -> Absence | None:
    """The absence of the member that holds today, if one does."""
    return away(local_date(now)).filter(staff=staff).first()


def deputies(day: date) -> QuerySet[Deputy]:
    """The places in orders of deputies that hold on a day."""
    return Deputy.objects.filter(since__lte=day).filter(Q(until=None) | Q(until__gte=day))


DECIDING = "決裁"
"""The purpose for which a post is held here: a role bound to others makes nobody a holder."""
Place = tuple[str, str, str]
"""A department's path, a post, and the permission that is needed there."""


def standings(places: Collection[Place], now: datetime) -> dict[Place, rules.Standing]:
    """For each place who stands for its post today. Three queries, however many places.

    Holders are those in the very post whose role gives the permission there; deputies those entered for the department, or for the
    nearest above it that has an order for the post.
    """
    if not places:
        return {}
    day = local_date(now)
    posts = {post for _path, post, _permission in places}
    above = {above for path, _post, _permission in places for above in rules.paths_above(path)}
    gone = frozenset(away(day).values_list("staff_id", flat=True))
    held = list(
        running_roles(now)
        .filter(Q(purposes=[]) | Q(purposes__contains=[DECIDING]))
        .filter(staff__post__in=posts, staff__account__closed_at=None, department_id__in=above)
        .select_related("staff")
        .order_by("staff__kana", "staff_id")
    )
    orders: dict[tuple[str, str], list[StaffMember]] = {}
    listed = deputies(day).filter(post__in=posts, department_id__in=above, staff__account__closed_at=None)
    for row in listed.select_related("staff").order_by("order"):
        orders.setdefault((row.department_id, row.post), []).append(row.staff)
    return {place: _standing(place, held, orders, gone) for place in places}


def _standing(place: Place, held: list[Role], orders: dict, gone: frozenset) -> rules.Standing:
    path, post, permission = place
    giving, above = rules.roles_with(permission), rules.paths_above(path)
    holders = {
        role.staff_id: role.staff
        for role in held
        if role.staff.post == post and role.role in giving and role.department_id in above
    }
    where = rules.nearest(path, (there for there, known in orders if known == post))
    order = orders.get((where, post), []) if where is not None else []
    return rules.Standing(
        holders=list(holders.values()),
        away=frozenset(holder for holder in holders.values() if holder.id in gone),
        deputies=[staff for staff in order if staff.id not in gone],
    )
