"""What happened and who heard of it, for those who run the installation."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kusei.base.events import actions, queries
from kusei.base.jobs.views import uuid_of
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.pages import page
from kusei.base.tell.queries import page_of

PURPOSE = queries.PURPOSE


@require_GET
@page(who="staff", may="operate", purpose=PURPOSE)
def events(request: HttpRequest) -> HttpResponse:
    """The newest events with who heard them, and those that were set aside."""
    place = {key: request.GET.get(key, "")[:40] for key in ("before", "after")}
    found = page_of(queries.with_hearings(queries.visible(request.actor, PURPOSE, request.now)), **place, size=50)
    context = {
        "columns": [
            ("kind", _("出来事"), "main"), ("subject", _("対象")), ("at", _("日時"), "date"), ("heard", _("聞いた数")), ("state", _("状態"), "chip"),
        ],
        "rows": [
            {
                "kind": each.kind,
                "subject": each.subject,
                "at": each.happened_at,
                "heard": f"{each.heard}/{each.subscribers}",
                "state": _state(each),
            }
            for each in found.rows
        ],
        "older_url": "?" + urlencode({"before": found.older}) if found.older else "",
        "newer_url": "?" + urlencode({"after": found.newer}) if found.newer else "",
        "aside": [
            {"hearing": row, "behind": behind} for row, behind in queries.set_aside(request.actor, request.now)
        ],
    }  # fmt: skip
    return render(request, "events/events.html", context)


def _state(event) -> tuple[str, str]:
    if event.heard == event.subscribers:
        return ("success", _("完了"))
    return ("info", _("待ち")) if event.heard + event.waiting == event.subscribers else ("danger", _("要確認"))


@require_POST
@page(who="staff", may="operate", purpose=PURPOSE)
def skip(request: HttpRequest) -> HttpResponse:
    """Skip one hearing that was set aside."""
    key: UUID | None = uuid_of(request.POST.get("id", ""))
    if key is None:
        raise Invalid({"id": _("飛ばすものを選んでください。")})
    actions.skip(key, by=request.actor, now=request.now)
    messages.success(request, _("飛ばしました。後に続くものから再開します。"))
    return redirect("events:events")
