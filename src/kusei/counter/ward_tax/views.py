"""The clerk's desk for the tax: every question of the return on one page, prefilled, and the tax worked out as one types. Nothing is kept."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kusei.base.ask import catalogue, engine, estimates
from kusei.base.ask.kinds import Setting
from kusei.base.ask.schema import Page, Procedure
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.pages import page
from kusei.base.parties import queries as parties
from kusei.base.parties.facts import facts
from kusei.counter.ward_tax.queries import PURPOSE, RETURN, visible


@require_http_methods(["GET", "POST"])
@page(who="staff", purpose=PURPOSE, may="decide.view")
def trial(request: HttpRequest) -> HttpResponse:
    """Work out the tax for whoever asks; with the number of a person of the register (宛名番号) from what the ward holds about them."""
    procedure = without_duties(catalogue.written(RETURN))
    asked = Page(key="all", ask=[key for key in procedure.questions if key != "agreement"])
    number = request.GET.get("number", "").strip()
    setting = Setting(given=known(request, number, procedure) if number else {}, today=local_date(request.now))
    if request.method == "POST":
        answers = estimates.typed(procedure, asked, request.POST, setting)
    else:
        answers = estimates.prefilled(asked, procedure, {}, setting)
    worked = {"estimate": estimates.estimate(RETURN, answers, local_date(request.now)), "open_estimate": True}
    if "part" in request.GET:
        return render(request, "ask/_estimate.html", worked)
    post = request.POST if request.method == "POST" else None
    context = {
        "questions": engine.draw(procedure, asked, {}, setting, post),
        "number": number,
        "name": (setting.given.get("name") or {}).get("value"),
        "missing": _("その番号の人の資料は、見つかりません。") if number and not setting.given else "",
    }
    return render(request, "ward_tax/trial.html", context | worked)


def without_duties(procedure: Procedure) -> Procedure:
    """The procedure with no question that must be answered."""
    questions = {key: each.model_copy(update={"required": False}) for key, each in procedure.questions.items()}
    return procedure.model_copy(update={"questions": questions})


def known(request: HttpRequest, number: str, procedure: Procedure) -> dict[str, dict]:
    """What the ward holds for the questions about the person with that number, by fact; nothing where the
    clerk may see nobody of that number, or none of their tax documents."""
    person = parties.visible(request.actor, PURPOSE, request.now).filter(kind="person", number=number).first()
    if person is None or not visible(request.actor, PURPOSE, request.now).filter(party=person).exists():
        return {}
    wanted = list(dict.fromkeys(["name", *procedure.facts_used()]))
    found = facts(person.id, wanted, PURPOSE, by=request.actor, now=request.now)
    return {
        what: {"value": fact.value, "source": fact.source, "as_of": str(fact.as_of)} for what, fact in found.items()
    }
