"""The demonstration's card (デモ用のカード): a page that stands in for card, card reader and signing program. Nowhere but in a demonstration."""

import base64
import binascii

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kusei.base.demo import holders
from kusei.base.kernel.pages import page

LARGEST = 500_000
SIGNED_FOR = {"ask:sign", "ask:correct_sign", "accounts:tie_card"}
"""The pages that a signature may be handed to."""


@never_cache
@require_http_methods(["GET", "POST"])
@page(who="public", purpose="実演")
def card(request: HttpRequest) -> HttpResponse:
    """Choose a card and sign with it: a file is answered with its signature as a file, a text that a page brings along with a form back to it."""
    if not settings.DEMO:
        raise Http404
    text, back = request.POST.get("text", "")[:LARGEST], _safe(request.POST.get("back", ""))
    context = {"cards": [(each.email, each.name) for each in holders.holders(request.now)], "text": text, "back": back}
    if "card" not in request.POST:
        return render(request, "demo/card.html", context)
    holder, content = holders.holder(request.POST["card"], request.now), _content(request, text)
    problems = {}
    if holder is None:
        problems["card"] = _("カードを選んでください。")
    if not content:
        problems["file"] = _("署名する内容のファイルを選んでください。")
    if problems:
        shown = context | {"problems": problems, "errors": list(problems.items()), "chosen": request.POST["card"]}
        return render(request, "demo/card.html", shown, status=400)
    signature = holders.sign(holder, content, revoked="revoked" in request.POST, now=request.now)
    if back:
        signed = {"signature": base64.b64encode(signature).decode(), "name": holder.name}
        return render(request, "demo/card.html", context | signed)
    headers = {"Content-Disposition": 'attachment; filename="kusei.p7s"'}
    return HttpResponse(signature, content_type="application/pkcs7-signature", headers=headers)


def _content(request: HttpRequest, text: str) -> bytes:
    upload = request.FILES.get("file")
    if upload:
        return upload.read(LARGEST)
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _safe(path: str) -> str:
    """The address that asked for the signature, if it is one that may; "" otherwise."""
    try:
        return path if path.startswith("/") and resolve(path).view_name in SIGNED_FOR else ""
    except Resolver404:
        return ""
