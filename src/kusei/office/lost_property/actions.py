"""What people do with things found, and what time does."""

from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.decide.models import Approval, Case
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.papers import letters
from kusei.base.papers.actions import issue
from kusei.base.papers.numbers import next_number
from kusei.base.staff.models import Department
from kusei.base.tell.actions import tell
from kusei.office.lost_property import queries, rules
from kusei.office.lost_property.models import FoundItem

RETURNED = "returned"


def _kept(item: FoundItem) -> FoundItem:
    """The item as it is now, locked, so that of two at once one comes second. Raises NotNow where it is no longer kept."""
    item = FoundItem.objects.select_for_update().get(id=item.id)
    if item.returned_on or item.expired_on:
        raise NotNow(_("この忘れ物は、もう返還したか、保管を終えました。"))
    return item


def _log(by: Actor, what: str, item: FoundItem, now: datetime) -> None:
    subject = item.claim.party_id if item.claim else None
    audit.log(by, "change", f"lost_property.{what}", subject=subject, obj=item, purpose=queries.PURPOSE, now=now)


@action(purpose=queries.PURPOSE, may="decide.take", where="path")
def enter(office: Department, given: dict, *, by: Actor, now: datetime) -> FoundItem:
    """Enter a thing found (拾得物の登録). given: kind, description, found_on, found_at, shelf, cheap."""
    item = FoundItem.objects.create(office=office, number=next_number("拾", local_date(now)), **given)
    _log(by, "enter", item, now)
    return item


@action(purpose=queries.PURPOSE, may="decide.take", where="office_id")
def notice(item: FoundItem, day: date | None, *, by: Actor, now: datetime) -> None:
    """Note the day of the police's public notice (公告), from which the term runs. Raises Invalid, NotNow."""
    item = _kept(item)
    if not day or not item.found_on <= day <= local_date(now):
        raise Invalid({"noticed_on": _("公告の日は、見つかった日からきょうまでの日を入力してください。")})
    item.noticed_on, item.keep_until = day, rules.keep_until(day, item.cheap)
    item.save(update_fields=["noticed_on", "keep_until"])
    _log(by, "notice", item, now)


@action(purpose=queries.PURPOSE, may="decide.take", where="office_id")
def match(item: FoundItem, claim: UUID | None, *, by: Actor, now: datetime) -> None:
    """Note that the item is what a claim asks for. Raises Invalid for a claim that doesn't fit, NotNow where the item is matched already."""
    item = _kept(item)
    if item.claim and item.claim.state != "withdrawn":
        raise NotNow(_("この忘れ物は、すでに申出と結びついています。"))
    case = next((case for case in queries.candidates(item, by, now) if case.id == claim), None)
    if not case:
        raise Invalid({"claim": _("申出を選んでください。")})
    item.claim = Case.objects.select_for_update().get(id=case.id)
    if FoundItem.objects.filter(claim=case).exists():
        raise NotNow(_("この申出は、すでに別の忘れ物と結びついています。"))
    item.save(update_fields=["claim"])
    _log(by, "match", item, now)


def proposal(case: Case, outcome: str, now: datetime) -> dict:
    """What a decision to return comes to. Raises Invalid where no item is matched."""
    if outcome != RETURNED:
        return {}
    item = FoundItem.objects.filter(queries.KEPT, claim=case).first()
    if not item:
        raise Invalid({"outcome": _("返還する忘れ物を台帳で選び、この申出と結びつけてください。")})
    return {
        "lines": [
            ("物件", f"{item.number}　{item.get_kind_display()}"),
            ("特徴", item.description),
            ("保管場所", item.shelf),
        ]
    }


@action(purpose=queries.PURPOSE, may="decide.review", where="department_id")
def decided(case: Case, approval: Approval, *, by: Actor, now: datetime) -> None:
    """A claim that is granted keeps its item for the claimant; one that is refused lets it go. Raises NotNow where the item is gone."""
    item = FoundItem.objects.filter(claim=case).first()
    if approval.outcome == RETURNED and not item:
        raise NotNow(_("返還する忘れ物がありません。起案を差し戻してください。"))
    if item and approval.outcome != RETURNED:
        FoundItem.objects.filter(id=item.id).update(claim=None)
        _log(by, "release", item, now)


@action(purpose=queries.PURPOSE, may="decide.take", where="office_id")
def hand_over(item: FoundItem, *, by: Actor, now: datetime) -> FoundItem:
    """Give the item to the claimant (返還), issue the receipt (受領書) to be signed, and say so. Raises NotNow where it is given already, or
    nobody's claim is granted."""
    item = _kept(item)
    case = item.claim
    if not case or case.outcome != RETURNED:
        raise NotNow(_("返還を決定した申出がないため、渡せません。"))
    item.returned_on = local_date(now)
    item.save(update_fields=["returned_on"])
    content = letters.head(case, now) | {
        "facts": [
            ["物件", item.get_kind_display()],
            ["特徴", item.description],
            ["番号", item.number],
            ["見つかった場所", str(item.found_at)],
        ]
    }
    issue("lost_property/receipt", "忘れ物 受領書", content, about=case.id, party=case.party, by=by, now=now)
    context = {
        "number": case.number,
        "returned_on": item.returned_on,
        "department": case.department.name,
        "phone": case.department.phone,
    }
    if case.account_id:
        tell(
            case.account_id,
            "lost_property/handed-over",
            context,
            now=now,
            about=str(case.id),
            link=f"/my/applications/{case.id}",
        )
    _log(by, "hand_over", item, now)
    return item


def expire(now: datetime) -> int:
    """End the keeping of what nobody claimed in time (民法240条): daily. Returns how many."""
    over = FoundItem.objects.filter(queries.KEPT, queries.UNCLAIMED, keep_until__lt=local_date(now))
    return sum(expire_one(item, by=SYSTEM, now=now) for item in over.iterator(chunk_size=500))


@action(purpose=queries.PURPOSE, may="decide.take", where="office_id")
def expire_one(item: FoundItem, *, by: Actor, now: datetime) -> int:
    """End the keeping of one item; 1 if it was still kept and unclaimed, else 0."""
    there = FoundItem.objects.select_for_update(of=["self"]).filter(
        queries.KEPT, queries.UNCLAIMED, id=item.id, keep_until__lt=local_date(now)
    )
    if not (item := there.first()):
        return 0
    FoundItem.objects.filter(id=item.id).update(expired_on=local_date(now))
    _log(by, "expire", item, now)
    return 1
