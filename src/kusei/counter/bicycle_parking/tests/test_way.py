"""From the application to the permit, and a place from one user to the next."""

import threading
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from kusei.base.accounts.models import Account
from kusei.base.accounts.queries import actor_for
from kusei.base.ask import actions as ask
from kusei.base.ask.filling import Filling
from kusei.base.ask.models import Application
from kusei.base.charge import actions as charges
from kusei.base.charge import queries as owing
from kusei.base.charge.models import Charge, Entry
from kusei.base.demo.applying import _fill
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.papers import pdf
from kusei.base.papers.models import Paper
from kusei.base.tell.models import Message
from kusei.counter.bicycle_parking import actions, queries
from kusei.counter.bicycle_parking.models import TAKEN, Use
from kusei.counter.bicycle_parking.queries import APPLY
from kusei.counter.bicycle_parking.tests.conftest import NOW, TYPED

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def use_of(case) -> Use:
    return Use.objects.get(case=case)


def told(template: str) -> int:
    return Message.objects.filter(template=f"bicycle_parking/{template}").count()


def test_a_place_is_granted_paid_and_used(lot, applied, decide, clerk):
    lot(2)
    case = applied()
    assert (use_of(case).state, use_of(case).place.number) == ("held", 1)
    decide(case, "granted")
    charge = Charge.objects.get(case=case)
    assert (use_of(case).state, charge.yen, charge.due_on, charge.state) == ("due", 6000, date(2026, 6, 15), "unpaid")
    assert told("granted") == 1
    notice = Paper.objects.get(about=case.id)
    assert "納期限" in dict(notice.newest.content["facts"])
    assert pdf.render(notice.layout, notice.newest.content).startswith(b"%PDF")
    charges.pay(charge, {}, by=clerk.actor, now=NOW + DAY)
    use = use_of(case)
    assert (use.state, use.from_on, use.until_on) == ("using", date(2026, 7, 1), date(2026, 9, 30))
    assert told("paid") == 1
    permit = Paper.objects.get(about=case.id, layout="bicycle_parking/permit")
    assert pdf.render(permit.layout, permit.newest.content).startswith(b"%PDF")


def test_whoever_is_exempt_has_the_permit_at_once(lot, applied, decide):
    lot(1)
    case = decide(applied(exemption="physical"), "granted")
    assert (use_of(case).state, Charge.objects.count()) == ("using", 0)
    assert Paper.objects.filter(about=case.id, layout="bicycle_parking/permit").exists()


def test_a_student_pays_half(lot, applied):
    lot(1)
    assert use_of(applied(rider="student", months="6")).yen == 6000


def test_a_full_lot_makes_a_line_in_the_order_of_application(lot, applied, decide):
    lot(1)
    cases = [applied(f"a{n}", NOW + n * timedelta(minutes=1)) for n in range(4)]
    assert [use_of(case).state for case in cases] == ["held", "waiting", "waiting", "waiting"]
    assert [row["value"] for row in queries.status(cases[2].id, NOW) if row["label"] == "空き待ちの順番"] == ["2番目"]
    with pytest.raises(Invalid):
        decide(cases[1], "granted")


def test_a_place_nobody_paid_for_goes_to_the_next_in_line_with_notice(lot, applied, decide):
    lot(1)
    first, second, third = (applied(f"a{n}", NOW + n * timedelta(minutes=1)) for n in range(3))
    decide(first, "granted")
    decide(second, "waiting")
    assert actions.daily(NOW + 14 * DAY) == 0  # the due date itself is still in time
    late = NOW + 15 * DAY
    assert actions.daily(late) == 1
    assert actions.daily(late) == 0
    assert [use_of(case).state for case in (first, second, third)] == ["lapsed", "due", "waiting"]
    assert (Charge.objects.get(case=first).state, told("lapsed"), told("offered")) == ("cancelled", 1, 1)
    charge = Charge.objects.get(case=second)
    assert charge.due_on == date(2026, 6, 16) + 14 * DAY
    assert Use.objects.filter(state__in=TAKEN).count() == 1


def test_whose_application_is_not_decided_yet_has_the_place_reserved(lot, applied, decide):
    lot(1)
    first, second = applied("a"), applied("b", NOW + DAY)
    ask.withdraw(
        Application.objects.get(id=first.id),
        by=actor_for(Account.objects.get(login="a@example.jp"), NOW),
        now=NOW + DAY,
    )
    assert [use_of(case).state for case in (first, second)] == ["withdrawn", "held"]
    assert use_of(decide(second, "granted", at=NOW + DAY)).state == "due"


def test_a_term_that_ends_frees_the_place(lot, applied, decide, clerk):
    lot(1)
    first, second = decide(applied("a"), "granted"), decide(applied("b", NOW + DAY), "waiting", at=NOW + DAY)
    charges.pay(Charge.objects.get(case=first), {}, by=clerk.actor, now=NOW)
    assert actions.daily(NOW + 121 * DAY) == 0  # 30 September
    assert actions.daily(NOW + 122 * DAY) == 1
    assert [use_of(case).state for case in (first, second)] == ["ended", "due"]


def test_a_refusal_frees_the_place_and_gives_its_reason(lot, applied, decide):
    lot(1)
    first, second = applied("a"), applied("b", NOW + DAY)
    decide(first, "refused", "車種が合いません。")
    assert [use_of(case).state for case in (first, second)] == ["refused", "held"]


def test_a_place_given_up_goes_on(lot, applied, decide, clerk, stranger):
    lot(1)
    first, second = decide(applied("a"), "granted"), decide(applied("b", NOW + DAY), "waiting", at=NOW + DAY)
    with pytest.raises(Refused):
        actions.give_up(use_of(first), {}, by=stranger.actor, now=NOW)
    actions.give_up(use_of(first), {}, by=clerk.actor, now=NOW + DAY)
    assert [use_of(case).state for case in (first, second)] == ["ended", "due"]
    with pytest.raises(NotNow):
        actions.give_up(use_of(first), {}, by=clerk.actor, now=NOW + DAY)


# ---- charges ---------------------------------------------------------------------------------------------------------------


def test_a_payment_is_reversed_never_changed(lot, applied, decide, clerk):
    lot(1)
    case = decide(applied(), "granted")
    charge = Charge.objects.get(case=case)
    charges.pay(charge, {}, by=clerk.actor, now=NOW)
    with pytest.raises(NotNow):
        charges.pay(charge, {}, by=clerk.actor, now=NOW)
    with pytest.raises(Invalid):
        charges.reverse(charge, {"reason": " "}, by=clerk.actor, now=NOW)
    charges.reverse(charge, {"reason": "金額をまちがえた"}, by=clerk.actor, now=NOW)
    charge.refresh_from_db()
    assert (charge.state, owing.owed(charge), use_of(case).state) == ("unpaid", 6000, "due")
    charges.pay(charge, {}, by=clerk.actor, now=NOW)
    charge.refresh_from_db()
    assert (charge.state, owing.owed(charge), Entry.objects.count()) == ("paid", 0, 3)
    with pytest.raises(NotNow):
        charges.cancel(charge, {"reason": "x"}, by=clerk.actor, now=NOW)


def test_nobody_else_takes_the_money(lot, applied, decide, stranger):
    lot(1)
    charge = Charge.objects.get(case=decide(applied(), "granted"))
    for act in (charges.pay, charges.cancel, charges.reverse):
        with pytest.raises(Refused):
            act(charge, {"reason": "x"}, by=stranger.actor, now=NOW)
    assert not owing.visible(stranger.actor, "x", NOW).exists()
    assert owing.visible(SYSTEM, "x", NOW).count() == 1


@pytest.mark.parametrize("broken", [{"yen": 0}, {"state": "gone"}])
def test_the_database_refuses_a_charge_that_is_none(broken, lot, applied, decide):
    lot(1)
    decide(applied(), "granted")
    with pytest.raises(IntegrityError), transaction.atomic():
        Charge.objects.update(**broken)


# ---- never over capacity ---------------------------------------------------------------------------------------------------


def test_the_database_itself_refuses_a_second_user(lot, applied):
    lot(1)
    first, second = applied("a"), applied("b", NOW + DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Use.objects.filter(case=second).update(state="held", place=use_of(first).place)
    with pytest.raises(IntegrityError), transaction.atomic():
        Use.objects.filter(case=second).update(state="held")


@pytest.mark.django_db(transaction=True)
def test_fifty_who_apply_at_once_for_ten_places_get_ten_and_a_line(lot, applicant):
    lot(10)
    drafts = []
    for n in range(50):
        by = applicant(f"p{n}")
        draft = ask.start(APPLY, by=by, now=NOW, today=NOW.date())
        _fill(Filling(draft, by, NOW), TYPED)
        drafts.append((draft, by))
    gate, failed = threading.Semaphore(10), []

    def submit(draft, by):
        with gate:
            try:
                ask.submit(draft, by=by, now=NOW)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told below
                failed.append(error)
            finally:
                connection.close()

    threads = [threading.Thread(target=submit, args=pair) for pair in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failed == []
    held = Use.objects.filter(state="held")
    assert sorted(held.values_list("place__number", flat=True)) == list(range(1, 11))
    assert Use.objects.filter(state="waiting", place=None).count() == 40
    turns = sorted(queries.ahead_of(use) for use in Use.objects.filter(state="waiting"))
    assert turns == list(range(40))


def test_a_lot_without_places_never_gives_one(lot, applied):
    lot(0)
    assert use_of(applied()).state == "waiting"
