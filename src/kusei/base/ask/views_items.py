"""A group's page (繰り返し): a list of what was told of so far, to add to, change and take from, and the form for one item. Without scripts."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from kusei.base.ask import engine, groups, way
from kusei.base.ask.filling import Filling
from kusei.base.ask.schema import Page, Question
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.i18n import pair, text

NEW = "new"


def fill(request: HttpRequest, filling: Filling, shown: Page, key: str) -> HttpResponse:
    """The list of items, or with `?item=` the form for one; where there is none yet, the form for the first."""
    question, items = filling.procedure.questions[key], filling.answers.get(key) or []
    wanted = request.GET.get("item", "")
    item = next((each for each in items if each["id"] == wanted), None)
    if wanted and wanted != NEW and item is None:  # taken from the list in another window
        return redirect(_url(request, filling, shown))
    if item is None and (wanted == NEW or not items) and len(items) < question.greatest:
        item = {"id": NEW}
    if request.method == "POST":
        try:
            return _post(request, filling, shown, key, item)
        except NotNow as not_now:
            messages.info(request, str(not_now))
            return redirect("ask:done", filling.draft.id)
    return _draw_list(request, filling, shown, key) if item is None else _draw_item(request, filling, shown, key, item)


def _url(request: HttpRequest, filling: Filling, shown: Page, **more: str) -> str:
    """The page itself, still coming from where one came from."""
    asked = more | ({"from": "check"} if request.GET.get("from") == "check" else {})
    return filling.url(shown.key) + (f"?{urlencode(asked)}" if asked else "")


def _post(request: HttpRequest, filling: Filling, shown: Page, key: str, item: dict | None) -> HttpResponse:
    if drop := request.POST.get("drop"):
        filling.change_items(key, lambda items: [each for each in items if each["id"] != drop])
        return redirect(_url(request, filling, shown))
    if item is None:
        return _go_on(request, filling, shown, key)
    question = filling.procedure.questions[key]
    setting = groups.inside(filling.setting(request.FILES), question, key, item)
    try:
        read = engine.read_all(question.questions, request.POST, setting)
        whole = {"id": groups.new_id() if item["id"] == NEW else item["id"], **read}
        filling.change_items(key, lambda items: groups.put(items, whole, question.greatest))
    except Invalid as invalid:
        way.note_forged(request, filling, invalid, shown.key)
        return _draw_item(request, filling, shown, key, item, post=request.POST, errors=invalid.problems, status=400)
    again = {"item": whole["id"]} if request.POST.get("remove") else {}
    return redirect(_url(request, filling, shown, **again))


def _go_on(request: HttpRequest, filling: Filling, shown: Page, key: str) -> HttpResponse:
    question = filling.procedure.questions[key]
    items = filling.change_items(key, lambda items: items)
    if len(items) < question.least:
        errors = {key: _("%(least)s件以上、入力してください。") % {"least": question.least}}
        return _draw_list(request, filling, shown, key, errors=errors, status=400)
    return redirect(way.onwards(request, filling, shown))


def _draw_item(
    request: HttpRequest, filling: Filling, shown: Page, key: str, item: dict, *, post=None, errors=None, status=200
) -> HttpResponse:
    question, items = filling.procedure.questions[key], filling.answers.get(key) or []
    setting = groups.inside(filling.setting(), question, key, item)
    place = next((n for n, each in enumerate(items) if each["id"] == item["id"]), len(items)) + 1
    context = way.frame(filling, shown) | {
        "label": f"{text(question.item.mapping())} {place}",
        "hint": text(question.hint.mapping()) if question.hint and not items else "",
        "questions": engine.draw_all(question.questions, item, setting, post, errors),
        "errors": list((errors or {}).items()),
        "has_file": bool(question.files()),
    }
    if items:
        context["back"] = _url(request, filling, shown)
    return render(request, "ask/item.html", context, status=status)


def _draw_list(
    request: HttpRequest, filling: Filling, shown: Page, key: str, *, errors: dict | None = None, status: int = 200
) -> HttpResponse:
    question, items = filling.procedure.questions[key], filling.answers.get(key) or []
    context = way.frame(filling, shown) | {
        "label": engine.label(filling.procedure, key),
        "key": key,
        "name": text(question.item.mapping()),
        "items": [_shown(request, filling, shown, question, n, item) for n, item in enumerate(items, start=1)],
        "add": _url(request, filling, shown, item=NEW) if len(items) < question.greatest else "",
        "most": question.greatest,
        "errors": list((errors or {}).items()),
    }
    return render(request, "ask/items.html", context, status=status)


def _shown(
    request: HttpRequest, filling: Filling, shown: Page, question: Question, place: int, item: dict
) -> dict[str, Any]:
    """An item in the list: a row for each answer."""
    rows = [{"label": label, "value": answer} for label, answer in groups.told(question, item, engine.KINDS)]
    files = [file["name"] for file in groups.files_of(question, item)]
    rows += [{"label": _("ファイル"), "value": files}] if files else []
    name = f"{text(question.item.mapping())} {place}"
    called = rows[0]["value"] if rows else name
    return {
        "id": item["id"], "name": name, "called": pair(name, called), "rows": rows,
        "change": _url(request, filling, shown, item=item["id"]),
    }  # fmt: skip
