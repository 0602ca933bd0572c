"""Feeding a register by a file: upload, look at what it would do, confirm; and the file that the register gives."""

from datetime import date
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kusei.base.kernel.calendar import NoSuchDate, read_date
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.offers import registry
from kusei.base.kernel.pages import page
from kusei.base.record import actions, feeding
from kusei.base.record.importers import FedRegister
from kusei.base.record.models import Import
from kusei.base.record.reading import LARGEST
from kusei.base.record.sheets import csv_bytes

MOVING = ("reading", "applying")
"""States in which a worker has the file in hand."""


@page(who="staff", purpose=actions.PURPOSE, may=actions.MAY)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, name: str) -> HttpResponse:
    """Choose a file and the day from which it holds."""
    register = _fed(name)
    errors: list[tuple[str, str]] = []
    day = request.POST.get("day", local_date(request.now).isoformat())
    if request.method == "POST":
        try:
            run = actions.receive(register, *_given(request), _day(day), by=request.actor, now=request.now)
            return redirect("record:import", run.id)
        except Invalid as error:
            errors = list(error.problems.items())
    context = {
        "register": register,
        "columns": ",".join(column.label for column in register.importer.columns),
        "day": day,
        "errors": errors,
        "problems": dict(errors),
        "runs": [_line(run) for run in feeding.visible(request.actor, actions.PURPOSE, request.now).filter(register=name).order_by("-id")[:20]],
        "crumbs": _crumbs(register, _("ファイルの取込")),
    }  # fmt: skip
    return render(request, "record/upload.html", context, status=400 if errors else 200)


@page(who="staff", purpose=actions.PURPOSE, may=actions.MAY)
@require_http_methods(["GET", "HEAD", "POST"])
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """How far a file is; what it would do, or did; confirm or discard it."""
    found = feeding.visible(request.actor, actions.PURPOSE, request.now).filter(id=run_id).first()
    if found is None:
        raise Refused("record.import", obj=("record.import", run_id))
    register = _fed(found.register)
    if request.method == "POST":
        return _act(request, found)
    if found.state in MOVING:
        return _moving(request, found, register)
    if request.headers.get("HX-Request"):  # the page that shows how far it is: it has come so far
        return HttpResponse(headers={"HX-Refresh": "true"})
    outcomes = [("bad", _("誤り")), ("added", _("追加")), ("changed", _("変更")), ("unchanged", _("変更なし"))]
    counts = {key: getattr(found, key) for key, _label in outcomes}
    outcome = request.GET.get("show", "")
    outcome = (
        outcome if outcome in counts else next((key for key in ("bad", "changed", "added") if counts[key]), "unchanged")
    )
    after = request.GET.get("after", "")
    after = int(after) if after.isdecimal() and len(after) < 10 else 0
    rows = feeding.shown(found, register, outcome, after, request.actor, request.now)
    address = reverse("record:import", args=[found.id])
    context = {
        "run": found,
        "register": register,
        "state": _state(found),
        "tabs": [(label, f"{address}?show={key}", key == outcome, counts[key]) for key, label in outcomes],
        "rows": [{"line": row.line, "key": row.key, "what": _what(register, row)} for row in rows[: feeding.PAGE]],
        "columns": [("line", _("行"), "number"), ("key", register.importer.columns[register.importer.key].label), ("what", _("内容"))],
        "further": f"{address}?show={outcome}&after={rows[feeding.PAGE - 1].line}" if len(rows) > feeding.PAGE else "",
        "crumbs": _crumbs(register, found.file_name),
    }  # fmt: skip
    return render(request, "record/import.html", context)


@page(who="staff", purpose="台帳の書き出し", may=actions.MAY)
@require_POST
def feed(request: HttpRequest, name: str) -> HttpResponse:
    """The whole register with the columns that a file for it has."""
    register = _fed(name)
    rows = feeding.written(register, request.actor, request.now)
    file = quote(f"{register.title}_{local_date(request.now):%Y%m%d}.csv")
    return HttpResponse(
        csv_bytes([column.label for column in register.importer.columns], rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{file}", "Cache-Control": "private, no-store"},
    )


def _moving(request: HttpRequest, found: Import, register: FedRegister) -> HttpResponse:
    """A worker has the file in hand: how far it is, anew every few seconds."""
    reading = found.state == "reading"
    context = {
        "run": found,
        "state": _state(found),
        "doing": _("ファイルを読み込み、台帳と比べています。") if reading else _("台帳に取り込んでいます。"),
        "compared": reading and found.rows_total and found.rows_read >= found.rows_total,
        "stuck": found.work.filter(state="given_up").exists() and not found.work.filter(state="waiting").exists(),
        "crumbs": _crumbs(register, found.file_name),
    }
    return render(request, "record/moving.html", context)


def _act(request: HttpRequest, found: Import) -> HttpResponse:
    try:
        if request.POST.get("do") == "confirm":
            actions.confirm(found, by=request.actor, now=request.now)
        else:
            actions.discard(found, by=request.actor, now=request.now)
    except NotNow as error:
        messages.error(request, str(error))
    return redirect("record:import", found.id)


def _what(register: FedRegister, row) -> str:
    """A row in words: what is wrong, what changes from what, or what it holds."""
    if row.outcome == "bad":
        return row.problem
    cells = list(zip(register.importer.columns, row.before or row.cells, row.cells, strict=True))
    if row.outcome == "changed":
        return "、".join(
            f"{column.label}：{was or '－'} → {now or '－'}" for column, was, now in cells if was != now
        ) or _("住所（非開示）")
    return "、".join(now for _column, _was, now in cells if now)


def _given(request: HttpRequest) -> tuple[bytes, str]:
    file = request.FILES.get("file")
    if file is None:
        raise Invalid({"file": _("ファイルを選んでください。")})
    if file.size > LARGEST:
        raise Invalid({"file": _("ファイルが大きすぎます（64MBまで）。分けて読み込んでください。")})
    return file.read(), file.name or ""


def _day(typed: str) -> date:
    try:
        return read_date(typed)
    except NoSuchDate as error:
        raise Invalid({"day": str(error)}) from error


def _fed(name: str) -> FedRegister:
    found = registry.named("registers", name)
    if not isinstance(found, FedRegister) or not found.importer:
        raise Refused("record.import")
    return found


def _state(found: Import) -> tuple[str, str]:
    tones = {"checked": "warning", "applied": "success", "discarded": "neutral", "unreadable": "danger"}
    labels = {
        "reading": _("読込中"), "checked": _("確認待ち"), "applying": _("取込中"), "applied": _("取込済み"), "discarded": _("取りやめ"),
        "unreadable": _("読込不可"),
    }  # fmt: skip
    return tones.get(found.state, "info"), labels[found.state]


def _line(found: Import) -> dict:
    return {
        "file": (found.file_name, reverse("record:import", args=[found.id])), "at": found.uploaded_at, "state": _state(found),
        "added": found.added, "changed": found.changed, "bad": found.bad,
    }  # fmt: skip


def _crumbs(register: FedRegister, last: str) -> list[tuple[str, str]]:
    own = reverse("record:register", args=[register.name])
    return [(_("台帳"), reverse("record:registers")), (register.title, own), (last, "")]
