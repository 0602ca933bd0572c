"""Deciding (決裁): a draft goes up its route, stage by stage, until it is decided, sent back or taken back. The same for cases and
documents, but for how they are drafted: a document's draft is in `documents`."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from kusei.base.decide import routes, rules
from kusei.base.decide.actions import carry
from kusei.base.decide.actions import steps as running
from kusei.base.decide.actions.carry import rule_of
from kusei.base.decide.actions.work import NOTE_LIMIT, held_by
from kusei.base.decide.models import Approval, ApprovalStep, Case
from kusei.base.decide.moves import DECISION, PURPOSE, enter, move, subject_of, thing_of
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import text
from kusei.base.staff.models import Department
from kusei.base.staff.queries import member


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
    proposal = propose(case, outcome, now)
    stops, rule = route_of(case, chosen, proposal, now)
    move(case, "draft")
    approval = Approval.objects.create(
        case=case, drafted_by=me, drafted_at=now, outcome=outcome, reason=reason, proposal=proposal, rule=rule
    )
    if chosen.get("paper"):
        carry.can_be_printed(case, approval, chosen, now)
    running.start(approval, stops, now)
    enter(case, "drafted", me, by=by, now=now, note=reason, purpose=DECISION, outcome=text(chosen["label"], "ja"))
    return approval


def route_of(case: Case, outcome: Mapping, proposal: Mapping, now) -> tuple[list[routes.Stop], dict]:
    """The stops that a proposal of this outcome goes through today, and the rule that says who decides, where the procedure's last step
    names a matter (専決). The amount it goes by is the proposal's own `amount`, whole yen."""
    route = case.snapshot.content["decide"]["route"]
    codes = {step["department"] for step in route if step.get("department")}
    paths = dict(Department.objects.filter(code__in=codes).values_list("code", "path")) if codes else {}
    if missing := codes - set(paths):
        raise NotNow(_("合議先の課が見つかりません：%(codes)s") % {"codes": "、".join(sorted(missing))})
    rule = {}
    if matter := route[-1].get("matter"):
        rule = ruled(matter, outcome.get("gravity") or "ordinary", proposal.get("amount"), now)
    return routes.written(route, case.department_id, paths, rule.get("post")), rule


def ruled(matter: str, gravity: str, amount: int | None, now) -> dict:
    """The row of the ward's table that says who decides today, with what it was asked, as a run keeps it."""
    row = routes.deciding(settings.WARD, matter, gravity, amount, local_date(now))
    kept = {"post": row.post, "below": row.below, "since": row.since.isoformat(), "source": row.source}
    return {"matter": matter, "gravity": gravity, "amount": amount, **kept}


# ---- the way back ----------------------------------------------------------------------------------------------------------


@action(purpose=DECISION)
def pull_back(approval: Approval, *, by: Actor, now) -> None:
    """Take one's own draft back (引戻し) before anybody on the route has acted. Raises Refused for anybody else's, NotNow later: whoever
    has it then can send it back."""
    me = member(by)
    if approval.drafted_by_id != me.id or not by.may("decide.take", thing_of(approval).department_id, DECISION):
        raise Refused("decide.pull_back", obj=approval, subject=subject_of(approval))
    thing = running.lock(approval)
    rules.after("pull_back", thing.state, document=approval.case_id is None)
    if approval.steps.exclude(result="").exists():
        raise NotNow(_("すでに次の人が確認しました。直すには、いま持っている人に差戻しを頼んでください。"))
    move(thing, "pull_back")
    running.end(approval, "pulled_back", now)
    enter(thing, "pulled_back", me, by=by, now=now, purpose=DECISION)


@action(purpose=DECISION)
def take_back(approval: Approval, step: UUID, *, by: Actor, now) -> None:
    """Take one's own agreement or opinion back (確認の引戻し) before anybody of a later stage has acted: the step is open again.

    Raises Refused for anybody else's, NotNow where it is too late.
    """
    me = member(by)
    thing = running.lock(approval)
    steps = list(approval.steps.order_by("order"))
    mine = next((each for each in steps if each.id == step and each.taken_by_id == me.id), None)
    if mine is None:
        raise Refused("decide.take_back", obj=approval, subject=subject_of(approval))
    later = [each for each in steps if each.stage > mine.stage and each.result and not each.repeated]
    if approval.state != "running" or mine.repeated or mine.result == "returned" or later:
        raise NotNow(_("すでに次の段階に進んだため、引き戻せません。いま持っている人に差戻しを頼んでください。"))
    move(thing, "take_back")
    running.repeat(approval, steps, [mine], now)
    enter(thing, "taken_back", me, by=by, now=now, purpose=DECISION, step=text(mine.label, "ja"))


@action(purpose=DECISION)
def send_back(approval: Approval, step: UUID, comment: str, to: int = 0, *, by: Actor, now) -> None:
    """Send a draft back (差戻し), saying why: to who drafted it, which ends the run, or `to` an earlier stage, from which on everything is
    asked anew. Raises as `agree`, and Invalid without a comment or for a stage that isn't one before."""
    thing = running.lock(approval)
    me, taken, steps, right = running.claim(approval, step, by, "decide.send_back", now)
    comment = running.comment_in(comment)
    if not comment:
        raise Invalid({"comment": _("差し戻す理由を書いてください。")})
    if to and to not in rules.earlier_stages(steps, taken.stage):
        raise Invalid({"to": _("この段階には差し戻せません。")})
    move(thing, "return_step" if to else "send_back")
    running.take(taken, "returned", comment, me, right, now)
    told = _told(taken, right)
    if to:
        again = [each for each in steps if to <= each.stage <= taken.stage and each.result and not each.repeated]
        running.repeat(approval, steps, again, now)
        whom = "、".join(text(each.label, "ja") for each in again if each.stage == to)
        enter(thing, "returned_to_stage", me, by=by, now=now, note=comment, purpose=DECISION, whom=whom, **told)
        return
    running.end(approval, "returned", now)
    enter(thing, "returned", me, by=by, now=now, note=comment, purpose=DECISION, **told)


# ---- the way forward -------------------------------------------------------------------------------------------------------


@action(purpose=DECISION)
def agree(approval: Approval, step: UUID | None, comment: str = "", opinion: bool = False, *, by: Actor, now) -> bool:
    """Agree to the step that was shown (確認, 同意), or at the last step decide (決裁): then the module hears of it, the notice is issued
    and the applicant told, all or nothing. Returns whether it is decided.

    opinion: a department that was asked (合議) doesn't agree, but lets it pass with its `comment` (意見を付す); who decides must then say
    in a comment what comes of it. Raises Refused to whoever may not take the step, NotNow when it is taken already, Invalid.
    """
    thing = running.lock(approval)
    me, taken, steps, right = running.claim(approval, step, by, "decide.agree", now)
    comment = running.comment_in(comment)
    if opinion and taken.kind != routes.CONSULT:
        raise Invalid({"comment": _("意見を付けて回せるのは、合議の段階だけです。")})
    if opinion and not comment:
        raise Invalid({"comment": _("意見を書いてください。")})
    heard = [each for each in steps if each.result == "opinion" and not each.repeated]
    if taken.kind == routes.DECIDE and heard and not comment:
        raise Invalid({"comment": _("合議で意見が付いています。それをどう判断したかを書いてください。")})
    running.take(taken, "opinion" if opinion else "agreed", comment, me, right, now)
    told = _told(taken, right)
    if running.pass_on(steps, now) is not None:
        move(thing, "agree")
        event = "opinion" if opinion else "agreed"
        enter(thing, event, me, by=by, now=now, note=comment, purpose=DECISION, **told)
        return False
    carry.decided(thing, approval, taken.post, by=by, now=now)
    enter(thing, "decided", me, by=by, now=now, note=comment, purpose=DECISION, **told)
    running.end(approval, "decided", now)
    # A deputy needs no role of their own: for what follows from the decision they are lent the right of whom they stand in for.
    acting = by.lent(taken.permission, taken.department_id) if right.mode == "deputy" else by
    carry.carry_out(thing, approval, by=acting, now=now)
    return True


def _told(step: ApprovalStep, right: running.Authority) -> dict:
    """What the course says about a step: its name, and in what right it was taken."""
    told = {"step": text(step.label, "ja")}
    if right.mode == "superior":
        told["instead"] = True
    if right.mode == "deputy":
        told["deputy"] = right.holder.name if right.holder else ""
    return told


@action(purpose=DECISION)
def see_afterwards(approval: Approval, step: UUID, *, by: Actor, now) -> None:
    """See what one's deputy did meanwhile (後閲). Raises Refused to anybody but the holder they stood in for, NotNow the second time."""
    me = member(by)
    mine = ApprovalStep.objects.filter(id=step, approval=approval, mode="deputy", holder=me)
    if not mine.exists():
        raise Refused("decide.see_afterwards", obj=approval, subject=subject_of(approval))
    if not mine.filter(seen_at=None).update(seen_at=now):
        raise NotNow(_("すでに後閲しました。"))
    label = text(mine.get().label, "ja")
    enter(thing_of(approval), "seen_afterwards", me, by=by, now=now, purpose=DECISION, step=label)
