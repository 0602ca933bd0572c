"""Proving who one is (本人確認): ask for a letter, type its code."""

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from kusei.base.accounts import actions, throttle
from kusei.base.accounts.actions import Claimed
from kusei.base.accounts.devices import device_of
from kusei.base.accounts.views.sign_in import safe_next, wait
from kusei.base.kernel.calendar import NoSuchDate, read_date
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import NotNow
from kusei.base.kernel.pages import page
from kusei.base.kernel.wards import load_ward
from kusei.base.line import actions as line
from kusei.base.parties.models import Town
from kusei.base.signing import trust

LONGEST = {"name": 200, "town": 50, "block": 40}
AFTER = "after_tie"
"""In the session: where the person was going when 本人確認 turned out to be needed."""


@never_cache
@sensitive_post_parameters("code")
@page(who="resident", purpose="本人確認")
def tie(request: HttpRequest) -> HttpResponse:
    """Where one stands with 本人確認, and the field for the letter's code."""
    if request.method != "POST":
        remember_way(request)
        return _tie(request)
    if not request.POST.get("code", "").strip():
        return _tie(request, _("手紙に書かれた12文字のコードを入力してください。"), 400)
    try:
        keys = {"account": str(request.actor.account_id), "address": device_of(request).address}
        counted = throttle.take("tie_try", keys, request.now)
        tied = actions.tie_with_code(request.user, request.POST["code"], by=request.actor, now=request.now)
    except throttle.TooMany as shut:
        return wait(request, shut.until)
    except NotNow as clash:
        return _tie(request, str(clash), 409)
    if not tied:
        problem = _(
            "コードが違うか、使えなくなっています。手紙と見くらべて、もう一度入力してください。5回まちがえたときは、新しい手紙を申し込んでください。"
        )
        return _tie(request, problem, 400)
    if tied is line.UNDER_WAY:
        messages.info(request, _("コードを受け取りました。区役所が確かめしだい、マイページとメールでお知らせします。"))
        return redirect("accounts:my_page")
    throttle.give_back(counted)
    messages.success(request, _("本人確認が終わりました。区に登録されている情報が、申請で使えるようになりました。"))
    return redirect(request.session.pop(AFTER, "accounts:my_page"))


def remember_way(request: HttpRequest) -> None:
    """Keep where the person was going, for when it is done."""
    if after := safe_next(request):
        request.session[AFTER] = after


def _tie(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    asked = throttle.last("letter_request", "account", str(request.actor.account_id), request.now)
    context = {
        "tied": request.actor.party_id is not None,
        "cards": trust.accepted(),
        "asked": asked,
        "days": actions.LETTER_CODE_LIVES.days,
        "error": error,
        "errors": [("code", error)] if error else [],
    }
    return render(request, "accounts/tie.html", context, status=status)


@never_cache
@page(who="resident", purpose="本人確認")
def tie_request(request: HttpRequest) -> HttpResponse:
    """Who one is, as registered; the letter goes out if that fits, and the answer is the same if it doesn't."""
    if request.actor.party_id is not None:
        return redirect("accounts:tie")
    if request.method != "POST":
        return _ask(request, {}, {})
    typed = {name: request.POST.get(name, "").strip()[: LONGEST[name] + 1] for name in LONGEST}
    typed["birth_date"] = {
        part: request.POST.get(f"birth_date_{part}", "").strip()[:8] for part in ("year", "month", "day")
    }
    claimed, errors = _read(typed, local_date(request.now))
    if errors:
        return _ask(request, typed, errors, 400)
    try:
        keys = {"account": str(request.actor.account_id), "address": device_of(request).address}
        throttle.take("letter_request", keys, request.now)
    except throttle.TooMany as shut:
        return wait(request, shut.until)
    actions.request_letter(request.user, claimed, by=request.actor, now=request.now)
    return redirect("accounts:tie")


def _ask(request: HttpRequest, typed: dict, errors: dict, status: int = 200) -> HttpResponse:
    towns = Town.objects.filter(ward_code=load_ward(settings.WARD).code).order_by("name").values_list("name", flat=True)
    context = {"typed": typed, "error_of": errors, "errors": list(errors.items()), "towns": towns}
    context["town_attrs"] = {"list": "towns"}
    return render(request, "accounts/tie_request.html", context, status=status)


def _read(typed: dict, today: date) -> tuple[Claimed | None, dict[str, str]]:
    """What was typed as a claim, or what is wrong with it, by field."""
    missing = {
        "name": _("氏名かフリガナを入力してください。"),
        "town": _("町名・丁目を入力してください。"),
        "block": _("番地・号を入力してください。"),
    }
    errors = {name: words for name, words in missing.items() if not typed[name]}
    errors |= {name: _("長すぎます。") for name, most in LONGEST.items() if len(typed[name]) > most}
    birth, parts = None, typed["birth_date"]
    if not all(parts.values()):
        errors["birth_date"] = _("生年月日の年・月・日を入力してください。")
    else:
        try:
            birth = read_date("{year}年{month}月{day}日".format(**parts))
            if birth > today:
                errors["birth_date"] = _("生年月日に、これからの日付が入力されています。")
        except NoSuchDate as problem:
            errors["birth_date"] = str(problem)
    in_order = {name: errors[name] for name in ("name", "birth_date", "town", "block") if name in errors}
    return (None, in_order) if errors else (Claimed(typed["name"], birth, typed["town"], typed["block"]), {})
