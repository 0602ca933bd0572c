"""Operations (運用): how the work in the background goes, and trying again what was given up."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kusei.base.jobs import actions, queries
from kusei.base.jobs.handlers import Queue, handlers
from kusei.base.kernel.leases import Leased
from kusei.base.kernel.pages import page

PURPOSE = "運用"


@require_GET
@page(who="staff", may="operate", purpose=PURPOSE)
def operations(request: HttpRequest) -> HttpResponse:
    """Figures of every queue, and the rows somebody should look at."""
    names = {"tasks": _("処理"), "deliveries": _("通知の配達"), "line": _("届いた連携")}
    names["hearings"] = _("出来事の受け取り")
    found = queries.health(request.now)
    context = {
        "columns": [
            ("name", _("種類"), "main"), ("state", _("状態"), "chip"), ("waiting", _("待ち"), "number"), ("late", _("遅れ"), "number"),
            ("given_up", _("中止"), "number"), ("done", _("1時間の完了"), "number"), ("failed", _("1時間の失敗"), "number"),
            ("rate", _("失敗率"), "text"),
        ],
        "figures": [
            {
                **{key: getattr(each, key) for key in ("waiting", "late", "given_up", "done", "failed")},
                "name": names.get(each.name, each.name),
                "state": state_of(each),
                "rate": f"{each.failure_rate:.0%}",
            }
            for each in found
        ],
        "alarming": any(each.alarming for each in found),
        "workers": queries.workers(),
        "queues": [
            {"name": queue.name, "title": names.get(queue.name, queue.name), "rows": rows}
            for queue in handlers.queues()
            if (rows := troubled_rows(queue, request))
        ],
    }  # fmt: skip
    return render(request, "jobs/operations.html", context)


def state_of(found: queries.Health) -> tuple[str, str]:
    """How a queue does, as a chip."""
    if found.alarming:
        return ("danger", _("要確認"))
    return ("warning", _("要確認")) if found.given_up else ("success", _("正常"))


def troubled_rows(queue: Queue, request: HttpRequest) -> list[dict[str, object]]:
    """The rows of a queue that somebody should look at."""
    return [described(row) for row in queries.troubled(queue, request.now)]


def described(row: Leased) -> dict[str, object]:
    """A row as the page shows it."""
    given_up = row.state == "given_up"
    return {
        "id": row.id,
        "label": queries.label(row),
        "given_up": given_up,
        "chip": ("danger", _("中止")) if given_up else ("warning", _("待ち")),
        "attempts": row.attempts,
        "at": row.failed_at or row.next_try_at,
        "error": row.last_error,
    }


@require_POST
@page(who="staff", may="operate", purpose=PURPOSE)
def try_again(request: HttpRequest) -> HttpResponse:
    """Let one row of a queue, or all that were given up, be tried anew."""
    ids = [key for key in map(uuid_of, request.POST.getlist("id")) if key]
    count = actions.try_again(request.POST.get("queue", ""), ids, by=request.actor, now=request.now)
    messages.success(
        request, ngettext("%(n)s件をもう一度試します。", "%(n)s件をもう一度試します。", count) % {"n": count}
    )
    return redirect("jobs:operations")


def uuid_of(text: str) -> UUID | None:
    """The id that was posted, None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
