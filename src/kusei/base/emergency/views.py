"""Break-glass (緊急閲覧): asking for it, what it shows, what there was of it, and the chief's word about each."""

from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from kusei.base import audit
from kusei.base.accounts import throttle
from kusei.base.audit.models import AuditEntry
from kusei.base.decide import present
from kusei.base.decide.queries import visible as visible_cases
from kusei.base.emergency import actions, queries, rules
from kusei.base.emergency.actions import REVIEW
from kusei.base.emergency.models import EmergencyAccess
from kusei.base.kernel.calendar import NoSuchDate, read_date
from kusei.base.kernel.clock import JAPAN
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page
from kusei.base.parties.dossier import EMERGENCY, dossier
from kusei.base.parties.queries import is_hidden
from kusei.base.web.kit import moment, wareki

LISTED = 200
LONGEST = 100


def reasons() -> list[tuple[str, str]]:
    """The reasons to choose from, in the active language."""
    said = {
        "life": _("生命・身体に危険がある"),
        "abuse": _("虐待・暴力のおそれがある"),
        "disaster": _("災害時の安否確認・避難"),
        "health": _("急病・感染症への対応"),
        "child": _("子どもの保護"),
        "other": _("そのほか急を要する"),
    }
    return [(key, said[key]) for key, _label in EmergencyAccess.REASONS]


# ---- asking ----------------------------------------------------------------------------------------------------------------


@never_cache
@page(who="staff", purpose=EMERGENCY, may="emergency.use")
def ask(request: HttpRequest) -> HttpResponse:
    """The form, and one's own uses; POST begins one."""
    if request.method != "POST":
        return _ask(request)
    try:
        throttle.take("emergency", {"account": str(request.actor.account_id)}, request.now)
    except throttle.TooMany:
        return _ask(request, {"number": _("回数が多すぎます。上司か情報政策担当に相談してください。")}, 429)
    try:
        found = _meant(request)
        access = actions.begin(
            found,
            request.POST.get("reason", ""),
            request.POST.get("explanation", ""),
            by=request.actor,
            now=request.now,
        )
    except Invalid as invalid:
        return _ask(request, invalid.problems, 400)
    return redirect("emergency:subject", access.id)


def _meant(request: HttpRequest):
    """The person that the form means. Raises Invalid; that nobody was found is in the log."""
    number, name = (request.POST.get(each, "").strip()[:LONGEST] for each in ("number", "name"))
    try:
        born = read_date(typed) if (typed := request.POST.get("born", "").strip()) else None
    except NoSuchDate as error:
        raise Invalid({"born": str(error)}) from None
    if not number and not (name and born):
        raise Invalid({"number": _("番号か、氏名と生年月日の両方を入力してください。")})
    found = queries.find(number, name, born)
    if found is None:
        audit.refusal(request.actor, "emergency.find", purpose=EMERGENCY, now=request.now)
        raise Invalid({"number": _("1人に決まりませんでした。番号か、氏名と生年月日を確かめてください。")})
    return found


def _ask(request: HttpRequest, problems: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    uses = list(queries.own(request.actor, request.now)[:50])
    audit.log(
        request.actor,
        "read",
        "emergency.own.list",
        subjects=list({each.subject_id for each in uses}),
        purpose=EMERGENCY,
        now=request.now,
    )
    context = {
        "typed": request.POST,
        "problems": problems or {},
        "errors": list((problems or {}).items()),
        "reasons": [("", _("選んでください")), *reasons()],
        "minutes": int(rules.LASTS.total_seconds() // 60),
        "columns": [("who", _("見た人"), "main"), ("begun", _("はじめ")), ("over", _("終わり")), ("state", _("状態"), "chip")],
        "rows": [
            {
                "who": (each.subject.name, reverse("emergency:subject", args=[each.id])) if each.running(request.now) else each.subject.name,
                "begun": moment(each.begun_at), "over": moment(each.over_at), "state": _state(each, request),
            }
            for each in uses
        ],
    }  # fmt: skip
    return render(request, "emergency/ask.html", context, status=status)


def _state(access: EmergencyAccess, request: HttpRequest) -> tuple[str, str]:
    if access.running(request.now):
        return "warning", _("閲覧中")
    if access.verdict:
        return ("success", _("適切")) if access.verdict == "justified" else ("danger", _("不適切"))
    return "outline", _("確認待ち")


# ---- what it shows ---------------------------------------------------------------------------------------------------------


@never_cache
@require_safe
@page(who="staff", purpose=EMERGENCY, may="emergency.use")
def subject(request: HttpRequest, access_id: UUID) -> HttpResponse:
    """The one person, as long as it runs: what the register says, and their applications. Afterwards it is as if it weren't there."""
    access = queries.one_of_own(request.actor, access_id, request.now)
    if not access.running(request.now):
        raise Refused("emergency.over", obj=access, subject=access.subject_id)
    shown = dossier(access.subject_id, EMERGENCY, by=request.actor, now=request.now)
    hidden = is_hidden(access.subject_id, request.now)
    cases = (
        visible_cases(request.actor, EMERGENCY, request.now)
        .filter(party=access.subject_id)
        .select_related("department")
    )
    cases = [] if hidden or not request.actor.may("decide.view") else list(cases.order_by("-received_at")[:50])
    known = {name: fact.value for name, fact in shown.known.items()}
    facts = [
        (_("フリガナ"), known["kana"]), (_("生年月日"), wareki(shown.person.birth_date)), (_("電話番号"), known["phone"]),
        (_("住所"), str(shown.homes[0]) if shown.homes else ""),
        *((_("代理人"), each["name"]) for each in known["representatives"]),
    ]  # fmt: skip
    context = {
        "access": access,
        "until": access.ends_at.astimezone(JAPAN).strftime("%H:%M"),
        "shown": shown,
        "hidden": hidden,
        "facts": [{"label": label, "value": value} for label, value in facts if value],
        "member_columns": [("name", _("氏名"), "main"), ("relationship", _("続柄")), ("born", _("生年月日"))],
        "members": [each | {"born": wareki(date.fromisoformat(each["birth_date"]))} for each in known["household.members"]],
        "case_columns": [("case", _("申請"), "main"), ("department", _("担当課")), ("state", _("状態"), "chip"), ("at", _("受付"))],
        "cases": [
            {
                "case": (f"{text(each.title)} {each.number}", reverse("decide:case", args=[each.id])),
                "department": text(each.department.name), "state": present.state_chip(each), "at": moment(each.received_at, date_only=True),
            }
            for each in cases
        ],
        "crumbs": [(EMERGENCY, reverse("emergency:ask")), (shown.person.name, "")],
    }  # fmt: skip
    return render(request, "emergency/subject.html", context)


@require_POST
@page(who="staff", purpose=EMERGENCY, may="emergency.use")
def end(request: HttpRequest, access_id: UUID) -> HttpResponse:
    """Close it before its time."""
    try:
        actions.end(queries.one_of_own(request.actor, access_id, request.now), by=request.actor, now=request.now)
        messages.success(request, _("緊急閲覧を終わりました。"))
    except NotNow as not_now:
        messages.info(request, str(not_now))
    return redirect("emergency:ask")


# ---- what there was of it --------------------------------------------------------------------------------------------------


@never_cache
@require_safe
@page(who="staff", purpose=REVIEW, may="emergency.review")
def uses(request: HttpRequest) -> HttpResponse:
    """Every use that chiefs and officers may know of; those to be judged, and those overdue, first."""
    seen = queries.visible(request.actor, REVIEW, request.now)
    chosen = {"overdue": queries.overdue, "waiting": queries.to_review}.get(request.GET.get("show", ""))
    found = list(
        (chosen(seen, request.now) if chosen else seen)
        .select_related("staff", "department", "subject", "reviewed_by").order_by("-begun_at")[:LISTED]
    )  # fmt: skip
    people = list(dict.fromkeys(each.subject_id for each in found))
    if people:
        audit.log(request.actor, "read", "emergency.uses.list", subjects=people, purpose=REVIEW, now=request.now)
    here, counted = reverse("emergency:uses"), {"": seen, "waiting": queries.to_review(seen, request.now)}
    counted["overdue"] = queries.overdue(seen, request.now)
    labels = {"": _("すべて"), "waiting": _("確認待ち"), "overdue": _("期限切れ")}
    context = {
        "overdue": counted["overdue"].count(),
        "tabs": [
            (f"{labels[key]}（{rows.count()}）", f"{here}?show={key}" if key else here, request.GET.get("show", "") == key)
            for key, rows in counted.items()
        ],
        "columns": [
            ("begun", _("はじめ"), "main"), ("staff", _("職員")), ("subject", _("見た人")), ("reason", _("理由")),
            ("minutes", _("分"), "number"), ("review_by", _("確認の期限")), ("state", _("状態"), "chip"),
        ],
        "rows": [
            {
                "begun": (_when(each.begun_at), reverse("emergency:use", args=[each.id])),
                "staff": f"{text(each.department.name)} {each.staff.name}", "subject": each.subject.name,
                "reason": dict(reasons())[each.reason], "minutes": each.minutes, "review_by": wareki(each.review_by),
                "state": _state(each, request),
            }
            for each in found
        ],
    }  # fmt: skip
    return render(request, "emergency/uses.html", context)


def _when(at: datetime) -> str:
    """A moment as plain text, for a link."""
    return at.astimezone(JAPAN).strftime("%Y-%m-%d %H:%M")


@never_cache
@page(who="staff", purpose=REVIEW, may="emergency.review")
def use(request: HttpRequest, access_id: UUID) -> HttpResponse:
    """One use: why, by whom, and every look under it; POST judges it."""
    seen = queries.visible(request.actor, REVIEW, request.now)
    access = seen.select_related("staff", "department", "subject", "reviewed_by").filter(id=access_id).first()
    if not access:
        raise Refused("emergency.use", obj=("emergency.emergencyaccess", access_id))
    problems, status = {}, 200
    if request.method == "POST":
        try:
            verdict, remark = request.POST.get("verdict", ""), request.POST.get("remark", "")
            actions.review(access, verdict, remark, by=request.actor, now=request.now)
            messages.success(request, _("確認を記録しました。"))
            return redirect("emergency:use", access_id)
        except Invalid as invalid:
            problems, status = invalid.problems, 400
        except NotNow as not_now:
            problems, status = {"": str(not_now)}, 409
    audit.log(
        request.actor, "read", "emergency.view", subject=access.subject_id, obj=access, purpose=REVIEW, now=request.now
    )
    looks = AuditEntry.objects.filter(
        detail__contains=f'"emergency":"{access.id}"', act="read", subject=str(access.subject_id)
    )
    context = {
        "access": access,
        "state": _state(access, request),
        "reason": dict(reasons())[access.reason],
        "running": access.running(request.now),
        "may_review": not access.reviewed_at and access.staff.account_id != request.actor.account_id,
        "looks": [{"at": moment(each.at), "what": each.what, "object": each.object_id} for each in looks.order_by("seq")[:LISTED]],
        "look_columns": [("at", _("日時"), "main"), ("what", _("内容")), ("object", _("対象の番号"))],
        "verdicts": [("justified", _("適切")), ("unjustified", _("不適切"))],
        "problems": problems,
        "errors": list(problems.items()),
        "typed": request.POST,
        "crumbs": [(_("緊急閲覧の確認"), reverse("emergency:uses")), (access.staff.name, "")],
    }  # fmt: skip
    return render(request, "emergency/use.html", context, status=status)
