"""Finding the person, and the uses that chiefs and officers judge."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from kusei.base.decide.models import Case
from kusei.base.emergency.models import EmergencyAccess
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Refused
from kusei.base.kernel.ids import read_receipt_number
from kusei.base.parties.models import Party
from kusei.base.parties.rules import plain, plain_kana, search_name
from kusei.base.staff.queries import below


def find(number: str, name: str, born: date | None) -> Party | None:
    """The one person meant: by the receipt number of an application or by 宛名番号, else by whole name (or reading) and birthday together.

    None where it is nobody or more than one. Looks at the register and shows nothing of it; the caller logs.
    """
    people = Party.objects.filter(kind="person")
    if number:
        receipt = read_receipt_number(number)
        by_case = Case.objects.filter(number=receipt).values("party") if receipt else []
        found = list(people.filter(Q(id__in=by_case) | Q(number=plain(number)))[:2])
    elif name and born:
        wanted, kana = search_name(name), plain_kana(name)
        born_then = people.filter(birth_date=born)
        found = [
            person for person in born_then if wanted == search_name(person.name) or kana == plain_kana(person.kana)
        ]
    else:
        found = []
    return found[0] if len(found) == 1 else None


def own(by: Actor, now: datetime) -> QuerySet[EmergencyAccess]:
    """One's own uses, the newest first."""
    mine = (
        EmergencyAccess.objects.filter(staff__account=by.account_id)
        if by.kind == "staff"
        else EmergencyAccess.objects.none()
    )
    return mine.select_related("subject").order_by("-begun_at")


def one_of_own(by: Actor, access_id: UUID, now: datetime) -> EmergencyAccess:
    """One of one's own uses. Raises Refused."""
    found = own(by, now).filter(id=access_id).first()
    if not found:
        raise Refused("emergency.access", obj=("emergency.emergencyaccess", access_id))
    return found


def visible(by: Actor, purpose: str, now: datetime) -> QuerySet[EmergencyAccess]:
    """The uses `by` may know of: officers (ICT, 個人情報保護) all, chiefs those of their departments, others none."""
    if by.kind != "staff":
        return EmergencyAccess.objects.none()
    if by.may("emergency.report", purpose=purpose):
        return EmergencyAccess.objects.all()
    return EmergencyAccess.objects.filter(below(by.paths("emergency.review", purpose), "department__path"))


def overdue(uses: QuerySet[EmergencyAccess], now: datetime) -> QuerySet[EmergencyAccess]:
    """Those that nobody has judged in time."""
    return uses.filter(reviewed_at=None, review_by__lt=local_date(now))


def to_review(uses: QuerySet[EmergencyAccess], now: datetime) -> QuerySet[EmergencyAccess]:
    """Those that are over and wait to be judged."""
    return uses.filter(Q(ended_at__isnull=False) | Q(ends_at__lte=now), reviewed_at=None)
