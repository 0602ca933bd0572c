"""The audit log's page (閲覧記録) for the ICT office."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kusei.base import audit
from kusei.base.audit import queries
from kusei.base.audit.entries import ACTOR_KINDS, ACTS
from kusei.base.audit.forms import Filters
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.pages import page

PURPOSE = "監査"
TONES = {"read": "neutral", "change": "info", "refuse": "warning"}


@require_GET
@page(who="staff", may="audit.view", purpose=PURPOSE, tells=True)
def entries(request: HttpRequest) -> HttpResponse:
    """The newest entries that match the filters, fifty a page. Looking at the log is itself in the log."""
    filters = Filters(request.GET)
    shown = queries.Page([], 0, 0)
    if filters.is_valid():
        found = filters.apply(queries.entries_visible(request.actor, PURPOSE, request.now))
        shown = queries.page_of(found, before=filters.cleaned_data["before"], after=filters.cleaned_data["after"])
        audit.log(
            request.actor, "read", "audit.entries", purpose=PURPOSE, now=request.now,
            subject=filters.cleaned_data["subject"] or None,
            detail={"filters": filters.used(), "rows": len(shown.entries)},
        )  # fmt: skip
    context = {
        "filters": filters,
        "columns": columns(),
        "rows": [row(entry) for entry in shown.entries],
        "older_url": address(request, before=shown.older) if shown.older else "",
        "newer_url": address(request, after=shown.newer) if shown.newer else "",
        "count": len(shown.entries),
    }
    return render(request, "audit/entries.html", context, status=200 if filters.is_valid() else 400)


def columns() -> list[tuple[str, str, str]]:
    """The table's columns, in the language of the page."""
    return [
        ("seq", _("番号"), "main"),
        ("at", _("日時"), "date"),
        ("who", _("だれが"), "text"),
        ("purpose", _("目的"), "text"),
        ("act", _("行為"), "chip"),
        ("what", _("内容"), "text"),
        ("subject", _("本人の番号"), "text"),
    ]


def row(entry: AuditEntry) -> dict[str, object]:
    """An entry as a row of the table."""
    official = (" ".join(filter(None, (entry.department, entry.post))), entry.actor_name)
    object_ = " ".join(filter(None, (entry.object_kind, entry.object_id)))
    detail = "" if entry.detail == "{}" else entry.detail
    return {
        "seq": str(entry.seq),
        "at": entry.at,
        "who": lines(*official) or ACTOR_KINDS[entry.actor_kind],
        "purpose": entry.purpose,
        "act": (TONES[entry.act], ACTS[entry.act]),
        "what": lines(entry.what, object_, detail),
        "subject": entry.subject,
    }


def lines(*texts: str) -> SafeString:
    """The texts that aren't empty, each on a line of its own."""
    return format_html_join(SafeString("<br>"), "<span>{}</span>", ((text,) for text in texts if text))


def address(request: HttpRequest, **place: int) -> str:
    """This page with its filters, at another place."""
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    for name, seq in place.items():
        query[name] = str(seq)
    return "?" + query.urlencode()
