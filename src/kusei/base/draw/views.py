"""What everybody may know of draws: what was committed to, the results, and the file with which to run them again."""

from pathlib import Path
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kusei.base.draw import queries, rules
from kusei.base.draw.models import Draw
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page
from kusei.base.publish.views import OPEN
from kusei.base.web.kit import moment

PURPOSE = queries.PURPOSE
MOST = 200
TONES = {"open": "outline", "committed": "info", "drawn": "warning", "published": "success"}


def states() -> dict[str, str]:
    """The states of a draw in words."""
    return {"open": _("受付中"), "committed": _("確定済み"), "drawn": _("抽選済み"), "published": _("公開済み")}


@require_safe
@page(who="public", purpose=PURPOSE)
def draws(request: HttpRequest) -> HttpResponse:
    """Every draw that was committed to, the newest first."""
    words = states()
    rows = [
        {
            "title": (each.title, reverse("draw:one", args=[each.id])),
            "department": text(each.department.name),
            "places": each.places,
            "entries": each.size,
            "state": (TONES[each.state], words[each.state]),
        }
        for each in queries.public()[:MOST]
    ]
    columns = [
        ("title", _("抽選"), "main"), ("department", _("部署")), ("places", _("定員"), "number"), ("entries", _("申込み"), "number"),
        ("state", _("状態"), "chip"),
    ]  # fmt: skip
    return render(request, "draw/draws.html", {"columns": columns, "rows": rows})


def _public(draw: UUID) -> Draw:
    found = queries.public().filter(id=draw).first()
    if not found:
        raise Http404
    return found


@require_safe
@page(who="public", purpose=PURPOSE)
def one(request: HttpRequest, draw: UUID) -> HttpResponse:
    """A draw: what it was committed to, and once published the results by entry number."""
    found = _public(draw)
    published = found.state == "published"
    typed = request.GET.get("number", "").strip()[:10]
    context = {
        "draw": found,
        "state": (TONES[found.state], states()[found.state]),
        "published": published,
        "facts": facts(found),
        "typed": typed,
        "mine": found.entries.filter(number=int(typed)).first() if published and typed.isdecimal() and len(typed) < 9 else None,
        "winners": list(found.entries.filter(won=True).order_by("number").values_list("number", flat=True)[:1000]) if published else [],
        "crumbs": [(_("抽選"), reverse("draw:draws")), (found.title, "")],
    }  # fmt: skip
    return render(request, "draw/one.html", context)


def facts(found: Draw) -> list[dict]:
    """What everybody may know of a draw that was committed to, as rows."""
    rows = [
        (_("部署"), text(found.department.name)),
        (_("定員"), f"{found.places:,}"),
        (_("申込み"), f"{found.entries.count():,}"),
        (_("優先の順"), "、".join(found.groups) or _("なし")),
        (_("確定"), moment(found.committed_at)),
        (_("申込み一覧の要約（SHA-256）"), found.list_sha256),
        (_("約束の値"), found.commitment),
        (_("抽選に使う公の値"), found.source),
        (_("その値が発表される日時"), moment(found.known_from)),
    ]
    if found.state == "published":
        rows += [
            (_("発表された値"), found.value),
            (_("区の秘密の値"), found.secret),
            (_("抽選した日時"), moment(found.drawn_at)),
        ]
    return [{"label": label, "value": value} for label, value in rows]


@require_safe
@page(who="public", purpose=PURPOSE)
def as_json(request: HttpRequest, draw: UUID) -> HttpResponse:
    """The file with which anybody can run the draw again. Numbers alone."""
    return JsonResponse(
        queries.as_file(_public(draw)),
        json_dumps_params={"ensure_ascii": False},
        headers={**OPEN, "Cache-Control": "public, max-age=60"},
    )


@require_safe
@page(who="public", purpose=PURPOSE)
def checker(request: HttpRequest) -> HttpResponse:
    """The program that checks such a file: Python's standard library alone."""
    return HttpResponse(
        Path(rules.__file__).read_text("utf-8"),
        content_type="text/x-python; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="check_draw.py"', "X-Content-Type-Options": "nosniff"},
    )
