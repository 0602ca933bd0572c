"""A form posted after the session had ended: nothing typed is lost, nothing is sent without a press of the button."""

import re
from datetime import timedelta

import pytest
from django.test import Client, RequestFactory

from kusei.base.accounts import replay
from kusei.base.accounts.devices import Device, device_of, mark
from kusei.base.accounts.models import Attempt
from kusei.base.accounts.tests.conftest import PASSWORD, mailed_code

EMAIL = "hanako@example.jp"
DEVICE = Device("d1")
TYPED = {"name": "墨田　花子", "town": "吾妻橋一丁目", "birth_date_year": "平成2", "csrfmiddlewaretoken": "x"}


def _carried(answer) -> str:
    return re.search(r'name="carried" value="([^"]+)"', answer.content.decode())[1]


def _sign_in_with(browser: Client, carried: str, after=""):
    browser.post("/sign-in", {"email": EMAIL, "next": after, "carried": carried})
    return browser.post("/sign-in/code", {"code": mailed_code(EMAIL)})


def test_what_was_typed_is_offered_again_after_signing_in(db):
    browser = Client()
    ended = browser.post("/my/tie/letter", TYPED, headers={"referer": "http://testserver/my/tie/letter#f-town"})
    assert ended.status_code == 401
    text = ended.content.decode()
    assert "墨田" not in text.split("</header>")[1].split("footer")[0] or "花子" not in text
    answer = _sign_in_with(browser, _carried(ended))
    assert answer.url == "/sign-in/resume"
    page = browser.get(answer.url)
    text = page.content.decode()
    assert '<form method="post" action="/my/tie/letter"' in text
    assert '<input type="hidden" name="name" value="墨田　花子">' in text
    assert '<input type="hidden" name="birth_date_year" value="平成2">' in text
    assert 'href="/my/tie/letter"' in text
    assert 'value="x"' not in text
    assert not Attempt.objects.filter(kind="letter_request").exists()


def test_it_is_offered_once(db):
    browser = Client()
    answer = _sign_in_with(browser, _carried(browser.post("/my/tie/letter", TYPED)))
    assert browser.get(answer.url).status_code == 200
    assert browser.get(answer.url).status_code == 302


def test_a_resend_of_the_code_keeps_it(db):
    browser = Client()
    carried = _carried(browser.post("/my/tie/letter", TYPED))
    browser.post("/sign-in", {"email": EMAIL, "carried": carried})
    page = browser.get("/sign-in/code")
    assert _carried(page) == carried


def test_a_mistyped_address_keeps_it(db):
    browser = Client()
    carried = _carried(browser.post("/my/tie/letter", TYPED))
    assert _carried(browser.post("/sign-in", {"email": "nope", "carried": carried})) == carried


def test_staff_get_their_own_door_and_their_text_back(make_staff):
    make_staff()
    browser = Client()
    url = "/office/cases/018f0000-0000-7000-8000-000000000000/note"
    carried = _carried(browser.post(url, {"text": "電話した"}))
    answer = browser.post("/office/sign-in", {"number": "S0001", "password": PASSWORD, "carried": carried})
    assert answer.url == "/sign-in/resume"
    assert "電話した" in browser.get(answer.url).content.decode()


def test_secrets_are_not_carried(now):
    request = RequestFactory().post("/my/tie", {"code": "7KQ4-M2XC-9A0B", "password": "p", "note": "n"})
    assert replay.opened(replay.carry(request, DEVICE, now), now).fields == [("note", "n")]


def test_the_value_tells_nothing_and_dies_after_half_an_hour(now):
    token = replay.carry(RequestFactory().post("/apply/1/bank", {"bank_number": "1234567"}), DEVICE, now)
    assert "1234567" not in token
    assert replay.opened(token, now + timedelta(minutes=29)).fields == [("bank_number", "1234567")]
    assert replay.opened(token, now + timedelta(minutes=31)) is None


@pytest.mark.parametrize("forged", ["", "x", "あ", "gAAAAA" + "A" * 100])
def test_a_forged_value_is_nothing(db, now, forged):
    assert replay.opened(forged, now) is None
    assert _sign_in_with(Client(), forged).url == "/my"


def test_a_huge_form_is_not_carried(now):
    request = RequestFactory().post("/apply/1/x", {"note": "あ" * (replay.LARGEST + 1)})
    assert replay.carry(request, DEVICE, now) == ""


def test_order_and_repetition_of_fields_are_kept(now):
    request = RequestFactory().post(
        "/apply/1/x", "child=2&child=1&a=", content_type="application/x-www-form-urlencoded"
    )
    assert replay.opened(replay.carry(request, DEVICE, now), now).fields == [("child", "2"), ("child", "1"), ("a", "")]


def test_files_cannot_be_kept_and_that_is_said(db, tmp_path):
    photo = tmp_path / "bank.jpg"
    photo.write_bytes(b"x")
    browser = Client()
    with photo.open("rb") as file:
        ended = browser.post("/my/tie/letter", {"name": "花子", "photo": file})
    answer = _sign_in_with(browser, _carried(ended))
    assert "選んだファイルだけは残せませんでした" in browser.get(answer.url).content.decode()


def test_a_foreign_page_cannot_have_a_form_carried(db):
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post("/my/tie/letter", TYPED)
    assert answer.status_code == 403
    assert "carried" not in answer.content.decode()


def test_only_our_own_pages_are_gone_back_to(now):
    request = RequestFactory().post("/x", {"a": "b"}, HTTP_REFERER="https://evil.example/page")
    assert replay.opened(replay.carry(request, DEVICE, now), now).back == ""


def test_it_is_offered_in_no_other_browser(db):
    carried = _carried(Client().post("/my/tie/letter", TYPED))
    other = Client()
    assert _sign_in_with(other, carried).url == "/my"
    assert other.get("/sign-in/resume").status_code == 302


def test_whoever_signs_in_next_on_the_same_computer_gets_nothing_of_it(db):
    """Hanako's session ended while she typed; she walks away, and somebody else signs in with the page she left."""
    browser = Client()
    _sign_in_with(browser, "")
    browser.cookies.pop("sessionid")
    carried = _carried(browser.post("/my/tie/letter", TYPED))
    browser.post("/sign-in", {"email": "taro@example.jp", "carried": carried})
    answer = browser.post("/sign-in/code", {"code": mailed_code("taro@example.jp")})
    assert answer.url == "/my"
    assert browser.get("/sign-in/resume").status_code == 302
    assert "花子" not in browser.get("/my").content.decode()


def test_who_had_signed_in_there_last_gets_it_back(db):
    browser = Client()
    _sign_in_with(browser, "")
    browser.cookies.pop("sessionid")
    carried = _carried(browser.post("/my/tie/letter", TYPED))
    assert _sign_in_with(browser, carried).url == "/sign-in/resume"


def test_the_mark_of_the_owner_is_the_last_name_of_the_browser(now):
    device = Device("d1", known=(mark("a"), mark("b")))
    form = replay.opened(replay.carry(RequestFactory().post("/x", {"note": "n"}), device, now), now)
    assert form.is_for(device, "a")
    assert not form.is_for(device, "b")
    assert not form.is_for(Device("d2", known=device.known), "a")
    assert device_of(RequestFactory().get("/")).last == ""
