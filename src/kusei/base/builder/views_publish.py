"""From manuscript to version: asked for by who writes, published or sent back by somebody else."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kusei.base.builder import actions, checks, queries
from kusei.base.builder.models import Manuscript
from kusei.base.builder.queries import PURPOSE
from kusei.base.builder.views import day_of
from kusei.base.builder.views_try import changes_of
from kusei.base.builder.views_write import found, frame_of, not_yours, version_of
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.pages import page


@never_cache
@require_http_methods(["GET", "POST"])
@page(who="staff", purpose=PURPOSE, may="ask.view")
def publish(request: HttpRequest, id: UUID) -> HttpResponse:
    """Ask for a manuscript to be published, publish it, send it back, give it up; with everything that it changes before one's eyes."""
    writing = found(request, id)
    if request.method != "POST":
        return _draw(request, writing, {}, 200)
    try:
        said = _do(request, writing)
    except Invalid as invalid:
        return _draw(request, writing, invalid.problems, 400)
    except NotNow as not_now:
        return _draw(request, found(request, id), {"": str(not_now)}, 409)
    except Refused:  # logged by the act
        return _draw(request, writing, {"": not_yours()}, 409)
    messages.success(request, said)
    match request.POST.get("do"):
        case "publish":
            return redirect("builder:versions", writing.procedure)
        case "drop":
            return redirect("builder:procedures")
    return redirect("builder:publish", id)


def _do(request: HttpRequest, writing: Manuscript) -> str:
    """Do what is asked for; gives what to say. Raises what the act raises, Invalid for anything else."""
    version, who = version_of(request), {"by": request.actor, "now": request.now}
    match request.POST.get("do"):
        case "ask":
            actions.ask_for(writing, version, day_of(request, "valid_from"), request.POST.get("note", ""), **who)
            return _("公開を依頼しました。決裁者が確かめます。")
        case "publish":
            edition = actions.publish(writing, version, **who)
            return _("第%(n)s版として公開しました。") % {"n": edition.snapshot.number}
        case "back":
            actions.send_back(writing, version, request.POST.get("reason", ""), **who)
            return _("原稿をもどしました。")
        case "drop":
            actions.drop(writing, version, **who)
            return _("原稿を取りやめました。公開中の版はそのままです。")
        case _:
            raise Invalid({"": _("操作を選んでください。")})


def _draw(request: HttpRequest, writing: Manuscript, problems: dict[str, str], status: int) -> HttpResponse:
    today = local_date(request.now)
    faults = checks.of(writing.definition, queries.known(writing.procedure))
    planned = [each for each in queries.versions(writing.procedure, today) if each.holds == "later"]
    context: dict[str, Any] = frame_of(request, writing, "publish") | changes_of(writing) | {
        "errors_count": sum(each.severity == "error" for each in faults),
        "warnings_count": sum(each.severity == "warning" for each in faults),
        "planned": planned, "today": today, "late": bool(writing.valid_from and writing.valid_from < today),
        "asked_by": queries.name_of(writing.asked_by_id) if writing.asked_by_id else "",
        "may_publish": request.actor.may("ask.publish", writing.department_id, actions.PUBLISHING),
        "may_drop": request.actor.may("ask.author", writing.department_id, PURPOSE) and writing.state in ("open", "asked"),
        "typed": request.POST, "problems": problems, "errors": list(problems.items()),
    }  # fmt: skip
    if request.method == "POST":
        context["typed_day"] = {part: request.POST.get(f"valid_from_{part}", "") for part in ("year", "month", "day")}
    return render(request, "builder/publish.html", context, status=status)
