"""What people do with things found, and what time does."""

from datetime import datetime

from django.utils.translation import gettext as _

from kusei.base.decide.models import Case
from kusei.base.decide.telling import tell_applicant
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action, locked
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.offers import label_of
from kusei.base.papers import letters
from kusei.base.papers.actions import issue
from kusei.base.papers.numbers import next_number
from kusei.base.staff.models import Department
from kusei.office.lost_property import queries, rules
from kusei.office.lost_property.models import FoundItem

PURPOSE, RETURNED = queries.PURPOSE, queries.RETURNED


def _kept(item: FoundItem) -> FoundItem:
    return locked(item, queries.KEPT, _("この忘れ物は、もう返還したか、保管を終えました。"))


@action(purpose=PURPOSE, may="decide.take", where="path", log="lost_property.enter")
def enter(office: Department, given: dict, *, by: Actor, now: datetime) -> FoundItem:
    """Enter a thing found (拾得物の登録). given: kind, description, found_on, found_at_id (a department's path), shelf, cheap."""
    return FoundItem.objects.create(office=office, number=next_number("拾", local_date(now)), **given)


@action(purpose=PURPOSE, may="decide.take", where="office_id", log="lost_property.notice")
def notice(item: FoundItem, given: dict, *, by: Actor, now: datetime) -> None:
    """Note the day of the police's public notice (公告), from which the term runs. Raises Invalid, NotNow."""
    item, day = _kept(item), given["noticed_on"]
    if not item.found_on <= day <= local_date(now):
        raise Invalid({"noticed_on": _("公告の日は、見つかった日からきょうまでの日を入力してください。")})
    FoundItem.objects.filter(id=item.id).update(noticed_on=day, keep_until=rules.keep_until(day, item.cheap))


@action(purpose=PURPOSE, may="decide.take", where="office_id", log="lost_property.match", subject="claim.party_id")
def match(item: FoundItem, given: dict, *, by: Actor, now: datetime) -> FoundItem:
    """Note that the item is what a claim asks for. Raises Invalid for a claim that doesn't fit, NotNow where the item is matched already."""
    item = _kept(item)
    if item.state != "kept":
        raise NotNow(_("この忘れ物は、すでに申出と結びついています。"))
    if given["claim"] not in {option.key for option in queries.claims(item, by, now)}:
        raise Invalid({"claim": _("申出を選んでください。")})
    item.claim = Case.objects.select_for_update().get(id=given["claim"])
    if FoundItem.objects.filter(claim=item.claim).exists():
        raise NotNow(_("この申出は、すでに別の忘れ物と結びついています。"))
    item.save(update_fields=["claim"])
    return item


def proposal(case: Case, outcome: str, now: datetime) -> dict:
    """What a decision to return comes to. Raises Invalid where no item is matched."""
    if outcome != RETURNED:
        return {}
    item = FoundItem.objects.filter(queries.KEPT, claim=case).first()
    if not item:
        raise Invalid({"outcome": _("返還する忘れ物を台帳で選び、この申出と結びつけてください。")})
    what = f"{item.number}　{label_of(queries.KINDS, item.kind)}"
    return {"lines": [("物件", what), ("特徴", item.description), ("保管場所", item.shelf)]}


@action(purpose=PURPOSE, may="decide.take", where="office_id", log="lost_property.hand_over", subject="claim.party_id")
def hand_over(item: FoundItem, given: dict, *, by: Actor, now: datetime) -> FoundItem:
    """Give the item to the claimant (返還), issue the receipt (受領書) to be signed, and say so. Raises NotNow where it is given already, or
    nobody's claim is granted."""
    item = _kept(item)
    case = item.claim
    if item.state != "granted":
        raise NotNow(_("返還を決定した申出がないため、渡せません。"))
    item.returned_on = local_date(now)
    item.save(update_fields=["returned_on"])
    kind, place = label_of(queries.KINDS, item.kind), str(item.found_at)
    facts = [["物件", kind], ["特徴", item.description], ["番号", item.number], ["見つかった場所", place]]
    content = letters.head(case, now) | {"facts": facts}
    issue("lost_property/receipt", "忘れ物 受領書", content, about=case.id, party=case.party, by=by, now=now)
    tell_applicant(case, "lost_property/handed-over", now=now, returned_on=item.returned_on)
    return item


@action(purpose=PURPOSE, may="decide.take", where="office_id", log="lost_property.expire")
def expire(item: FoundItem, *, by: Actor, now: datetime) -> None:
    """End the keeping of an item whose term is over."""
    FoundItem.objects.filter(id=item.id).update(expired_on=local_date(now))
