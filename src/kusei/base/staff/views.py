"""Roles (権限): who holds what where until when; giving, renewing and ending them, for chiefs in their departments and the ICT office in all."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kusei.base import audit
from kusei.base.accounts.rules import plain_staff_number
from kusei.base.kernel.calendar import NoSuchDate, read_date
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page
from kusei.base.staff import actions, queries, rules
from kusei.base.staff.actions import NOTICED_BEFORE, PURPOSE
from kusei.base.staff.models import Department, Role, StaffMember
from kusei.base.staff.purposes import purposes_of
from kusei.base.web.kit import wareki

LISTED = 500


def role_names() -> dict[str, str]:
    """What the roles are called, in the active language."""
    return {
        "clerk": _("審査担当"),
        "reviewer": _("確認者"),
        "decider": _("決裁者"),
        "overseer": _("統括者"),
        "registrar": _("住民記録担当"),
        "ict": _("ICT担当"),
        "publicist": _("広報広聴担当"),
        "privacy": _("個人情報保護担当"),
        "author": _("手続き作成担当"),
    }


@never_cache
@page(who="staff", purpose=PURPOSE, may="staff.lead")
@require_http_methods(["GET", "POST"])
def roles(request: HttpRequest) -> HttpResponse:
    """Roles that run, those ending within 30 days first; POST gives one."""
    if request.method != "POST":
        return _roles(request)
    try:
        held = _grant(request)
    except Invalid as invalid:
        return _roles(request, invalid.problems, 400)
    except NotNow as not_now:
        return _roles(request, {"number": str(not_now)}, 409)
    messages.success(request, _("権限を付けました。"))
    return redirect("staff:role", held.id)


def _grant(request: HttpRequest) -> Role:
    """Give the role that the form asks for. Raises what the act raises, and Invalid for what can't be read."""
    number = plain_staff_number(request.POST.get("number", "")[:40])
    staff = StaffMember.objects.filter(account__login=number, account__closed_at=None).first()
    department = _departments(request).filter(path=request.POST.get("department", "")[:120]).first()
    problems = {} if staff else {"number": _("この職員番号の職員はいません。")}
    if not department:
        problems["department"] = _("課を選んでください。")
    if problems:
        raise Invalid(problems)
    purposes = request.POST.getlist("purposes")
    return actions.grant_role(
        staff, department, request.POST.get("role", ""), _day(request), purposes, by=request.actor, now=request.now
    )


def _day(request: HttpRequest) -> date:
    """The last day typed; left empty, the latest there can be. Raises Invalid."""
    typed = request.POST.get("until", "").strip()[:40]
    try:
        return read_date(typed) if typed else rules.longest_until(local_date(request.now))
    except NoSuchDate as error:
        raise Invalid({"until": str(error)}) from None


def _departments(request: HttpRequest):
    everywhere = request.actor.may("staff.grant", purpose=PURPOSE)
    return Department.objects.order_by("path") if everywhere else queries.departments(request.actor, "staff.lead")


def _roles(request: HttpRequest, problems: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    seen = queries.visible_roles(request.actor, PURPOSE, request.now).select_related("staff__account", "department")
    today, names = local_date(request.now), role_names()
    ending = list(queries.ending(seen, request.now, NOTICED_BEFORE)[:LISTED])
    running = list(
        seen.filter(since__lte=today, until__gt=today + NOTICED_BEFORE).order_by("department_id", "staff__kana")[
            :LISTED
        ]
    )
    given = [key for key in names if _may_give(request, key)]
    audit.log(request.actor, "read", "staff.roles.list", purpose=PURPOSE, now=request.now)
    context = {
        "columns": [
            ("staff", _("職員"), "main"), ("number", _("職員番号")), ("role", _("権限")), ("department", _("課")),
            ("purposes", _("目的")), ("until", _("期限")),
        ],
        "ending": [_row(each, names) for each in ending],
        "running": [_row(each, names) for each in running],
        "departments": [(each.path, text(each.name)) for each in _departments(request)],
        "roles": [(key, names[key]) for key in given],
        "purposes": [(each, each) for each in sorted({each for key in given for each in purposes_of(key)})],
        "chosen": request.POST.getlist("purposes"),
        "typed": request.POST,
        "problems": problems or {},
        "errors": list((problems or {}).items()),
    }  # fmt: skip
    return render(request, "staff/roles.html", context, status=status)


def _may_give(request: HttpRequest, role: str) -> bool:
    return any(rules.may_grant(request.actor, role, path) for path in request.actor.paths("staff.lead", PURPOSE))


def _row(role: Role, names: dict[str, str]) -> dict:
    return {
        "staff": (role.staff.name, reverse("staff:role", args=[role.id])), "number": role.staff.account.login,
        "role": names.get(role.role, role.role), "department": text(role.department.name),
        "purposes": "、".join(role.purposes) or _("すべて"), "until": wareki(role.until),
    }  # fmt: skip


@never_cache
@page(who="staff", purpose=PURPOSE, may="staff.lead")
@require_http_methods(["GET", "POST"])
def role(request: HttpRequest, role_id: UUID) -> HttpResponse:
    """One role; POST renews it (`do=renew`, `until`) or ends it (`do=end`)."""
    seen = queries.visible_roles(request.actor, PURPOSE, request.now).select_related(
        "staff__account", "staff__department", "department"
    )
    found = seen.filter(id=role_id).first()
    if not found:
        raise Refused("staff.role", obj=("staff.role", role_id))
    problems, status = {}, 200
    if request.method == "POST":
        try:
            return _change(request, found)
        except Invalid as invalid:
            problems, status = invalid.problems, 400
        except NotNow as not_now:
            problems, status = {"": str(not_now)}, 409
    today, names = local_date(request.now), role_names()
    mine = found.staff.account_id == request.actor.account_id
    context = {
        "role": found,
        "name": names.get(found.role, found.role),
        "running": found.since <= today <= found.until,
        "may": rules.may_grant(request.actor, found.role, found.department_id) and not mine,
        "longest": rules.longest_until(today),
        "typed": request.POST,
        "problems": problems,
        "errors": list(problems.items()),
        "crumbs": [(_("権限"), reverse("staff:roles")), (found.staff.name, "")],
    }
    return render(request, "staff/role.html", context, status=status)


def _change(request: HttpRequest, found: Role) -> HttpResponse:
    """Do what was asked for with the role. Raises what the act raises."""
    match request.POST.get("do"):
        case "renew":
            actions.renew_role(found, _day(request), by=request.actor, now=request.now)
            messages.success(request, _("期限を更新しました。"))
            return redirect("staff:role", found.id)
        case "end":
            actions.end_role(found, by=request.actor, now=request.now)
            messages.success(request, _("権限を終わらせました。"))
            return redirect("staff:roles")
        case _:
            raise Invalid({"": _("操作を選んでください。")})
