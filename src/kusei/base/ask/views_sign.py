"""Signing an application with the My Number card: the text to sign, and the signature over it, from a form or from a program.

A program of the resident's gets the text, signs it with the card and posts the CMS signature as it is, as `application/pkcs7-signature`
(or `application/cms`, `application/octet-stream`); it is answered in JSON. A person downloads the text and uploads the signature.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from kusei.base.ask import actions, queries
from kusei.base.ask.filling import Correcting, Filling
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page
from kusei.base.signing import trust
from kusei.base.signing.actions import digest_of, newest
from kusei.base.signing.sent import is_raw, signature_in, to_sign


def state_of(filling: Filling) -> dict | None:
    """What the check page says of the signature; None where the procedure wants none."""
    if filling.procedure.signature != "card":
        return None
    content = filling.text_to_sign()
    found = newest(filling.about, filling.number, content)
    return to_sign(content, filling.url_text()) | {
        "state": found.state if found else "", "signer": found.signer if found else "",
        "url": filling.url_sign(), "accepted": trust.accepted(),
    }  # fmt: skip


def _filling(request: HttpRequest, id, correcting: bool) -> Filling | None:
    """What is to be signed, of one's own; None where nothing wants a signature. Raises Refused for somebody else's."""
    if correcting:
        correction = queries.correction(request.actor, id, request.now)
        filling = Correcting(correction, request.actor, request.now) if correction else None
    else:
        filling = Filling(queries.draft(request.actor, id, request.now), request.actor, request.now)
    wanted = filling is not None and not filling.closed and filling.procedure.signature == "card"
    return filling if wanted else None


def _nothing_to_sign(id, correcting: bool) -> HttpResponse:
    return redirect("ask:correct_check" if correcting else "ask:check", id)


@never_cache
@require_http_methods(["GET", "POST"])
@page(who="resident", purpose="申請", tells=True)
def sign(request: HttpRequest, id, correcting: bool = False) -> HttpResponse:
    """How to sign, and the form that takes the signature."""
    filling = _filling(request, id, correcting)
    if filling is None:
        return _nothing_to_sign(id, correcting)
    if filling.lacking():
        messages.warning(request, _("まだ答えていない質問があります。"))
        return redirect(filling.url_check())
    if request.method != "POST":
        return _draw(request, filling)
    raw = is_raw(request)
    try:
        signature = actions.sign(filling, signature_in(request), by=request.actor, now=request.now)
    except Invalid as invalid:
        if raw:
            return JsonResponse({"state": "refused", "problems": invalid.problems}, status=400)
        return _draw(request, filling, invalid.problems, 400)
    except NotNow as not_now:
        if raw:
            return JsonResponse({"state": "refused", "problems": {"": str(not_now)}}, status=409)
        return _draw(request, filling, {"signature": str(not_now)}, 409)
    if raw:
        return JsonResponse({"state": signature.state, "digest": signature.digest})
    if signature.state == "good":
        messages.success(request, _("署名を確認しました。"))
    else:
        messages.info(request, _("署名を受け取りました。失効していないことを確認してから、お知らせします。"))
    return redirect(filling.url_check())


def _draw(
    request: HttpRequest, filling: Filling, problems: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "title": text(filling.procedure.title.mapping()),
        "signing": state_of(filling),
        "back": filling.url_check(),
        "problems": problems or {},
        "errors": list((problems or {}).items()),
    }
    return render(request, "ask/sign.html", context, status=status)


@never_cache
@require_GET
@page(who="resident", purpose="申請")
def text_to_sign(request: HttpRequest, id, correcting: bool = False) -> HttpResponse:
    """The text to sign, byte by byte."""
    filling = _filling(request, id, correcting)
    if filling is None:
        return _nothing_to_sign(id, correcting)
    content = filling.text_to_sign()
    headers = {
        "Content-Disposition": f'attachment; filename="kusei-{filling.about}-{filling.number}.json"',
        "X-Content-Digest": f"sha-256={digest_of(content)}",
    }
    return HttpResponse(content, content_type="application/json", headers=headers)
