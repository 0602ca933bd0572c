"""One row of a register: what is kept of it, and what staff can do with it, as its module's `Form`s say. And the form for a new one."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.ask import engine
from kusei.base.ask.kinds import Setting
from kusei.base.ask.schema import Question
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import text
from kusei.base.kernel.offers import Form, Option, Register, registry
from kusei.base.kernel.pages import page
from kusei.base.record import queries
from kusei.base.record.views import month, register_named
from kusei.base.staff.queries import as_options, departments

KEEPER = "department"
"""The question of a form for a new row that asks which department keeps it: always there, offering those for which one may."""


class Asked:
    """A form about a thing (a row, or None for a new one), asked in a request."""

    def __init__(self, form: Form, thing: Model | None, request: HttpRequest) -> None:
        self.form, self.thing, self.request = form, thing, request
        self.questions = {key: Question.model_validate(parts) for key, parts in form.questions.items()}
        if thing is None:
            self.questions[KEEPER] = Question.model_validate(
                {"kind": "choice", "from": KEEPER, "label": {"ja": "担当する課", "ja-easy": "担当（たんとう）の 課", "en": "Section in charge"}}
            )  # fmt: skip
        self.named: list[UUID] = []

    def _options(self, name: str) -> list[Option]:
        if name == KEEPER and self.thing is None:
            return as_options(departments(self.request.actor, self.form.may))
        if name in self.form.choices:
            found = list(self.form.choices[name](self.thing, self.request.actor, self.request.now))
            self.named += [option.subject for option in found if option.subject]
            return found
        return registry.options(name, local_date(self.request.now))

    def setting(self) -> Setting:
        """What the questions are asked in."""
        return Setting(today=local_date(self.request.now), options=self._options)

    def given(self) -> dict[str, Any]:
        """The answers posted. Raises Invalid."""
        answers = engine.read_all(self.questions, self.request.POST, self.setting())
        dates = {key for key, question in self.questions.items() if question.kind == "date" and answers[key]}
        return {key: date.fromisoformat(value) if key in dates else value for key, value in answers.items()}

    def drawn(self, errors: Mapping[str, str]) -> dict[str, Any]:
        """For the template."""
        post = self.request.POST if errors else None
        return {
            "name": self.form.name,
            "title": text(self.form.title),
            "hint": text(self.form.hint),
            "button": text(self.form.button) or text(self.form.title),
            "questions": engine.draw_all(self.questions, {}, self.setting(), post, errors),
        }


@page(who="staff", purpose="台帳閲覧", may="record.view", tells=True)
def row(request: HttpRequest, name: str, id: UUID) -> HttpResponse:
    """One row: what is kept of it, and every act that can be done with it now, as a form."""
    found = register_named(name)
    thing = _row(found, request, id)
    problems: dict[str, str] = {}
    status, done = 200, ""
    if request.method == "POST":
        done = request.POST.get("do", "")
        try:
            _do(found, thing, done, request)
            messages.success(request, _("記録しました。"))
            return redirect("record:row", name=name, id=id)
        except Invalid as error:
            problems, status = error.problems, 400
        except NotNow as error:
            problems, status = {"": str(error)}, 409
            thing = _row(found, request, id)
    forms = [Asked(form, thing, request) for form in _open(found, thing, request)]
    drawn = [asked.drawn(problems if asked.form.name == done else {}) for asked in forms]
    case = queries.value(thing, found.case) if found.case else None
    subjects = [queries.value(thing, found.subject)] if found.subject else [case.party_id] if case else []
    subjects += [subject for asked in forms for subject in asked.named]
    audit.log(
        request.actor, "read", "record.row", subjects=list(dict.fromkeys(filter(None, subjects))) or [None], obj=thing,
        purpose=found.purpose, now=request.now, detail={"register": name},
    )  # fmt: skip
    chip = found.chips.get(queries.kept(thing, found.state)) if found.state else None
    context = {
        "register": found,
        "title": queries.value(thing, found.columns[0][0]),
        "chip": chip,
        "chip_label": text(chip[1]) if chip else "",
        "rows": [
            {"label": text(label), "value": _shown(found, thing, path)}
            for path, label in [*found.columns[1:], *found.more]
        ],
        "case": case,
        "forms": drawn,
        "errors": list(problems.items()),
        "crumbs": [
            (found.title, reverse("record:register", args=[name])),
            (queries.value(thing, found.columns[0][0]), ""),
        ],
    }
    return render(request, "record/row.html", context, status=status)


def _row(found: Register, request: HttpRequest, id: UUID) -> Model:
    """The row, if the actor may see it and rows have a page. Raises Refused."""
    paths = [path for path, _label in [*found.columns, *found.more]] + ([found.case] if found.case else [])
    related = {path.rpartition(".")[0].replace(".", "__") for path in paths if "." in path}
    rows = found.visible(request.actor, found.purpose, request.now)
    thing = rows.select_related(*sorted(related)).filter(id=id).first() if found.acts or found.more else None
    if thing is None:
        raise Refused("record.row", obj=(found.name, id))
    return thing


def _open(found: Register, thing: Model, request: HttpRequest) -> list[Form]:
    """What the actor can do with the row now."""
    where = queries.kept(thing, found.department)
    state = queries.kept(thing, found.state) if found.state else ""
    return [form for form in found.acts if (not form.open or state in form.open) and request.actor.may(form.may, where)]


def _do(found: Register, thing: Model, name: str, request: HttpRequest) -> None:
    form = next((form for form in found.acts if form.name == name), None)
    if form is None:
        raise Invalid({"": _("操作を選んでください。")})
    given = Asked(form, thing, request).given()
    form.run(thing, given, by=request.actor, now=request.now)


def _shown(found: Register, thing: Model, path: str) -> Any:
    value = queries.shown(found, thing, path)
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("はい") if value else _("いいえ")
    if isinstance(value, int):
        return f"{value:,}"
    return month(value) if path.endswith("_month") else value


@page(who="staff", purpose="台帳への登録", may="decide.take", tells=True)
def enter(request: HttpRequest, name: str) -> HttpResponse:
    """A new row, where the register takes them by hand."""
    found = register_named(name)
    if not found.enter or not request.actor.may(found.enter.may):
        raise Refused("record.enter", obj=("register", name))
    asked = Asked(found.enter, None, request)
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            given = asked.given()
            keeper = departments(request.actor, found.enter.may).get(path=given.pop(KEEPER))
            made = found.enter.run(keeper, given, by=request.actor, now=request.now)
            messages.success(request, _("%(number)sとして登録しました。") % {"number": made})
            return redirect("record:row", name=name, id=made.id)
        except Invalid as error:
            problems = error.problems
    context = {
        "register": found,
        "form": asked.drawn(problems),
        "errors": list(problems.items()),
        "crumbs": [(found.title, reverse("record:register", args=[name])), (text(found.enter.title), "")],
    }
    return render(request, "record/enter.html", context, status=400 if problems else 200)
