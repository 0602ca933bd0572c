"""Throttles: shut by device, network and name, open again with time, never a lock that strangers can close on somebody."""

from datetime import timedelta

import pytest
from django.test import Client

from kusei.base.accounts import throttle
from kusei.base.accounts.models import Attempt
from kusei.base.accounts.tests.conftest import PASSWORD, sign_in, sign_in_staff, together
from kusei.base.tell.models import Delivery

EMAIL = "hanako@example.jp"


def test_opens_again_when_the_oldest_attempt_leaves_the_window(db, now):
    for minute in range(5):
        throttle.take("email_code", {"name_on_device": "d"}, now + timedelta(minutes=minute))
    with pytest.raises(throttle.TooMany) as shut:
        throttle.take("email_code", {"name_on_device": "d"}, now + timedelta(minutes=6))
    assert shut.value.until == now + timedelta(minutes=15)
    throttle.take("email_code", {"name_on_device": "d"}, shut.value.until)


def test_attempts_while_shut_do_not_put_off_its_opening(db, now):
    for _ in range(5):
        throttle.take("email_code", {"name_on_device": "d"}, now)
    for minute in range(14):
        with pytest.raises(throttle.TooMany) as shut:
            throttle.take("email_code", {"name_on_device": "d"}, now + timedelta(minutes=minute))
        assert shut.value.until == now + timedelta(minutes=15)


def test_the_day_counts_where_the_quarter_does_not(db, now):
    for step in range(30):
        throttle.take("email_code", {"name": EMAIL}, now + timedelta(minutes=16 * step))
    with pytest.raises(throttle.TooMany) as shut:
        throttle.take("email_code", {"name": EMAIL}, now + timedelta(minutes=16 * 30))
    assert shut.value.until == now + timedelta(days=1)


def test_neither_names_nor_addresses_are_kept(db, now):
    throttle.take("email_code", {"name": EMAIL, "address": "192.0.2.1"}, now)
    assert all(len(key) == 64 for key in Attempt.objects.values_list("key", flat=True))
    assert not Attempt.objects.filter(key__contains="hanako").exists()


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("nonsense", "unknown"),
        ("", "unknown"),
    ],
)
def test_one_household_is_one_network(address, counted_as):
    assert throttle.network(address) == counted_as


@pytest.mark.django_db(transaction=True)
def test_of_many_attempts_at_the_same_moment_no_more_than_the_limit_pass(now):
    answers = together(*[lambda: throttle.take("email_code", {"name_on_device": "d"}, now)] * 8)
    assert sum(not isinstance(answer, Exception) for answer in answers) <= 5


# ---- seen from the pages -----------------------------------------------------------------------------------------------------


def _ask(browser: Client, email=EMAIL, **more):
    return browser.post("/sign-in", {"email": email}, **more)


def test_too_many_codes_from_one_browser_get_a_page_that_says_when(db):
    browser = Client()
    answers = [_ask(browser).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]
    shut = _ask(browser)
    assert 0 < int(shut.headers["Retry-After"]) <= 15 * 60 + 1
    assert "分後" in shut.content.decode()
    assert Delivery.objects.count() == 5


def test_the_answer_when_shut_does_not_tell_whether_an_account_exists(make_resident):
    make_resident(EMAIL)
    pages = []
    for email in (EMAIL, "nobody@example.jp"):
        browser = Client()
        for _ in range(5):
            _ask(browser, email)
        pages.append(_ask(browser, email))
    known, unknown = pages
    assert known.status_code == unknown.status_code == 429
    assert EMAIL not in known.content.decode()


def test_strangers_who_use_up_a_name_do_not_shut_out_its_owners_browser(db):
    owner = Client()
    sign_in(owner, EMAIL)
    owner.post("/sign-out")
    while _ask(Client()).status_code == 302:
        assert Delivery.objects.count() < 40
    assert _ask(Client()).status_code == 429
    assert _ask(owner).status_code == 302


def test_one_network_is_shut_whatever_names_it_tries(db):
    answers = [_ask(Client(), f"{n}@example.jp", REMOTE_ADDR="192.0.2.9").status_code for n in range(101)]
    assert answers == [302] * 100 + [429]
    assert _ask(Client(), "101@example.jp", REMOTE_ADDR="192.0.2.10").status_code == 302


def test_proper_sign_ins_are_not_held_against_anybody(db):
    browser = Client()
    for _ in range(12):
        assert sign_in(browser, EMAIL).status_code == 302
        browser.post("/sign-out")


def test_a_forged_device_is_a_new_device(db):
    browser = Client()
    _ask(browser)
    name = "kusei_device"
    browser.cookies[name] = "x" + browser.cookies[name].value
    forged = browser.cookies[name].value
    _ask(browser)
    assert browser.cookies[name].value != forged


def test_passwords_are_throttled_and_the_owner_waits_no_longer_than_the_window(make_staff):
    make_staff()
    browser = Client()
    assert [sign_in_staff(browser, "S0001", "wrong").status_code for _ in range(6)] == [400] * 5 + [429]
    assert sign_in_staff(browser, "S0001", PASSWORD).status_code == 429
    assert sign_in_staff(Client(), "S0001", PASSWORD).status_code == 302


def test_a_password_is_not_hashed_when_throttled_or_huge(make_staff, monkeypatch):
    make_staff()
    monkeypatch.setattr("kusei.base.accounts.actions.sign_in_staff", lambda *a, **k: pytest.fail("was tried"))
    assert sign_in_staff(Client(), "S0001", "x" * 100_000).status_code == 400


def test_unknown_staff_numbers_are_throttled_alike(make_staff):
    make_staff()
    for number in ("S0001", "S9999"):
        browser = Client()
        assert [sign_in_staff(browser, number, "wrong").status_code for _ in range(6)] == [400] * 5 + [429]


def test_code_tries_are_throttled_per_browser_over_many_codes(db):
    browser = Client()
    answers = []
    for _ in range(5):
        _ask(browser)
        answers += [browser.post("/sign-in/code", {"code": "x1"}).status_code for _ in range(5)]
    assert answers == [400] * 20 + [429] * 5
