"""The pages that belong to no module: home, contact, accessibility, the kit's gallery, the ward's colours, and failures."""

import sys
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kusei.base.kernel.i18n import text
from kusei.base.kernel.offers import Card, registry
from kusei.base.kernel.pages import page
from kusei.base.kernel.wards import load_ward
from kusei.base.web import gallery
from kusei.base.web.colours import stylesheet
from kusei.base.web.failures import broken, failure, is_full
from kusei.base.web.navigation import CONSOLE, address, links
from kusei.base.web.occasions import ICONS, OCCASIONS

MOST_ROWS = 1000
FOR_A_YEAR = "public, max-age=31536000, immutable"


def drawn(card: Card) -> dict[str, str]:
    """A module's card as the kit draws it. Its `url` is a path or a URL name."""
    url = card.url if card.url.startswith("/") else reverse(card.url)
    return {
        "title": text(card.title),
        "text": text(card.line),
        "url": url,
        "icon": ICONS.get(card.category, "document"),
    }


@page(who="public", purpose="案内")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The portal's first page: search, ways in, occasions in life. An office apart from it begins with its console."""
    if settings.PART == "office":
        return redirect("web:console")
    search = address("find:search")
    occasions = (
        [{"label": o.label, "icon": o.icon, "url": f"{search}?category={o.code}"} for o in OCCASIONS] if search else []
    )
    return render(
        request,
        "web/home.html",
        {
            "cards": [drawn(card) for card in registry.all("cards")],
            "occasions": occasions,
            "search_url": search,
        },
    )


@page(who="public", purpose="案内")
@require_safe
def console(request: HttpRequest) -> HttpResponse:
    """The first page of the console that a member of staff may see: not everybody handles cases."""
    if settings.PART == "office" and request.actor.kind != "staff":  # there is no portal to lead to
        return redirect("accounts:staff_sign_in")
    mine = links(CONSOLE, request.actor)
    if not mine and settings.PART == "office":
        return redirect("accounts:keys")
    return redirect(mine[0].url if mine else "web:home")


@page(who="public", purpose="案内")
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement (ウェブアクセシビリティ方針, JIS X 8341-3:2016)."""
    return render(request, "web/accessibility.html")


@page(who="public", purpose="案内")
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Where to turn: each department with its telephone."""
    ward = load_ward(settings.WARD)
    departments = [
        {
            "name": text(top.name),
            "phone": top.phone,
            "parts": [{"name": text(part.name), "phone": part.phone, "place": part.place} for part in top.parts],
        }
        for top in ward.departments
    ]
    return render(
        request,
        "web/contact.html",
        {"office": ward.office, "office_name": text(ward.office.name), "hours": ward.hours, "departments": departments},
    )


@page(who="public", purpose="案内")
@require_safe
def ward_css(request: HttpRequest) -> HttpResponse:
    """The ward's colours. The address carries the content's digest, so browsers may keep it."""
    return HttpResponse(
        stylesheet(load_ward(settings.WARD).colour)[0], content_type="text/css", headers={"Cache-Control": FOR_A_YEAR}
    )


@page(who="public", purpose="見本")
def kit_gallery(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for the people who build pages; only in a demonstration."""
    if not (settings.DEMO or settings.DEBUG):
        raise Http404
    wanted = request.GET.get("rows", "")
    rows = min(int(wanted), MOST_ROWS) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else 100
    if request.GET.get("as") == "console":
        return render(request, "web/kit/console.html", gallery.console_samples(rows))
    return render(request, "web/kit/portal.html", gallery.samples(rows))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token: the page stood open too long, or another site sent it."""
    return failure(request, HTTPStatus.FORBIDDEN)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that can't be read."""
    return failure(request, HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's own refusals; ours answer as if the thing did not exist."""
    return failure(request, HTTPStatus.NOT_FOUND)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or none for the one who asks."""
    return failure(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours, or no room to save anything."""
    full = is_full(sys.exc_info()[1])
    status = HTTPStatus.INSUFFICIENT_STORAGE if full else HTTPStatus.INTERNAL_SERVER_ERROR
    return broken(status, api=request.path.startswith("/api/"))
