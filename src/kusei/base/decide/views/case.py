"""Examining one case: the page, and each act on it as a form."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kusei.base import audit
from kusei.base.ask.answers import readable
from kusei.base.ask.estimates import estimate
from kusei.base.decide import actions, present, rules
from kusei.base.decide.actions.carry import rule_of
from kusei.base.decide.models import Case
from kusei.base.decide.moves import PURPOSE
from kusei.base.decide.views import answers
from kusei.base.decide.views.found import as_shown, case_in, day_in, log_read, uuid_in
from kusei.base.files.models import StoredFile
from kusei.base.files.serve import response as file_response
from kusei.base.kernel.calendar import business_days_after
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import text
from kusei.base.kernel.offers import registry
from kusei.base.kernel.pages import page
from kusei.base.papers.queries import about as papers_about
from kusei.base.staff.models import StaffMember
from kusei.base.staff.queries import colleagues, member

ENTRIES_SHOWN = 200
MOST_WAYS = 20
USUAL_DAYS = 10
"""Working days that the form proposes for answering a correction."""


@page(who="staff", purpose=PURPOSE, may="decide.view")
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One case: answers, what the register says, checks, course, and what can be done now."""
    return _show(request, case_in(request, case_id))


def _show(
    request: HttpRequest, case: Case, *, status: int = 200, problems: Mapping[str, str] | None = None
) -> HttpResponse:
    """The case's page; `problems` maps fields to what is wrong, "" being the whole."""
    log_read(request, case, "case.view", PURPOSE)
    me = member(request.actor)
    definition = case.snapshot.content
    entries = list(case.entries.select_related("by").order_by("-at", "-id")[:ENTRIES_SHOWN])
    checks = list(case.checks.select_related("checked_by").order_by("order"))
    approvals = list(case.approvals.select_related("drafted_by").order_by("-drafted_at"))
    returned = approvals[0].state == "returned" and case.state == "checking" if approvals else False
    case.last_approval = approvals[0].state if approvals else None
    context = {
        "case": case,
        "title": text(case.title),
        "state": present.state_chip(case),
        "deadline": present.deadline(case, local_date(request.now)),
        "outcome": present.outcome_label(case, case.outcome),
        **answers.shown(case, request.actor, request.now),
        "checks": _checks(request, checks, problems or {}),
        "checks_left": sum(not check.result for check in checks),
        "timeline": present.happened(entries, definition, checks),
        "correction": present.correction_banner(case, entries),
        "pauses": present.pauses(case, entries, local_date(request.now)),
        "returned": next((entry for entry in entries if entry.event == "returned"), None) if returned else None,
        "approvals": [
            {"approval": a, "chip": present.APPROVALS[a.state], "outcome": present.outcome_label(case, a.outcome)}
            for a in approvals
        ],
        "running": next((a for a in approvals if a.state == "running"), None),
        "ways": _ways(case, request),
        "estimate": estimate(case.procedure, case.answers, local_date(request.now)),
        "open_estimate": True,
        "papers": papers_about(case.id, request.actor, request.now) if case.state == "decided" else [],
        "problems": list((problems or {}).items()),
        "typed": request.POST,
        **_can(case, me, request),
    }
    return render(request, "decide/case.html", context, status=status)


def _ways(case: Case, request: HttpRequest) -> list[tuple[str, str]]:
    """To the rows of the module's registers that are about this case, else to the register itself; and where the module says."""
    module, by = registry.module_of(case.procedure), request.actor
    found = list(ways(case, request.now)) if (ways := rule_of(case.procedure, "ways")) else []
    for register in module.registers if module and by.may("record.view") else []:
        if not register.case:
            continue
        column = register.case.replace(".", "__")
        rows = list(register.visible(by, register.purpose, request.now).filter(**{column: case.id})[:MOST_WAYS])
        found += [(f"{register.title} {row}", reverse("record:row", args=[register.name, row.id])) for row in rows]
        if not rows:
            found.append(
                (
                    _("%(register)sをさがす") % {"register": register.title},
                    reverse("record:register", args=[register.name]),
                )
            )
    return found


def _can(case: Case, me: StaffMember, request: HttpRequest) -> dict:
    """What the member who looks can do with the case now."""
    by, mine = request.actor, case.assignee_id == me.id
    takes = by.may("decide.take", case.department_id, PURPOSE)
    leads = by.may("decide.review", case.department_id, PURPOSE)
    assigns = (leads or (mine and takes)) and rules.can("assign", case.state)
    return {
        "me": me,
        "mine": mine and takes,
        "can_take": takes and not case.assignee_id and rules.can("take", case.state),
        "can_release": (leads or (mine and takes)) and case.assignee_id and rules.can("release", case.state),
        "can_check": mine and takes and rules.can("check", case.state),
        "can_resume": mine and takes and rules.can("resume", case.state),
        "can_draft": mine and takes and rules.can("draft", case.state),
        "can_correct": mine and takes and rules.can("ask_correction", case.state),
        "colleagues": [
            (c.id, f"{present.POSTS[c.post]} {c.name}") for c in colleagues(case.department_id, "decide.take", request.now)
            if c.id != case.assignee_id
        ] if assigns else [],
    }  # fmt: skip


def _checks(request: HttpRequest, checks: list, problems: Mapping[str, str]) -> list[dict]:
    """The check items with what is set, or with what was typed when it did not hold."""
    typed = request.POST if any(key.startswith(("check-", "note-")) for key in problems) else {}
    return [
        {
            "item": item,
            "label": text(item.label),
            "chip": present.RESULTS[item.result],
            "result": typed.get(f"check-{item.key}", item.result),
            "note": typed.get(f"note-{item.key}", item.note),
            "error": problems.get(f"check-{item.key}") or problems.get(f"note-{item.key}", ""),
        }
        for item in checks
    ]


# ---- acts ------------------------------------------------------------------------------------------------------------------


def _act(request: HttpRequest, case_id: UUID, do: Callable[[Case], object], done: str) -> HttpResponse:
    """Do something with the case as the page showed it, and show it again: changed, or with what stood in the way."""
    case = case_in(request, case_id)
    try:
        do(as_shown(request, case))
    except NotNow as error:
        return _show(request, case_in(request, case_id), status=409, problems={"": str(error)})
    except Invalid as error:
        return _show(request, case_in(request, case_id), status=400, problems=error.problems)
    messages.success(request, done)
    return redirect("decide:case", case_id=case_id)


@page(who="staff", purpose=PURPOSE, may="decide.view")
@require_POST
def take(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take the case (担当する)."""
    return _act(
        request,
        case_id,
        lambda case: actions.take(case, by=request.actor, now=request.now),
        _("この案件を担当しました。"),
    )


@page(who="staff", purpose=PURPOSE, may="decide.view")
@require_POST
def release(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Put the case back (担当を外す)."""
    return _act(
        request, case_id, lambda case: actions.release(case, by=request.actor, now=request.now), _("担当を外しました。")
    )


@page(who="staff", purpose=PURPOSE, may="decide.view")
@require_POST
def assign(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Give the case to somebody (担当を替える)."""
    to = StaffMember.objects.filter(id=uuid_in(request.POST.get("to", ""))).first()

    def do(case: Case) -> None:
        if not to:
            raise Invalid({"to": _("担当する人を選んでください。")})
        actions.assign(case, to, by=request.actor, now=request.now)

    return _act(request, case_id, do, _("担当を替えました。"))


@page(who="staff", purpose=PURPOSE, may="decide.view")
@require_POST
def check(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Save the check items (審査項目)."""
    keys = [name.removeprefix("check-") for name in request.POST if name.startswith("check-")]
    results = {key: (request.POST[f"check-{key}"], request.POST.get(f"note-{key}", "")) for key in keys}

    def do(case: Case) -> None:
        actions.check(case, results, by=request.actor, now=request.now)

    return _act(request, case_id, do, _("審査項目を保存しました。"))


@page(who="staff", purpose=PURPOSE, may="decide.view")
@require_POST
def note(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Leave a note (メモ); it needs no unchanged case."""
    case = case_in(request, case_id)
    try:
        actions.add_note(case, request.POST.get("note", ""), by=request.actor, now=request.now)
    except Invalid as error:
        return _show(request, case, status=400, problems=error.problems)
    messages.success(request, _("メモを残しました。"))
    return redirect("decide:case", case_id=case_id)


@page(who="staff", purpose=PURPOSE, may="decide.take")
def correct(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask the applicant to correct answers (補正): which, what to do, by when."""
    case = case_in(request, case_id)
    problems: Mapping[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            actions.ask_correction(
                as_shown(request, case), request.POST.getlist("questions"), request.POST.get("message", ""),
                day_in(request, "answer_by"), by=request.actor, now=request.now,
            )  # fmt: skip
        except Invalid as error:
            problems, status = error.problems, 400
        except NotNow as error:
            return _show(request, case_in(request, case_id), status=409, problems={"": str(error)})
        else:
            messages.success(request, _("申請者に補正を求めました。回答が届くまで、期限は止まります。"))
            return redirect("decide:case", case_id=case_id)
    elif not rules.can("ask_correction", case.state) or case.assignee_id != member(request.actor).id:
        return redirect("decide:case", case_id=case_id)
    log_read(request, case, "case.view", PURPOSE)
    asked: dict[str, list] = {}
    for section in readable(case.snapshot.content, case.answers, get_language() or "ja"):
        for row in section.rows:
            asked.setdefault(row.key, []).append(row)
    questions = case.snapshot.content["questions"]
    context = {
        "case": case,
        "questions": [
            (key, text(questions[key]["label"]), "、".join(line for row in rows for line in row.lines)[:120])
            for key, rows in asked.items()
            if questions[key]["kind"] not in rules.UNCORRECTABLE
        ],
        "chosen": request.POST.getlist("questions"),
        "message": request.POST.get("message", ""),
        "answer_by": {part: request.POST.get(f"answer_by_{part}", "") for part in ("year", "month", "day")}
        if request.method == "POST"
        else business_days_after(local_date(request.now), USUAL_DAYS),
        "version": request.POST.get("version", case.version),
        "problems": problems,
        "errors": list(problems.items()),
    }
    return render(request, "decide/correct.html", context, status=status)


@page(who="staff", purpose=PURPOSE, may="decide.view")
@require_POST
def resume(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Stop waiting for a correction (補正の打切り)."""
    return _act(
        request,
        case_id,
        lambda case: actions.resume(case, by=request.actor, now=request.now),
        _("補正を打ち切りました。"),
    )


@page(who="staff", purpose=PURPOSE, may="decide.view")
def file(request: HttpRequest, case_id: UUID, file_id: UUID) -> HttpResponse:
    """A file of the case, as an attachment, once it is rebuilt."""
    case = case_in(request, case_id)
    stored = StoredFile.objects.filter(id=file_id).first()
    if not stored or str(file_id) not in {file["file_id"] for file in case.files}:
        raise Refused("case.file", obj=case, subject=case.party_id)
    audit.log(request.actor, "read", "case.file", subject=case.party_id, obj=case, purpose=PURPOSE, now=request.now)
    return file_response(stored)
