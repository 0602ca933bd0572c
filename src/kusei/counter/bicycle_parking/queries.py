"""What is looked up about 自転車駐車場. Everything about people starts from `visible`."""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from kusei.base.kernel import tables
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.i18n import text
from kusei.base.kernel.offers import Option
from kusei.base.parties.models import Town
from kusei.base.staff.queries import kept_by_departments
from kusei.base.web import kit
from kusei.counter.bicycle_parking.models import TAKEN, Lot, Use
from kusei.counter.bicycle_parking.rules import Tariff

APPLY = "bicycle_parking/apply"
PURPOSE = "自転車駐車場の定期利用"
SMALLEST = 10
visible = kept_by_departments(Use, "lot__department__path")


def tariff(day: date) -> Tariff:
    """The tariff in force on a day. Raises LookupError before the first."""
    return tables.in_force("bicycle_parking", Tariff, settings.WARD, day)


def counted() -> QuerySet[Lot]:
    """Every lot with how many places it has (`capacity`), how many of them are somebody's (`taken`), and how many wait (`waiting`)."""
    return Lot.objects.annotate(
        capacity=Count("places", distinct=True),
        taken=Count("uses", filter=Q(uses__state__in=TAKEN), distinct=True),
        waiting=Count("uses", filter=Q(uses__state="waiting"), distinct=True),
    ).order_by("key")


def lots(day: date | None) -> list[Option]:
    """The lots to choose from, each with how full it is."""
    return [Option(lot.key, lot.name, "" if day is None else _room(lot)) for lot in counted()]


def _room(lot: Lot) -> str:
    if lot.taken < lot.capacity and not lot.waiting:
        return _("空き%(free)s台（全%(all)s台）") % {"free": lot.capacity - lot.taken, "all": lot.capacity}
    return _("満車です。空き待ち%(waiting)s人") % {"waiting": lot.waiting}


def ahead_of(use: Use) -> int:
    """How many wait before this one."""
    earlier = Q(queued_at__lt=use.queued_at) | Q(queued_at=use.queued_at, id__lt=use.id)
    return Use.objects.filter(earlier, lot=use.lot_id, state="waiting").count()


def status(case_id: UUID, now: datetime) -> list[dict]:
    """How an application stands, in words for whoever applied: the place, the turn, the term."""
    use = Use.objects.select_related("lot", "place").filter(case=case_id).first()
    if not use:
        return []
    rows = [{"label": _("駐車場"), "value": text(use.lot.name)}]
    if use.place and use.state in TAKEN:
        rows.append({"label": _("区画番号"), "value": str(use.place.number)})
    if use.state == "waiting":
        rows.append({"label": _("空き待ちの順番"), "value": _("%(turn)s番目") % {"turn": ahead_of(use) + 1}})
    if use.state == "due":
        rows.append({"label": _("場所をとっておく日"), "value": use.due_on})
    if use.from_on:
        rows.append({"label": _("利用できる期間"), "value": f"{kit.day(use.from_on)} – {kit.day(use.until_on)}"})
    return rows


def unpaid(now: datetime) -> QuerySet[Use]:
    """Whoever did not pay in time."""
    return Use.objects.filter(state="due", due_on__lt=local_date(now))


def over(now: datetime) -> QuerySet[Use]:
    """Uses whose term is over."""
    return Use.objects.filter(state="using", until_on__lt=local_date(now))


def public_rows(now: datetime) -> Iterator[tuple]:
    """Public figures of each lot; fewer than ten who wait are not counted out."""
    for lot in counted():
        waiting = "*" if 0 < lot.waiting < SMALLEST else lot.waiting
        vehicle = (lot.vehicle, lot.get_vehicle_display())
        yield lot.key, text(lot.name, "ja"), *vehicle, lot.capacity, lot.capacity - lot.taken, waiting


def features(now: datetime) -> Iterator[tuple[str, float, float, dict]]:
    """Where the lots are: at the middle of their town, where that is known."""
    towns = Town.objects.in_bulk([lot.town for lot in Lot.objects.all()])
    for lot in counted():
        if (town := towns.get(lot.town)) and town.lng is not None:
            free = lot.capacity - lot.taken
            yield (
                lot.key,
                town.lng,
                town.lat,
                {"name": text(lot.name), "capacity": lot.capacity, "free": free, "precision": "town"},
            )
