"""Deciding: drafting, the approvals that wait, and one approval with what it proposes."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kusei.base.decide import actions, present, queries, rules
from kusei.base.decide.actions.approval import propose, why_not
from kusei.base.decide.models import Approval, Case
from kusei.base.decide.moves import DECISION, PURPOSE
from kusei.base.decide.views import answers
from kusei.base.decide.views.found import approval_in, as_shown, case_in, log_listed, log_read, uuid_in
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page
from kusei.base.staff.queries import member


@page(who="staff", purpose=PURPOSE, may="decide.take")
def draft(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Draft a decision (起案): the outcome and its reasons, beside what was checked and what the rules propose."""
    case = case_in(request, case_id)
    if request.method == "POST":
        try:
            outcome, reason = request.POST.get("outcome", ""), request.POST.get("reason", "")
            actions.draft(as_shown(request, case), outcome, reason, by=request.actor, now=request.now)
        except Invalid as error:
            return _draft_form(request, case, error.problems, status=400)
        except NotNow as error:
            messages.error(request, str(error))
            return redirect("decide:case", case_id=case_id)
        messages.success(request, _("起案しました。決裁が始まります。"))
        return redirect("decide:case", case_id=case_id)
    if not rules.can("draft", case.state) or case.assignee_id != member(request.actor).id:
        return redirect("decide:case", case_id=case_id)
    return _draft_form(request, case, {})


def _draft_form(request: HttpRequest, case: Case, problems: Mapping[str, str], status: int = 200) -> HttpResponse:
    log_read(request, case, "case.view", PURPOSE)
    decide = case.snapshot.content["decide"]
    checks = list(case.checks.order_by("order"))
    context = {
        "case": case,
        "title": text(case.title),
        "checks": _results(checks),
        "checks_open": [item for item in checks if item.result not in ("ok", "not_needed")],
        "outcomes": [
            (
                o["key"],
                text(o["label"]),
                _("理由を書きます。すべての審査項目が適でなくても起案できます。") if o.get("needs_reason") else "",
            )
            for o in decide["outcomes"]
        ],
        "route": [text(step["label"]) for step in decide["route"]],
        "proposals": [_proposed(case, outcome, request) for outcome in decide["outcomes"]],
        "outcome": request.POST.get("outcome", ""),
        "reason": request.POST.get("reason", ""),
        "version": request.POST.get("version", case.version),
        "problems": problems,
        "errors": list(problems.items()),
    }
    return render(request, "decide/draft.html", context, status=status)


def _proposed(case: Case, outcome: Mapping, request: HttpRequest) -> dict:
    """What the module's rules make of an outcome, or why it can't be had."""
    shown = {"label": text(outcome["label"]), "rows": [], "hindrance": ""}
    try:
        shown["rows"] = present.proposal_rows(propose(case, outcome["key"], request.now))
    except (Invalid, NotNow) as error:
        shown["hindrance"] = " ".join(error.problems.values()) if isinstance(error, Invalid) else str(error)
    return shown


def _results(checks: list) -> list[dict]:
    return [{"label": text(item.label), "chip": present.RESULTS[item.result], "note": item.note} for item in checks]


@page(who="staff", purpose=DECISION, may="decide.view")
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits for one's own approval, and what one has drafted."""
    me, today = member(request.actor), local_date(request.now)
    waiting = [
        {
            "approval": step.approval, "case": step.approval.case, "title": text(step.approval.case.title),
            "step": text(step.label), "deadline": present.deadline(step.approval.case, today),
        }
        for step in queries.waiting_for(request.actor, me, request.now)
    ]  # fmt: skip
    drafted = [
        {"approval": a, "case": a.case, "title": text(a.case.title), "route": present.route(a.steps.all())}
        for a in queries.drafted_by(request.actor, me, request.now)
    ]
    log_listed(request, [row["case"] for row in (*waiting, *drafted)], "approval.list", DECISION)
    return render(request, "decide/approvals.html", {"waiting": waiting, "drafted": drafted})


@page(who="staff", purpose=DECISION, may="decide.view")
def approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """One approval: what is proposed and why, what was checked, what was asked for, and how far it got."""
    return _show(request, approval_in(request, approval_id))


def _show(
    request: HttpRequest, approval: Approval, *, status: int = 200, problems: Mapping[str, str] | None = None
) -> HttpResponse:
    case = approval.case
    log_read(request, case, "approval.view", DECISION)
    me = member(request.actor)
    steps = list(approval.steps.select_related("taken_by").order_by("order"))
    ready = next((s for s in steps if s.ready and not s.result), None) if approval.state == "running" else None
    permitted = ready is not None and request.actor.may(ready.permission, ready.department_id, DECISION)
    hindrance = why_not(approval, ready, steps, me) if ready and permitted else ""
    context = {
        "approval": approval,
        "case": case,
        "title": text(case.title),
        "chip": present.APPROVALS[approval.state],
        "deadline": present.deadline(case, local_date(request.now)),
        "outcome": present.outcome_label(case, approval.outcome),
        "proposal": present.proposal_rows(approval.proposal),
        "checks": _results(list(case.checks.order_by("order"))),
        **answers.shown(case, request.actor, request.now),
        "route": present.route(steps),
        "step": ready if permitted and not hindrance else None,
        "step_label": text(ready.label) if ready else "",
        "is_last": ready is not None and ready is steps[-1],
        "hindrance": hindrance,
        "can_pull_back": approval.state == "running"
        and approval.drafted_by_id == me.id
        and request.actor.may("decide.take", case.department_id, DECISION),
        "comment": request.POST.get("comment", ""),
        "problems": problems or {},
        "errors": list((problems or {}).items()),
    }
    return render(request, "decide/approval.html", context, status=status)


@page(who="staff", purpose=DECISION, may="decide.view")
@require_POST
def act(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Agree to the step that was shown (承認), or send the draft back (差戻し)."""
    approval = approval_in(request, approval_id)
    step = uuid_in(request.POST.get("step", ""))
    comment, back = request.POST.get("comment", ""), request.POST.get("do") == "send_back"
    try:
        if back:
            actions.send_back(approval, step, comment, by=request.actor, now=request.now)
            said = _("差し戻しました。")
        else:
            decided = actions.agree(approval, step, comment, by=request.actor, now=request.now)
            said = _("決裁しました。申請者に知らせました。") if decided else _("確認しました。次の段階に進みました。")
    except NotNow as error:
        return _show(request, approval_in(request, approval_id), status=409, problems={"": str(error)})
    except Invalid as error:
        return _show(request, approval_in(request, approval_id), status=400, problems=error.problems)
    messages.success(request, said)
    return redirect("decide:approval", approval_id=approval_id) if not back else redirect("decide:approvals")


@page(who="staff", purpose=DECISION, may="decide.take")
@require_POST
def withdraw_draft(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Take one's own draft back (引戻し)."""
    approval = approval_in(request, approval_id)
    try:
        actions.pull_back(approval, by=request.actor, now=request.now)
    except NotNow as error:
        return _show(request, approval_in(request, approval_id), status=409, problems={"": str(error)})
    messages.success(request, _("起案を引き戻しました。"))
    return redirect("decide:case", case_id=approval.case_id)
