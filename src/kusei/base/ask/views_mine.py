"""One's own applications: where they stand, correcting them, taking them back, their files."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kusei.base.ask import actions, answers, catalogue, queries
from kusei.base.ask.filling import Correcting
from kusei.base.ask.views import checked, fill, how_long
from kusei.base.book import queries as bookings
from kusei.base.charge import queries as charges
from kusei.base.files import serve
from kusei.base.kernel import parts
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import text
from kusei.base.kernel.offers import registry
from kusei.base.kernel.pages import page
from kusei.base.papers import queries as papers
from kusei.base.staff import queries as staff
from kusei.base.web import kit

TONES = {
    "received": "info",
    "checking": "info",
    "correcting": "warning",
    "decided": "success",
    "withdrawing": "info",
    "withdrawn": "neutral",
}


def state_label(state: str) -> str:
    """An application's state, in the active language."""
    return {
        "received": _("受付済み"),
        "checking": _("審査中"),
        "correcting": _("補正のお願い"),
        "decided": _("決定"),
        "withdrawing": _("取下げの確認中"),
        "withdrawn": _("取下げ"),
    }[state]


def step_title(event: str) -> str:
    """What happened, in the active language."""
    return {
        "received": _("申請を受け付けました"),
        "checking": _("審査をはじめました"),
        "correction_asked": _("補正をお願いしました"),
        "correction_received": _("補正を受け取りました"),
        "correction_ended": _("補正の受付を終わりました"),
        "approving": _("決裁の手続きに入りました"),
        "decided": _("決定しました"),
        "notice": _("通知を発行しました"),
        "correction_late": _("補正は、審査に間に合いませんでした"),
        "arrived": _("担当課に届きました"),
        "withdrawal_sent": _("取下げを担当課へ送りました"),
        "withdrawal_late": _("取下げは、決定に間に合いませんでした"),
        "withdrawn": _("申請を取り下げました"),
    }.get(event, event)


def _rule(procedure: str, name: str):
    """A rule that the procedure's module offers, or None."""
    module = registry.module_of(procedure)
    return module.rules.get(name) if module else None


@require_GET
@page(who="resident", purpose="申請状況の確認")
def application(request: HttpRequest, id) -> HttpResponse:
    """Where an application stands, what happened, what to do, what was answered, the notice."""
    found = queries.application(request.actor, id, request.now)
    procedure = catalogue.procedure_of(found.snapshot_id)
    steps = [
        {"at": step.at, "title": step_title(step.event), "body": text(step.detail.get("outcome"))}
        for step in found.steps.order_by("at")
    ]
    newest = queries.answers_of(found)
    sections = answers.readable(procedure, newest.answers, request.LANGUAGE_CODE, found.draft.given)
    correction = queries.correction(request.actor, id, request.now) if found.state == "correcting" else None
    context = {
        "application": found,
        "title": text(procedure.title.mapping()),
        "state": (TONES[found.state], state_label(found.state)),
        "steps": steps,
        "rows": [{"label": row.label, "value": row.said or [_("なし")]} for s in sections for row in s.rows],
        "correction": correction,
        "answer_by": kit.day(correction.answer_by) if correction and correction.answer_by else "",
        "bookings": bookings.for_application(found.id, request.now) if parts.here("office") else [],
        "charges": charges.about(found.id, request.now),
        "standing": status(found.id, request.now) if (status := _rule(found.procedure, "status")) else [],
        "how_long": how_long(procedure) if found.state in ("received", "checking") else "",
        "papers": papers.about(found.id, request.actor, request.now),
        "department": staff.department(procedure.department),
        "can_withdraw": found.state in ("received", "checking", "correcting"),
        "answers_number": newest.number,
    }
    return render(request, "ask/application.html", context)


@require_POST
@page(who="resident", purpose="取下げ")
def withdraw(request: HttpRequest, id) -> HttpResponse:
    """Take the application back."""
    found = queries.application(request.actor, id, request.now)
    try:
        actions.withdraw(found, by=request.actor, now=request.now)
        messages.success(
            request,
            _("取下げを受け付けました。担当課が確かめしだい、お知らせします。")
            if parts.split()
            else _("申請を取り下げました。"),
        )
    except NotNow as not_now:
        messages.warning(request, str(not_now))
    return redirect("ask:application", id)


def _correcting(request: HttpRequest, id) -> Correcting | None:
    correction = queries.correction(request.actor, id, request.now)
    return Correcting(correction, request.actor, request.now) if correction else None


@require_GET
@page(who="resident", purpose="補正")
def correct_start(request: HttpRequest, id) -> HttpResponse:
    """To the first page that is to be corrected."""
    filling = _correcting(request, id)
    if filling is None:
        return redirect("ask:application", id)
    lacking = filling.lacking()
    return redirect(filling.url(lacking.key) if lacking else filling.url_check())


@require_http_methods(["GET", "POST"])
@page(who="resident", purpose="補正", tells=True)
def correct(request: HttpRequest, id, key: str) -> HttpResponse:
    """One page of a correction."""
    filling = _correcting(request, id)
    if filling is None:
        messages.info(request, _("いま、補正のお願いはありません。"))
        return redirect("ask:application", id)
    return fill(request, filling, key)


@require_GET
@page(who="resident", purpose="補正")
def correct_check(request: HttpRequest, id) -> HttpResponse:
    """Check the corrected answers."""
    filling = _correcting(request, id)
    if filling is None:
        return redirect("ask:application", id)
    return checked(request, filling, "ask/correct_check.html", reverse("ask:correct_send", args=[id]))


@require_POST
@page(who="resident", purpose="補正")
def correct_send(request: HttpRequest, id) -> HttpResponse:
    """Send the correction; pressed again it changes nothing."""
    correction = queries.correction(request.actor, id, request.now)
    if correction:
        try:
            actions.send_correction(correction, by=request.actor, now=request.now)
        except Invalid as invalid:
            messages.warning(request, _("まだ答えていない質問があります。"))
            return redirect("ask:correct", id, next(iter(invalid.problems)))
        except NotNow as not_now:
            messages.warning(request, str(not_now))
            return redirect("ask:correct_start", id)
        messages.success(request, _("補正を受け取りました。ありがとうございました。"))
    return redirect("ask:application", id)


@require_GET
@page(who="resident", purpose="申請状況の確認")
def attachment(request: HttpRequest, id) -> HttpResponse:
    """One's own file, once it has been checked and rebuilt."""
    found = queries.attachment(request.actor, id, request.now)
    if found.file.state != "ready":
        raise Refused("ask.attachment.unready", obj=found)
    return serve.response(found.file)
