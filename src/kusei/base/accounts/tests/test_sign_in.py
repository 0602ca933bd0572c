"""Signing in: what it proves, what it doesn't tell, and what it survives."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from kusei.base.accounts import actions, codes
from kusei.base.accounts.models import Account, EmailCode, Session
from kusei.base.accounts.tests.conftest import (
    PASSWORD,
    mailed_code,
    refusals,
    sign_in,
    sign_in_staff,
    together,
)
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.actors import PUBLIC
from kusei.base.tell.models import Delivery

EMAIL = "hanako@example.jp"


@pytest.fixture
def browser(db) -> Client:
    return Client()


def test_first_sign_in_makes_the_account_and_leads_to_my_page(browser):
    assert sign_in(browser, EMAIL).url == "/my"
    account = Account.objects.get()
    assert (account.kind, account.login, account.has_usable_password()) == ("resident", EMAIL, False)
    assert browser.get("/my").status_code == 200
    entry = AuditEntry.objects.get(what="accounts.sign_in")
    assert (entry.act, entry.account_id, entry.object_id) == ("change", str(account.id), str(account.id))


def test_second_sign_in_finds_the_same_account(browser):
    sign_in(browser, EMAIL)
    sign_in(Client(), EMAIL)
    assert Account.objects.count() == 1


def test_one_is_written_to_in_the_language_in_which_one_last_signed_in(browser):
    sign_in(browser, EMAIL)
    assert Account.objects.get().language == "ja"
    english = Client(headers={"accept-language": "en"})
    sign_in(english, EMAIL)
    assert Account.objects.get().language == "en"


@pytest.mark.parametrize("typed", [" Hanako@Example.JP", "ｈａｎａｋｏ@example.jp", "HANAKO@EXAMPLE.JP "])
def test_an_address_is_the_same_however_it_is_typed(browser, typed):
    browser.post("/sign-in", {"email": typed})
    assert EmailCode.objects.get().email == EMAIL


@pytest.mark.parametrize("typed", ["", "hanako", "hanako@", "a b@example.jp", "x" * 250 + "@example.jp", "S0001"])
def test_what_is_no_address_gets_told_so_and_sends_nothing(browser, typed):
    answer = browser.post("/sign-in", {"email": typed})
    assert answer.status_code == 400
    assert 'href="#f-email"' in answer.content.decode()
    assert not Delivery.objects.exists()


def _shape(answer) -> tuple:
    return answer.status_code, answer.url, sorted(answer.cookies)


def test_known_and_unknown_addresses_and_staff_get_the_same_answer(make_resident, make_staff):
    make_resident(EMAIL)
    make_staff()
    Account.objects.filter(kind="staff").update(email="staff@example.jp")
    known, unknown, staff = (
        Client().post("/sign-in", {"email": email}) for email in (EMAIL, "nobody@example.jp", "staff@example.jp")
    )
    assert _shape(known) == _shape(unknown) == _shape(staff)
    assert Delivery.objects.count() == 3
    assert len({(d.message.template, d.message.language) for d in Delivery.objects.select_related("message")}) == 1
    assert Account.objects.filter(kind="resident").count() == 1


def test_the_code_is_kept_only_as_a_keyed_hash(browser):
    browser.post("/sign-in", {"email": EMAIL})
    row, code = EmailCode.objects.get(), mailed_code(EMAIL)
    assert len(row.code_hash) == 64
    assert code not in row.code_hash
    assert codes.same(row.id, code, row.code_hash)
    assert not codes.same(EmailCode().id, code, row.code_hash)


def test_a_code_works_once(browser):
    browser.post("/sign-in", {"email": EMAIL})
    code = mailed_code(EMAIL)
    device = EmailCode.objects.get().device
    assert browser.post("/sign-in/code", {"code": code}).status_code == 302
    now = EmailCode.objects.get().created_at
    assert actions.sign_in_with_code(EMAIL, code, device=device, by=PUBLIC, now=now) is None


def test_a_code_dies_after_ten_minutes(db, now):
    actions.request_email_code(EMAIL, device="d", by=PUBLIC, now=now)
    late = now + timedelta(minutes=10)
    assert actions.sign_in_with_code(EMAIL, mailed_code(EMAIL), device="d", by=PUBLIC, now=late) is None
    just = late - timedelta(seconds=1)
    assert actions.sign_in_with_code(EMAIL, mailed_code(EMAIL), device="d", by=PUBLIC, now=just).login == EMAIL


def test_a_code_dies_after_five_wrong_tries_and_each_is_audited(db, now):
    actions.request_email_code(EMAIL, device="d", by=PUBLIC, now=now)
    right = mailed_code(EMAIL)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _ in range(5):
        assert actions.sign_in_with_code(EMAIL, wrong, device="d", by=PUBLIC, now=now) is None
    assert actions.sign_in_with_code(EMAIL, right, device="d", by=PUBLIC, now=now) is None
    assert len(refusals("accounts.sign_in")) == 6
    assert not Account.objects.exists()


def test_a_code_works_only_in_the_browser_that_asked(browser):
    browser.post("/sign-in", {"email": EMAIL})
    code = mailed_code(EMAIL)
    thief = Client()
    thief.post("/sign-in", {"email": EMAIL})
    assert thief.post("/sign-in/code", {"code": code}).status_code == 400
    assert browser.post("/sign-in/code", {"code": code}).status_code == 302


def test_the_first_of_two_codes_still_works_when_the_mail_was_slow(browser):
    browser.post("/sign-in", {"email": EMAIL})
    first = mailed_code(EMAIL)
    browser.post("/sign-in", {"email": EMAIL})
    assert browser.post("/sign-in/code", {"code": first}).status_code == 302
    used, other = EmailCode.objects.order_by("created_at")
    assert used.used_at
    assert other.expires_at == used.used_at


def test_a_code_may_be_typed_wide_and_with_spaces(browser):
    browser.post("/sign-in", {"email": EMAIL})
    wide = mailed_code(EMAIL).translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    assert browser.post("/sign-in/code", {"code": f"{wide[:3]} {wide[3:]}"}).status_code == 302


def test_signing_in_changes_the_session_key(browser):
    browser.post("/sign-in", {"email": EMAIL})
    before = browser.session.session_key
    browser.post("/sign-in/code", {"code": mailed_code(EMAIL)})
    assert browser.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_nothing_of_the_anonymous_session_outlives_signing_in_as_somebody_else(browser):
    sign_in(browser, EMAIL)
    first = browser.session.session_key
    browser.get("/my")
    sign_in(browser, "taro@example.jp")
    assert not Session.objects.filter(session_key=first).exists()


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("/my/facts", "/my/facts"),
        ("/procedures/x?a=1", "/procedures/x?a=1"),
        ("https://evil.example/", "/my"),
        ("//evil.example/", "/my"),
        ("/\\evil.example", "/my"),
        ("javascript:alert(1)", "/my"),
        ("my/facts", "/my"),
    ],
)
def test_next_leads_only_to_pages_of_ours(browser, wanted, got):
    assert sign_in(browser, EMAIL, wanted).url == got


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(browser):
    asked = browser.get("/my/who-looked?before=7")
    page = browser.get(asked.url)
    after = page.context["next"]
    assert sign_in(browser, EMAIL, after).url == "/my/who-looked?before=7"


def test_signing_out_needs_a_post_and_ends_the_session_on_the_server(browser):
    sign_in(browser, EMAIL)
    key = browser.session.session_key
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out").status_code == 302
    assert not Session.objects.filter(session_key=key).exists()
    assert browser.get("/my").status_code == 302


def test_a_closed_account_neither_signs_in_nor_stays(browser, now):
    sign_in(browser, EMAIL)
    Account.objects.update(closed_at=now)
    assert browser.get("/my").status_code == 302
    assert sign_in(Client(), EMAIL).status_code == 400


# ---- staff -----------------------------------------------------------------------------------------------------------------


def test_staff_sign_in_with_number_and_password(browser, make_staff):
    make_staff()
    assert sign_in_staff(browser, " ｓ0001 ").status_code == 302
    assert browser.get("/office/sign-in").status_code == 302


def test_wrong_password_and_unknown_number_get_the_same_answer(make_staff):
    make_staff()
    wrong = sign_in_staff(Client(), "S0001", "wrong")
    unknown = sign_in_staff(Client(), "S9999", "wrong")
    assert wrong.status_code == unknown.status_code == 400
    assert _without_varying(wrong, "S0001") == _without_varying(unknown, "S9999")


def _without_varying(answer, number: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode().replace(number, ""))


def test_an_unknown_number_costs_as_much_hashing_as_a_wrong_password(make_staff, monkeypatch, now):
    make_staff()
    hashed = []
    for name in ("check_password", "make_password"):
        real = getattr(actions, name)
        monkeypatch.setattr(actions, name, lambda *a, real=real, name=name: (hashed.append(name), real(*a))[1])
    actions.sign_in_staff("S0001", "wrong", by=PUBLIC, now=now)
    actions.sign_in_staff("S9999", "wrong", by=PUBLIC, now=now)
    assert hashed == ["check_password", "make_password"]


def test_a_resident_cannot_come_in_by_the_staff_door(make_resident):
    account = make_resident(EMAIL)
    account.set_password(PASSWORD)
    account.save()
    assert sign_in_staff(Client(), EMAIL).status_code == 400
    assert sign_in_staff(Client(), EMAIL.upper()).status_code == 400


def test_staff_cannot_come_in_by_the_residents_door(make_staff, browser):
    staff = make_staff()
    Account.objects.filter(id=staff.id).update(login="staff@example.jp", email="staff@example.jp")
    assert sign_in(browser, "staff@example.jp").status_code == 400
    assert browser.get("/my").status_code == 302


def test_staff_without_a_member_of_staff_do_not_get_in(make_staff):
    make_staff().staff.roles.all().delete()
    Account.objects.get(kind="staff").staff.delete()
    assert sign_in_staff(Client(), "S0001").status_code == 400


def test_the_other_kind_gets_a_404_and_an_audit_row(browser, make_staff):
    make_staff()
    sign_in_staff(browser, "S0001")
    assert browser.get("/my").status_code == 404
    assert [entry.what for entry in AuditEntry.objects.filter(act="refuse")] == ["page.accounts:my_page"]


# ---- at the same moment ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_first_sign_ins_at_once_make_one_account(now):
    right = {}
    for device in ("a", "b"):
        actions.request_email_code(EMAIL, device=device, by=PUBLIC, now=now)
        right[device] = mailed_code(EMAIL)
    one, two = together(
        *(lambda d=d: actions.sign_in_with_code(EMAIL, right[d], device=d, by=PUBLIC, now=now) for d in ("a", "b"))
    )
    assert one.id == two.id
    assert Account.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_code_used_twice_at_once_signs_in_once(now):
    actions.request_email_code(EMAIL, device="d", by=PUBLIC, now=now)
    code = mailed_code(EMAIL)
    answers = together(*[lambda: actions.sign_in_with_code(EMAIL, code, device="d", by=PUBLIC, now=now)] * 4)
    assert sorted(type(answer).__name__ for answer in answers) == ["Account", "NoneType", "NoneType", "NoneType"]


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_moment_all_count(now):
    actions.request_email_code(EMAIL, device="d", by=PUBLIC, now=now)
    code = mailed_code(EMAIL)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    together(*[lambda: actions.sign_in_with_code(EMAIL, wrong, device="d", by=PUBLIC, now=now)] * 6)
    assert EmailCode.objects.get().tries == 5
