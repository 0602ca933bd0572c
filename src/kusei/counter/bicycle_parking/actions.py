"""What becomes of applications for a place: reserved or in line, granted, paid, lapsed, ended, and passed on to the next.

Every act that gives or frees a place locks the case, then the lot: so the line keeps its order however many come at once. That a place has
one user the database makes sure of itself.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kusei.base.charge.actions import cancel, raise_charge
from kusei.base.charge.models import Charge
from kusei.base.decide.models import Approval, Case
from kusei.base.decide.telling import tell_applicant
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.acts import action, locked
from kusei.base.kernel.calendar import wareki
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import NotNow
from kusei.base.papers import letters
from kusei.base.papers.actions import issue
from kusei.counter.bicycle_parking import queries, rules
from kusei.counter.bicycle_parking.models import TAKEN, Lot, Place, Use
from kusei.counter.bicycle_parking.queries import PURPOSE

TITLE = {
    "ja": "自転車駐車場 定期利用料",
    "ja-easy": "自転車（じてんしゃ）を おく お金",
    "en": "Bicycle parking, fee for the term",
}


def _locked(lot_id) -> Lot:
    return Lot.objects.select_for_update().get(id=lot_id)


def _free(lot: Lot) -> Place | None:
    """The free place with the lowest number; the lot must be locked."""
    return lot.places.exclude(uses__state__in=TAKEN).order_by("number").first()


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="bicycle_parking.queue", subject="party_id")
def received(case: Case, *, by: Actor, now: datetime) -> None:
    """Reserve a place for a new application, or put it at the end of the line (空き待ち) where none is free or others wait."""
    answers, lot = case.answers, _locked(Lot.objects.values_list("id", flat=True).get(key=case.answers["lot"]))
    waits = lot.uses.filter(state="waiting").exists()
    place = None if waits else _free(lot)
    months = int(answers["months"])
    yen = rules.fare(
        queries.tariff(local_date(now)),
        lot.vehicle,
        months,
        student=answers["rider"] == "student",
        ground=answers["exemption"],
    )
    Use.objects.create(
        case=case,
        lot=lot,
        place=place,
        state="held" if place else "waiting",
        months=months,
        yen=yen,
        queued_at=case.received_at,
    )


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="bicycle_parking.withdraw", subject="party_id")
def withdrawn(case: Case, *, by: Actor, now: datetime) -> None:
    """Free the place of an application that was taken back, or leave the line."""
    _leave(case.bicycle_use, "withdrawn", now)


@action(purpose=PURPOSE, may="decide.review", where="department_id", log="bicycle_parking.decided", subject="party_id")
def decided(case: Case, approval: Approval, *, by: Actor, now: datetime) -> None:
    """A granted place falls due, or is theirs at once where nothing is due; who waits goes on waiting; a refused one's place is freed. Raises NotNow
    where the place proposed is not theirs any more."""
    _locked(case.bicycle_use.lot_id)
    use = Use.objects.select_related("lot", "place").get(case=case)
    if approval.outcome == "granted":
        if use.state != "held":
            raise NotNow(_("この申込の場所はもう確保されていません。起案を差し戻してください。"))
        _grant(use, by, now)
    elif approval.outcome == "refused":
        _leave(use, "refused", now)
    elif use.state == "held":  # its turn came between draft and decision
        raise NotNow(_("場所が空きました。起案を差し戻して、利用を承認してください。"))


def _grant(use: Use, by: Actor, now: datetime) -> None:
    """The place is theirs: until the due date of the fee, or for the term where nothing is due."""
    if not use.yen:
        _begin(use, by, now)
        return
    use.state, use.due_on = "due", rules.due_on(queries.tariff(local_date(now)), local_date(now))
    use.save(update_fields=["state", "due_on", "place"])
    raise_charge(use.case, TITLE, use.yen, use.due_on, by=SYSTEM, now=now)


def _begin(use: Use, by: Actor, now: datetime) -> None:
    """The term begins: the permit is issued."""
    use.state, (use.from_on, use.until_on) = "using", rules.term(local_date(now), use.months)
    use.save(update_fields=["state", "place", "from_on", "until_on"])
    facts = [
        ["駐車場", str(use.lot)], ["区画番号", str(use.place.number)], ["車種", use.lot.get_vehicle_display()],
        ["期間", f"{wareki(use.from_on)}から{wareki(use.until_on)}まで"], ["利用料", f"{use.yen:,}円" if use.yen else "免除"],
    ]  # fmt: skip
    content = letters.head(use.case, now) | {"facts": facts}
    paper = "自転車駐車場 定期利用承認証"
    issue("bicycle_parking/permit", paper, content, about=use.case_id, party=use.case.party, by=by, now=now)


@action(purpose=PURPOSE, may="decide.take", where="department_id", log="bicycle_parking.paid", subject="case.party_id")
def paid(charge: Charge, *, by: Actor, now: datetime) -> None:
    """The fee was paid: the term begins. Or the payment was reversed: the place is held until the due date as before. Raises NotNow where the place
    is held no more."""
    use = (
        Use.objects.select_for_update(of=["self"])
        .select_related("case__department", "lot", "place")
        .get(case=charge.case_id)
    )
    if charge.state == "unpaid":
        Use.objects.filter(id=use.id, state="using").update(state="due", from_on=None, until_on=None)
        return
    if use.state != "due":
        raise NotNow(_("場所をとっておく期限が過ぎています。収納せず、もう一度申し込んでもらってください。"))
    _begin(use, by, now)
    tell_applicant(use.case, "bicycle_parking/paid", now=now, from_on=use.from_on, until_on=use.until_on)


def _leave(use: Use, state: str, now: datetime) -> None:
    """Leave the line, or give up the place and pass it on to who is next."""
    lot = _locked(use.lot_id)
    had_place = bool(Use.objects.filter(id=use.id, state__in=TAKEN))
    Use.objects.filter(id=use.id).update(state=state, place=None)
    if had_place:
        _pass_on(lot, now)


def _pass_on(lot: Lot, now: datetime) -> None:
    """Give free places to who waits, in order. Whose application is decided already has it held for the fee and is told; whose is not, has it
    reserved until the decision. The lot must be locked."""
    waiting = lot.uses.filter(state="waiting").select_related("case__department", "lot").order_by("queued_at", "id")
    for use in waiting:
        use.place = _free(lot)
        if use.place is None:
            return
        if use.case.state == "decided":
            _grant(use, SYSTEM, now)
            template = "bicycle_parking/offered" if use.yen else "bicycle_parking/begun"
            more = {"due_on": use.due_on, "yen": use.yen} if use.yen else {}
            tell_applicant(use.case, template, now=now, **more)
        else:
            use.state = "held"
            use.save(update_fields=["state", "place"])


@action(
    purpose=PURPOSE, may="decide.take", where="lot.department_id", log="bicycle_parking.end", subject="case.party_id"
)
def end(use: Use, state: str, *, by: Actor, now: datetime) -> None:
    """End a use (利用の終了・未納による失効): the charge is cancelled where it was not paid, the applicant told, the place passed on."""
    if state == "lapsed":
        for charge in use.case.charges.filter(state="unpaid"):
            cancel(charge, {"reason": "納期限までに納付がなかったため"}, by=SYSTEM, now=now)
    tell_applicant(use.case, f"bicycle_parking/{state}", now=now)
    _leave(use, state, now)


@action(purpose=PURPOSE, may="decide.take", where="lot.department_id")
def give_up(use: Use, given: dict, *, by: Actor, now: datetime) -> None:
    """Give the place back before its term ends, or leave the line after the decision (解約). Raises NotNow where there is nothing to give up."""
    use = locked(
        use,
        Q(state__in=["due", "using"]) | Q(state="waiting", case__state="decided"),
        _("やめられる利用がありません。"),
    )
    for charge in use.case.charges.filter(state="unpaid"):
        cancel(charge, {"reason": "利用をやめたため"}, by=SYSTEM, now=now)
    end(use, "ended", by=by, now=now)


def daily(now: datetime) -> int:
    """Release what was not paid in time and what is over, and pass it on (daily). Returns how many ended."""
    return _each(queries.unpaid(now), "lapsed", now) + _each(queries.over(now), "ended", now)


def _each(rows, state: str, now: datetime) -> int:
    done = 0
    for case_id in list(rows.order_by("due_on", "id").values_list("case_id", flat=True)):
        with transaction.atomic():
            Case.objects.select_for_update(no_key=True).only("id").get(id=case_id)
            if use := rows.select_for_update(of=["self"]).filter(case=case_id).first():
                end(use, state, by=SYSTEM, now=now)
                done += 1
    return done
