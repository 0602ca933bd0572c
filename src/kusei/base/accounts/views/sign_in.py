"""Signing in and out: residents by a code sent to their e-mail address, staff by number and password."""

from datetime import datetime

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from kusei.base.accounts import actions, backends, replay, rules, throttle
from kusei.base.accounts.devices import Device, device_of, remember
from kusei.base.accounts.models import Account
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page

SIGN_IN = {"resident": "accounts:sign_in", "staff": "accounts:staff_sign_in"}
HOME = {"resident": "accounts:my_page", "staff": "web:console"}
_STATE = "sign_in"
"""In the anonymous session: the address the code went to, where to go afterwards, what to carry, what to uncount on success."""


@never_cache
@page(who="public", purpose="ログイン")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the e-mail address, and send a code to it: the same answer whoever has it."""
    after = safe_next(request)
    if request.method != "POST":
        if request.actor.kind == "resident":
            return redirect(after or HOME["resident"])
        return _ask_email(request, after)
    typed, carried = request.POST.get("email", ""), request.POST.get("carried", "")
    try:
        email = rules.plain_email(typed)
    except ValueError as problem:
        return _ask_email(request, after, typed, str(problem), carried, status=400)
    device = device_of(request)
    try:
        counted = throttle.take("email_code", device.keys(email), request.now)
    except throttle.TooMany as shut:
        return wait(request, shut.until, after)
    actions.request_email_code(email, device=device.id, by=request.actor, now=request.now)
    request.session[_STATE] = {"email": email, "next": after, "carried": carried, "counted": counted}
    return remember(redirect("accounts:sign_in_code"), request, device)


def _ask_email(
    request: HttpRequest, after: str, typed="", error="", carried="", status=200, ended=False
) -> HttpResponse:
    errors = [("email", error)] if error else []
    context = {"next": after, "email": typed, "error": error, "errors": errors, "carried": carried, "ended": ended}
    context["service"] = service_name("resident")
    return render(request, "accounts/sign_in.html", context, status=status)


@never_cache
@sensitive_post_parameters("code")
@page(who="public", purpose="ログイン")
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for the six digits that were sent, and sign in."""
    state = request.session.get(_STATE)
    if not state:
        return redirect("accounts:sign_in")
    if request.method != "POST":
        return _ask_code(request, state)
    code = rules.plain_digits(request.POST.get("code", ""))
    if not code:
        return _ask_code(request, state, _("メールに書かれた6けたのコードを入力してください。"), 400)
    device = device_of(request)
    try:
        counted = throttle.take("code_try", {"device": device.id, "address": device.address}, request.now)
    except throttle.TooMany as shut:
        return wait(request, shut.until, state["next"])
    account = actions.sign_in_with_code(state["email"], code, device=device.id, by=request.actor, now=request.now)
    if account is None:
        problem = _("コードが違うか、使えなくなっています。もう一度確かめるか、新しいコードを送ってください。")
        return _ask_code(request, state, problem, 400)
    throttle.give_back(counted + state["counted"])
    return begin_session(request, account, device, state["next"], state["carried"])


def _ask_code(request: HttpRequest, state: dict, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "email": state["email"],
        "next": state["next"],
        "carried": state["carried"],
        "error": error,
        "errors": [("code", error)] if error else [],
        "minutes": int(actions.EMAIL_CODE_LIVES.total_seconds() // 60),
    }
    return render(request, "accounts/sign_in_code.html", context, status=status)


@never_cache
@sensitive_post_parameters("password")
@page(who="public", purpose="ログイン")
def staff_sign_in(request: HttpRequest) -> HttpResponse:
    """Ask a member of staff for number and password."""
    after = safe_next(request)
    if request.method != "POST":
        if request.actor.kind == "staff":
            return redirect(after or HOME["staff"])
        return _ask_staff(request, after)
    number, password = rules.plain_staff_number(request.POST.get("number", "")), request.POST.get("password", "")
    carried = request.POST.get("carried", "")
    errors = [("number", _("職員番号を入力してください。"))] if not number else []
    if not password or len(password) > rules.LONGEST_PASSWORD:
        errors.append(("password", _("パスワードを入力してください。")))
    if errors:
        return _ask_staff(request, after, number, errors, carried, 400)
    device = device_of(request)
    try:
        counted = throttle.take("staff_sign_in", device.keys(number), request.now)
    except throttle.TooMany as shut:
        return wait(request, shut.until, after, "staff")
    account = actions.sign_in_staff(number, password, by=request.actor, now=request.now)
    if account is None:
        errors = [("number", _("職員番号かパスワードが違います。"))]
        return remember(_ask_staff(request, after, number, errors, carried, 400), request, device)
    throttle.give_back(counted)
    return begin_session(request, account, device, after, carried)


def _ask_staff(
    request: HttpRequest, after: str, number="", errors=(), carried="", status=200, ended=False
) -> HttpResponse:
    context = {"next": after, "number": number, "errors": list(errors), "carried": carried, "ended": ended}
    context |= {"error_of": dict(errors), "service": service_name("staff")}
    return render(request, "accounts/staff_sign_in.html", context, status=status)


@require_POST
@page(who="public", purpose="ログアウト")
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, here and on the server."""
    staff = request.actor.kind == "staff"
    service = request.session.get("proved", {}).get("service")
    auth.logout(request)
    if service:
        return redirect(f"{reverse('accounts:signed_out')}?{urlencode({'from': 'staff' if staff else 'resident'})}")
    messages.success(request, _("ログアウトしました。"))
    return redirect("accounts:staff_sign_in" if staff else "web:home")


@never_cache
@page(who="public", purpose="ログイン")
def resume(request: HttpRequest) -> HttpResponse:
    """Offer what was typed before the session had ended: a button sends it, nothing is sent by itself."""
    carried = replay.kept(request, request.now)
    replay.drop(request)
    if request.actor.kind == "public" or carried is None:
        return redirect("accounts:sign_in")
    return render(request, "accounts/resume.html", {"carried": carried, "home": reverse(HOME[request.actor.kind])})


# ---- shared ----------------------------------------------------------------------------------------------------------------


def begin_session(
    request: HttpRequest, account: Account, device: Device, after: str, carried: str, proved: dict | None = None
) -> HttpResponse:
    """Sign the account in under a new session key, and go where the person wanted to go.

    proved: what the session remembers of how it began: `assurance` (`email` unless said otherwise) and `service`, the sign-in service.
    """
    request.session.pop(_STATE, None)
    carried = carried or replay.waiting(request)
    auth.login(request, account, backend=backends.PATH)
    request.session["proved"] = {"assurance": "email"} | (proved or {})
    request.session["touched"] = int(request.now.timestamp())
    replay.drop(request)
    if found := replay.opened(carried, request.now):
        if found.is_for(device, account.login):
            replay.keep(request, carried)
            after = reverse("accounts:resume")
        else:
            after = ""
    return remember(redirect(after or HOME[account.kind]), request, device, account.login)


def sign_in_again(request: HttpRequest, who: str) -> HttpResponse:
    """The answer to a form posted after the session had ended: sign in, and what was typed comes along."""
    device = device_of(request)
    carried = replay.carry(request, device, request.now)
    if carried and service_name(who):
        replay.keep(request, carried)
    after = replay.came_from(request) or reverse(HOME[who])
    ask = _ask_staff if who == "staff" else _ask_email
    response = ask(request, after, carried=carried, status=401, ended=True)
    response.headers["WWW-Authenticate"] = f'Session realm="{who}"'
    if request.headers.get("HX-Request"):
        response.headers |= {"HX-Retarget": "body", "HX-Reswap": "innerHTML"}
    return remember(response, request, device)


def service_name(kind: str) -> str:
    """What people call the sign-in service of that kind of account; "" where there is none."""
    provider = settings.SIGN_IN_SERVICES[kind]
    return text(provider.name) if provider else ""


def wait(request: HttpRequest, until: datetime, after: str = "", who: str = "resident") -> HttpResponse:
    """Too many tries: when to come back (429), and nothing about whether the name exists."""
    seconds = max(1, int((until - request.now).total_seconds()) + 1)
    context = {"until": until, "minutes": -(-seconds // 60), "next": after, "again": reverse(SIGN_IN[who])}
    response = render(request, "accounts/wait.html", context, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def safe_next(request: HttpRequest) -> str:
    """Where to go after signing in: a path of this site, or "" for anything else."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    inside = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if inside and wanted.startswith("/") else ""
