"""Proving who one is with the card (本人確認・カード): a text that is drawn for it is signed, and the certificate says whose card it is."""

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kusei.base.accounts import actions, challenges, throttle
from kusei.base.accounts.devices import device_of
from kusei.base.accounts.views.sign_in import wait
from kusei.base.accounts.views.tie import AFTER, remember_way
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.pages import page
from kusei.base.line import actions as line
from kusei.base.signing import trust
from kusei.base.signing.actions import digest_of
from kusei.base.signing.sent import signature_in, to_sign

TEXT = "tie.card"


@never_cache
@require_http_methods(["GET", "POST"])
@page(who="resident", purpose="本人確認")
def tie_card(request: HttpRequest) -> HttpResponse:
    """How to sign, and the form that takes the signature: ties an account, and of a tied one tells that its person is there (保証レベル)."""
    if not trust.accepted():
        messages.warning(request, _("いま、マイナンバーカードの署名は受け付けていません。"))
        return redirect("accounts:tie")
    kept = challenges.peek(request, TEXT)
    if request.method != "POST":
        remember_way(request)
        return _draw(request, kept["text"] if kept else _drawn(request))
    if kept is None:
        problem = _("時間が過ぎました。新しい内容をダウンロードして、署名しなおしてください。")
        return _draw(request, _drawn(request), problem, 409)
    try:
        keys = {"account": str(request.actor.account_id), "address": device_of(request).address}
        counted = throttle.take("tie_try", keys, request.now)
        tied = _prove(request, kept["text"].encode(), signature_in(request))
    except throttle.TooMany as shut:
        return wait(request, shut.until)
    except Invalid as invalid:
        return _draw(request, kept["text"], invalid.problems["signature"], 400)
    except NotNow as clash:
        return _draw(request, kept["text"], str(clash), 409)
    challenges.take(request, TEXT)
    if tied is line.UNDER_WAY:
        messages.info(request, _("署名を受け取りました。区役所が確かめしだい、マイページとメールでお知らせします。"))
        return redirect("accounts:my_page")
    throttle.give_back(counted)
    _raise_assurance(request)
    messages.success(request, _("カードで本人確認をしました。"))
    return redirect(request.session.pop(AFTER, "accounts:my_page"))


def _prove(request: HttpRequest, content: bytes, signature: bytes) -> object:
    """Tie the account, or prove that its person is there. Raises Invalid, NotNow."""
    if request.actor.party_id is None:
        return actions.tie_with_card(request.user, content, signature, by=request.actor, now=request.now)
    actions.prove_by_card(request.user, content, signature, by=request.actor, now=request.now)
    return True


def _raise_assurance(request: HttpRequest) -> None:
    """From now on the session counts as begun with the card; its old name is worth nothing."""
    request.session["proved"] = request.session.get("proved", {}) | {"assurance": "card"}
    request.session.cycle_key()


def _drawn(request: HttpRequest) -> str:
    """A new text to sign, good for one signature in this session."""
    text = actions.text_of_tie(request.user, secrets.token_urlsafe(24), request.now).decode()
    challenges.put(request, TEXT, {"text": text})
    return text


def _draw(request: HttpRequest, text: str, problem: str = "", status: int = 200) -> HttpResponse:
    problems = {"signature": problem} if problem else {}
    context = {
        "signing": to_sign(text.encode(), reverse("accounts:tie_card_text")),
        "back": reverse("accounts:tie"),
        "problems": problems,
        "errors": list(problems.items()),
    }
    return render(request, "accounts/tie_card.html", context, status=status)


@never_cache
@require_safe
@page(who="resident", purpose="本人確認")
def text_to_sign(request: HttpRequest) -> HttpResponse:
    """The text to sign, byte by byte; where none is open, the page that draws one."""
    kept = challenges.peek(request, TEXT)
    if kept is None:
        return redirect("accounts:tie_card")
    content = kept["text"].encode()
    headers = {
        "Content-Disposition": 'attachment; filename="kusei-tie.json"',
        "X-Content-Digest": f"sha-256={digest_of(content)}",
    }
    return HttpResponse(content, content_type="application/json", headers=headers)
