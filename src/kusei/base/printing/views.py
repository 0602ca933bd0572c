"""The office's pages of printing: what waits, the batches, and one batch. They say who it is for and never where they live: that stands on paper."""

from itertools import groupby
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kusei.base import audit
from kusei.base.files import serve
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.pages import page
from kusei.base.printing import actions, queries
from kusei.base.printing.models import Item, Run

PURPOSE = queries.PURPOSE
SHOWN = 100
RUNS = 20


def states() -> dict[str, tuple[str, str]]:
    """The states of a batch as chips."""
    return {"making": ("info", _("作成中")), "ready": ("warning", _("印刷待ち")), "printed": ("success", _("印刷済み"))}


@require_safe
@page(who="staff", purpose=PURPOSE, may="print")
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits to be printed, by department, and the newest batches."""
    rows = list(queries.waiting(request.actor, request.now)[: actions.MOST])
    _log(request, rows[:SHOWN], "printing.list")
    groups = [
        {
            "key": key or "letters",
            "title": str(items[0].department) if key else _("手紙（お知らせ）"),
            "count": len(items),
            "ready": any(not each.problem and (each.version is None or each.version.pdf_id) for each in items),
            "rows": [_row(each) for each in items[:SHOWN]],
        }
        for key, found in groupby(rows, key=lambda item: item.department_id)
        if (items := list(found))
    ]
    words = states()
    runs = [
        {
            "at": (each.made_at.astimezone().strftime("%m/%d %H:%M"), reverse("printing:run", args=[each.id])),
            "department": str(each.department or _("手紙（お知らせ）")),
            "by": each.made_by,
            "total": each.total,
            "state": words[each.state],
        }
        for each in queries.visible_runs(request.actor, PURPOSE, request.now)
        .select_related("department")
        .order_by("-id")[:RUNS]
    ]
    context = {
        "groups": groups,
        "columns": [("name", _("宛先"), "main"), ("title", _("書面")), ("at", _("日時"), "date"), ("problem", _("状態"), "chip")],
        "runs": runs,
        "run_columns": [("at", _("作成"), "main"), ("department", _("部署")), ("by", _("職員")), ("total", _("件数"), "number"), ("state", _("状態"), "chip")],
    }  # fmt: skip
    return render(request, "printing/waiting.html", context)


def _row(item: Item) -> dict:
    making = item.version is not None and not item.version.pdf_id
    return {
        "name": item.name,
        "title": item.title,
        "at": item.added_at,
        "problem": ("danger", item.problem) if item.problem else ("info", _("作成中")) if making else ("neutral", _("印刷待ち")),
    }  # fmt: skip


def _log(request: HttpRequest, items: list[Item], what: str, obj: Run | None = None) -> None:
    people = {each.version.paper.party_id for each in items if each.version} - {None}
    if people or obj:
        audit.log(
            request.actor, "read", what, subjects=sorted(people) or None, obj=obj, purpose=PURPOSE, now=request.now
        )


@require_POST
@page(who="staff", purpose=PURPOSE, may="print")
def start(request: HttpRequest) -> HttpResponse:
    """Make a batch of what waits in one department, or of the letters."""
    wanted = request.POST.get("group", "")
    if not wanted:
        raise Invalid({"group": _("印刷するものを選んでください。")})
    try:
        made = actions.start(None if wanted == "letters" else wanted, by=request.actor, now=request.now)
    except NotNow as error:
        messages.warning(request, str(error))
        return redirect("printing:waiting")
    return redirect("printing:run", made.id)


def _found(request: HttpRequest, run: UUID) -> Run:
    found = (
        queries.visible_runs(request.actor, PURPOSE, request.now)
        .select_related("department", "pdf")
        .filter(id=run)
        .first()
    )
    if not found:
        raise Refused("printing.run", obj=("run", run))
    return found


@require_safe
@page(who="staff", purpose=PURPOSE, may="print")
def run(request: HttpRequest, run: UUID) -> HttpResponse:
    """One batch: how far it is, its list, its PDF."""
    found = _found(request, run)
    items = list(found.items.select_related("version__paper").order_by("place"))
    _log(request, items, "printing.run", found)
    context = {
        "run": found,
        "title": str(found.department or _("手紙（お知らせ）")),
        "state": states()[found.state],
        "columns": [("place", _("順"), "main"), ("name", _("宛先")), ("title", _("書面"))],
        "rows": [{"place": str(each.place), "name": each.name, "title": each.title} for each in items],
        "crumbs": [
            (_("印刷と発送"), reverse("printing:waiting")),
            (str(found.department or _("手紙（お知らせ）")), ""),
        ],
    }
    return render(request, "printing/run.html", context)


@require_safe
@page(who="staff", purpose=PURPOSE, may="print")
def run_pdf(request: HttpRequest, run: UUID) -> HttpResponse:
    """The PDF of a batch, until it is marked as printed."""
    found = _found(request, run)
    if not found.pdf:
        raise NotNow(_("この印刷分は、作成中か、もう印刷済みです。画面を読み直してください。"))
    _log(request, list(found.items.select_related("version__paper")), "printing.pdf", found)
    return serve.response(found.pdf)


@require_POST
@page(who="staff", purpose=PURPOSE, may="print")
def printed(request: HttpRequest, run: UUID) -> HttpResponse:
    """Mark a batch as printed and posted."""
    found = _found(request, run)
    actions.mark_printed(found, by=request.actor, now=request.now)
    messages.success(request, _("印刷済みにしました。"))
    return redirect("printing:run", found.id)
