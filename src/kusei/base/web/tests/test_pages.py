"""Home, errors, languages and the middleware around them."""

import json

import pytest
from django.http import Http404, HttpResponse
from django.urls import get_resolver, resolve

from kusei.base.kernel.calendar import NoSuchDate
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.web import navigation
from kusei.base.web.middleware import COOKIE, Failures, Language, accepted_language

pytestmark = pytest.mark.django_db


def test_home_leads_to_search_and_occasions(client):
    page = client.get("/").content.decode()
    assert 'role="search"' in page
    assert "category=child" in page
    assert page.count("<h1") == 1


def test_pages_of_the_web_ask_the_database_nothing_of_a_stranger(client, django_assert_num_queries):
    for path in ("/", "/contact", "/accessibility", "/ward.css"):
        with django_assert_num_queries(0):
            assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "ja"),
        ("ja,en;q=0.8", "ja"),
        ("en-US,en;q=0.9,ja;q=0.8", "en"),
        ("ja-easy", "ja-easy"),
        ("zh-CN,zh;q=0.9", "zh-hans"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-hans"),
        ("ko", "ko"),
        ("ko-KR,en;q=0.5", "ko"),
        ("fil-PH,fil;q=0.9,en;q=0.8", "tl"),
        ("ne-NP", "ne"),
        ("vi-VN,vi;q=0.9", "vi"),
        ("pt-BR", "ja-easy"),
        ("pt-BR,en;q=0.5", "en"),
        ("*", "ja"),
        ("\x00;;,=", "ja"),
    ],
)
def test_the_browsers_language_is_spoken_or_easy_japanese(header, language):
    assert accepted_language(header) == language


def test_a_chosen_language_is_kept_and_the_address_cleaned(client):
    answer = client.get("/contact?lang=en&x=1")
    assert (answer.status_code, answer["Location"]) == (302, "/contact?x=1")
    page = client.get("/contact")
    assert '<html lang="en">' in page.content.decode()
    assert page["Content-Language"] == "en"
    assert client.get("/?lang=tlh").status_code == 200
    assert client.cookies[COOKIE].value == "en"


def test_choosing_a_language_never_leads_to_another_site(rf):
    request = rf.get("/?lang=en")
    request.path = "//evil.example/"
    assert Language(lambda request: HttpResponse())(request)["Location"] == "/evil.example/"


def test_easy_japanese_is_marked_as_japanese(client):
    client.cookies[COOKIE] = "ja-easy"
    page = client.get("/")
    assert '<html lang="ja">' in page.content.decode()
    assert page["Content-Language"] == "ja"


def test_language_links_keep_what_was_searched_for(client):
    assert "?lang=en&amp;q=%E6%89%8B%E5%BD%93" in client.get("/accessibility?q=手当").content.decode()


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (Refused("x"), 404, "ページが見つかりません"),
        (NotNow("先に確認してください。"), 409, "先に確認してください。"),
        (Invalid({"a": "aが長すぎます。"}), 400, "aが長すぎます。"),
        (NoSuchDate("2151年の祝日は分かりません。"), 400, "2151年の祝日は分かりません。"),
    ],
)
def test_failures_of_acts_become_pages_that_say_what_to_do(error, status, said, rf):
    failures = Failures(lambda request: HttpResponse())
    answer = failures.process_exception(rf.get("/", headers={"accept": "text/html"}), error)
    assert answer.status_code == status
    assert said in answer.content.decode()
    machine = failures.process_exception(rf.get("/", headers={"accept": "application/json"}), error)
    assert machine.status_code == status
    assert json.loads(machine.content)["error"]
    assert failures.process_exception(rf.get("/"), Http404()) is None


def test_a_refusal_can_not_be_told_from_what_is_not_there(client, settings):
    settings.DEMO = False
    missing, hidden = client.get("/no-such-page"), client.get("/kit")
    assert missing.status_code == hidden.status_code == 404
    assert "ページが見つかりません" in missing.content.decode()
    assert missing.content == hidden.content


def test_a_form_without_its_token_says_that_the_page_stood_open_too_long(client):
    client.handler.enforce_csrf_checks = True
    answer = client.post("/check", {"code": "x"})
    assert answer.status_code == 403
    assert "有効期限" in answer.content.decode()


def test_a_fault_of_ours_answers_without_database_or_session(rf):
    answer = get_resolver().resolve_error_handler(500)(rf.get("/"))
    assert answer.status_code == 500
    assert "申し訳ありません" in answer.content.decode()


def test_ward_colours_may_be_kept_for_a_year(client):
    answer = client.get("/ward.css")
    assert answer["Content-Type"].startswith("text/css")
    assert "immutable" in answer["Cache-Control"]


def test_pages_allow_nothing_inline(client):
    policy = client.get("/")["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "default-src 'none'" in policy
    page = client.get("/").content.decode()
    assert " style=" not in page
    assert "<script>" not in page


@pytest.mark.parametrize(("demo", "status"), [(True, 200), (False, 404)])
def test_the_gallery_is_shown_in_a_demonstration_only(client, settings, demo, status):
    settings.DEMO = demo
    assert client.get("/kit").status_code == status


def test_no_menu_names_a_page_twice():
    for menu in (navigation.PORTAL, navigation.CONSOLE, navigation.FOOTER):
        views = [link.view for link in menu]
        assert sorted(views) == sorted(set(views))


@pytest.mark.django_db
def test_who_is_not_signed_in_is_shown_no_menu_of_the_console(client):
    shown = client.get("/office/sign-in").content.decode()
    assert "職員ログイン" in shown
    assert "console-menu" not in shown
    assert 'href="/account/keys"' not in shown


LINKS = [*navigation.PORTAL, *navigation.CONSOLE, *navigation.DEMONSTRATION, *navigation.FOOTER]


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.view)
def test_every_link_leads_to_a_page_and_is_shown_to_those_who_may_see_it(link):
    assert link.url, f"{link.view} has no address"
    assert (resolve(link.url).func.page["may"] or "") == link.permission
