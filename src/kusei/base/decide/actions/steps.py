"""The steps of a run (回議): how they begin, who may take which in what right, how they are taken, repeated and passed on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from kusei.base.decide import rules
from kusei.base.decide.models import Approval, ApprovalStep, Case, Document
from kusei.base.decide.moves import DECISION, Thing, subject_of
from kusei.base.decide.routes import Stop
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.staff.models import StaffMember
from kusei.base.staff.queries import member, standings
from kusei.base.staff.rules import Standing, deputy_of

COMMENT_LIMIT = 2000


def start(approval: Approval, stops: Iterable[Stop], now) -> None:
    """Write the steps of a new run, a copy of its route as it is today; those of the first stage are open."""
    ApprovalStep.objects.bulk_create(
        ApprovalStep(
            approval=approval, order=order, stage=stop.stage, kind=stop.kind, permission=stop.permission, post=stop.post,
            label=stop.label, department_id=stop.department, ready=stop.stage == 1, ready_at=now if stop.stage == 1 else None,
        )
        for order, stop in enumerate(stops, start=1)
    )  # fmt: skip


def lock(approval: Approval) -> Thing:
    """What the approval is about, its row locked until the transaction ends, and the approval as it is now: of two who act at once on
    one run the second sees what the first did."""
    if approval.case_id:
        cases = Case.objects.select_related("department", "snapshot").defer("words")
        approval.case = thing = cases.select_for_update(of=("self",), no_key=True).get(id=approval.case_id)
    else:
        papers = Document.objects.select_related("department", "drafted_by")
        approval.document = thing = papers.select_for_update(of=("self",), no_key=True).get(id=approval.document_id)
    approval.state, approval.ended_at = Approval.objects.values_list("state", "ended_at").get(id=approval.id)
    return thing


# ---- who may ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Authority:
    """In what right somebody may take a step: `mode` as in the model, `holder` whom a deputy stands in for. `why_not` says why they may
    not; `concerned` whether it would be theirs but for that."""

    mode: str = ""
    holder: StaffMember | None = None
    why_not: str = ""
    concerned: bool = True


def authority(
    approval: Approval,
    step: ApprovalStep,
    steps: Sequence[ApprovalStep],
    me: StaffMember,
    by: Actor,
    now,
    *,
    standing: Standing | None = None,
) -> Authority:
    """Whether the member may take the step: by the permission they hold there and their post, or as deputy (代決) of those who are away."""
    live = [each for each in steps if each.result and not each.repeated and each.id != step.id]
    permitted = by.may(step.permission, step.department_id, DECISION)
    hindrance = ""
    if permitted:
        hindrance = rules.why_not_step(
            post=step.post, staff=me.id, staff_post=me.post, drafter=approval.drafted_by_id,
            taken=[rules.Taken(each.taken_by_id, each.post) for each in live],
        )  # fmt: skip
        if not hindrance:
            return Authority("" if me.post == step.post else "superior")
    place = (step.department_id, step.post, step.permission)
    standing = standing or standings([place], now)[place]
    barred = {StaffMember(id=approval.drafted_by_id), *(StaffMember(id=each.taken_by_id) for each in live)}
    if deputy_of(standing, barred) != me:
        return Authority(why_not=hindrance, concerned=permitted)
    opinions = any(each.result == "opinion" for each in live)
    if limit := rules.why_no_deputy(step.kind, approval.rule.get("gravity", ""), opinions):
        return Authority(why_not=limit)
    return Authority("deputy", holder=next(iter(standing.holders), None))


def claim(
    approval: Approval, step: UUID | None, by: Actor, what: str, now
) -> tuple[StaffMember, ApprovalStep, list[ApprovalStep], Authority]:
    """The member who acts, the step they may take and which is open, all steps of the run, and their right. The run must be locked.

    Raises Refused to whoever may not take it, NotNow where it is taken already or its turn has not come.
    """
    me = member(by)
    steps = list(approval.steps.order_by("order"))
    wanted = next((each for each in steps if each.id == step), None)
    right = authority(approval, wanted, steps, me, by, now) if wanted else None
    if right is None or not right.concerned:
        raise Refused(what, obj=approval, subject=subject_of(approval))
    if wanted.result or approval.state != "running":
        raise NotNow(_("この段階はすでに済んでいます。画面を読み直してください。"))
    if right.why_not and by.may(wanted.permission, wanted.department_id, DECISION):
        raise Refused(what, obj=approval, subject=subject_of(approval))
    if right.why_not:
        raise NotNow(right.why_not)
    if not wanted.ready:
        raise NotNow(_("前の段階がまだ済んでいません。"))
    return me, wanted, steps, right


def comment_in(typed: str) -> str:
    """A comment as it is kept. Raises Invalid for an over-long one."""
    if len(typed.strip()) > COMMENT_LIMIT:
        raise Invalid({"comment": _("%(most)s文字までで書いてください。") % {"most": COMMENT_LIMIT}})
    return typed.strip()


# ---- taking, passing on, repeating ---------------------------------------------------------------------------------------------


def take(step: ApprovalStep, result: str, comment: str, me: StaffMember, right: Authority, now) -> None:
    """Take the step."""
    step.result, step.comment, step.taken_by, step.taken_post, step.taken_at = result, comment, me, me.post, now
    step.mode, step.holder, step.ready = right.mode, right.holder, False
    columns = ["result", "comment", "taken_by", "taken_post", "taken_at", "mode", "holder", "ready"]
    step.save(update_fields=columns)


def pass_on(steps: Sequence[ApprovalStep], now) -> int | None:
    """Open the stage whose turn it is, if it isn't open yet; returns it, or None where every step is taken."""
    stage = rules.open_stage(steps)
    waiting = [
        step.id for step in steps if step.stage == stage and not step.result and not step.ready and not step.repeated
    ]
    ApprovalStep.objects.filter(id__in=waiting).update(ready=True, ready_at=now)
    return stage


def repeat(approval: Approval, steps: Sequence[ApprovalStep], chosen: Sequence[ApprovalStep], now) -> None:
    """Have steps taken anew: each stays as it was, and a copy stands in its place; whatever was open after them waits."""
    first, last = min(step.stage for step in chosen), max(step.order for step in steps)
    ApprovalStep.objects.filter(id__in=[step.id for step in chosen]).update(repeated=True)
    ApprovalStep.objects.filter(approval=approval, result="", stage__gt=first).update(ready=False, ready_at=None)
    ApprovalStep.objects.bulk_create(
        ApprovalStep(
            approval=approval, order=last + number, stage=step.stage, kind=step.kind, permission=step.permission,
            post=step.post, label=step.label, department_id=step.department_id,
            ready=step.stage == first, ready_at=now if step.stage == first else None,
        )
        for number, step in enumerate(sorted(chosen, key=lambda step: (step.stage, step.order)), start=1)
    )  # fmt: skip


def end(approval: Approval, state: str, now) -> None:
    """End the run."""
    Approval.objects.filter(id=approval.id).update(state=state, ended_at=now)
    approval.state, approval.ended_at = state, now
