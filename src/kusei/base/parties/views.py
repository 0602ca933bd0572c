"""Looking people up at the counter."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kusei.base.kernel.calendar import DAY, NoSuchDate, read_date
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.countries import country
from kusei.base.kernel.errors import Invalid, Refused
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page
from kusei.base.parties import forms, organisations, queries
from kusei.base.parties.changes import in_words
from kusei.base.parties.dossier import PURPOSES, Dossier, allowed, dossier
from kusei.base.parties.models import Mandate
from kusei.base.parties.steps import Notice
from kusei.base.staff.models import StaffMember
from kusei.base.web.kit import moment, wareki

LONGEST = 100
ORGANISATION = {"name": 200, "kana": 200, "number": 20, "address": 200, "phone": 20}
"""What is typed of an organisation, and how long it may be."""


@page(who="staff", purpose=PURPOSES[0], may="parties.view")
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Search for a person. What is typed is posted, so that no address and no log of addresses holds a name."""
    purpose = _purpose(request.POST.get("purpose"), request)
    text, typed = request.POST.get("text", "").strip()[:LONGEST], request.POST.get("born", "").strip()
    errors, born = [], None
    try:
        born = read_date(typed) if typed else None
    except NoSuchDate as error:
        errors = [("born", str(error))]
    found: list[queries.Found] = []
    if request.method == "POST" and not errors:
        found = queries.search(text.replace("\0", ""), born, purpose=purpose, by=request.actor, now=request.now)
    context = {
        "text": text, "born": typed, "errors": errors, "problems": dict(errors), "purpose": purpose,
        "purposes": [(each, each) for each in allowed(request.actor)],
        "may_change": request.actor.may(forms.MAY, purpose=forms.PURPOSE),
        "searched": request.method == "POST" and not errors,
        "columns": [("name", _("氏名"), "main"), ("kana", _("フリガナ")), ("born", _("生年月日")), ("address", _("住所"))],
        "rows": [
            {
                "name": (each.name, f"{reverse('parties:person', args=[each.id])}?purpose={purpose}"),
                "kana": each.kana, "born": _day(each.birth_date), "address": each.address or (_("支援措置") if each.protected else _("表示しません") if each.hidden else ""),
            }
            for each in found
        ],
    }  # fmt: skip
    return render(request, "parties/people.html", context, status=400 if errors else 200)


@page(who="staff", purpose=PURPOSES[0], may="parties.view")
@require_safe
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One person: household, where they lived, names, who may act for them, and what happened."""
    purpose = _purpose(request.GET.get("purpose"), request)
    shown = dossier(person_id, purpose, by=request.actor, now=request.now)
    address = reverse("parties:person", args=[person_id])
    context = {
        "shown": shown,
        "purpose": purpose,
        "tabs": [(each, f"{address}?purpose={each}", each == purpose) for each in allowed(request.actor)],
        "protected": shown.known["protected"].value,
        "facts": _facts(shown),
        "members": [
            {
                "name": (each["name"], f"{reverse('parties:person', args=[each['party_id']])}?purpose={purpose}"),
                "relationship": each["relationship"], "born": _day(date.fromisoformat(each["birth_date"])),
            }
            for each in shown.known["household.members"].value
        ],
        "member_columns": [("name", _("氏名"), "main"), ("relationship", _("続柄")), ("born", _("生年月日"))],
        "homes": [{"address": str(each), "since": _day(each.since), "until": _day(each.until)} for each in shown.homes or []],
        "home_columns": [("address", _("住所"), "main"), ("since", _("から")), ("until", _("まで"))],
        "names": [
            {"name": each.name, "kind": each.get_kind_display(), "since": _day(each.since), "until": _day(each.until)} for each in shown.names
        ],
        "name_columns": [("name", _("氏名"), "main"), ("kind", _("種類")), ("since", _("から")), ("until", _("まで"))],
        "acts": _history(shown),
        "act_columns": [
            ("kind", _("異動"), "main"), ("day", _("異動日")), ("what", _("内容")), ("who", _("記録した人")), ("at", _("記録した日時")), ("undone", _("状態")),
        ],
        "ways": [
            (text(title), reverse("parties:act", args=[person_id, name]))
            for name, title in forms.titles().items() if name in forms.offered(shown.person, request.actor, request.now)
        ] if purpose == forms.PURPOSE else [],
        "crumbs": [(_("住民をさがす"), reverse("parties:people")), (shown.person.name, "")],
    }  # fmt: skip
    return render(request, "parties/person.html", context)


@page(who="staff", purpose=organisations.PURPOSE, may="parties.change")
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: HttpRequest) -> HttpResponse:
    """Enter an organisation (法人・団体)."""
    typed = {key: request.POST.get(key, "")[:most] for key, most in ORGANISATION.items()}
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            notice = Notice(local_date(request.now))
            given = organisations.Organisation(**typed)
            organisations.register_organisation(notice, given, by=request.actor, now=request.now)
            messages.success(request, _("%(name)sを登録しました。") % {"name": typed["name"].strip()})
            return redirect("record:register", name="organisations")
        except Invalid as error:
            problems = error.problems
    crumbs = [(_("台帳"), reverse("record:registers")), (organisations.REGISTER.title, reverse("record:register", args=["organisations"]))]  # fmt: skip
    context = {
        "typed": typed,
        "problems": problems,
        "errors": list(problems.items()),
        "crumbs": [*crumbs, (_("法人・団体の登録"), "")],
    }
    return render(request, "parties/organisation.html", context, status=400 if problems else 200)


def _history(shown: Dossier) -> list[dict]:
    """Every act about the person: what it opened, who recorded it and when, and whether it was undone."""
    told = in_words(shown.acts, shown.person.id, shown.homes is None)
    recorders = {each.recorded_by for each in shown.acts} - {None}
    names = dict(StaffMember.objects.filter(account__in=recorders).values_list("account", "name"))
    return [
        {
            "kind": each.get_kind_display(), "day": _day(each.day), "what": "、".join([*told[each.id], *filter(None, [each.reason])]),
            "who": names.get(each.recorded_by, _("システム")), "at": moment(each.recorded_at),
            "undone": _("取消済み") if hasattr(each, "reversed_by") else "",
        }
        for each in shown.acts
    ]  # fmt: skip


def _facts(shown: Dossier) -> list[dict]:
    known = {name: fact.value for name, fact in shown.known.items()}
    rows = [
        (_("フリガナ"), known["kana"]), (_("旧氏"), known["former_name"]), (_("通称"), known["alias"]), (_("ローマ字氏名"), known["latin_name"]),
        (_("生年月日"), _day(shown.person.birth_date)), (_("性別"), {"m": _("男"), "f": _("女")}.get(known["sex"], known["sex"])),
        (_("死亡の日"), _day(shown.person.died_on)), (_("国籍・地域"), country(known["nationality"])), (_("在留資格"), shown.person.residence_status),
        (_("電話番号"), known["phone"]), (_("宛名番号"), shown.person.number),
        *((_("代理人"), _agent(each)) for each in known["representatives"]),
    ]  # fmt: skip
    return [{"label": label, "value": value} for label, value in rows if value]


def _agent(each: dict) -> str:
    """Who may act for the person, in what right, for what and until when (代理権)."""
    right = dict(Mandate.KINDS)[each["kind"]]
    covers = "、".join(each["purposes"]) or _("すべて")
    until = each["until"] and date.fromisoformat(each["until"]) - DAY
    last = _("%(day)sまで") % {"day": _day(until)} if until else _("期限なし")
    return f"{each['name']}（{right}、{covers}、{last}）"


def _purpose(typed: str | None, request: HttpRequest) -> str:
    """The purpose chosen; one that isn't this person's to choose is refused."""
    purpose = typed or PURPOSES[0]
    if purpose not in allowed(request.actor):
        raise Refused("parties.purpose")
    return purpose


def _day(day: date | None) -> str:
    return wareki(day) if day else ""
