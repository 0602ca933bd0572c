"""One's messages; and, in a demonstration only, everybody's mailbox and letterbox."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kusei.base.kernel.clock import local_date
from kusei.base.kernel.i18n import html_language
from kusei.base.kernel.pages import page
from kusei.base.tell import actions, queries
from kusei.base.tell.models import Message
from kusei.base.tell.queries import PURPOSE


@require_GET
@page(who="resident", purpose=PURPOSE)
def messages(request: HttpRequest) -> HttpResponse:
    """One's own messages (お知らせ), newest first."""
    found = queries.page_of(queries.visible(request.actor, PURPOSE, request.now), **place(request))
    rows = [
        {
            "subject": subject_link(
                message, reverse("tell:message", args=[message.id]), unread=message.read_at is None
            ),
            "at": message.created_at,
            "state": ("info", _("未読")) if message.read_at is None else ("neutral", _("既読")),
        }
        for message in found.rows
    ]
    columns = [("subject", _("件名"), "main"), ("at", _("日時"), "date"), ("state", _("状態"), "chip")]
    return render(request, "tell/messages.html", listed(request, columns, rows, found))


@require_GET
@page(who="resident", purpose=PURPOSE)
def message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """A message; opening it marks it read."""
    found = queries.one(request.actor, message_id, request.now)
    if found.read_at is None:
        actions.mark_read(found, by=request.actor, now=request.now)
    return render(request, "tell/message.html", {"message": found, "message_lang": html_language(found.language)})


@require_GET
@page(who="public", purpose="実演")
def mailbox(request: HttpRequest) -> HttpResponse:
    """Everything mailed in this demonstration."""
    return arrivals(request, "mail", "tell:mailbox_item", "tell/mailbox.html")


@require_GET
@page(who="public", purpose="実演")
def mailbox_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """One mail of this demonstration."""
    return arrival(request, "mail", item_id, "tell/mailbox_item.html")


@require_GET
@page(who="public", purpose="実演")
def letterbox(request: HttpRequest) -> HttpResponse:
    """Every letter sent in this demonstration."""
    return arrivals(request, "letter", "tell:letter", "tell/letterbox.html")


@require_GET
@page(who="public", purpose="実演")
def letter(request: HttpRequest, item_id: int) -> HttpResponse:
    """One letter of this demonstration, as it shows in a window envelope."""
    return arrival(request, "letter", item_id, "tell/letter.html")


def arrivals(request: HttpRequest, channel: str, one: str, template: str) -> HttpResponse:
    """A list of what arrived, by address if wanted."""
    only_in_demonstrations()
    address = request.GET.get("address", "").strip()[:100]
    found = queries.page_of(queries.arrived(channel, address), **place(request))
    rows = [
        {"subject": (item.subject, reverse(one, args=[item.pk])), "address": item.address, "at": item.arrived_at}
        for item in found.rows
    ]
    columns = [("subject", _("件名"), "main"), ("address", _("あて先")), ("at", _("日時"), "date")]
    return render(request, template, listed(request, columns, rows, found) | {"address": address})


def arrival(request: HttpRequest, channel: str, item_id: int, template: str) -> HttpResponse:
    """One thing that arrived."""
    only_in_demonstrations()
    item = get_object_or_404(queries.arrived(channel), pk=item_id)
    return render(request, template, {"item": item, "on": local_date(item.arrived_at)})


def only_in_demonstrations() -> None:
    """Mail of others is shown nowhere else. Raises Http404."""
    if not settings.DEMO:
        raise Http404


def place(request: HttpRequest) -> dict[str, str]:
    """Which page of a list is wanted."""
    return {key: request.GET.get(key, "")[:40] for key in ("before", "after")}


def listed(request: HttpRequest, columns: list, rows: list, found: queries.Page) -> dict[str, object]:
    """What a list's template needs."""
    kept = {"address": request.GET["address"]} if request.GET.get("address") else {}
    return {
        "columns": columns,
        "rows": rows,
        "shown": len(rows),
        "older_url": "?" + urlencode(kept | {"before": found.older}) if found.older else "",
        "newer_url": "?" + urlencode(kept | {"after": found.newer}) if found.newer else "",
    }


def subject_link(message: Message, url: str, *, unread: bool) -> str:
    """A message's subject as a link, in bold until it is opened; it stays in the language in which it was told."""
    link = format_html('<a href="{}" lang="{}">{}</a>', url, html_language(message.language), message.subject)
    return format_html("<strong>{}</strong>" if unread else "{}", link)
