"""Passkeys between page and browser: JSON there, JSON back. Pages work without: e-mail code and password stay."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kusei.base.accounts import challenges, passkeys, throttle
from kusei.base.accounts.devices import device_of
from kusei.base.accounts.means import PURPOSE
from kusei.base.accounts.views.keys import signed_in
from kusei.base.accounts.views.sign_in import begin_session, safe_next
from kusei.base.kernel.errors import NotNow
from kusei.base.kernel.pages import page


def _problem(words: str, status: int = 400) -> JsonResponse:
    return JsonResponse({"problem": words}, status=status)


def _shut() -> JsonResponse:
    return _problem(_("回数が多すぎます。しばらくしてからもう一度お試しください。"), 429)


def _kind(request: HttpRequest) -> str:
    return "staff" if request.POST.get("kind") == "staff" else "resident"


@never_cache
@require_POST
@page(who="public", purpose="ログイン")
def options(request: HttpRequest) -> HttpResponse:
    """A challenge for signing in at the door `kind`."""
    device = device_of(request)
    try:
        throttle.take("passkey", {"device": device.id, "address": device.address}, request.now)
    except throttle.TooMany:
        return _shut()
    kind = _kind(request)
    asked = passkeys.request_options(kind)
    challenges.put(request, "passkey", {"challenge": passkeys.challenge_of(asked), "kind": kind})
    return HttpResponse(asked, content_type="application/json")


@never_cache
@require_POST
@page(who="public", purpose="ログイン")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The browser's answer (`answer`); `{"next": …}` says where to go on."""
    kept, answer = challenges.take(request, "passkey"), request.POST.get("answer", "")
    account = None
    if kept and len(answer) <= passkeys.LONGEST_ANSWER:
        account = passkeys.sign_in_with_passkey(
            answer, kept["challenge"], kept["kind"], by=request.actor, now=request.now
        )
    if account is None:
        return _problem(_("このパスキーは使えません。"))
    response = begin_session(request, account, device_of(request), safe_next(request), request.POST.get("carried", ""))
    told = JsonResponse({"next": response.headers["Location"]})
    told.cookies = response.cookies
    return told


@never_cache
@require_POST
@page(who="public", purpose=PURPOSE)
@signed_in
def creation(request: HttpRequest) -> HttpResponse:
    """A challenge for a new passkey."""
    try:
        throttle.take("means", {"account": str(request.actor.account_id)}, request.now)
        asked = passkeys.creation_options(request.user)
    except throttle.TooMany:
        return _shut()
    except NotNow as problem:
        return _problem(str(problem), 409)
    account = str(request.actor.account_id)
    challenges.put(request, "new_passkey", {"challenge": passkeys.challenge_of(asked), "account": account})
    return HttpResponse(asked, content_type="application/json")


@never_cache
@require_POST
@page(who="public", purpose=PURPOSE)
@signed_in
def register(request: HttpRequest) -> HttpResponse:
    """The passkey that the browser made (`answer`), and what to call it (`name`)."""
    kept, answer = challenges.take(request, "new_passkey"), request.POST.get("answer", "")
    if not kept or kept["account"] != str(request.actor.account_id) or len(answer) > passkeys.LONGEST_ANSWER:
        return _problem(_("パスキーを確かめられませんでした。もう一度お試しください。"))
    name = request.POST.get("name", "")
    try:
        passkeys.register(request.user, answer, kept["challenge"], name, by=request.actor, now=request.now)
    except NotNow as problem:
        return _problem(str(problem))
    messages.success(request, _("パスキーを登録しました。"))
    return JsonResponse({"next": reverse("accounts:keys")})
