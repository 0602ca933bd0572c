"""Documents (文書): finding them, writing one, and one with what can be done with it."""

import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from kusei.base import audit
from kusei.base.decide import inbox, present, routes, rules
from kusei.base.decide.actions import documents as actions
from kusei.base.decide.models import Document
from kusei.base.decide.moves import DOCUMENTS
from kusei.base.decide.views.found import as_shown, day_in, document_in, log_document, uuid_in
from kusei.base.files.serve import response as file_response
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page
from kusei.base.staff.models import Department
from kusei.base.staff.queries import departments, member
from kusei.base.staff.rules import paths_above

TABS = {
    "mine": lazy("自分の起案"),
    "department": lazy("自分の課の文書"),
    "to_issue": lazy("施行待ち"),
    "received": lazy("届いた文書"),
    "all": lazy("すべて"),
}
EMPTY = {
    "mine": (lazy("作成中・決裁中の文書はありません"), lazy("「文書を作る」から始めます。")),
    "department": (lazy("文書はまだありません"), ""),
    "to_issue": (lazy("施行を待っている文書はありません"), ""),
    "received": (lazy("ほかの課から届いた文書はありません"), ""),
    "all": (lazy("見られる文書はありません"), ""),
}


@page(who="staff", purpose=DOCUMENTS, may="decide.view")
def documents(request: HttpRequest) -> HttpResponse:
    """The documents one may see, newest first."""
    tab, after = request.GET.get("tab") or "mine", request.GET.get("after", "")
    kinds = routes.documents(settings.WARD).kinds
    kind = request.GET.get("kind", "")
    if tab not in TABS or (after and not uuid_in(after)) or (kind and kind not in kinds):
        raise Invalid({"tab": _("このページの住所は正しくありません。メニューから開き直してください。")})
    me = member(request.actor)
    shelf = inbox.shelf(request.actor, me, request.now, tab, kind=kind, after=uuid_in(after))
    audit.log(request.actor, "read", "document.list", purpose=DOCUMENTS, now=request.now)
    context = {
        "tab": tab,
        "kind": kind,
        "kinds": [("", _("すべての種別")), *((key, text(each.title)) for key, each in kinds.items())],
        "tabs": [
            (label, _address(tab=name, kind=kind), name == tab, *([shelf.counts[name]] if name != "all" else []))
            for name, label in TABS.items()
        ],
        "rows": [
            {"document": each, "kind": present.kind_name(each), "chip": present.DOCUMENTS[each.state]}
            for each in shelf.rows
        ],
        "empty": EMPTY[tab],
        "older": _address(tab=tab, kind=kind, after=shelf.older) if shelf.older else "",
        "may_write": request.actor.may("decide.take", purpose=DOCUMENTS),
    }
    return render(request, "decide/documents.html", context)


def _address(**wanted: Any) -> str:
    return f"{reverse('decide:documents')}?{urlencode({key: value for key, value in wanted.items() if value})}"


# ---- writing ---------------------------------------------------------------------------------------------------------------


def _sheet(request: HttpRequest) -> actions.Sheet:
    """What was typed on the sheet. Raises Invalid for a day or an amount that can't be read."""
    typed = request.POST
    amount = unicodedata.normalize("NFKC", typed.get("amount", "")).replace(",", "").removesuffix("円").strip()
    if amount and not (amount.isascii() and amount.isdigit() and len(amount) <= 15):
        raise Invalid({"amount": _("金額を円で書いてください。")})
    retention = typed.get("retention", "")
    return actions.Sheet(
        kind=typed.get("kind", ""),
        title=typed.get("title", ""),
        body=typed.get("body", "").replace("\r\n", "\n"),
        gravity=typed.get("gravity", ""),
        amount=int(amount) if amount else None,
        doc_class=typed.get("doc_class", ""),
        retention=int(retention) if retention.isascii() and retention.isdigit() and len(retention) < 4 else None,
        restricted=bool(typed.get("restricted")),
        due_on=day_in(request, "due_on"),
    )


def _form(
    request: HttpRequest, template: str, problems: Mapping[str, str], given: Mapping[str, Any], **more: Any
) -> HttpResponse:
    """The form of a sheet: what is `given`, or what was typed."""
    table, delegations = routes.documents(settings.WARD), routes.delegations(settings.WARD)
    value = dict(request.POST.items()) if request.method == "POST" else dict(given)
    if request.method == "POST":
        value["due_on"] = {part: request.POST.get(f"due_on_{part}", "") for part in ("year", "month", "day")}
    context = {
        "value": value,
        "kinds": [(key, text(kind.title)) for key, kind in table.kinds.items()],
        "gravities": [(key, text(name)) for key, name in delegations.gravities.items()],
        "classes": [("", ""), *((key, f"{key}　{text(name)}") for key, name in table.classes.items())],
        "retentions": [("", ""), *((str(years), text(name)) for years, name in table.retention.items())],
        "departments": [(each.path, text(each.name)) for each in departments(request.actor, "decide.take")],
        "problems": problems,
        "errors": list(problems.items()),
        **more,
    }
    return render(request, template, context, status=400 if problems else 200)


def _department(request: HttpRequest) -> Department:
    """The department chosen, among those one works for. Raises Invalid."""
    chosen = departments(request.actor, "decide.take").filter(path=request.POST.get("department", "")[:120]).first()
    if not chosen:
        raise Invalid({"department": _("所管の課を選んでください。")})
    return chosen


def _home(request: HttpRequest) -> str:
    """The department a form starts with: one's own section (課), where one may write there, else the first."""
    known = dict(departments(request.actor, "decide.take").values_list("path", "kind"))
    above = [path for path in paths_above(member(request.actor).department_id) if path in known]
    section = next((path for path in above if known[path] == "section"), None)
    return section or next(iter([*above, *known]))


@page(who="staff", purpose=DOCUMENTS, may="decide.take")
def new(request: HttpRequest) -> HttpResponse:
    """Write a new document."""
    problems: Mapping[str, str] = {}
    if request.method == "POST":
        try:
            made = actions.write(_department(request), _sheet(request), by=request.actor, now=request.now)
        except Invalid as error:
            problems = error.problems
        else:
            messages.success(request, _("保存しました。添付と宛先を加えて、起案してください。"))
            return redirect("decide:document", document_id=made.id)
    given = {"gravity": "ordinary", "kind": "notice", "retention": "3", "department": _home(request)}
    return _form(request, "decide/document_new.html", problems, given)


@page(who="staff", purpose=DOCUMENTS, may="decide.take")
def paper(request: HttpRequest) -> HttpResponse:
    """Record what was decided on paper (紙決裁)."""
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            day = day_in(request, "decided_on")
            if day is None:
                raise Invalid({"decided_on": _("決裁した日を入れてください。")})
            made = actions.record_paper(
                _department(request), _sheet(request), day, request.POST.get("post", ""), request.POST.get("reason", ""),
                by=request.actor, now=request.now,
            )  # fmt: skip
        except Invalid as error:
            problems = error.problems
        else:
            messages.success(request, _("%(number)sとして記録しました。") % {"number": made.number})
            return redirect("decide:document", document_id=made.id)
    given = {"gravity": "ordinary", "kind": "notice", "retention": "3", "department": _home(request)}
    typed = {part: request.POST.get(f"decided_on_{part}", "") for part in ("year", "month", "day")}
    decided_on = typed if request.method == "POST" else local_date(request.now)
    posts = [(key, name) for key, name in present.POSTS.items() if key != "clerk"]
    return _form(request, "decide/document_paper.html", problems, given, posts=posts, decided_on=decided_on)


@page(who="staff", purpose=DOCUMENTS, may="decide.take")
def edit(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Change a document that is still being written, or was sent back."""
    found = document_in(request, document_id)
    if found.drafted_by_id != member(request.actor).id:
        raise Refused("document.edit", obj=found)
    problems: Mapping[str, str] = {}
    if request.method == "POST":
        try:
            actions.rewrite(as_shown(request, found), _sheet(request), by=request.actor, now=request.now)
        except Invalid as error:
            problems = error.problems
        except NotNow as error:
            messages.error(request, str(error))
            return redirect("decide:document", document_id=document_id)
        else:
            messages.success(request, _("保存しました。"))
            return redirect("decide:document", document_id=document_id)
    elif not rules.can("edit", found.state, document=True):
        return redirect("decide:document", document_id=document_id)
    log_document(request, found, "document.view", DOCUMENTS)
    given = {name: getattr(found, name) for name in actions.Sheet.__dataclass_fields__}
    given |= {"retention": str(found.retention), "amount": "" if found.amount is None else str(found.amount)}
    version = request.POST.get("version", found.version)
    return _form(request, "decide/document_edit.html", problems, given, document=found, version=version)


# ---- one document ------------------------------------------------------------------------------------------------------------


@page(who="staff", purpose=DOCUMENTS, may="decide.view")
def document(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """One document: its text, where it stands on its way, and what can be done with it now."""
    return _show(request, document_in(request, document_id))


def _show(
    request: HttpRequest, found: Document, *, status: int = 200, problems: Mapping[str, str] | None = None
) -> HttpResponse:
    log_document(request, found, "document.view", DOCUMENTS)
    me, by = member(request.actor), request.actor
    entries = list(found.entries.select_related("by").order_by("-at", "-id")[:200])
    approvals = list(found.approvals.select_related("drafted_by").order_by("-drafted_at"))
    running = next((each for each in approvals if each.state == "running"), None)
    sent_back = approvals[0] if approvals and approvals[0].state == "returned" and found.state == "drafting" else None
    mine = found.drafted_by_id == me.id and by.may("decide.take", found.department_id, DOCUMENTS)
    editable = mine and rules.can("edit", found.state, document=True)
    shown = running or (approvals[0] if approvals else None)
    steps = shown.steps.select_related("taken_by", "holder", "department") if shown else []
    addressees = [present.addressee(each) for each in found.addressees.select_related("department").order_by("id")]
    context = {
        "document": found,
        "kind": present.kind_name(found),
        "chip": present.DOCUMENTS[found.state],
        "facts": present.document_facts(found),
        "files": list(found.files.select_related("file").order_by("order")),
        "addressees": addressees,
        "timeline": present.happened(entries, {"questions": {}}, []),
        "running": running,
        "route": present.route(steps),
        "rule": present.rule_words(shown.rule) if shown else "",
        "returned": next((e for e in entries if e.event == "returned"), None) if sent_back else None,
        "decided_post": present.POSTS.get(found.decided_post, ""),
        "editable": editable,
        **(_preview(request, found) if editable else {}),
        "departments": [(each.path, text(each.name)) for each in Department.objects.order_by("path")] if editable else [],
        "means": [(key, str(name)) for key, name in present.MEANS.items()],
        "can_issue": found.state == "decided" and addressees and found.medium == "electronic"
        and by.may("decide.take", found.department_id, DOCUMENTS),
        "typed": request.POST,
        "problems": problems or {},
        "errors": list((problems or {}).items()),
    }  # fmt: skip
    return render(request, "decide/document.html", context, status=status)


def _preview(request: HttpRequest, found: Document) -> dict:
    """The way the document would take if it were sent round now, or why it can't be."""
    try:
        stops, rule = actions.way_of(found, member(request.actor), request.now)
    except NotNow as error:
        return {"hindrance": str(error)}
    return {"stages": present.stages(stops), "stages_rule": present.rule_words(rule)}


@page(who="staff", purpose=DOCUMENTS, may="decide.take")
@require_POST
def act(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Do something with the document as the page showed it: attach, address, send round, issue, give up."""
    found = document_in(request, document_id)
    try:
        said = _act(request, as_shown(request, found))
    except NotNow as error:
        return _show(request, document_in(request, document_id), status=409, problems={"": str(error)})
    except Invalid as error:
        return _show(request, document_in(request, document_id), status=400, problems=error.problems)
    messages.success(request, said)
    return redirect("decide:document", document_id=document_id)


def _act(request: HttpRequest, found: Document) -> str:
    """Do what was asked for; returns what to say. Raises what the act raises."""
    who = {"by": request.actor, "now": request.now}
    match request.POST.get("do"):
        case "attach":
            if "file" not in request.FILES:
                raise Invalid({"file": _("ファイルを選んでください。")})
            actions.attach(found, request.FILES["file"], **who)
            return _("添付しました。")
        case "detach":
            actions.detach(found, uuid_in(request.POST.get("file_id", "")), **who)
            return _("添付を外しました。")
        case "address":
            actions.address(found, _to(request), **who)
            return _("宛先を加えました。")
        case "strike":
            actions.strike(found, uuid_in(request.POST.get("addressee", "")), **who)
            return _("宛先を外しました。")
        case "send":
            actions.send_round(found, **who)
            return _("起案しました。決裁が始まります。")
        case "issue":
            actions.issue(found, **who)
            return _("施行しました。")
        case "abandon":
            actions.abandon(found, **who)
            return _("廃案にしました。")
        case _:
            raise Invalid({"": _("操作を選んでください。")})


def _to(request: HttpRequest) -> actions.To:
    typed = request.POST
    chosen = typed.get("to_department", "")[:120]
    return actions.To(
        means=typed.get("means", ""),
        department=Department.objects.filter(path=chosen).first() if chosen else None,
        name=typed.get("name", ""),
        address=typed.get("address", ""),
    )


@page(who="staff", purpose=DOCUMENTS, may="decide.view")
def file(request: HttpRequest, document_id: UUID, file_id: UUID) -> HttpResponse:
    """An attachment, once it is rebuilt."""
    found = document_in(request, document_id)
    attached = found.files.select_related("file").filter(id=file_id).first()
    if not attached:
        raise Refused("document.file", obj=found)
    log_document(request, found, "document.file", DOCUMENTS)
    return file_response(attached.file)
