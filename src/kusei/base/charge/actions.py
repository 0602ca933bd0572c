"""What people do about charges: raise one, take payment at the counter, reverse an entry that was wrong, cancel what is not owed any more."""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.translation import gettext as _

from kusei.base.charge.models import Charge, Entry
from kusei.base.decide.models import Case
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.offers import registry
from kusei.base.papers.numbers import next_number
from kusei.base.staff.queries import member

PURPOSE = "使用料・手数料の収納"
LETTER = "納"


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="charge.raise", subject="case.party_id")
def raise_charge(case: Case, title: Mapping[str, str], yen: int, due_on: date, *, by: Actor, now: datetime) -> Charge:
    """Raise a charge about a case (調定): `yen` whole yen (more than none) due by a day."""
    return Charge.objects.create(
        case=case, department=case.department, number=next_number(LETTER, local_date(now)), title=dict(title), yen=yen,
        due_on=due_on, raised_at=now,
    )  # fmt: skip


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="charge.pay", subject="case.party_id")
def pay(charge: Charge, given: dict, *, by: Actor, now: datetime) -> Charge:
    """Take the whole amount at the counter (窓口収納). Raises NotNow where it is paid or cancelled already."""
    charge = _move(charge, "unpaid", "paid", _("この請求は、すでに収納したか、取り消されています。"))
    _enter(charge, "payment", -charge.yen, by, now)
    return _tell(charge, by, now)


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="charge.reverse", subject="case.party_id")
def reverse(charge: Charge, given: dict, *, by: Actor, now: datetime) -> Charge:
    """Reverse a payment entered by mistake (収納の取消), saying why. Raises Invalid without a reason, NotNow where none stands."""
    reason = _reason(given)
    charge = _move(charge, "paid", "unpaid", _("取り消せる収納がありません。"))
    last = charge.entries.filter(kind="payment", reversed_by=None).get()
    _enter(charge, "reversal", charge.yen, by, now, reason, last)
    return _tell(charge, by, now)


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="charge.cancel", subject="case.party_id")
def cancel(charge: Charge, given: dict, *, by: Actor, now: datetime) -> Charge:
    """Cancel a charge that is not owed any more (請求の取消), saying why. Raises Invalid without a reason, NotNow where it is paid or cancelled."""
    reason = _reason(given)
    charge = _move(charge, "unpaid", "cancelled", _("収納済みか取消済みの請求は、取り消せません。"))
    _enter(charge, "cancellation", -charge.yen, by, now, reason)
    return charge


def _reason(given: dict) -> str:
    if not (reason := given.get("reason", "").strip()):
        raise Invalid({"reason": _("理由を書いてください。")})
    return reason[:200]


def _move(charge: Charge, before: str, after: str, why_not: str) -> Charge:
    """Bring the charge from one state into another if it still is in the first: of two at once one comes second. The case is locked first, as
    every act on a case does."""
    Case.objects.select_for_update(no_key=True).only("id").get(id=charge.case_id)
    if not Charge.objects.filter(id=charge.id, state=before).update(state=after):
        raise NotNow(why_not)
    return Charge.objects.select_related("case", "department").get(id=charge.id)


def _enter(
    charge: Charge, kind: str, yen: int, by: Actor, now: datetime, reason: str = "", reverses: Entry | None = None
) -> None:
    staff = member(by) if by.kind == "staff" else None
    Entry.objects.create(charge=charge, kind=kind, yen=yen, at=now, by=staff, reason=reason, reverses=reverses)


def _tell(charge: Charge, by: Actor, now: datetime) -> Charge:
    """Let the module that the case belongs to hear that its charge is paid, or is not after all."""
    module = registry.module_of(charge.case.procedure)
    if module and module.paid:
        module.paid(charge, by=by, now=now)
    return charge
