"""The registers (台帳) of every module, as pages and as files."""

from datetime import date
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Refused
from kusei.base.kernel.i18n import text as text_of
from kusei.base.kernel.offers import Register, registry
from kusei.base.kernel.pages import page
from kusei.base.record import queries
from kusei.base.record.importers import FedRegister
from kusei.base.record.sheets import csv_bytes
from kusei.base.web.kit import day

LONGEST = 100
SHORT = 14
"""A text of so many characters, such as a name, fits on one line of a phone."""


def month(first: date | None) -> str:
    """A month as the page's language writes it, from its first day: 令和8年12月, December 2026."""
    return day(first).replace("1日", "", 1).removeprefix("1 ")


@page(who="staff", purpose="台帳閲覧", may="record.view")
@require_safe
def registers(request: HttpRequest) -> HttpResponse:
    """The registers there are, with how many rows of each one may see."""
    cards = []
    for register in registry.all("registers"):
        count = register.visible(request.actor, register.purpose, request.now).count()
        meta = _("%(count)s件") % {"count": f"{count:,}"}
        cards.append(
            {
                "title": register.title,
                "url": reverse("record:register", args=[register.name]),
                "meta": meta,
                "icon": "book",
            }
        )
    return render(request, "record/registers.html", {"cards": cards})


def _open_to(address: str, actor: Actor) -> str:
    """The address, "" where its page is not for the member of staff: nobody is shown a way that ends in a 404."""
    needed = resolve(address).func.page["may"]
    return address if not needed or actor.may(needed) else ""


@page(who="staff", purpose="台帳閲覧", may="record.view")
@require_safe
def register(request: HttpRequest, name: str) -> HttpResponse:
    """One register: search and list."""
    found = register_named(name)
    text = request.GET.get("q", "").strip()[:LONGEST]
    before, after = _id(request.GET.get("before")), _id(request.GET.get("after"))
    shown = queries.listed(found, text, before=before, after=after, by=request.actor, now=request.now)
    columns = [(path, text_of(label), queries.kind_of(found, path)) for path, label in found.columns]
    address = reverse("record:register", args=[name])

    def turn(key: str, row: UUID | None) -> str:
        return f"{address}?{urlencode({**({'q': text} if text else {}), key: row})}" if row else ""

    return render(
        request,
        "record/register.html",
        {
            "register": found,
            "text": text,
            "columns": columns,
            "rows": [{path: _cell(row, path, found) for path, _label in found.columns} for row in shown.rows],
            "add": _add(found, request.actor),
            "upload": _upload(found, request.actor),
            "shown": len(shown.rows),
            "total": shown.total,
            "older": turn("before", shown.older),
            "newer": turn("after", shown.newer),
            "crumbs": [(_("台帳"), reverse("record:registers")), (found.title, "")],
        },
    )


@page(who="staff", purpose="台帳の書き出し", may="record.view")
@require_POST
def export(request: HttpRequest, name: str) -> HttpResponse:
    """What the search finds, as a CSV file. A POST, so that no browser fetches it unasked: everybody in it is logged as read."""
    found = register_named(name)
    rows = queries.exported(found, request.POST.get("q", "").strip()[:LONGEST], request.actor, request.now)
    content = csv_bytes([text_of(label, "ja") for _path, label in found.columns], rows)
    file = quote(f"{found.title}_{local_date(request.now):%Y%m%d}.csv")
    return HttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{file}", "Cache-Control": "private, no-store"},
    )


def _cell(row: Model, path: str, found: Register) -> Any:
    """What a page shows: a column whose name ends in `_month` holds months as their first day, a short text stays on one line. The first column
    leads to the row's page, where the module has one."""
    value = queries.shown(found, row, path)
    if path == found.columns[0][0] and (address := row_address(found, row)):
        return value or str(row), address
    if path.endswith("_month"):
        return month(value)
    short = isinstance(value, str) and 0 < len(value) <= SHORT
    return format_html('<span class="nowrap">{}</span>', value) if short else value


def row_address(found: Register, row: Model) -> str:
    """Where a row's page is, "" where rows have none."""
    if found.row:
        return reverse(found.row, args=[row.id])
    return reverse("record:row", args=[found.name, row.id]) if found.acts or found.more else ""


def _add(found: Register, by: Actor) -> str:
    """Where a new row is entered, "" where none is or not by this person."""
    if found.enter:
        return reverse("record:enter", args=[found.name]) if by.may(found.enter.may) else ""
    return _open_to(reverse(found.add), by) if found.add else ""


def _upload(found: Register, by: Actor) -> str:
    """Where the register is fed by a file, "" where it can't be or not by this person."""
    fed = isinstance(found, FedRegister) and found.importer and by.may("record.import")
    return reverse("record:upload", args=[found.name]) if fed else ""


def register_named(name: str) -> Register:
    """The register of that name. Raises Refused where there is none."""
    found = registry.named("registers", name)
    if not found:
        raise Refused("record.view")
    return found


def _id(typed: str | None) -> UUID | None:
    """The row to go on from; nonsense starts from the beginning."""
    try:
        return UUID(typed) if typed else None
    except ValueError:
        return None
