"""Papers to download, and the public page that tells whether one is genuine."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from kusei.base import audit
from kusei.base.accounts import throttle
from kusei.base.accounts.devices import device_of, remember
from kusei.base.files import serve
from kusei.base.kernel.errors import NotNow, Refused
from kusei.base.kernel.ids import read_check_code
from kusei.base.kernel.pages import page
from kusei.base.papers import queries
from kusei.base.papers.models import Paper
from kusei.base.papers.queries import Found
from kusei.base.web.kit import moment

MOST = 100


def standing_words() -> dict[str, str]:
    """How a paper stands, in words."""
    return {"valid": _("有効"), "superseded": _("新しい版あり"), "revoked": _("取消"), "lapsed": _("失効")}


@never_cache
@require_GET
@page(who="resident", purpose=queries.PURPOSE)
def mine(request: HttpRequest) -> HttpResponse:
    """One's own papers, the newest first."""
    rows = queries.with_newest(queries.visible(request.actor, queries.PURPOSE, request.now)).order_by(
        "-issued_at", "-id"
    )
    words = standing_words()
    shown = [
        {
            "title": _file(each),
            "number": each.number,
            "issued": moment(each.issued_at, date_only=True),
            "standing": ("neutral", words[each.revoked_as]) if each.revoked_at else ("success", words["valid"]),
        }
        for each in rows[:MOST]
    ]
    columns = [
        ("title", _("書面"), "main"),
        ("number", _("番号")),
        ("issued", _("交付日")),
        ("standing", _("状態"), "chip"),
    ]
    return render(request, "papers/mine.html", {"columns": columns, "rows": shown})


def _file(found: Paper) -> str:
    if not found.pdf_id:
        return _("%(title)s（作成中）") % {"title": found.title}
    link = format_html('<a href="{}">{}（PDF）</a>', reverse("papers:paper", args=[found.id]), found.title)
    if not found.signature_id:
        return link
    return format_html(
        '{}<br><a href="{}">{}</a>', link, reverse("papers:signature", args=[found.id]), _("電子署名のファイル")
    )


@page(who="resident", purpose=queries.PURPOSE)
def paper(request: HttpRequest, paper: UUID) -> HttpResponse:
    """The PDF of the newest version, for whom it is addressed to."""
    return _download(request, paper)


@page(who="resident", purpose=queries.PURPOSE)
def signature(request: HttpRequest, paper: UUID) -> HttpResponse:
    """The electronic signature of the newest version's PDF, for whom it is addressed to."""
    return _download(request, paper, what="signature")


@page(who="staff", purpose=queries.PURPOSE, may="decide.view")
def office_paper(request: HttpRequest, paper: UUID) -> HttpResponse:
    """The PDF of the newest version, for staff who may see the case it is about."""
    return _download(request, paper)


@page(who="staff", purpose=queries.PURPOSE, may="decide.view")
def office_version(request: HttpRequest, paper: UUID, version: int) -> HttpResponse:
    """The PDF of one version, for staff who may see the case it is about."""
    return _download(request, paper, version)


def _download(request: HttpRequest, paper: UUID, version: int | None = None, what: str = "pdf") -> HttpResponse:
    found = queries.visible(request.actor, queries.PURPOSE, request.now).filter(id=paper).first()
    if not found:
        raise Refused("papers.view", obj=("paper", paper))
    versions = found.versions.select_related("pdf", "signature").defer("content").order_by("-version")
    wanted = (versions.filter(version=version) if version is not None else versions).first()
    if not wanted:
        raise Http404
    file = getattr(wanted, what)
    if not file:
        raise NotNow(_("このファイルはまだありません。作成中のときは、少し待ってから開き直してください。"))
    audit.log(
        request.actor,
        "read",
        "papers.view",
        subject=found.party_id,
        obj=found,
        purpose=queries.PURPOSE,
        now=request.now,
    )
    return serve.response(file)


@page(who="public", purpose="通知書の確認")
def check(request: HttpRequest) -> HttpResponse:
    """Whether a paper is genuine and holds: by its check code, its title, number, day and issuer, and nothing else about it."""
    typed = request.GET.get("code", "").strip()[:40]
    device = device_of(request)
    context: dict = {"typed": typed}
    if typed:
        context |= _checked(typed, device, request.now)
    response = render(request, "papers/check.html", context, status=context.get("status", 200))
    return remember(response, request, device)


def _checked(typed: str, device, now) -> dict:
    if not read_check_code(typed):
        error = _("確認コードが違います。書面にある12文字を、そのとおりに入力してください（例：7KQ4-M2XC-9ABD）。")
        return {"error": error, "errors": [("code", error)], "status": 400}
    try:
        throttle.take("paper_check", {"device": device.id, "address": device.address}, now)
    except throttle.TooMany as many:
        return {"until": many.until, "status": 429}
    found = queries.checked(typed)
    return {"asked": True, "found": found, "rows": _rows(found) if found else []}


def _rows(found: Found) -> list[dict]:
    """What everybody may know: nothing about whom it is for, or why it was revoked."""
    paper, words = found.paper, standing_words()
    department = str(paper.department) if paper.department else ""
    rows = [
        {"label": _("状態"), "value": words[found.standing]},
        {"label": _("名前"), "value": paper.title},
        {"label": _("番号"), "value": paper.number},
        {"label": _("交付日"), "value": moment(found.version.issued_at, date_only=True)},
        {"label": _("交付した部署"), "value": department} if department else None,
        {"label": _("版"), "value": _("第%(n)s版") % {"n": found.version.version}}
        if found.version.version > 1
        else None,
        {"label": words[found.standing], "value": moment(found.since, date_only=True)}
        if found.standing != "valid"
        else None,
    ]
    return [row for row in rows if row]
