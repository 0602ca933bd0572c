"""The pages of things found, for the section that keeps them."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kusei.base import audit
from kusei.base.audit.forms import Day
from kusei.base.decide.views.found import day_in, uuid_in
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.pages import page
from kusei.base.staff.models import Department
from kusei.base.staff.queries import departments
from kusei.office.lost_property import actions, queries
from kusei.office.lost_property.models import FoundItem


class ItemForm(forms.Form):
    """What is written down of a thing found."""

    kind = forms.ChoiceField(label=gettext_lazy("種類"), choices=FoundItem.KINDS)
    description = forms.CharField(
        label=gettext_lazy("特徴"),
        help_text=gettext_lazy("公開されません。申出の内容と照らし合わせます。"),
        max_length=200,
    )
    found_on = Day(
        label=gettext_lazy("見つかった日"), help_text=gettext_lazy("例：令和8年11月20日、2026-11-20"), max_length=20
    )
    found_at = forms.ModelChoiceField(
        label=gettext_lazy("見つかった場所"), queryset=Department.objects.order_by("path")
    )
    office = forms.ModelChoiceField(label=gettext_lazy("保管する課"), queryset=Department.objects.none())
    shelf = forms.CharField(label=gettext_lazy("保管場所"), max_length=20)
    cheap = forms.BooleanField(
        label=gettext_lazy("傘・衣類など、2週間で処分できるもの（遺失物法9条2項）"), required=False
    )


@page(who="staff", purpose=queries.PURPOSE, may="decide.take")
def add(request: HttpRequest) -> HttpResponse:
    """Enter a thing found."""
    form = ItemForm(request.POST if request.method == "POST" else None)
    form.fields["office"].queryset = departments(request.actor, "decide.take")
    if form.is_bound and form.is_valid():
        if form.cleaned_data["found_on"] <= local_date(request.now):
            office, given = form.cleaned_data.pop("office"), form.cleaned_data
            item = actions.enter(office, given, by=request.actor, now=request.now)
            messages.success(request, _("%(number)sとして登録しました。") % {"number": item.number})
            return redirect("lost_property:item", id=item.id)
        form.add_error("found_on", _("見つかった日は、きょうまでの日を入力してください。"))
    return render(request, "lost_property/add.html", {"form": form}, status=400 if form.errors else 200)


@page(who="staff", purpose=queries.PURPOSE, may="record.view")
def item(request: HttpRequest, id: UUID) -> HttpResponse:
    """One thing found: what it is, whose it may be, and what is to be done next."""
    found = (
        queries.visible(request.actor, queries.PURPOSE, request.now)
        .select_related("found_at", "claim")
        .filter(id=id)
        .first()
    )
    if not found:
        raise Refused("lost_property.view", obj=("lost_property.founditem", id))
    problems = {}
    if request.method == "POST":
        try:
            _act(request, found)
            messages.success(request, _("記録しました。"))
            return redirect("lost_property:item", id=id)
        except Invalid as error:
            problems = error.problems
        except NotNow as error:
            problems = {"": str(error)}
    return _show(request, found, problems)


def _act(request: HttpRequest, found: FoundItem) -> None:
    """Do what was asked for. Raises what the act raises, Invalid for no act of the page."""
    who = {"by": request.actor, "now": request.now}
    match request.POST.get("do"):
        case "notice":
            actions.notice(found, day_in(request, "noticed_on"), **who)
        case "match":
            actions.match(found, uuid_in(request.POST.get("claim", "")), **who)
        case "return":
            actions.hand_over(found, **who)
        case _:
            raise Invalid({"": _("操作を選んでください。")})


def _show(request: HttpRequest, found: FoundItem, problems: dict[str, str]) -> HttpResponse:
    kept = not (found.returned_on or found.expired_on)
    may = kept and request.actor.may("decide.take", found.office_id)
    free = not found.claim or found.claim.state == "withdrawn"
    claims = queries.candidates(found, request.actor, request.now) if may and free else []
    people = [case.party_id for case in [*claims, *([found.claim] if found.claim else [])]]
    audit.log(
        request.actor,
        "read",
        "lost_property.view",
        subjects=people or [None],
        obj=found,
        purpose=queries.PURPOSE,
        now=request.now,
    )
    context = {
        "item": found,
        "kept": kept,
        "may": may,
        "free": free,
        "claims": [
            (str(case.id), f"{case.number}　{case.applicant_name}", case.answers.get("description", ""))
            for case in claims
        ],
        "can_return": may and found.claim and found.claim.outcome == actions.RETURNED,
        "problems": problems,
        "errors": list(problems.items()),
    }
    return render(request, "lost_property/item.html", context, status=400 if problems else 200)
