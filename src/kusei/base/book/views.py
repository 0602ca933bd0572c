"""Choosing a time for something of one's own application: choose, confirm, change, give up. Without scripts."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from kusei.base.ask import queries as ask
from kusei.base.book import actions, queries
from kusei.base.decide.models import Case
from kusei.base.kernel import parts
from kusei.base.kernel.clock import JAPAN
from kusei.base.kernel.errors import NotNow, Refused
from kusei.base.kernel.i18n import day
from kusei.base.kernel.pages import page

MOST_SHOWN = 60


@page(who="resident", purpose="予約")
def choose(request: HttpRequest, id: UUID, about: UUID) -> HttpResponse:
    """The free times for one thing of an application; what is held, to be confirmed; what is booked, to be changed or given up."""
    application = ask.application(request.actor, id, request.now)
    if not parts.here("office"):
        raise Refused("book.elsewhere", obj=application)
    case = Case.objects.select_related("department").get(id=application.id)
    found = next((each for each in queries.to_book(case, request.now) if each.thing.about == about), None)
    if found is None:
        raise Refused("book.thing", obj=application, subject=case.party_id)
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            return _act(request, case, found)
        except NotNow as not_now:
            problems = {"slot": str(not_now)}
            found = next(each for each in queries.to_book(case, request.now) if each.thing.about == about)
    return _show(request, case, found, problems)


def _act(request: HttpRequest, case: Case, found: queries.ToBook) -> HttpResponse:
    given, who = request.POST, {"by": request.actor, "now": request.now}
    done = given.get("do")
    if done == "confirm" and found.held:
        actions.confirm(found.held, **who)
        messages.success(request, _("予約しました。"))
        return redirect("ask:application", case.id)
    if done == "cancel" and found.confirmed:
        actions.cancel(found.confirmed, **who)
        messages.success(request, _("予約を取り消しました。"))
        return redirect("book:choose", case.id, found.thing.about)
    if done == "release" and found.held:
        actions.cancel(found.held, **who)
        return redirect("book:choose", case.id, found.thing.about)
    if done == "hold":
        try:
            actions.hold(case, found.thing.about, UUID(given.get("slot", "")), **who)
        except ValueError:
            raise NotNow(_("日時を選んでください。")) from None
        return redirect("book:choose", case.id, found.thing.about)
    raise NotNow(_("仮押さえの時間が過ぎました。もう一度、日時を選んでください。"))


def _show(request: HttpRequest, case: Case, found: queries.ToBook, problems: dict[str, str]) -> HttpResponse:
    resource = queries.resource(found.thing.resource)
    free = [] if found.held else queries.free(resource.name, case.department_id, request.now, notice=resource.notice)
    confirmed = found.confirmed
    context = {
        "application": case,
        "found": found,
        "title": found.title,
        "booked": queries.when(confirmed.seat.slot) if confirmed else "",
        "changeable": confirmed and request.now < actions.until(confirmed.seat.slot, request.actor),
        "held": queries.when(found.held.seat.slot) if found.held else "",
        "held_until": found.held and found.held.held_until,
        "slots": [(str(slot.id), queries.when(slot), _left(slot)) for slot in free[:MOST_SHOWN]],
        "notice": _last_day(confirmed, request) if confirmed else "",
        "problems": problems,
        "errors": list(problems.items()),
        "department": case.department,
        "back": reverse("ask:application", args=[case.id]),
    }
    return render(request, "book/choose.html", context, status=409 if problems else 200)


def _left(slot) -> str:
    return _("空き%(free)s") % {"free": slot.capacity - slot.taken}


def _last_day(booking, request: HttpRequest) -> str:
    """The last day on which the booking can be changed, in words."""
    until = actions.until(booking.seat.slot, request.actor)
    return day((until - actions.rules.MOMENT).astimezone(JAPAN).date())
