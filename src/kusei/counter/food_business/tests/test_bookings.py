"""Slots and who has them: held, confirmed, changed, given up; never two bookings on one place, however many come at once."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from kusei.base.book import actions, queries, rules
from kusei.base.book.models import TAKEN, Booking, Slot
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.tell.models import Message
from kusei.counter.food_business.models import Site
from kusei.counter.food_business.queries import RESOURCE
from kusei.counter.food_business.tests.conftest import DAY, NOW, SITE

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(person, applied, pay):
    """Somebody whose fee is paid: the actor, the case and its first site."""

    def make(name="taro", sites=(SITE,)):
        by = person(name)
        case = applied(by, sites)
        pay(case)
        return by, case, Site.objects.filter(case=case).order_by("order").first()

    return make


def booked(ready_one, slot, now=NOW):
    by, case, site = ready_one
    return actions.confirm(actions.hold(case, site.id, slot.id, by=by, now=now), by=by, now=now)


def test_a_time_is_held_confirmed_and_given_up(ready, slots):
    first, second, _third = slots()
    by, case, site = one = ready()
    held = actions.hold(case, site.id, first.id, by=by, now=NOW)
    assert (held.state, held.held_until) == ("held", NOW + rules.HOLD)
    assert [slot.id for slot in queries.free(RESOURCE, case.department_id, NOW)] == [second.id, _third.id]
    assert actions.confirm(held, by=by, now=NOW).state == "confirmed"
    assert actions.confirm(held, by=by, now=NOW).state == "confirmed"  # pressed again
    assert Message.objects.filter(template="book/confirmed").count() == 1
    changed = booked(one, second)
    assert list(Booking.objects.filter(state="confirmed")) == [changed]
    actions.cancel(changed, by=by, now=NOW)
    assert not Booking.objects.filter(state__in=TAKEN).exists()
    with pytest.raises(NotNow):
        actions.cancel(changed, by=by, now=NOW)


def test_a_hold_that_runs_out_is_free_again(ready, slots):
    (slot,) = slots(count=1)
    one, two = ready("taro"), ready("jiro")
    held = actions.hold(one[1], one[2].id, slot.id, by=one[0], now=NOW)
    with pytest.raises(NotNow):
        actions.hold(two[1], two[2].id, slot.id, by=two[0], now=NOW)
    late = NOW + rules.HOLD
    taken = actions.hold(two[1], two[2].id, slot.id, by=two[0], now=late)
    with pytest.raises(NotNow):
        actions.confirm(held, by=one[0], now=late)
    assert actions.confirm(taken, by=two[0], now=late).state == "confirmed"


def test_whoever_has_nothing_to_do_with_it_neither_books_nor_cancels(ready, person, slots, stranger, clerk):
    (slot, *_rest) = slots()
    _by, case, site = one = ready()
    for other in (person("other"), stranger.actor):
        with pytest.raises(Refused):
            actions.hold(case, site.id, slot.id, by=other, now=NOW)
    booking = booked(one, slot)
    for other in (person("another"), stranger.actor):
        with pytest.raises(Refused):
            actions.cancel(booking, by=other, now=NOW)
    assert not queries.visible_bookings(stranger.actor, "予約", NOW).exists()
    assert queries.visible_bookings(clerk.actor, "予約", NOW).count() == 1


def test_nothing_is_booked_before_the_fee_is_paid(person, applied, slots):
    (slot, *_rest) = slots()
    by = person("taro")
    case = applied(by)
    with pytest.raises(NotNow):
        actions.hold(case, Site.objects.get().id, slot.id, by=by, now=NOW)


def test_the_day_before_is_the_last_for_applicants_not_for_clerks(ready, slots, clerk):
    first, second, _third = slots(ahead=11)  # Friday 12 June
    one = by, case, site = ready()
    booking = booked(one, first)
    evening = rules.latest(first.starts_at, 1) - timedelta(seconds=1)
    assert evening.date() == (NOW + 10 * DAY).date()
    booked(one, second, evening)
    late = evening + timedelta(seconds=1)
    with pytest.raises(NotNow):
        actions.cancel(Booking.objects.get(state="confirmed"), by=by, now=late)
    with pytest.raises(NotNow):
        actions.hold(case, site.id, first.id, by=by, now=late)
    actions.cancel(Booking.objects.get(state="confirmed"), by=clerk.actor, now=late)
    booking.refresh_from_db()
    assert booking.state == "cancelled"


def test_a_slot_that_is_closed_frees_nobody_silently(ready, slots, clerk):
    first, *_rest = slots()
    one = by, case, site = ready()
    booked(one, first)
    with pytest.raises(Invalid):
        actions.close(first, {"reason": " "}, by=clerk.actor, now=NOW)
    actions.close(first, {"reason": "担当者の都合"}, by=clerk.actor, now=NOW)
    assert Message.objects.filter(template="book/closed").count() == 1
    assert not Booking.objects.filter(state__in=TAKEN).exists()
    with pytest.raises(NotNow):
        actions.hold(case, site.id, first.id, by=by, now=NOW)


def test_slots_are_made_once_and_in_the_future(slots, clerk, stranger, office):
    slots()
    given = {
        "resource": RESOURCE,
        "day": (NOW + 10 * DAY).date(),
        "first": "11:00",
        "count": 1,
        "minutes": 30,
        "capacity": 1,
    }
    for wrong in ({"first": "10:30"}, {"day": NOW.date()}, {"first": "18:30", "count": 20, "minutes": 240}):
        with pytest.raises(Invalid):
            actions.make_slots(office.section, given | wrong, by=clerk.actor, now=NOW)
    with pytest.raises(Refused):
        actions.make_slots(office.section, given, by=stranger.actor, now=NOW)
    actions.make_slots(office.section, given | {"first": "11:30"}, by=clerk.actor, now=NOW)
    assert Slot.objects.count() == 4


def test_the_database_itself_refuses_a_second_booking_of_a_place(ready, slots):
    (slot,) = slots(count=1)
    booking = booked(ready("taro"), slot)
    _by, case, site = ready("jiro")
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.create(seat=booking.seat, case=case, about=site.id, label="x", state="confirmed", made_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.create(seat=booking.seat, case=case, about=site.id, label="x", state="held", made_at=NOW)


@pytest.mark.django_db(transaction=True)
def test_twenty_who_want_three_places_at_once_are_three(ready, slots):
    (slot,) = slots(count=1, capacity=3)
    ones = [ready(f"p{n}") for n in range(20)]
    gate, won, full, failed = threading.Semaphore(10), [], [], []

    def book(one):
        with gate:
            try:
                won.append(booked(one, slot))
            except NotNow:
                full.append(one)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told below
                failed.append(error)
            finally:
                connection.close()

    threads = [threading.Thread(target=book, args=(one,)) for one in ones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert (failed, len(won), len(full)) == ([], 3, 17)
    assert sorted(Booking.objects.filter(state="confirmed").values_list("seat__number", flat=True)) == [1, 2, 3]
    assert not Booking.objects.filter(state="held").exists()
