"""The page on which one gives programs a token to act for oneself, and takes it back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kusei.base.api import actions, queries
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.pages import page


def scope_names() -> list[tuple[str, str]]:
    """What a token may be given for, in the active language."""
    return [("read", _("申請の状況を見る")), ("apply", _("下書きをつくり、申請する"))]


@never_cache
@require_http_methods(["GET", "POST"])
@page(who="resident", purpose=actions.PURPOSE)
def programs(request: HttpRequest) -> HttpResponse:
    """One's tokens; a POST gives a new one, which is shown this once."""
    problems: dict[str, str] = {}
    token = ""
    if request.method == "POST":
        typed = request.POST.get("days", "")
        days = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else 0
        try:
            given = request.POST.get("name", ""), request.POST.getlist("scopes"), days
            token = actions.give(*given, by=request.actor, now=request.now)
        except Invalid as invalid:
            problems = invalid.problems
        except NotNow as not_now:
            problems = {"": str(not_now)}
    names = dict(scope_names())
    tokens = queries.visible(request.actor, actions.PURPOSE, request.now).filter(revoked_at=None, until__gt=request.now)
    context = {
        "fresh": token,
        "tokens": [
            {"row": row, "can": "、".join(names[scope] for scope in row.scopes)}
            for row in tokens.order_by("-since", "-id")
        ],
        "scopes": scope_names(),
        "typed": {} if token else request.POST,
        "chosen": [] if token else request.POST.getlist("scopes"),
        "problems": problems,
        "errors": list(problems.items()),
    }
    return render(request, "api/programs.html", context, status=400 if problems else 200)


@require_POST
@page(who="resident", purpose=actions.PURPOSE)
def revoke(request: HttpRequest, id) -> HttpResponse:
    """Take a token back."""
    found = queries.visible(request.actor, actions.PURPOSE, request.now).filter(id=id).first()
    if found is None:
        raise Refused("api.revoke", obj=("api.apptoken", str(id)))
    actions.revoke(found, by=request.actor, now=request.now)
    messages.success(request, _("トークンを取り消しました。"))
    return redirect("api:programs")
