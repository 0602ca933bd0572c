"""The section's pages of draws: begin, enter, commit, draw, publish."""

import csv
from datetime import datetime, time
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from kusei.base import audit
from kusei.base.decide.views.found import day_in
from kusei.base.draw import actions, queries
from kusei.base.draw.actions import Entering
from kusei.base.draw.models import Draw
from kusei.base.draw.rules import MOST_ENTRIES
from kusei.base.draw.views import TONES, facts, states
from kusei.base.kernel.clock import JAPAN
from kusei.base.kernel.errors import Invalid, Refused
from kusei.base.kernel.pages import page
from kusei.base.staff.models import Department
from kusei.base.staff.queries import departments

PURPOSE = queries.PURPOSE
SHOWN = 200


class DrawForm(forms.Form):
    """What a draw is begun with."""

    department = forms.ModelChoiceField(Department.objects.none(), label=gettext_lazy("部署"))
    title = forms.CharField(label=gettext_lazy("抽選の名前"), max_length=100)
    places = forms.IntegerField(label=gettext_lazy("定員"), min_value=1, max_value=MOST_ENTRIES)
    groups = forms.CharField(
        label=gettext_lazy("優先する申込みの区分"), required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("1行に一つ、優先する順に。先の区分から定員を埋めます。区分のない申込みは最後です。"),
    )  # fmt: skip

    def __init__(self, *args, by, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = departments(by, "draw.hold")


@page(who="staff", purpose=PURPOSE, may="draw.hold")
def new(request: HttpRequest) -> HttpResponse:
    """Begin a draw."""
    form = DrawForm(request.POST or None, by=request.actor)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.begin(
                given["department"], given["title"], given["places"], given["groups"].splitlines(), by=request.actor, now=request.now
            )  # fmt: skip
        except Invalid as error:
            for key, message in error.problems.items():
                form.add_error(key, message)
        else:
            return redirect("draw:draw", made.id)
    return render(request, "draw/new.html", {"form": form}, status=400 if form.errors else 200)


@require_safe
@page(who="staff", purpose=PURPOSE, may="draw.hold")
def draw(request: HttpRequest, draw: UUID) -> HttpResponse:
    """A draw with its entries, and the next step."""
    return _show(request, _found(request, draw))


def _found(request: HttpRequest, draw: UUID) -> Draw:
    found = queries.visible(request.actor, PURPOSE, request.now).select_related("department").filter(id=draw).first()
    if not found:
        raise Refused("draw.view", obj=("draw", draw))
    return found


def _show(request: HttpRequest, found: Draw, problems: dict | None = None) -> HttpResponse:
    audit.log(request.actor, "read", "draw.view", obj=found, purpose=PURPOSE, now=request.now)
    done = found.state in ("drawn", "published")
    rows = [
        {
            "number": str(each.number),
            "reference": each.reference,
            "group": each.group,
            "tie": each.tie,
            "weight": each.weight,
            "result": (("success", _("当選")) if each.won else ("neutral", _("補欠%(n)s番") % {"n": each.waiting})) if done else None,
        }
        for each in found.entries.order_by("rank", "number")[:SHOWN]
    ]  # fmt: skip
    context = {
        "draw": found,
        "state": (TONES[found.state], states()[found.state]),
        "step": {"open": 1, "committed": 2, "drawn": 3, "published": 4}[found.state],
        "facts": facts(found) if found.state != "open" else [],
        "known": found.known_from is not None and request.now >= found.known_from,
        "columns": [
            ("number", _("申込み番号"), "main"), ("reference", _("受付番号")), ("group", _("優先")), ("tie", _("同一世帯")),
            ("weight", _("口数"), "number"), *([("result", _("結果"), "chip")] if done else []),
        ],
        "rows": rows,
        "total": found.entries.count(),
        "typed": request.POST,
        "problems": problems or {},
        "errors": list((problems or {}).items()),
        "crumbs": [(_("抽選台帳"), reverse("record:register", args=["draws"])), (found.title, "")],
    }  # fmt: skip
    return render(request, "draw/draw.html", context, status=400 if problems else 200)


@require_POST
@page(who="staff", purpose=PURPOSE, may="draw.hold")
def enter(request: HttpRequest, draw: UUID) -> HttpResponse:
    """Take entries in: a line each, 受付番号,口数,優先,同一世帯, of which only the first must be there."""
    found = _found(request, draw)
    try:
        count = actions.enter(found, _lines(request.POST.get("entries", "")), by=request.actor, now=request.now)
    except Invalid as error:
        return _show(request, found, error.problems)
    messages.success(request, _("%(n)s件の申込みを入れました。") % {"n": count})
    return redirect("draw:draw", found.id)


def _lines(text: str) -> list[Entering]:
    entries = []
    for at, row in enumerate(csv.reader(text.splitlines()), start=1):
        cells = [cell.strip() for cell in row] + [""] * 4
        if not any(cells):
            continue
        if cells[1] and not (cells[1].isdecimal() and len(cells[1]) <= 3):
            raise Invalid({"entries": _("%(n)s行目：口数は1から100の数で書いてください。") % {"n": at}})
        entries.append(Entering(cells[0], int(cells[1] or 1), cells[2], cells[3]))
    if not entries:
        raise Invalid({"entries": _("申込みを、1行に1件書いてください。")})
    return entries


@require_POST
@page(who="staff", purpose=PURPOSE, may="draw.hold")
def commit(request: HttpRequest, draw: UUID) -> HttpResponse:
    """Fix the list and publish the commitment."""
    found = _found(request, draw)
    try:
        day = day_in(request, "known_from")
        hours, _colon, minutes = request.POST.get("known_at", "").strip().partition(":")
        if day is None or not (hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
            raise Invalid({"known_from": _("発表される日と時刻を入れてください（時刻は15:00のように）。")})
        known_from = datetime.combine(day, time(int(hours), int(minutes)), JAPAN)
        actions.commit(found, request.POST.get("source", ""), known_from, by=request.actor, now=request.now)
    except Invalid as error:
        return _show(request, found, error.problems)
    messages.success(request, _("確定しました。約束の値は、抽選の公開ページに出ています。"))
    return redirect("draw:draw", found.id)


@require_POST
@page(who="staff", purpose=PURPOSE, may="draw.hold")
def hold(request: HttpRequest, draw: UUID) -> HttpResponse:
    """Draw."""
    found = _found(request, draw)
    try:
        actions.draw(found, request.POST.get("value", ""), by=request.actor, now=request.now)
    except Invalid as error:
        return _show(request, found, error.problems)
    messages.success(request, _("抽選しました。"))
    return redirect("draw:draw", found.id)


@require_POST
@page(who="staff", purpose=PURPOSE, may="draw.hold")
def publish(request: HttpRequest, draw: UUID) -> HttpResponse:
    """Publish the results."""
    found = _found(request, draw)
    actions.publish(found, by=request.actor, now=request.now)
    messages.success(request, _("結果を公開しました。だれでも抽選をやり直して確かめられます。"))
    return redirect("draw:draw", found.id)
