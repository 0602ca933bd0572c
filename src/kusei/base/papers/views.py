"""Papers to download, and the public page that tells whether one is genuine."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.accounts import throttle
from kusei.base.accounts.devices import device_of, remember
from kusei.base.files import serve
from kusei.base.kernel.errors import Refused
from kusei.base.kernel.ids import read_check_code
from kusei.base.kernel.pages import page
from kusei.base.papers import queries
from kusei.base.papers.models import Paper
from kusei.base.web.kit import moment


@page(who="resident", purpose=queries.PURPOSE)
def paper(request: HttpRequest, paper: UUID) -> HttpResponse:
    """The PDF, for whom it is addressed to."""
    return _download(request, paper)


@page(who="staff", purpose=queries.PURPOSE, may="decide.view")
def office_paper(request: HttpRequest, paper: UUID) -> HttpResponse:
    """The PDF, for staff who may see the case it is about."""
    return _download(request, paper)


def _download(request: HttpRequest, paper: UUID) -> HttpResponse:
    found = queries.visible(request.actor, queries.PURPOSE, request.now).select_related("pdf").filter(id=paper).first()
    if not found:
        raise Refused("papers.view", obj=("paper", paper))
    if not found.pdf:
        raise Http404
    audit.log(
        request.actor,
        "read",
        "papers.view",
        subject=found.party_id,
        obj=found,
        purpose=queries.PURPOSE,
        now=request.now,
    )
    return serve.response(found.pdf)


@page(who="public", purpose="通知書の確認")
def check(request: HttpRequest) -> HttpResponse:
    """Whether a paper is genuine: by its check code, its title, number and day, and nothing else about it."""
    typed = request.GET.get("code", "").strip()[:40]
    device = device_of(request)
    context: dict = {"typed": typed}
    if typed:
        context |= _checked(typed, device, request.now)
    response = render(request, "papers/check.html", context, status=context.get("status", 200))
    return remember(response, request, device)


def _checked(typed: str, device, now) -> dict:
    if not read_check_code(typed):
        error = _("確認コードは12文字です。書面のとおりに入力してください（例：7KQ4-M2XC-9ABD）。")
        return {"error": error, "errors": [("code", error)], "status": 400}
    try:
        throttle.take("paper_check", {"device": device.id, "address": device.address}, now)
    except throttle.TooMany as many:
        return {"until": many.until, "status": 429}
    found = queries.genuine(typed)
    return {"asked": True, "paper": found, "rows": _rows(found) if found else []}


def _rows(found: Paper) -> list[dict]:
    issued = moment(found.issued_at, date_only=True)
    return [
        {"label": _("名前"), "value": found.title},
        {"label": _("番号"), "value": found.number},
        {"label": _("交付日"), "value": issued},
    ]
