"""The pages of things found."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from kusei.base.decide.models import Case
from kusei.office.lost_property.models import FoundItem
from kusei.office.lost_property.tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
ENTER = "/office/registers/found-items/enter"
DAY = {"found_on_year": "2026", "found_on_month": "5", "found_on_day": "30"}


@pytest.fixture
def as_(monkeypatch):
    monkeypatch.setattr("kusei.base.kernel.clock.now", lambda: NOW)

    def sign_in(person):
        browser = Client()
        browser.force_login(person.account)
        return browser

    return sign_in


def test_a_clerk_enters_a_thing_and_finds_it_in_the_register(as_, clerk, office):
    browser = as_(clerk)
    assert ENTER in browser.get("/office/registers/found-items/").content.decode()
    typed = {
        "kind": "wallet", "description": "茶色の財布", "found_at_id": office.other.path, "department": office.section.path, "shelf": "金庫", **DAY
    }  # fmt: skip
    answer = browser.post(ENTER, typed, follow=True)
    item = FoundItem.objects.get()
    assert item.number in answer.content.decode()
    listed = browser.get("/office/registers/found-items/?q=財布").content.decode()
    assert reverse("record:row", args=["found-items", item.id]) in listed
    assert "図書館" in listed
    assert "wallet" not in listed
    assert item.number not in browser.get("/office/registers/found-items/?q=傘").content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"found_on_year": "2027"},
        {"found_on_day": "きのう"},
        {"kind": "car"},
        {"shelf": ""},
        {"department": "kyoiku/toshokan"},
    ],
)
def test_what_does_not_hold_is_named_and_kept(wrong, as_, clerk, office):
    typed = {
        "kind": "key",
        "description": "鍵",
        **DAY,
        "found_at_id": office.other.path,
        "department": office.section.path,
        "shelf": "A",
    }
    answer = as_(clerk).post(ENTER, typed | wrong)
    assert answer.status_code == 400
    assert f"#f-{re.sub('_(year|day)$', '', next(iter(wrong)))}" in answer.content.decode()
    assert not FoundItem.objects.exists()


def test_the_whole_way_by_forms(as_, found, claimed, decide, clerk):
    item, case, browser = found(), claimed(), as_(clerk)
    address = reverse("record:row", args=["found-items", item.id])
    assert reverse("record:register", args=["found-items"]) in browser.get(f"/office/cases/{case.id}").content.decode()
    notice = {"do": "notice", "noticed_on_year": "2026", "noticed_on_month": "5", "noticed_on_day": "30"}
    assert browser.post(address, notice).status_code == 302
    assert case.number in browser.get(address).content.decode()
    assert browser.post(address, {"do": "match", "claim": case.id}).status_code == 302
    decide(case, "returned")
    assert browser.post(address, {"do": "return"}).status_code == 302
    item.refresh_from_db()
    assert (item.returned_on, item.keep_until.isoformat()) == (TODAY, "2026-08-30")
    assert browser.post(address, {"do": "return"}).status_code == 409


@pytest.mark.parametrize(
    "form", [{}, {"do": "match", "claim": "x"}, {"do": "notice", "noticed_on_year": "2026"}, {"do": "return"}]
)
def test_nonsense_changes_nothing(form, as_, found, clerk):
    item = found()
    assert as_(clerk).post(reverse("record:row", args=["found-items", item.id]), form).status_code in (400, 409)
    assert FoundItem.objects.get().claim is FoundItem.objects.get().noticed_on is None


def test_for_others_it_is_not_there(as_, found, stranger, chief):
    address = reverse("record:row", args=["found-items", found().id])
    assert as_(stranger).get(address).status_code == 404
    assert as_(chief).get(address).status_code == 200


def test_the_case_bears_the_name_that_was_typed(claimed):
    assert claimed().applicant_name == Case.objects.get().applicant_name == "荒川　桃"


@pytest.mark.parametrize(
    ("language", "word"), [("ja", "特徴"), ("ja-easy", "どんな もの"), ("en", "What it looks like")]
)
def test_pages_speak_three_languages(language, word, as_, ready, clerk):
    browser = as_(clerk)
    browser.get(f"/?lang={language}")
    assert word in browser.get(reverse("record:row", args=["found-items", ready.id])).content.decode()


def test_the_public_pages_say_nothing_of_people_or_looks(as_, ready):
    for address in ("/open-data/found-items", "/open-data/found-items.json", "/open-data/found-items.csv"):
        body = Client().get(address).content.decode()
        assert "図書館" in body
        assert not [word for word in ("荒川", "紺色", "B-01", ready.claim.number) if word in body]
    assert Client().get("/procedures/lost_property/claim").status_code == 200
