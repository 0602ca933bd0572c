"""The pages on which a registrar does an act on the register (異動): the form, what it will change, and then the act itself.

What was confirmed is what is done: the act is tried and taken back to show what it changes, and done only if it still changes the same.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kusei.base import audit
from kusei.base.ask import engine
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import text
from kusei.base.kernel.ids import new_id
from kusei.base.kernel.offers import Form
from kusei.base.kernel.pages import page
from kusei.base.parties import forms, queries
from kusei.base.parties.actions import MAY, PURPOSE
from kusei.base.parties.changes import Change, changes
from kusei.base.parties.models import Act, Membership, Party, Residence
from kusei.base.record.row_views import Asked

SHEET = re.compile("[0-9a-f-]{36}")


class _Tried(Exception):
    """Carries what an act would change out of the transaction that is taken back."""

    def __init__(self, found: list[Change]):
        super().__init__()
        self.found = found


@dataclass(frozen=True)
class Sheet:
    """One form filled in: whom it is about, its answers, and the name under which it is one act however often it is sent."""

    form: Form
    person: Party | None
    given: dict[str, Any]

    def _do(self, by: Actor, now: datetime) -> tuple[Act, list[Change]]:
        _hold(self.person)
        act = self.form.run(self.person, self.given, by=by, now=now)
        typed = [step["id"] for step in act.steps if step["did"] == "open" and step["what"] == "Residence"]
        asked = "to" in self.form.questions or "block" in self.form.questions
        place = Residence.objects.select_related("town").filter(id__in=typed).first() if asked else None
        return act, changes(act, now, typed=str(place) if place else "")

    def tried(self, by: Actor, now: datetime) -> list[Change]:
        """What the act would change; nothing does. Raises what the act raises."""
        try:
            with audit.audit_scope():
                raise _Tried(self._do(by, now)[1])
        except _Tried as tried:
            return tried.found

    def done(self, seen: str, by: Actor, now: datetime) -> Act:
        """Do it. Raises NotNow where it would change something else than was shown."""
        with audit.audit_scope():
            if again := Act.objects.filter(event=self.given["sheet"]).first():
                return again
            act, found = self._do(by, now)
            if digest(self.given["sheet"], found) != seen:
                raise NotNow(_("その間に、ほかの人が登録を変えました。もう一度、変わる内容を確かめてください。"))
            return act


def _hold(person: Party | None) -> None:
    """Lock the person and everybody of their household, in the order of ids: of two registrars at once the second waits."""
    if person is None:
        return
    homes = Membership.objects.filter(person=person, until=None).values("household")
    kin = Membership.objects.filter(household__in=homes, until=None).values_list("person_id", flat=True)
    everybody = Party.objects.select_for_update(no_key=True).filter(id__in=[person.id, *kin]).order_by("id")
    list(everybody.values_list("id", flat=True))


def digest(sheet: str, found: list[Change]) -> str:
    """What a page showed, as one value that only we can make."""
    said = [(change.name, change.label, change.before, change.after, change.raw) for change in found]
    return salted_hmac("parties.act", f"{sheet} {said}").hexdigest()


@page(who="staff", purpose=PURPOSE, may=MAY, tells=True)
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, person_id: UUID, name: str) -> HttpResponse:
    """An act about a person."""
    found = queries.visible(request.actor, PURPOSE, request.now).filter(id=person_id, kind="person").first()
    if found is None:
        raise Refused("parties.act", subject=person_id)
    return _page(request, found, name)


@page(who="staff", purpose=PURPOSE, may=MAY, tells=True)
@require_http_methods(["GET", "HEAD", "POST"])
def newcomer(request: HttpRequest) -> HttpResponse:
    """Somebody new moves in (転入)."""
    return _page(request, None, "move_in")


def _page(request: HttpRequest, person: Party | None, name: str) -> HttpResponse:
    """The form; with what was posted either the form again, or what it changes, or the act done."""
    if before := _sent_before(request):
        return _after(request, before, person)
    form = forms.form_of(name, person, request.actor, request.now)
    asked, problems, status = Asked(form, person or Party(kind="person"), request), {}, 200
    found: list[Change] | None = None
    step = request.POST.get("step", "")
    if request.method == "POST" and step != "edit":
        try:
            sheet = Sheet(form, person, asked.given() | {"sheet": _event(request)})
            if step == "record":
                made = sheet.done(request.POST.get("seen", ""), request.actor, request.now)
                return _after(request, made, person)
            found = sheet.tried(request.actor, request.now)
            _log(request, found)
        except Invalid as error:
            problems, status = error.problems, 400
        except NotNow as error:
            problems, status = {"": str(error)}, 409
    context = _context(request, asked, person, problems) | {"changes": _rows(found), "confirming": found is not None}
    if found is not None:
        context |= {"typed": _typed(request), "seen": digest(_event(request), found)}
    return render(request, "parties/act.html", context, status=status)


def _context(request: HttpRequest, asked: Asked, person: Party | None, problems: dict[str, str]) -> dict[str, Any]:
    title = text(asked.form.title)
    post = request.POST if request.method == "POST" else None
    crumbs = [(_("住民をさがす"), reverse("parties:people"))]
    if person:
        crumbs.append((person.name, _home(person)))
    return {
        "title": title, "person": person, "sheet": _event(request).removeprefix("console/"), "errors": list(problems.items()),
        "undone": forms.last_act(person.id) if person and asked.form.name == "undo" else None,
        "questions": engine.draw_all(asked.questions, {}, asked.setting(), post, problems),
        "crumbs": [*crumbs, (title, "")],
        "columns": [("name", _("だれの"), "main"), ("label", _("何が")), ("before", _("変更前")), ("after", _("変更後"))],
    }  # fmt: skip


def _home(person: Party) -> str:
    return f"{reverse('parties:person', args=[person.id])}?purpose={PURPOSE}"


def _event(request: HttpRequest) -> str:
    """The name of this sheet; a new one where the post brings none."""
    if not hasattr(request, "sheet"):
        typed = request.POST.get("sheet", "")
        request.sheet = "console/" + (typed if SHEET.fullmatch(typed) else str(new_id()))
    return request.sheet


def _sent_before(request: HttpRequest) -> Act | None:
    """The act that this very sheet made already, when it is sent twice."""
    if request.POST.get("step") != "record":
        return None
    return Act.objects.filter(event=_event(request), recorded_by=request.actor.account_id).first()


def _after(request: HttpRequest, made: Act, person: Party | None) -> HttpResponse:
    messages.success(request, _("異動を記録しました。"))
    shown = person or made.parties.filter(kind="person").order_by("id").last()
    return redirect(_home(shown))


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """The answers, to be sent again with the confirmation."""
    ours = {"csrfmiddlewaretoken", "step", "seen", "sheet"}
    return [(key, value) for key in request.POST if key not in ours for value in request.POST.getlist(key)]


def _rows(found: list[Change] | None) -> list[dict[str, str]]:
    return [
        {
            "name": change.name, "label": change.label,
            "before": "、".join(change.before) or "—", "after": "、".join(change.after) or _("（終わる）"),
        }
        for change in found or []
    ]  # fmt: skip


def _log(request: HttpRequest, found: list[Change]) -> None:
    """Whoever was shown was read, if the register knew them before."""
    subjects = Party.objects.filter(id__in={change.party for change in found}).values_list("id", flat=True)
    audit.log(request.actor, "read", "parties.act", subjects=list(subjects) or [None], purpose=PURPOSE, now=request.now)
