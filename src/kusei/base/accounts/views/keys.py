"""The ways into one's own account (ログイン方法): the same page for residents and staff."""

import functools
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kusei.base.accounts import means, oidc, throttle
from kusei.base.accounts.views.service import depart, failed
from kusei.base.accounts.views.sign_in import HOME, service_name, wait
from kusei.base.kernel.errors import NotNow
from kusei.base.kernel.pages import page
from kusei.base.web.navigation import address

LAYOUTS = {"resident": "web/portal.html", "staff": "web/console.html"}


def signed_in(view: Callable) -> Callable:
    """For whoever is signed in, resident or staff, to their own account; others are sent to sign in."""

    @functools.wraps(view)
    def run(request: HttpRequest) -> HttpResponse:
        if request.actor.kind == "public":
            return redirect(
                f"{address('accounts:sign_in') or address('accounts:staff_sign_in')}?{urlencode({'next': reverse('accounts:keys')})}"
            )
        return view(request)

    return run


@never_cache
@page(who="public", purpose=means.PURPOSE)
@signed_in
def keys(request: HttpRequest) -> HttpResponse:
    """One's ways in; POST renames (`rename`, `name`) or removes (`remove` = kind:id) one of them."""
    if request.method != "POST":
        return _show(request)
    try:
        throttle.take("means", {"account": str(request.actor.account_id)}, request.now)
        _change(request)
    except throttle.TooMany as shut:
        return wait(request, shut.until, "", request.actor.kind)
    except NotNow as problem:
        return _show(request, str(problem), 409)
    return redirect("accounts:keys")


def _change(request: HttpRequest) -> None:
    """Do what the pressed button says. Raises NotNow."""
    try:
        kind, _colon, id = request.POST.get("remove", "").partition(":")
        chosen = UUID(id or request.POST.get("rename", ""))
    except ValueError:
        raise NotNow(_("このログイン方法は、すでにありません。")) from None
    if kind in means.NAMES:
        means.remove(request.user, kind, chosen, by=request.actor, now=request.now)
        messages.success(request, _("ログイン方法を消しました。"))
    else:
        name = request.POST.get("name", "")
        means.rename_passkey(request.user, chosen, name, by=request.actor, now=request.now)
        messages.success(request, _("名前を変えました。"))


def _show(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    account = request.user
    context = {
        "layout": LAYOUTS[account.kind],
        "home": reverse(HOME[account.kind]),
        "service": service_name(account.kind),
        "can_link": account.kind == "resident" and settings.SIGN_IN_SERVICES["resident"] is not None,
        "passkeys": account.passkeys.order_by("since"),
        "identities": account.identities.order_by("since"),
        "staff": account.kind == "staff",
        "problem": problem,
    }
    return render(request, "accounts/keys.html", context, status=status)


@never_cache
@require_POST
@page(who="public", purpose=means.PURPOSE)
@signed_in
def add_service(request: HttpRequest) -> HttpResponse:
    """Begin to add who one is at the sign-in service; a link leads there, since a form may not lead to another site."""
    if request.actor.kind != "resident" or settings.SIGN_IN_SERVICES["resident"] is None:
        return redirect("accounts:keys")
    try:
        throttle.take("means", {"account": str(request.actor.account_id)}, request.now)
        address = depart(request, "resident", "", str(request.actor.account_id))
    except throttle.TooMany as shut:
        return wait(request, shut.until)
    except oidc.Unreachable:
        return failed(request, "resident", unreachable=True)
    return render(request, "accounts/service_add.html", {"address": address, "service": service_name("resident")})
