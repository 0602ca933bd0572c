"""Beginning, ending and judging an emergency (緊急閲覧)."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.emergency import rules
from kusei.base.emergency.models import EmergencyAccess
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import JAPAN, local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.parties.dossier import EMERGENCY
from kusei.base.parties.models import Party
from kusei.base.staff.models import StaffMember
from kusei.base.staff.queries import colleagues, holders, member
from kusei.base.tell.actions import tell

REVIEW = "緊急閲覧の確認"


@action(may="emergency.use", purpose=EMERGENCY)
def begin(subject: Party, reason: str, explanation: str, *, by: Actor, now: datetime) -> EmergencyAccess:
    """Open the person's records to the member of staff for an hour, and tell chiefs and officers. Asked again while it runs, it is the same one.

    Raises Invalid for a reason that isn't on the list and for an explanation of a few letters.
    """
    text = explanation.strip()
    problems = {}
    if reason not in dict(EmergencyAccess.REASONS):
        problems["reason"] = _("理由を選んでください。")
    if len(text) < rules.SHORTEST_EXPLANATION:
        problems["explanation"] = _("何が起きているかを%(least)s文字以上で書いてください。") % {
            "least": rules.SHORTEST_EXPLANATION
        }
    elif len(text) > rules.LONGEST_EXPLANATION:
        problems["explanation"] = _("%(most)s文字までで書いてください。") % {"most": rules.LONGEST_EXPLANATION}
    if problems:
        raise Invalid(problems)
    me = StaffMember.objects.select_for_update(of=("self",)).select_related("department").get(id=member(by).id)
    if running := EmergencyAccess.objects.filter(staff=me, subject=subject, ended_at=None, ends_at__gt=now).first():
        return running
    access = EmergencyAccess.objects.create(
        staff=me, department=me.department, subject=subject, reason=reason, explanation=text,
        begun_at=now, ends_at=now + rules.LASTS, review_by=rules.review_by(local_date(now)),
    )  # fmt: skip
    audit.log(
        by, "change", "emergency.begun", subject=subject, obj=access, purpose=EMERGENCY, now=now,
        detail={"reason": reason, "until": access.ends_at.isoformat()},
    )  # fmt: skip
    _tell(access, now)
    return access


def to_be_told(access: EmergencyAccess, now: datetime) -> Iterable[StaffMember]:
    """The chiefs who may judge the use, and the officers who know of all; whoever began it is none of them."""
    told = {each.id: each for each in colleagues(access.department_id, "emergency.review", now)}
    told |= {each.id: each for each in holders("emergency.report", now)}
    told.pop(access.staff_id, None)
    return told.values()


def _tell(access: EmergencyAccess, now: datetime) -> None:
    """Who looks, why, until when. Nothing of the person looked at: mails leave the house."""
    context = {
        "name": access.staff.name,
        "department": access.department.name,
        "reason": access.get_reason_display(),
        "until": access.ends_at.astimezone(JAPAN).strftime("%H:%M"),
        "review_by": access.review_by,
    }
    for each in to_be_told(access, now):
        tell(
            each.account_id,
            "emergency/begun",
            context,
            now=now,
            link=f"/office/emergency/uses/{access.id}",
            about=str(access.id),
        )


@action(purpose=EMERGENCY)
def end(access: EmergencyAccess, *, by: Actor, now: datetime) -> None:
    """Close it before its time. Raises Refused for anybody else's, NotNow where it is over."""
    if access.staff_id != member(by).id:
        raise Refused("emergency.end", obj=access, subject=access.subject_id)
    if not EmergencyAccess.objects.filter(id=access.id, ended_at=None, ends_at__gt=now).update(ended_at=now):
        raise NotNow(_("この緊急閲覧は、もう終わっています。"))
    audit.log(by, "change", "emergency.ended", subject=access.subject_id, obj=access, purpose=EMERGENCY, now=now)


@action(purpose=REVIEW)
def review(access: EmergencyAccess, verdict: str, remark: str, *, by: Actor, now: datetime) -> None:
    """Say whether the use was justified (事後確認), once, after it ended. Raises Refused for one's own and for other departments',
    Invalid for no verdict or an unjustified use without a remark, NotNow where it still runs or is judged already."""
    may = by.may("emergency.report", purpose=REVIEW) or by.may("emergency.review", access.department_id, REVIEW)
    me = member(by)
    if not may or access.staff_id == me.id:
        raise Refused("emergency.review", obj=access, subject=access.subject_id)
    problems = {} if verdict in dict(EmergencyAccess.VERDICTS) else {"verdict": _("適切か不適切かを選んでください。")}
    if verdict == "unjustified" and not remark.strip():
        problems["remark"] = _("不適切とした理由を書いてください。")
    if len(remark.strip()) > rules.LONGEST_REMARK:
        problems["remark"] = _("%(most)s文字までで書いてください。") % {"most": rules.LONGEST_REMARK}
    if problems:
        raise Invalid(problems)
    held = EmergencyAccess.objects.select_for_update().get(id=access.id)
    if held.reviewed_at:
        raise NotNow(_("この緊急閲覧は、すでに確認されています。"))
    if held.running(now):
        raise NotNow(_("まだ終わっていません。終わってから確認してください。"))
    held.verdict, held.remark, held.reviewed_by, held.reviewed_at = verdict, remark.strip(), me, now
    held.save(update_fields=["verdict", "remark", "reviewed_by", "reviewed_at"])
    audit.log(
        by,
        "change",
        "emergency.reviewed",
        subject=held.subject_id,
        obj=held,
        purpose=REVIEW,
        now=now,
        detail={"verdict": verdict},
    )
