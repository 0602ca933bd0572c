"""Who is away, and who acts for them (不在と代決)."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from kusei.base.decide import present
from kusei.base.decide.views.found import day_in, uuid_in
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page
from kusei.base.staff import actions, queries, rules
from kusei.base.staff.actions import AWAY
from kusei.base.staff.models import Absence, StaffMember
from kusei.base.staff.queries import departments, member

REASONS = {
    "leave": lazy("休暇"),
    "trip": lazy("出張"),
    "training": lazy("研修"),
    "illness": lazy("療養"),
    "other": lazy("その他"),
}
PLACES = 3
"""So many deputies a form can name for a post."""


@page(who="staff", purpose=AWAY, may="decide.view")
def absences(request: HttpRequest) -> HttpResponse:
    """Who of one's departments is away and who acts for them; one's own absence is entered here, and by chiefs those of their people."""
    problems: Mapping[str, str] = {}
    if request.method == "POST":
        try:
            staff = _staff(request)
            days = [day_in(request, name) for name in ("since", "until")]
            if None in days:
                raise Invalid({"since" if days[0] is None else "until": _("日付を入れてください。")})
            actions.enter_absence(staff, *days, request.POST.get("reason", ""), by=request.actor, now=request.now)
        except Invalid as error:
            problems = error.problems
        else:
            messages.success(request, _("不在を入れました。その間、待っている決裁は代決する人に回ります。"))
            return redirect("decide:absences")
    return _show(request, problems)


def _staff(request: HttpRequest) -> StaffMember:
    """Whose absence is entered. Raises Refused for somebody the member who acts does not lead."""
    me = member(request.actor)
    chosen = request.POST.get("staff", "") or str(me.id)
    found = StaffMember.objects.filter(id=uuid_in(chosen)).first()
    if not found:
        raise Refused("staff.enter_absence", obj=("staff", chosen))
    return found


def _show(request: HttpRequest, problems: Mapping[str, str]) -> HttpResponse:
    me, by, today = member(request.actor), request.actor, local_date(request.now)
    near = queries.below(by.paths("decide.view", AWAY), "staff__department__path")
    coming = Absence.objects.filter(near, until__gte=today, ended_on=None).select_related("staff__department")
    people = StaffMember.objects.filter(queries.below(by.paths("decide.review", AWAY), "department__path"))
    led = [each for each in people.order_by("kana", "id") if actions.leads(by, me, each)]
    orders: dict[tuple, dict] = {}
    wanted = queries.below(by.paths("decide.view", AWAY), "department__path")
    for row in (
        queries.deputies(today)
        .filter(wanted)
        .select_related("department", "staff")
        .order_by("department__path", "post", "order")
    ):
        order = orders.setdefault(
            (row.department_id, row.post),
            {"department": text(row.department.name), "post": present.POSTS[row.post], "people": []},
        )
        order["people"].append(f"{present.POSTS[row.staff.post]} {row.staff.name}")
    context = {
        "coming": [
            {"absence": each, "reason": REASONS[each.reason], "post": present.POSTS[each.staff.post],
             "now": each.since <= today, "may_end": each.staff_id == me.id or actions.leads(by, me, each.staff)}
            for each in coming.order_by("since", "staff__kana")
        ],
        "people": [(str(me.id), _("自分（%(name)s）") % {"name": me.name}),
                   *((str(each.id), f"{present.POSTS[each.post]} {each.name}") for each in led)],
        "reasons": [(key, str(name)) for key, name in REASONS.items()],
        "orders": list(orders.values()),
        "may_name": by.may("decide.decide", purpose=AWAY),
        "typed": request.POST,
        "since": _typed_day(request, "since") or today,
        "until": _typed_day(request, "until") or today,
        "problems": problems,
        "errors": list(problems.items()),
    }  # fmt: skip
    return render(request, "decide/absences.html", context, status=400 if problems else 200)


def _typed_day(request: HttpRequest, name: str) -> dict | None:
    if request.method != "POST":
        return None
    return {part: request.POST.get(f"{name}_{part}", "") for part in ("year", "month", "day")}


@page(who="staff", purpose=AWAY, may="decide.view")
@require_POST
def end(request: HttpRequest, absence_id: UUID) -> HttpResponse:
    """End an absence as of today (復帰)."""
    absence = Absence.objects.select_related("staff").filter(id=absence_id).first()
    if not absence:
        raise Refused("staff.end_absence", obj=("absence", absence_id))
    try:
        actions.end_absence(absence, by=request.actor, now=request.now)
    except NotNow as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("不在を終わりにしました。"))
    return redirect("decide:absences")


@page(who="staff", purpose=AWAY, may="decide.decide")
def deputies(request: HttpRequest) -> HttpResponse:
    """Set the order of those who act for a post (代決の順序)."""
    me, by = member(request.actor), request.actor
    known = departments(by, "decide.decide")
    problems: Mapping[str, str] = {}
    if request.method == "POST":
        department = known.filter(path=request.POST.get("department", "")[:120]).first()
        chosen = [uuid_in(request.POST.get(f"person{n}", "")) for n in range(1, PLACES + 1)]
        found = StaffMember.objects.in_bulk([each for each in chosen if each])
        people = [found[each] for each in chosen if each in found]
        try:
            if department is None:
                raise Invalid({"department": _("課を選んでください。")})
            actions.name_deputies(department, request.POST.get("post", ""), people, by=by, now=request.now)
        except Invalid as error:
            problems = error.problems
        else:
            messages.success(request, _("代決の順序を決めました。"))
            return redirect("decide:absences")
    tops = {path.partition("/")[0] for path in known.values_list("path", flat=True)}
    near = StaffMember.objects.filter(queries.below(sorted(tops), "department__path"), account__closed_at=None)
    context = {
        "departments": [(each.path, text(each.name)) for each in known],
        "posts": [(post, present.POSTS[post]) for post in rules.POSTS_UPWARDS[1:] if rules.rank(post) <= rules.rank(me.post)],
        "people": [("", "—"), *((str(each.id), f"{present.POSTS[each.post]} {each.name}") for each in near.order_by("kana", "id"))],
        "typed": request.POST,
        "chosen": [(f"person{n}", n, request.POST.get(f"person{n}", "")) for n in range(1, PLACES + 1)],
        "problems": problems,
        "errors": list(problems.items()),
    }  # fmt: skip
    return render(request, "decide/deputies.html", context, status=400 if problems else 200)
