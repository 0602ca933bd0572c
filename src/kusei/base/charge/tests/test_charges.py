"""Charges: raised, paid once, reversed, cancelled; what is owed follows from the entries."""

import threading
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from kusei.base.charge import actions as charging
from kusei.base.charge import queries as owing
from kusei.base.charge.models import Charge, Entry
from kusei.base.decide.tests.conftest import *  # noqa: F403 - its fixtures need each other, so all of them
from kusei.base.decide.tests.conftest import NOW
from kusei.base.kernel.errors import Invalid, NotNow, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def charge(case, clerk):
    return charging.raise_charge(case, {"ja": "手数料"}, 300, date(2026, 12, 1), by=clerk.actor, now=NOW)


def test_a_charge_is_paid_reversed_and_cancelled_by_entries_that_stay(charge, clerk):
    charging.pay(charge, {}, by=clerk.actor, now=NOW)
    assert owing.owed(charge) == 0
    charging.reverse(charge, {"reason": "入力まちがい"}, by=clerk.actor, now=NOW)
    assert owing.owed(charge) == 300
    with pytest.raises(NotNow):
        charging.reverse(charge, {"reason": "x"}, by=clerk.actor, now=NOW)
    charging.cancel(charge, {"reason": "二重の請求"}, by=clerk.actor, now=NOW)
    charge.refresh_from_db()
    assert (charge.state, owing.owed(charge)) == ("cancelled", 0)
    assert list(Entry.objects.order_by("id").values_list("kind", "yen")) == [
        ("payment", -300),
        ("reversal", 300),
        ("cancellation", -300),
    ]


def test_reasons_are_asked_for_and_others_refused(charge, clerk, stranger):
    with pytest.raises(Invalid):
        charging.cancel(charge, {"reason": ""}, by=clerk.actor, now=NOW)
    with pytest.raises(Refused):
        charging.pay(charge, {}, by=stranger.actor, now=NOW)
    assert not owing.visible(stranger.actor, "x", NOW).exists()


def test_the_database_refuses_entries_that_make_no_sense(charge):
    for wrong in ({"kind": "payment", "yen": 300}, {"kind": "reversal", "yen": 300}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.create(charge=charge, at=NOW, **wrong)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_the_money_at_once_one_does(charge, clerk):
    start, results, by = threading.Barrier(2), [], clerk.actor

    def pay():
        start.wait()
        try:
            charging.pay(charge, {}, by=by, now=NOW)
            results.append("paid")
        except NotNow:
            results.append("too late")
        finally:
            connection.close()

    threads = [threading.Thread(target=pay) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["paid", "too late"]
    assert Charge.objects.get().entries.count() == 1
