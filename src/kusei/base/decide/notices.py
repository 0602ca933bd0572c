"""Telling staff what waits for their approval (決裁のお知らせ): one mail each morning, or soon after it comes; with numbers in it, and nothing about people.

Who is away is not told: what waits for them is their deputies', who are told of it as such.
"""

from datetime import date, datetime

from kusei.base.accounts.queries import actor_for
from kusei.base.decide import inbox
from kusei.base.decide.models import ApprovalNotice
from kusei.base.decide.moves import DECISION
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.calendar import is_business_day
from kusei.base.kernel.clock import local_date, local_midnight
from kusei.base.kernel.errors import Invalid
from kusei.base.staff.models import StaffMember
from kusei.base.staff.queries import away, deputies, holders, member, standings
from kusei.base.tell.actions import tell

TEMPLATE = "staff/approvals-waiting"
USUAL = "daily"


def wish_of(me: StaffMember) -> str:
    """How a member wants to be told: daily, at_once or off."""
    found = ApprovalNotice.objects.filter(staff=me).values_list("wish", flat=True).first()
    return found or USUAL


@action(purpose=DECISION, may="decide.view", log="decide.notices")
def choose(me: StaffMember, wish: str, *, by: Actor, now: datetime) -> ApprovalNotice:
    """Choose how one is told oneself. Raises Invalid for a way that there isn't."""
    if me.id != member(by).id or wish not in dict(ApprovalNotice.WISHES):
        raise Invalid({"wish": "?"})
    ApprovalNotice.objects.bulk_create([ApprovalNotice(staff=me, told_until=now)], ignore_conflicts=True)
    row = ApprovalNotice.objects.select_for_update().get(staff=me)
    row.wish = wish
    row.save(update_fields=["wish"])
    return row


def tell_daily(now: datetime) -> int:
    """Each morning of a working day: tell everybody for whom something waits, once a day; returns how many."""
    today = local_date(now)
    return sum(_tell(key, USUAL, by=SYSTEM, now=now) for key in _concerned(today, now)) if is_business_day(today) else 0


def tell_at_once(now: datetime) -> int:
    """Every few minutes: tell those who want it so of what came since they were last told; returns how many."""
    today = local_date(now)
    wishing = set(ApprovalNotice.objects.filter(wish="at_once").values_list("staff_id", flat=True))
    return sum(_tell(key, "at_once", by=SYSTEM, now=now) for key in _concerned(today, now) if key in wishing)


def _concerned(today: date, now: datetime) -> list:
    """Whoever may have to approve something and is there today."""
    approving = {each.id for permission in ("decide.review", "decide.decide") for each in holders(permission, now)}
    approving |= set(deputies(today).filter(staff__account__closed_at=None).values_list("staff_id", flat=True))
    return sorted(approving - set(away(today).values_list("staff_id", flat=True)))


def _for(me: StaffMember, now: datetime) -> list[inbox.Waiting]:
    """What waits for a member: their own, what they are deputy for, and of what a superior may take that for which nobody else is there."""
    found = inbox.waiting_for(actor_for(me.account, now), me, now)
    places = {each.step.id: (each.step.department_id, each.step.post, each.step.permission) for each in found}
    above = {places[each.step.id] for each in found if each.right.mode == "superior"}
    there = {place for place, standing in standings(above, now).items() if not standing.vacated or standing.deputies}
    return [each for each in found if each.right.mode != "superior" or places[each.step.id] not in there]


@action(purpose=DECISION)
def _tell(key, how: str, *, by: Actor, now: datetime) -> bool:
    """Tell one member, if that is how they want it and there is something (new). Of two workers at once one finds it told."""
    ApprovalNotice.objects.bulk_create([ApprovalNotice(staff_id=key)], ignore_conflicts=True)
    row = ApprovalNotice.objects.select_for_update(of=("self",)).select_related("staff__account").get(staff=key)
    since = local_midnight(local_date(now)) if how == USUAL else row.told_until
    if row.wish != how or (how == USUAL and row.told_until and row.told_until >= since):
        return False
    waiting = _for(row.staff, now)
    came = [each.step.ready_at or each.approval.drafted_at for each in waiting]
    if not came or (how == "at_once" and since and max(came) <= since):
        return False
    row.told_until = now
    row.save(update_fields=["told_until"])
    context = {
        "count": len(waiting),
        "deputising": sum(each.right.mode == "deputy" for each in waiting),
        "oldest": local_date(min(came)),
    }
    tell(row.staff.account_id, TEMPLATE, context, now=now, link="/office/approvals", channels=("mail",))
    return True
