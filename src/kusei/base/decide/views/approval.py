"""Deciding: drafting, the approvals that wait, and one approval with what it proposes."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kusei.base.decide import actions, batches, inbox, notices, present, routes, rules
from kusei.base.decide.actions.approval import propose, route_of
from kusei.base.decide.actions.steps import authority
from kusei.base.decide.models import Approval, ApprovalStep, Case
from kusei.base.decide.moves import DECISION, PURPOSE, thing_of
from kusei.base.decide.views import answers
from kusei.base.decide.views.found import approval_in, as_shown, case_in, log_document, log_listed, log_read, uuid_in
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page
from kusei.base.staff.models import StaffMember
from kusei.base.staff.queries import away_now, member


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
    shown = {"label": text(outcome["label"]), "rows": [], "hindrance": "", "route": []}
    try:
        proposal = propose(case, outcome["key"], request.now)
        shown["rows"] = present.proposal_rows(proposal)
        stops, rule = route_of(case, outcome, proposal, request.now)
        shown |= {"route": present.stages(stops), "rule": present.rule_words(rule)}
    except (Invalid, NotNow) as error:
        shown["hindrance"] = " ".join(error.problems.values()) if isinstance(error, Invalid) else str(error)
    return shown


def _results(checks: list) -> list[dict]:
    return [{"label": text(item.label), "chip": present.RESULTS[item.result], "note": item.note} for item in checks]


@page(who="staff", purpose=DECISION, may="decide.view")
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits for one's own approval, what deputies did meanwhile, and what one has drafted."""
    me, now = member(request.actor), request.now
    waiting = [
        {**_row(each.approval, now), "step": text(each.step.label), "since": each.step.ready_at or each.approval.drafted_at,
         "deputy": _("代決：%(name)s") % {"name": each.right.holder.name} if each.right.holder else _("代決")
         if each.right.mode == "deputy" else ""}
        for each in inbox.waiting_for(request.actor, me, now)
    ]  # fmt: skip
    unseen = [
        {**_row(step.approval, now), "step": step, "label": text(step.label)} for step in inbox.to_see_afterwards(me)
    ]
    drafted = [
        {**_row(a, now), "route": present.route(a.steps.all())} for a in inbox.drafted_by(request.actor, me, now)
    ]
    log_listed(
        request, [row["case"] for row in (*waiting, *unseen, *drafted) if row["case"]], "approval.list", DECISION
    )
    context = {
        "waiting": waiting,
        "unseen": unseen,
        "drafted": drafted,
        "away": away_now(me, now),
        "wishes": [(wish, name) for wish, name in wishes().items()],
        "wish": notices.wish_of(me),
        "groups": [group for group in batches.groups(request.actor, me, now) if len(group.steps) > 1],
    }
    return render(request, "decide/approvals.html", context)


def wishes() -> dict[str, str]:
    """How one may be told what waits, in the active language."""
    return {"daily": _("朝にまとめて"), "at_once": _("届いたらすぐ"), "off": _("受け取らない")}


@require_POST
@page(who="staff", purpose=DECISION, may="decide.view")
def choose_notices(request: HttpRequest) -> HttpResponse:
    """Choose how one is told what waits for one's approval."""
    try:
        notices.choose(member(request.actor), request.POST.get("wish", ""), by=request.actor, now=request.now)
        messages.success(request, _("お知らせの受け取り方を変えました。"))
    except Invalid:
        messages.error(request, _("受け取り方を選んでください。"))
    return redirect("decide:approvals")


def _row(approval: Approval, now) -> dict:
    """An approval as a list shows it: whom or what it is about, and until when."""
    case, document, today = approval.case, approval.document, local_date(now)
    if case:
        who, what, number = case.applicant_name, text(case.title), case.number
        until = present.deadline(case, today)
    else:
        who, what, number = document.title, present.kind_name(document), document.number
        until = rules.deadline(document.due_on, None, today) if document.due_on else None
    return {
        "approval": approval, "case": case, "document": document, "who": who, "what": what, "number": number, "deadline": until,
    }  # fmt: skip


@page(who="staff", purpose=DECISION, may="decide.view")
def approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """One approval: what is proposed and why, what was checked, what was asked for, and how far it got."""
    return _show(request, approval_in(request, approval_id))


def _show(
    request: HttpRequest, approval: Approval, *, status: int = 200, problems: Mapping[str, str] | None = None
) -> HttpResponse:
    me, now = member(request.actor), request.now
    steps = list(approval.steps.select_related("taken_by", "holder", "department").order_by("stage", "order"))
    context = {
        "approval": approval,
        "chip": present.APPROVALS[approval.state],
        "route": present.route(steps),
        "rule": present.rule_words(approval.rule),
        "opinions": [s for s in steps if s.result == "opinion" and not s.repeated],
        **_row(approval, now),
        **(_of_case(request, approval) if approval.case_id else _of_document(request, approval)),
        **_can(request, approval, steps, me),
        "comment": request.POST.get("comment", ""),
        "problems": problems or {},
        "errors": list((problems or {}).items()),
    }
    return render(request, "decide/approval.html", context, status=status)


def _of_case(request: HttpRequest, approval: Approval) -> dict:
    case = approval.case
    log_read(request, case, "approval.view", DECISION)
    return {
        "outcome": present.outcome_label(case, approval.outcome),
        "proposal": present.proposal_rows(approval.proposal),
        "checks": _results(list(case.checks.order_by("order"))),
        "sees_case": request.actor.may("decide.view", case.department_id, PURPOSE),
        **answers.shown(case, request.actor, request.now),
    }


def _of_document(request: HttpRequest, approval: Approval) -> dict:
    document = approval.document
    log_document(request, document, "approval.view", DECISION)
    return {
        "facts": present.document_facts(document),
        "files": document.files.select_related("file").order_by("order"),
        "addressees": [present.addressee(each) for each in document.addressees.select_related("department")],
    }


def _can(request: HttpRequest, approval: Approval, steps: list[ApprovalStep], me: StaffMember) -> dict:
    """What the member who looks can do in the run now: which open step is theirs, or why it isn't."""
    by, now = request.actor, request.now
    running = approval.state == "running"
    ready = [step for step in steps if running and step.ready and not step.result and not step.repeated]
    rights = [(step, authority(approval, step, steps, me, by, now)) for step in ready]
    mine = next(((step, right) for step, right in rights if right.concerned and not right.why_not), None)
    step = mine[0] if mine else None
    last_stage = max(each.stage for each in steps)
    taken = [s for s in steps if s.taken_by_id == me.id and not s.repeated and s.result in ("agreed", "opinion")]
    newest = max(taken, key=lambda s: s.stage, default=None)
    beyond = newest and any(s.stage > newest.stage and s.result and not s.repeated for s in steps)
    thing = thing_of(approval)
    drafter = running and approval.drafted_by_id == me.id and by.may("decide.take", thing.department_id, DECISION)
    return {
        "step": step,
        "step_label": text(step.label) if step else "",
        "deputy_for": (mine[1].holder or True) if mine and mine[1].mode == "deputy" else None,
        "is_last": step is not None and step.stage == last_stage,
        "is_consult": step is not None and step.kind == routes.CONSULT,
        "earlier": [(stage, _stage_name(steps, stage)) for stage in rules.earlier_stages(steps, step.stage)]
        if step
        else [],
        "hindrance": next((right.why_not for _step, right in rights if right.why_not), "") if not mine else "",
        "can_pull_back": drafter and not any(s.result for s in steps),
        "can_take_back": newest if running and newest and not beyond else None,
        "to_see": next((s for s in steps if s.mode == "deputy" and s.holder_id == me.id and not s.seen_at), None),
        "waits": next((s for s in ready), None),
    }


def _stage_name(steps: list[ApprovalStep], stage: int) -> str:
    return "、".join(text(step.label) for step in steps if step.stage == stage and not step.repeated)


@page(who="staff", purpose=DECISION, may="decide.view")
@require_POST
def act(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Agree to the step that was shown (承認), let it pass with an opinion (意見を付す), or send the draft back (差戻し)."""
    approval = approval_in(request, approval_id)
    step = uuid_in(request.POST.get("step", ""))
    comment, do = request.POST.get("comment", ""), request.POST.get("do")
    back = do == "send_back"
    try:
        if back:
            to = request.POST.get("to", "")
            stage = int(to) if to.isascii() and to.isdigit() and len(to) < 4 else 0
            actions.send_back(approval, step, comment, stage, by=request.actor, now=request.now)
            said = _("差し戻しました。")
        else:
            decided = actions.agree(approval, step, comment, opinion=do == "opinion", by=request.actor, now=request.now)
            said = _said(approval, decided)
    except NotNow as error:
        return _again(request, approval_id, {"": str(error)}, 409)
    except Invalid as error:
        return _again(request, approval_id, error.problems, 400)
    messages.success(request, said)
    return redirect("decide:approval", approval_id=approval_id) if not back else redirect("decide:approvals")


def _said(approval: Approval, decided: bool) -> str:
    if not decided:
        return _("確認しました。次の段階に進みました。")
    return _("決裁しました。申請者に知らせました。") if approval.case_id else _("決裁しました。")


def _again(request: HttpRequest, approval_id: UUID, problems: Mapping[str, str], status: int) -> HttpResponse:
    return _show(request, approval_in(request, approval_id), status=status, problems=problems)


@page(who="staff", purpose=DECISION, may="decide.take")
@require_POST
def withdraw_draft(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Take one's own draft back (引戻し)."""
    approval = approval_in(request, approval_id)
    try:
        actions.pull_back(approval, by=request.actor, now=request.now)
    except NotNow as error:
        return _again(request, approval_id, {"": str(error)}, 409)
    messages.success(request, _("起案を引き戻しました。"))
    if approval.case_id:
        return redirect("decide:case", case_id=approval.case_id)
    return redirect("decide:document", document_id=approval.document_id)


@page(who="staff", purpose=DECISION, may="decide.view")
@require_POST
def take_back(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Take one's own agreement back (確認の引戻し) before the next one acted."""
    approval = approval_in(request, approval_id)
    try:
        actions.take_back(approval, uuid_in(request.POST.get("step", "")), by=request.actor, now=request.now)
    except NotNow as error:
        return _again(request, approval_id, {"": str(error)}, 409)
    messages.success(request, _("確認を引き戻しました。もう一度確かめてください。"))
    return redirect("decide:approval", approval_id=approval_id)


@page(who="staff", purpose=DECISION, may="decide.view")
@require_POST
def seen(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """See what one's deputy decided meanwhile (後閲)."""
    approval = approval_in(request, approval_id)
    try:
        actions.see_afterwards(approval, uuid_in(request.POST.get("step", "")), by=request.actor, now=request.now)
    except NotNow as error:
        return _again(request, approval_id, {"": str(error)}, 409)
    messages.success(request, _("後閲しました。"))
    return redirect("decide:approvals")
