"""Guide through procedures (手続ナビ): what happened, one question a page, then the checklist. Answers travel in the address and nowhere else: nothing is
kept, a page can be bookmarked, and it works without scripts."""

from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kusei.base.ask import queries
from kusei.base.ask.engine import KINDS
from kusei.base.ask.kinds import Setting
from kusei.base.ask.schema import Question
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, Refused
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page
from kusei.base.web import kit
from kusei.base.web.occasions import ICONS
from kusei.counter.life_events import events, rules
from kusei.counter.life_events.events import LifeEvent

PURPOSE = "手続の案内"
DAY = "happened_on"


@require_GET
@page(who="public", purpose=PURPOSE)
def index(request: HttpRequest) -> HttpResponse:
    """What happened?"""
    found = [(name, event) for name in events.names() if (event := events.named(name))]
    cards = [
        {
            "title": text(event.title.mapping()),
            "text": text(event.line.mapping()),
            "url": reverse("life_events:event", args=[name]),
            "icon": ICONS.get(event.category, "document"),
        }
        for name, event in found
    ]
    return render(request, "life_events/portal_index.html", {"cards": cards})


@require_GET
@page(who="public", purpose=PURPOSE)
def event(request: HttpRequest, slug: str) -> HttpResponse:
    """The next question, or the checklist when all are answered."""
    found = events.named(slug)
    if found is None:
        raise Refused("life_events.event", obj=("life_events.event", slug[:80]))
    typed = {key: request.GET.get(key, "") for key in found.questions if key in request.GET}
    given = rules.relevant(found, typed)
    key = rules.next_question(found, typed)
    if key:
        return _ask(request, found, key, given, wrong="asked" in request.GET)
    if not {f"{DAY}_year", DAY} & set(request.GET):
        return _ask_day(request, found, given, {})
    try:
        happened_on = _day(request)
    except Invalid as invalid:
        return _ask_day(request, found, given, invalid.problems)
    return _checklist(request, found, slug, given, happened_on)


def _hidden(given: dict[str, str]) -> list[tuple[str, str]]:
    return list(given.items())


def _ask(request: HttpRequest, found: LifeEvent, key: str, given: dict[str, str], wrong: bool) -> HttpResponse:
    question = found.questions[key]
    problem = _("どれか1つを選んでください。") if wrong and request.GET.get("asked") == key else ""
    field = kit.field(
        "radios",
        key,
        text(question.label.mapping()),
        choices=[(c.key, text(c.label.mapping()), text(c.hint.mapping()) if c.hint else "") for c in question.choices],
        hint=text(question.hint.mapping()) if question.hint else "",
        error=problem,
        required=True,
        page_heading=True,
    )
    hidden = [*_hidden(given), ("asked", key)]
    return _page(request, found, field, hidden, given, [(key, problem)] if problem else [])


def _ask_day(request: HttpRequest, found: LifeEvent, given: dict[str, str], problems: dict[str, str]) -> HttpResponse:
    typed = {part: request.GET.get(f"{DAY}_{part}", "") for part in ("year", "month", "day")}
    field = kit.field(
        "date",
        DAY,
        text(found.happened.mapping()),
        value=typed,
        hint=_("期限を計算します。これからのことや、わからないときは、書かずに進んでください。"),
        error=problems.get(DAY, ""),
        page_heading=True,
    )
    return _page(request, found, field, _hidden(given), given, list(problems.items()))


def _page(request, found, field, hidden, given, errors) -> HttpResponse:
    title = text(found.title.mapping())
    context = {"title": title, "field": field, "hidden": hidden, "errors": errors, "back": _back(request, given)}
    return render(request, "life_events/portal_question.html", context, status=400 if errors else 200)


def _back(request: HttpRequest, given: dict[str, str]) -> str:
    """The address of the question before: the same without its answer."""
    before = list(given.items())[:-1]
    return f"{request.path}?{urlencode(before)}" if given else reverse("life_events:index")


def _day(request: HttpRequest) -> date | None:
    """The day that was given: typed in three parts, or as one ISO date in a link. None where it was left empty. Raises Invalid."""
    kind, question = KINDS["date"], Question.model_validate({"kind": "date", "required": False, "label": {"ja": DAY}})
    post = request.GET.copy()
    if whole := post.get(DAY):
        for name, values in kind.from_json(DAY, whole if whole.count("-") == 2 else f"{whole}--").items():
            post.setlist(name, values)
    answer = kind.read(DAY, question, post, Setting(today=local_date(request.now)))
    return date.fromisoformat(answer) if answer else None


def _checklist(
    request: HttpRequest, found: LifeEvent, slug: str, given: dict[str, str], day: date | None
) -> HttpResponse:
    today = local_date(request.now)
    there = {snapshot.procedure: procedure for snapshot, procedure in queries.in_force(today)}
    items = rules.checklist(found, given, day, today, lambda name: there[name].deadline if name in there else None)
    shown = [_shown(item, there, today) for item in items if not item.need.procedure or item.need.procedure in there]
    answers = [
        {
            "label": text(found.questions[key].label.mapping()),
            "value": next(text(c.label.mapping()) for c in found.questions[key].choices if c.key == value),
        }
        for key, value in given.items()
    ]
    if day:
        answers.append({"label": text(found.happened.mapping()), "value": kit.day(day)})
    context = {
        "title": text(found.title.mapping()),
        "items": shown,
        "answers": answers,
        "again": reverse("life_events:event", args=[slug]),
        "sources": found.sources,
    }
    return render(request, "life_events/portal_checklist.html", context)


def _shown(item: rules.Item, there: dict, today: date) -> dict:
    need = item.need
    procedure = there.get(need.procedure)
    guide = procedure.guide if procedure else {}
    facts = [
        (
            _("いつまでに"),
            item.deadline.sentence() if item.deadline else text(guide["when"].mapping()) if "when" in guide else "",
        ),
        (_("用意するもの"), text(guide["bring"].mapping()) if "bring" in guide else ""),
        (_("窓口"), text((need.where or guide.get("where")).mapping()) if need.where or "where" in guide else ""),
    ]
    return {
        "title": text((procedure.title if procedure else need.task).mapping()),
        "note": text(need.note.mapping()) if need.note else "",
        "url": reverse("ask:procedure", args=[need.procedure]) if procedure else "",
        "online": procedure.online if procedure else "",
        "last_day": item.last_day,
        "late": item.last_day is not None and item.last_day < today,
        "rows": [{"label": label, "value": value} for label, value in facts if value],
        "law": [law.text for law in need.law],
    }
