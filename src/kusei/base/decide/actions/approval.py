"""Deciding a case (決裁): a draft goes up the route that its procedure defines, step by step, until it is decided or sent back."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django.utils.translation import gettext as _

from kusei.base.ask import progress
from kusei.base.decide import rules
from kusei.base.decide.actions.work import NOTE_LIMIT, held_by
from kusei.base.decide.models import Approval, ApprovalStep, Case
from kusei.base.decide.moves import DECISION, PURPOSE, enter, move
from kusei.base.decide.telling import tell_applicant
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import text
from kusei.base.kernel.offers import registry
from kusei.base.papers.actions import issue
from kusei.base.staff.models import StaffMember
from kusei.base.staff.queries import member


def rule_of(procedure: str, name: str) -> Callable | None:
    """A rule that the procedure's module offers, or None."""
    module = registry.module_of(procedure)
    return module.rules.get(name) if module else None


def propose(case: Case, outcome: str, now) -> dict:
    """What the module's rules propose for an outcome: its `proposal(case, outcome, now)`, or nothing where it offers none.

    `lines` lists (label, value) in words, for staff; the rest is the module's own. Raises Invalid or NotNow where the rules allow no
    such outcome.
    """
    proposal = rule_of(case.procedure, "proposal")
    return proposal(case, outcome, now) if proposal else {}


@action(may="decide.take", where="department_id", purpose=PURPOSE)
def draft(case: Case, outcome: str, reason: str, *, by: Actor, now) -> Approval:
    """Draft a decision (起案): it goes to the first step of the route. Only who has the case may.

    Raises Invalid for an unknown outcome, a refusal without its reasons (行政手続法8条), and a grant with checks still open.
    """
    me = held_by(case, by)
    rules.after("draft", case.state)
    decide = case.snapshot.content["decide"]
    chosen = rules.outcome_of(decide, outcome)
    reason = reason.strip()
    problems = {}
    if not chosen:
        problems["outcome"] = _("処分の内容を選んでください。")
    elif left := rules.open_checks(case.checks.order_by("order"), chosen):
        names = "、".join(text(item.label) for item in left)
        problems["outcome"] = _("審査項目が済んでいません：%(items)s") % {"items": names}
    if chosen and chosen.get("needs_reason") and not reason:
        problems["reason"] = _("この処分には、理由を書いてください。申請者への通知に載ります。")
    if len(reason) > NOTE_LIMIT:
        problems["reason"] = _("%(most)s文字までで書いてください。") % {"most": NOTE_LIMIT}
    if problems:
        raise Invalid(problems)
    move(case, "draft")
    approval = Approval.objects.create(
        case=case, drafted_by=me, drafted_at=now, outcome=outcome, reason=reason, proposal=propose(case, outcome, now)
    )
    ApprovalStep.objects.bulk_create(_run_of(decide["route"], approval))
    enter(case, "drafted", me, by=by, now=now, note=reason, purpose=DECISION, outcome=text(chosen["label"], "ja"))
    return approval


def _run_of(route: list[Mapping], approval: Approval) -> list[ApprovalStep]:
    """The steps of one run of a route; only the first is ready."""
    return [
        ApprovalStep(
            approval=approval, order=order, permission=step["permission"], post=step["post"], label=step["label"],
            department_id=approval.case.department_id, ready=order == 1,
        )
        for order, step in enumerate(route, start=1)
    ]  # fmt: skip


@action(purpose=DECISION)
def pull_back(approval: Approval, *, by: Actor, now) -> None:
    """Take one's own draft back (引戻し) while nobody has decided it. Raises Refused for anybody else's."""
    me = member(by)
    if approval.drafted_by_id != me.id or not by.may("decide.take", approval.case.department_id, DECISION):
        raise Refused("decide.pull_back", obj=approval, subject=approval.case.party_id)
    move(approval.case, "pull_back")
    _end(approval, "pulled_back", now)
    enter(approval.case, "pulled_back", me, by=by, now=now, purpose=DECISION)


@action(purpose=DECISION)
def agree(approval: Approval, step: UUID, comment: str = "", *, by: Actor, now) -> bool:
    """Agree to the step that was shown (確認), or at the last step decide (決裁): then the module hears of it, the notice is issued
    and the applicant told, all or nothing. Returns whether it is decided.

    Raises Refused to whoever may not take the step, and NotNow when it is taken already.
    """
    me, taken = _step(approval, step, by, "decide.agree")
    comment = _comment(comment)
    following = approval.steps.filter(order__gt=taken.order).order_by("order").first()
    case = approval.case
    if following:
        move(case, "agree")
    else:
        move(case, "decide", outcome=approval.outcome, decided_at=now)
    _take(taken, "agreed", comment, me, now)
    instead = {"instead": True} if me.post != taken.post else {}
    event = "agreed" if following else "decided"
    enter(case, event, me, by=by, now=now, note=comment, purpose=DECISION, step=text(taken.label, "ja"), **instead)
    if following:
        ApprovalStep.objects.filter(id=following.id).update(ready=True)
        return False
    _end(approval, "decided", now)
    _carry_out(case, approval, by, now)
    return True


@action(purpose=DECISION)
def send_back(approval: Approval, step: UUID, comment: str, *, by: Actor, now) -> None:
    """Send a draft back to who drafted it (差戻し), saying why. Raises as `agree`, and Invalid without a comment."""
    me, taken = _step(approval, step, by, "decide.send_back")
    comment = _comment(comment)
    if not comment:
        raise Invalid({"comment": _("差し戻す理由を書いてください。")})
    move(approval.case, "send_back")
    _take(taken, "returned", comment, me, now)
    _end(approval, "returned", now)
    enter(approval.case, "returned", me, by=by, now=now, note=comment, purpose=DECISION, step=text(taken.label, "ja"))


def _comment(typed: str) -> str:
    if len(typed.strip()) > NOTE_LIMIT:
        raise Invalid({"comment": _("%(most)s文字までで書いてください。") % {"most": NOTE_LIMIT}})
    return typed.strip()


def _step(approval: Approval, step: UUID, by: Actor, what: str) -> tuple[StaffMember, ApprovalStep]:
    """The member who acts, and the step, which they may take and which is still open. Raises Refused, NotNow."""
    me = member(by)
    steps = list(approval.steps.order_by("order"))
    wanted = next((each for each in steps if each.id == step), None)
    if (
        not wanted
        or not by.may(wanted.permission, wanted.department_id, DECISION)
        or why_not(approval, wanted, steps, me)
    ):
        raise Refused(what, obj=approval, subject=approval.case.party_id)
    if wanted.result or approval.state != "running":
        raise NotNow(_("この段階はすでに済んでいます。画面を読み直してください。"))
    if not wanted.ready:
        raise NotNow(_("前の段階がまだ済んでいません。"))
    return me, wanted


def why_not(approval: Approval, step: ApprovalStep, steps: list[ApprovalStep], me: StaffMember) -> str:
    """Why the member, though they hold the permission, may not take the step; "" if they may."""
    taken = [rules.Taken(each.taken_by_id, each.post) for each in steps if each.result and each.id != step.id]
    return rules.why_not_step(
        post=step.post, staff=me.id, staff_post=me.post, drafter=approval.drafted_by_id, taken=taken
    )


def _take(step: ApprovalStep, result: str, comment: str, me: StaffMember, now) -> None:
    ApprovalStep.objects.filter(id=step.id, result="").update(
        result=result, comment=comment, taken_by=me, taken_post=me.post, taken_at=now, ready=False
    )


def _end(approval: Approval, state: str, now) -> None:
    Approval.objects.filter(id=approval.id).update(state=state, ended_at=now)
    approval.state, approval.ended_at = state, now


def _carry_out(case: Case, approval: Approval, by: Actor, now) -> None:
    """What follows from a decision: the module's register, the paper, what the applicant sees and is told."""
    outcome = rules.outcome_of(case.snapshot.content["decide"], approval.outcome)
    module = registry.module_of(case.procedure)
    if module and module.decided:
        module.decided(case, approval, by=by, now=now)
    paper = _notice(case, approval, outcome, by, now) if outcome.get("paper") else None
    detail = {"outcome": outcome["label"], "paper": paper.number if paper else ""}
    progress.note(case.id, "decided", now=now, detail=detail, state="decided")
    more = {"outcome": outcome["label"], "reason": approval.reason, "decided_on": local_date(now)}
    tell_applicant(case, outcome["message"], now=now, **more)


def _notice(case: Case, approval: Approval, outcome: Mapping, by: Actor, now):
    """Issue the notice of the decision (決定通知書), with what the module's `notice(case, approval, now)` puts on it."""
    notice = rule_of(case.procedure, "notice")
    content = notice(case, approval, now) if notice else {}
    title = f"{text(case.title, 'ja')} {text(outcome['label'], 'ja')}"
    return issue(outcome["paper"], title, content, about=case.id, party=case.party, by=by, now=now)
