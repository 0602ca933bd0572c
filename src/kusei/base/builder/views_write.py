"""Writing a procedure: one screen a thing. Every form carries the manuscript's version, so that nobody saves over somebody else's change."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kusei.base.ask.conditions import well_formed
from kusei.base.ask.schema import Page, Procedure, Question
from kusei.base.builder import actions, edits, exchange, forms, queries, tree, words
from kusei.base.builder.models import Manuscript
from kusei.base.builder.queries import PURPOSE
from kusei.base.builder.views import states, title_of
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.pages import page

ROOT = "-"
SHOWN = 40
TESTS_SHOWN = 4
OWN_LISTS = ("pages", "questions")


def frame_of(request: HttpRequest, manuscript: Manuscript, here: str) -> dict[str, Any]:
    """What every page of a manuscript shows: title, state, the tabs."""
    names = {
        "manuscript": _("書く"), "checks": _("検査"), "preview": _("試す"), "differences": _("違い"), "publish": _("公開"),
    }  # fmt: skip
    title = title_of(manuscript.definition, manuscript.procedure)
    return {
        "manuscript": manuscript,
        "title": title,
        "state": states()[manuscript.state],
        "tabs": [
            (label, reverse(f"builder:{name}", args=[manuscript.id]), name == here) for name, label in names.items()
        ],
        "editable": manuscript.state == "open" and request.actor.may("ask.author", manuscript.department_id, PURPOSE),
        "crumbs": [(_("手続きの作成"), reverse("builder:procedures")), (title, "")],
    }


def found(request: HttpRequest, id: UUID) -> Manuscript:
    """The manuscript. Raises Refused."""
    return queries.manuscript(request.actor, id, request.now)


def not_yours() -> str:
    """Said to who may read a manuscript but not do what they tried."""
    return _("あなたの権限では、この操作はできません。担当する人に頼んでください。")


def version_of(request: HttpRequest) -> int:
    """The version of the manuscript that the form was made of; -1, which none has, for what is no number."""
    typed = request.POST.get("version", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else -1


def part_of(definition: Mapping[str, Any], at: str) -> tree.Part:
    """The part at an address. Raises Refused where there is none."""
    try:
        return tree.part(definition, "" if at == ROOT else at)
    except tree.NoSuchPart:
        raise Refused("builder.part", obj=("builder.part", at[:80])) from None


@never_cache
@require_GET
@page(who="staff", purpose=PURPOSE, may="ask.view")
def manuscript(request: HttpRequest, id: UUID) -> HttpResponse:
    """What a manuscript holds: its screens in order, forty at a time, and everything else by name."""
    return show(request, found(request, id))


def show(
    request: HttpRequest, writing: Manuscript, problems: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    """The page of a manuscript, with what was wrong."""
    definition, pages = writing.definition, writing.definition.get("pages") or []
    typed = request.GET.get("page", "1")
    last = max(1, -(-len(pages) // SHOWN))
    at = min(last, max(1, int(typed))) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else 1
    first = (at - 1) * SHOWN
    context = frame_of(request, writing, "manuscript") | {
        "pages": [_page_row(definition, place) for place in range(first, min(len(pages), first + SHOWN))],
        "older": f"?page={at + 1}" if at < last else "", "newer": f"?page={at - 1}" if at > 1 else "",
        "shown": min(len(pages), SHOWN), "total": len(pages), "questions": len(definition.get("questions") or {}),
        "rest": [_holder(definition, "", slot) for slot in tree.holders(Procedure) if slot.name not in OWN_LISTS],
        "changes": list(writing.changes.order_by("-version")[:5]), "change_names": change_names(),
        "problems": problems or {}, "errors": list((problems or {}).items()), "typed": request.POST, "last_page": at == last,
    }  # fmt: skip
    return render(request, "builder/manuscript.html", context, status=status)


def change_names() -> dict[str, str]:
    """What was done, in words."""
    return {
        "add": _("追加"), "edit": _("変更"), "move": _("順番"), "remove": _("削除"), "condition": _("条件"), "send_back": _("差戻し"),
    }  # fmt: skip


def _page_row(definition: Mapping[str, Any], place: int) -> dict[str, Any]:
    found = definition["pages"][place]
    return {
        "place": place, "number": place + 1, "name": words.page_name(definition, place), "at": f"pages/{place}",
        "questions": [words.label(definition, key) for key in found.get("ask") or []],
        "when": words.condition(definition, found["when"]) if found.get("when") else "", "stop": bool(found.get("stop")),
    }  # fmt: skip


def _holder(definition: Mapping[str, Any], above: str, slot: tree.Slot) -> dict[str, Any]:
    """A list or table with the names of its parts, or the one part that a field holds."""
    at = f"{above}/{slot.name}" if above else slot.name
    held = tree.part(definition, above).value.get(slot.name)
    made = {"at": at, "name": words.field(slot.name), "kind": slot.shape.kind, "parts": [], "keys": []}
    if slot.shape.kind == "model":
        return made
    steps = list(enumerate(held or [])) if slot.shape.kind == "items" else list((held or {}).items())
    named = words.guide if slot.shape.of is tree.Text else str
    made["parts"] = [
        {"at": f"{at}/{step}", "name": _part_name(part, named(step) if slot.shape.kind == "table" else "", step)}
        for step, part in steps
    ]
    made["keys"] = [(key, named(key)) for key in slot.shape.options if key not in (held or {})]
    made["table"] = slot.shape.kind == "table"
    return made


def _part_name(part: Any, named: str, step: Any) -> str:
    if not isinstance(part, Mapping):
        return str(part)
    label = part.get("label") if isinstance(part.get("label"), Mapping) else part
    said = label.get("ja") or part.get("text") or part.get("name") or part.get("key") or str(step)
    return f"{named}：{said}" if named else str(said)


@never_cache
@require_http_methods(["GET", "POST"])
@page(who="staff", purpose=PURPOSE, may="ask.view")
def part(request: HttpRequest, id: UUID, at: str) -> HttpResponse:
    """One part of a procedure as a form: its basics, a screen, a question, a choice, a law, an outcome …"""
    writing = found(request, id)
    shown = part_of(writing.definition, at)
    if request.method != "POST":
        return _draw(request, writing, shown)
    try:
        actions.change(
            writing,
            version_of(request),
            lambda d: _filled_in(d, shown, request),
            "edit",
            shown.at,
            by=request.actor,
            now=request.now,
        )
    except Invalid as invalid:
        return _draw(request, writing, shown, invalid.problems, 400)
    except NotNow as not_now:
        return _draw(request, writing, shown, {"": str(not_now)}, 409)
    except Refused:  # logged by the act; who may read it is told
        return _draw(request, writing, shown, {"": not_yours()}, 409)
    messages.success(request, _("保存しました。"))
    return redirect("builder:part", id, at)


def _filled_in(definition: Mapping[str, Any], shown: tree.Part, request: HttpRequest) -> dict[str, Any]:
    """The definition as it is now with what the form says of a part. Raises Invalid."""
    value = tree.part(definition, shown.at).value
    return tree.put(definition, shown.at, forms.read(shown.model, value, request.POST))


def _draw(
    request: HttpRequest,
    writing: Manuscript,
    shown: tree.Part,
    problems: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    definition, post = writing.definition, request.POST if problems else None
    at = shown.at or ROOT
    context = frame_of(request, writing, "manuscript") | {
        "at": at, "name": forms.name_of(shown), "what": _part_name(shown.value, "", "") if shown.at else "",
        "controls": forms.draw(shown.model, shown.value, post, problems),
        "problems": problems or {}, "errors": _linked(shown, problems or {}),
        "holders": [_holder(definition, shown.at, slot) for slot in tree.holders(shown.model)] if shown.at else [],
        "up": _above(definition, writing, shown.at), "is_page": shown.model is Page, "is_question": shown.model is Question,
    }  # fmt: skip
    if shown.model is Page:
        context |= _of_page(definition, int(shown.name))
    if shown.model is Question:
        context["on_page"] = next(
            (place for place, p in enumerate(definition["pages"]) if shown.name in (p.get("ask") or [])), None
        )
        context["page_choices"] = [
            (str(n), f"{n + 1} {words.page_name(definition, n)}") for n in range(len(definition["pages"]))
        ]
    return render(request, "builder/part.html", context, status=status)


def _linked(shown: tree.Part, problems: Mapping[str, str]) -> list[tuple[str, str]]:
    """Problems with the control each links to: of a text in several languages the Japanese one."""
    shapes = {name: slot.shape.kind for name, slot in tree.slots(shown.model).items()}
    return [(f"{name}.ja" if shapes.get(name) == "words" else name, said) for name, said in problems.items()]


def _of_page(definition: Mapping[str, Any], place: int) -> dict[str, Any]:
    found = definition["pages"][place]
    asked = found.get("ask") or []
    return {
        "place": place,
        "asked": [
            {
                "at": f"questions/{key}", "here": f"pages/{place}/ask/{n}", "name": words.label(definition, key),
                "kind": words.kind((definition["questions"].get(key) or {}).get("kind", "")),
            }
            for n, key in enumerate(asked)
        ],
        "when": words.condition(definition, found.get("when")),
        "kinds": [("", _("選んでください")), *words.kinds().items()],
    }  # fmt: skip


def _above(definition: Mapping[str, Any], writing: Manuscript, at: str) -> tuple[str, str]:
    """Where one goes back to from a part: the part that holds it, else the manuscript."""
    home = (title_of(definition, writing.procedure), reverse("builder:manuscript", args=[writing.id]))
    steps = at.split("/")
    if steps[0] == "questions" and len(steps) == 2:
        for place, each in enumerate(definition["pages"]):
            if steps[1] in (each.get("ask") or []):
                return words.page_name(definition, place), reverse("builder:part", args=[writing.id, f"pages/{place}"])
        return home
    for length in range(len(steps) - 1, 0, -1):
        above = "/".join(steps[:length])
        try:
            tree.part(definition, above)
        except tree.NoSuchPart:
            continue
        return forms.name_of(tree.part(definition, above)), reverse("builder:part", args=[writing.id, above])
    return home


@require_POST
@page(who="staff", purpose=PURPOSE, may="ask.author")
def act(request: HttpRequest, id: UUID) -> HttpResponse:
    """Add, move or remove a part (`do`, `at`), then the page one came from (`back`)."""
    writing = found(request, id)
    do, at, back = (request.POST.get(name, "")[:200] for name in ("do", "at", "back"))
    try:
        what, edit, to = _doing(request, do, at)
        changed = actions.change(writing, version_of(request), edit, what, at, by=request.actor, now=request.now)
    except tree.NoSuchPart:
        raise Refused("builder.part", obj=("builder.part", at[:80])) from None
    except Invalid as invalid:
        return _again(request, writing, back, invalid.problems, 400)
    except NotNow as not_now:
        return _again(request, writing, back, {"": str(not_now)}, 409)
    return _go(changed, to(changed.definition) if to else back)


def _again(request: HttpRequest, writing: Manuscript, back: str, problems: dict[str, str], status: int) -> HttpResponse:
    try:
        shown = tree.part(writing.definition, back) if back else None
    except tree.NoSuchPart:
        shown = None
    if shown is None:
        return show(request, writing, problems, status)
    told = {"": " ".join(problems.values())}
    return _draw(request, writing, shown, told, status)


def _go(writing: Manuscript, back: str) -> HttpResponse:
    try:
        tree.part(writing.definition, back)
    except tree.NoSuchPart:
        back = ""
    return redirect("builder:part", writing.id, back) if back else redirect("builder:manuscript", writing.id)


def _doing(request: HttpRequest, do: str, at: str):
    """What is asked for: its name, the edit, and the address to show afterwards, where it isn't the page one came from."""
    key = request.POST.get("key", "").strip()[:60]
    if do in ("up", "down"):
        return "move", lambda d: edits.move(d, at, -1 if do == "up" else 1), None
    if do == "remove":
        return "remove", lambda d: edits.remove(d, at), None
    if do == "page":
        return "add", lambda d: edits.add_page(d, key), lambda d: f"pages/{len(d['pages']) - 1}"
    if do == "question":
        kind, label = request.POST.get("kind", "")[:40], request.POST.get("label", "")[: forms.LONGEST]
        if kind not in tree.slots(Question)["kind"].shape.options:
            raise Invalid({"kind": _("答え方を選んでください。")})
        place = tree.place(at.rpartition("/")[2])
        last = lambda d: f"questions/{d['pages'][place]['ask'][-1]}"  # noqa: E731 handed on, not named
        return "add", lambda d: edits.add_question(d, place, key, kind, label), last
    if do == "put":
        place = request.POST.get("place", "")
        return "move", lambda d: edits.put_on_page(d, at.rpartition("/")[2], tree.place(place)), None
    if do == "item":
        last = lambda d: f"{at}/{key}" if key else f"{at}/{len(tree.holder(d, at)[1]) - 1}"  # noqa: E731
        return "add", lambda d: edits.add_item(d, at, {}, key), last
    raise Invalid({"": _("操作を選んでください。")})


# ---- conditions ----------------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
@page(who="staff", purpose=PURPOSE, may="ask.view")
def condition(request: HttpRequest, id: UUID, place: int) -> HttpResponse:
    """When a screen is shown: up to four tests joined by and/or; what is more involved, as YAML."""
    writing = found(request, id)
    part_of(writing.definition, f"pages/{place}")
    problems, status = {}, 200
    if request.method == "POST":
        try:
            when = _condition(request, writing.definition)
            actions.change(
                writing, version_of(request), lambda d: edits.set_condition(d, place, when), "condition", f"pages/{place}",
                by=request.actor, now=request.now,
            )  # fmt: skip
            messages.success(request, _("条件を保存しました。"))
            return redirect("builder:part", id, f"pages/{place}")
        except Invalid as invalid:
            problems, status = invalid.problems, 400
        except NotNow as not_now:
            problems, status = {"": str(not_now)}, 409
        except Refused:
            problems, status = {"": not_yours()}, 409
    return _draw_condition(request, writing, place, problems, status)


def _draw_condition(request: HttpRequest, writing: Manuscript, place: int, problems: dict, status: int) -> HttpResponse:
    definition = writing.definition
    when = definition["pages"][place].get("when")
    simple = as_rows(when)
    earlier = [key for each in definition["pages"][:place] for key in each.get("ask") or []]
    rows = simple[1] if simple else []
    post = request.POST if problems else {}
    context = frame_of(request, writing, "manuscript") | {
        "name": words.page_name(definition, place), "place": place, "told": words.condition(definition, when),
        "rows": [
            {
                "n": n + 1, "question": post.get(f"question-{n}", row[0]), "test": post.get(f"test-{n}", row[1]),
                "value": post.get(f"value-{n}", row[2]), "error": problems.get(f"value-{n}", ""), "name": n,
            }
            for n, row in enumerate([*rows, *([("", "is", "")] * TESTS_SHOWN)][:TESTS_SHOWN])
        ],
        "joint": post.get("joint", simple[0] if simple else "all"), "is_simple": simple is not None,
        "questions": [("", _("なし")), *((key, words.label(definition, key)) for key in earlier)],
        "tests": list(words.tests().items()), "yaml": post.get("yaml", exchange.dumped(when) if when and not simple else ""),
        "answers": [
            {"question": words.label(definition, key), "answers": "、".join(
                f"{c.get('key')}＝{words.answer(definition, key, c.get('key'))}" for c in definition["questions"][key]["choices"]
            )}
            for key in earlier if definition["questions"].get(key, {}).get("choices")
        ],
        "problems": problems, "errors": list(problems.items()),
        "up": (words.page_name(definition, place), reverse("builder:part", args=[writing.id, f"pages/{place}"])),
    }  # fmt: skip
    return render(request, "builder/condition.html", context, status=status)


def as_rows(when: Mapping | None) -> tuple[str, list[tuple[str, str, str]]] | None:
    """A condition as the rows of the form: how they are joined, and (question, test, value) each; None for one that doesn't fit."""
    if not when:
        return "all", []
    ((key, value),) = when.items()
    joint, parts = (key, value) if key in ("all", "any") else ("all", [when])
    rows = []
    for each in parts:
        ((question, test),) = each.items()
        if question in ("all", "any", "not"):
            return None
        ((name, wanted),) = test.items()
        if name == "answered":
            rows.append((question, "answered" if wanted else "unanswered", ""))
        else:
            rows.append(
                (question, name, "、".join(map(_typed, wanted)) if isinstance(wanted, list) else _typed(wanted))
            )
    return (joint, rows) if len(rows) <= TESTS_SHOWN else None


def _typed(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _condition(request: HttpRequest, definition: Mapping[str, Any]) -> dict | None:
    """The condition that the form says. Raises Invalid."""
    if typed := request.POST.get("yaml", "").strip()[: forms.LONGEST]:
        try:
            return dict(well_formed(exchange.parsed(typed).value))
        except (ValueError, TypeError, RecursionError) as error:
            raise Invalid({"yaml": str(error)}) from None
    parts, problems = [], {}
    for n in range(TESTS_SHOWN):
        question, test, value = (
            request.POST.get(f"{name}-{n}", "").strip()[:500] for name in ("question", "test", "value")
        )
        if not question:
            continue
        try:
            parts.append({question: _test(definition, question, test, value)})
            well_formed(parts[-1])
        except ValueError as error:
            problems[f"value-{n}"] = str(error)
    if problems:
        raise Invalid(problems)
    if not parts:
        return None
    joint = "any" if request.POST.get("joint") == "any" else "all"
    return parts[0] if len(parts) == 1 else {joint: parts}


def _test(definition: Mapping[str, Any], question: str, test: str, value: str) -> dict[str, Any]:
    """Raises ValueError in words."""
    if test in ("answered", "unanswered"):
        return {"answered": test == "answered"}
    if test not in words.tests():
        raise ValueError(_("くらべ方を選んでください。"))
    if not value:
        raise ValueError(_("くらべる答えを入力してください。"))
    asked = (definition.get("questions") or {}).get(question) or {}
    if test in ("at_least", "at_most"):
        return {test: int(value) if value.lstrip("-").isdecimal() else value}
    if test == "in":
        return {test: [_answer(asked, each.strip()) for each in value.replace(",", "、").split("、") if each.strip()]}
    return {test: _answer(asked, value)}


def _answer(question: Mapping[str, Any], typed: str) -> Any:
    """What was typed as the answer that a condition looks for: a choice by its key or its words. Raises ValueError."""
    if question.get("kind") == "tick":
        if typed not in ("true", "false", _("はい"), _("いいえ")):
            raise ValueError(_("「はい」か「いいえ」を入力してください。"))
        return typed in ("true", _("はい"))
    if question.get("kind") == "number":
        return int(typed)
    for choice in question.get("choices") or []:
        if typed in (choice.get("key"), *(choice.get("label") or {}).values()):
            return choice["key"]
    if question.get("choices"):
        raise ValueError(_("「%(answer)s」は選択肢にありません。") % {"answer": typed})
    return typed
