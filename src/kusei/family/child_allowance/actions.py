"""What decisions and time do to the register of recipients (受給者台帳)."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.decide.models import Approval, Case
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import NotNow
from kusei.base.papers.numbers import next_number
from kusei.family.child_allowance import rules
from kusei.family.child_allowance.law import month_of
from kusei.family.child_allowance.models import Award, AwardChild
from kusei.family.child_allowance.proposals import GRANTED

PURPOSE = "児童手当の支給"
LETTER = "児手"


@action(purpose=PURPOSE, may="decide.decide", where="department_id")
def decided(case: Case, approval: Approval, *, by: Actor, now: datetime) -> Award | None:
    """Enter a granted claim in the register, in the transaction that decides it; any other outcome enters nothing.

    Raises NotNow where an award of the same person has begun to run since the claim was drafted.
    """
    if approval.outcome != GRANTED:
        return None
    data, today = approval.proposal["data"], local_date(now)
    if Award.objects.filter(recipient=case.party_id, until_month=None).exists():
        raise NotNow(_("この方はすでに受給者台帳に載っています。起案を差し戻してください。"))
    award = Award.objects.create(
        case_id=case.id, number=next_number(LETTER, today), recipient_id=case.party_id, department=case.department,
        from_month=date.fromisoformat(data["from_month"]), decided_on=today, monthly_yen=data["monthly_yen"], bank=case.answers["bank"],
    )  # fmt: skip
    AwardChild.objects.bulk_create(
        AwardChild(
            award=award, child_id=child["party_id"], name=child["name"], birth_date=date.fromisoformat(child["birth_date"]),
            rank=child["rank"], monthly_yen=child["monthly_yen"],
        )
        for child in data["children"]
    )  # fmt: skip
    audit.log(by, "change", "child_allowance.award", subject=case.party_id, obj=award, purpose=PURPOSE, now=now)
    return award


def end_awards(now: datetime) -> int:
    """Close every award whose last child's allowance has ended (支給事由の消滅, 8条2項): daily. Returns how many were closed."""
    month = month_of(local_date(now))
    running = Award.objects.filter(until_month=None, from_month__lt=month).prefetch_related("children")
    ended = 0
    for award in running.iterator(chunk_size=500):
        last = max(rules.last_month(child.birth_date, award.from_month) for child in award.children.all())
        if last < month:
            ended += end(award, last, by=SYSTEM, now=now)
    return ended


@action(purpose=PURPOSE, may="decide.decide", where="department_id")
def end(award: Award, last: date, *, by: Actor, now: datetime) -> int:
    """End an award with the month `last`; 1 if it was running, else 0."""
    changed = Award.objects.filter(id=award.id, until_month=None).update(until_month=last)
    if changed:
        detail = {"until": last.isoformat()}
        audit.log(
            by,
            "change",
            "child_allowance.end",
            subject=award.recipient_id,
            obj=award,
            purpose=PURPOSE,
            now=now,
            detail=detail,
        )
    return changed
