"""Open data (オープンデータ): what modules publish, for everybody, without signing in."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from kusei.base.kernel import i18n
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.i18n import text
from kusei.base.kernel.offers import Dataset, registry
from kusei.base.kernel.pages import page
from kusei.base.kernel.wards import load_ward
from kusei.base.record.sheets import csv_bytes

PURPOSE = "オープンデータ"
LICENCE = {
    "id": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0 International",
    "url": "https://creativecommons.org/licenses/by/4.0/",
}
PREVIEW = 20
# Anybody's page may read it, and may keep it for an hour.
OPEN: Mapping[str, str] = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=3600"}


def frequencies() -> dict[str, str]:
    """How often a dataset is renewed, in words."""
    return {"day": _("毎日"), "week": _("毎週"), "month": _("毎月"), "year": _("毎年")}


@page(who="public", purpose=PURPOSE)
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every dataset."""
    cards = [
        {
            "title": text(each.title),
            "text": text(each.description),
            "url": reverse("publish:dataset", args=[each.name]),
            "meta": i18n.row("CSV・JSON", frequencies().get(each.every, each.every)),
            "icon": "chart",
        }
        for each in registry.all("datasets")
    ]
    return render(request, "publish/catalogue.html", {"cards": cards, "licence": LICENCE})


@page(who="public", purpose=PURPOSE)
@require_safe
def dataset(request: HttpRequest, name: str) -> HttpResponse:
    """One dataset: what it is, its columns, its newest rows, and the files."""
    found = _dataset(name)
    rows = list(found.rows(request.now))
    preview = [dict(zip((key for key, _label in found.columns), row, strict=True)) for row in rows[-PREVIEW:][::-1]]
    return render(
        request,
        "publish/dataset.html",
        {
            "title": text(found.title),
            "description": text(found.description),
            "name": found.name,
            "facts": [
                {"label": _("更新"), "value": frequencies().get(found.every, found.every)},
                {"label": _("件数"), "value": f"{len(rows):,}"},
                {"label": _("作成"), "value": load_ward(settings.WARD).name["ja"]},
            ],
            "columns": [(key, label, "main" if at == 0 else "text") for at, (key, label) in enumerate(found.columns)],
            "keys": [{"key": key, "label": label} for key, label in found.columns],
            "rows": preview,
            "licence": LICENCE,
            "crumbs": [(_("オープンデータ"), reverse("publish:catalogue")), (text(found.title), "")],
        },
    )


@page(who="public", purpose=PURPOSE)
@require_safe
def as_csv(request: HttpRequest, name: str) -> HttpResponse:
    """All rows as CSV, UTF-8 with a byte order mark as 自治体標準オープンデータセット asks, under Japanese headings."""
    found = _dataset(name)
    content = csv_bytes([label for _key, label in found.columns], found.rows(request.now))
    disposition = f"attachment; filename*=UTF-8''{quote(found.name)}.csv"
    return HttpResponse(
        content, content_type="text/csv; charset=utf-8", headers={**OPEN, "Content-Disposition": disposition}
    )


@page(who="public", purpose=PURPOSE)
@require_safe
def as_json(request: HttpRequest, name: str) -> HttpResponse:
    """All rows as JSON: what the dataset is, its columns, and one object a row."""
    found = _dataset(name)
    keys = [key for key, _label in found.columns]
    with override("ja"):
        body: dict[str, Any] = {
            "name": found.name,
            "title": found.title,
            "description": found.description,
            "publisher": load_ward(settings.WARD).name["ja"],
            "license": LICENCE,
            "as_of": local_date(request.now).isoformat(),
            "columns": [{"name": key, "title": label} for key, label in found.columns],
            "rows": [dict(zip(keys, row, strict=True)) for row in found.rows(request.now)],
        }
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False}, headers=OPEN)


def _dataset(name: str) -> Dataset:
    found = registry.named("datasets", name)
    if not found:
        raise Http404
    return found
