"""My page, my facts, who looked: each sees their own, nobody another's."""

from datetime import timedelta

import pytest
from django.test import Client

from kusei.base import audit
from kusei.base.accounts.tests.conftest import sign_in
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.actors import Actor
from kusei.base.parties.facts import facts

EMAIL = "hanako@example.jp"
CLERK = Actor(
    kind="staff", name="山田 太郎", department="子育て支援課", post="主事", grants=frozenset({("parties.view", "")})
)


@pytest.fixture
def browser(db) -> Client:
    return Client()


@pytest.mark.parametrize("path", ["/my", "/my/facts", "/my/who-looked", "/my/tie", "/my/tie/letter"])
def test_the_pages_need_somebody_signed_in(browser, path):
    assert browser.get(path).url.startswith("/sign-in?next=%2Fmy")


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
@pytest.mark.parametrize("path", ["/my", "/my/facts", "/my/who-looked", "/my/tie"])
def test_the_pages_show_in_every_language(browser, make_person, make_resident, path, language):
    make_resident(EMAIL, party=make_person())
    sign_in(browser, EMAIL)
    browser.cookies["kusei_language"] = language
    answer = browser.get(path)
    assert answer.status_code == 200
    assert "墨田　花子" in answer.content.decode() or path == "/my/who-looked"


def test_an_untied_account_sees_nothing_of_the_register_and_the_way_to_change_that(browser, make_person):
    make_person()
    sign_in(browser, EMAIL)
    for path in ("/my", "/my/facts", "/my/who-looked"):
        text = browser.get(path).content.decode()
        assert 'href="/my/tie"' in text
        assert "墨田　花子" not in text
    assert not AuditEntry.objects.filter(act="read").exists()


def test_my_facts_show_address_and_household_and_are_logged(browser, make_person, make_resident):
    me = make_person()
    household = me.memberships.get().household
    child = make_person(name="墨田　空", household=household, relationship="子", block="9番9号")
    make_resident(EMAIL, party=me)
    sign_in(browser, EMAIL)
    text = browser.get("/my/facts").content.decode()
    assert "〒130-0001 吾妻橋一丁目23番20号" in text
    assert "墨田　空" in text
    assert "9番9号" not in text
    read = AuditEntry.objects.filter(act="read", what="parties.facts")
    assert {entry.subject for entry in read} == {str(me.id), str(child.id)}


def test_who_looked_shows_department_post_and_purpose_but_no_name(browser, make_person, make_resident, now):
    me = make_person()
    make_resident(EMAIL, party=me)
    sign_in(browser, EMAIL)
    facts(me.id, "name", "児童手当の審査", by=CLERK, now=now.replace(year=2025))
    text = browser.get("/my/who-looked").content.decode()
    assert "児童手当の審査" in text
    assert "子育て支援課 主事" in text
    assert "山田" not in text


def test_looks_of_one_day_by_one_post_for_one_purpose_are_told_together(browser, make_person, make_resident, now):
    me = make_person()
    make_resident(EMAIL, party=me)
    morning = now.replace(year=2025, hour=0, minute=0)
    for minutes, purpose in ((0, "審査"), (5, "決裁"), (7, "審査"), (9, "審査"), (24 * 60, "審査")):
        at = morning + timedelta(minutes=minutes)
        with audit.page_scope():
            audit.log(CLERK, "read", "case.view", subject=me, purpose=purpose, now=at)
    sign_in(browser, EMAIL)
    entries = browser.get("/my/who-looked").context["entries"]
    assert [(entry["title"], entry["body"]) for entry in entries] == [
        ("審査", ""), ("審査", "この日の09:00から09:09までに3回"), ("決裁", ""),
    ]  # fmt: skip


def test_ones_own_looks_are_left_out(browser, make_person, make_resident):
    make_resident(EMAIL, party=make_person())
    sign_in(browser, EMAIL)
    browser.get("/my/facts")
    assert "まだだれも見ていません" in browser.get("/my/who-looked").content.decode()


def test_others_looks_are_not_shown(browser, make_person, make_resident, now):
    make_resident(EMAIL, party=make_person())
    other = make_person(name="墨田　太郎")
    facts(other.id, "name", "児童手当の審査", by=CLERK, now=now.replace(year=2025))
    sign_in(browser, EMAIL)
    assert "児童手当の審査" not in browser.get("/my/who-looked").content.decode()


def test_who_looked_goes_on_in_pages_that_miss_nothing(browser, make_person, make_resident, now):
    me = make_person()
    make_resident(EMAIL, party=me)
    sign_in(browser, EMAIL)
    with audit.page_scope():
        for n in range(120):
            audit.log(CLERK, "read", "case.view", subject=me, purpose=f"目的{n:03}", now=now.replace(year=2025))
    seen, url = [], "/my/who-looked"
    while url:
        page = browser.get(url)
        seen += [entry["title"] for entry in page.context["entries"]]
        url = page.context["older"]
    assert seen == [f"目的{n:03}" for n in reversed(range(120))]


@pytest.mark.parametrize("before", ["x", "-1", "９", "9" * 40, "1 or 1=1"])
def test_a_made_up_place_in_the_list_is_ignored(browser, make_person, make_resident, before):
    make_resident(EMAIL, party=make_person())
    sign_in(browser, EMAIL)
    assert browser.get("/my/who-looked", {"before": before}).status_code == 200


def test_my_page_shows_what_one_was_told(browser, make_person, make_resident, now):
    from kusei.base.tell.actions import tell

    account = make_resident(EMAIL)
    other = make_resident("taro@example.jp")
    for each, name in ((account, "花子"), (other, "太郎")):
        tell(each.id, "accounts/tied", {"name": name}, now=now)
    sign_in(browser, EMAIL)
    page = browser.get("/my")
    assert [card["title"] for card in page.context["message_cards"]] == ["本人確認が終わりました"]
    assert page.context["message_cards"][0]["chip"][1] == "未読"


@pytest.mark.parametrize("path", ["/my", "/my/facts", "/my/who-looked", "/sign-in", "/sign-in/code", "/my/tie"])
def test_no_page_of_a_person_is_kept_by_a_cache(browser, path):
    sign_in(browser, EMAIL)
    assert "no-store" in browser.get(path).headers["Cache-Control"]
