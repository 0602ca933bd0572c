"""Signing in through a sign-in service (OpenID Connect), and out of it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from kusei.base import audit
from kusei.base.accounts import challenges, means, oidc, throttle
from kusei.base.accounts.devices import device_of
from kusei.base.accounts.tokens import Failed, Proof
from kusei.base.accounts.views.sign_in import HOME, SIGN_IN, begin_session, safe_next, service_name, wait
from kusei.base.kernel.pages import page

BACK = {"resident": "accounts:service_back", "staff": "accounts:staff_service_back"}
NEW = "identity"


def return_address(kind: str) -> str:
    """Where the service sends the browser back to; each kind of account has its own."""
    return settings.ADDRESS + reverse(BACK[kind])


def depart(request: HttpRequest, kind: str, after: str, link: str = "") -> str:
    """The address at the service to send the browser to. `link`: the account to which the identity is to be added. Raises `Unreachable`."""
    address, flow = oidc.begin(settings.SIGN_IN_SERVICES[kind], return_address(kind), request.now)
    challenges.put(request, f"oidc.{kind}", flow.kept() | {"after": after, "link": link})
    return address


@never_cache
@require_safe
@page(who="public", purpose="ログイン")
def start(request: HttpRequest, kind: str) -> HttpResponse:
    """Send the browser to the service. Following this link does no more than going there would."""
    if settings.SIGN_IN_SERVICES[kind] is None:
        return redirect(SIGN_IN[kind])
    device = device_of(request)
    try:
        throttle.take("oidc", {"device": device.id, "address": device.address}, request.now)
        return redirect(depart(request, kind, safe_next(request)))
    except throttle.TooMany as shut:
        return wait(request, shut.until, "", kind)
    except oidc.Unreachable:
        return failed(request, kind, unreachable=True)


@never_cache
@require_safe
@sensitive_variables()
@page(who="public", purpose="ログイン")
def back(request: HttpRequest, kind: str) -> HttpResponse:
    """The browser is back with the service's answer, which counts once and in this session only."""
    provider, kept = settings.SIGN_IN_SERVICES[kind], challenges.take(request, f"oidc.{kind}")
    if provider is None or kept is None:
        return failed(request, kind)
    flow = oidc.Flow(kept["state"], kept["nonce"], kept["verifier"])
    try:
        proof = oidc.finish(provider, request.GET.dict(), flow, return_address(kind), request.now)
    except oidc.Unreachable:
        return failed(request, kind, unreachable=True)
    except Failed as failure:
        detail = {"means": "oidc", "reason": failure.reason}
        audit.refusal(request.actor, "accounts.sign_in", purpose="ログイン", now=request.now, detail=detail)
        return failed(request, kind)
    if kept["link"] and kept["link"] == str(request.actor.account_id):
        means.link_identity(request.user, proof, by=request.actor, now=request.now)
        return redirect("accounts:keys")
    if kind == "resident" and not means.identities(proof).exists():
        challenges.put(request, NEW, proof.__dict__ | {"after": kept["after"]})
        return redirect("accounts:service_new")
    account = means.sign_in_with_identity(proof, kind, by=request.actor, now=request.now)
    return enter(request, account, proof, kept["after"]) if account else failed(request, kind, unknown=True)


@never_cache
@page(who="public", purpose="ログイン")
def new(request: HttpRequest) -> HttpResponse:
    """An identity nobody has yet: a new account for it, or, signed in to the old one as well, one more way into that."""
    kept = challenges.peek(request, NEW)
    signed_in = request.actor.kind == "resident"
    if kept is None or request.actor.kind == "staff":
        return redirect(SIGN_IN["resident"])
    if request.method != "POST":
        context = {"service": service_name("resident"), "signed_in": signed_in}
        return render(request, "accounts/service_new.html", context)
    if challenges.take(request, NEW) is None:
        return redirect(SIGN_IN["resident"])
    after = kept.pop("after")
    proof = Proof(**kept)
    if signed_in:
        means.link_identity(request.user, proof, by=request.actor, now=request.now)
        return redirect("accounts:keys")
    return enter(request, means.open_account(proof, by=request.actor, now=request.now), proof, after)


@never_cache
@require_safe
@page(who="public", purpose="ログアウト")
def signed_out(request: HttpRequest) -> HttpResponse:
    """Signed out here; the way to sign out of the service as well, which forms may not lead to."""
    kind = "staff" if request.GET.get("from") == "staff" else "resident"
    provider = settings.SIGN_IN_SERVICES[kind]
    address = oidc.logout_address(provider, settings.ADDRESS + reverse("web:home"), request.now) if provider else ""
    return render(request, "accounts/signed_out.html", {"service": service_name(kind), "address": address})


def enter(request: HttpRequest, account, proof: Proof, after: str) -> HttpResponse:
    """Begin the session and remember what it rests on."""
    proved = {"assurance": proof.assurance, "service": proof.issuer}
    return begin_session(request, account, device_of(request), after, "", proved)


def failed(request: HttpRequest, kind: str, unreachable: bool = False, unknown: bool = False) -> HttpResponse:
    """It didn't work: what one can do, and nothing about why (400)."""
    if unreachable:
        problem = _("認証サービスから返事がありません。しばらくしてからもう一度お試しください。")
    elif unknown:
        problem = (
            _("このログイン方法は、まだ登録されていません。ICT担当に登録を頼んでください。")
            if kind == "staff"
            else _("このアカウントは使えません。区役所の窓口でご相談ください。")
        )
    else:
        problem = _("ログインできませんでした。はじめからもう一度お試しください。")
    context = {
        "problem": problem,
        "service": service_name(kind),
        "again": reverse("accounts:service" if kind == "resident" else "accounts:staff_service"),
        "plain": reverse(SIGN_IN[kind]),
        "home": reverse(HOME[kind]),
    }
    return render(request, "accounts/service_failed.html", context, status=400)
