"""The guide's pages: one question at a time, answers in the address alone, and what is typed wrong is said and kept."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue
from kusei.base.ask.tests.conftest import forgotten_snapshots  # noqa: F401 - a fixture, used by name
from kusei.base.decide.tests.conftest import NOW, now  # noqa: F401 - a fixture, used by name
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db
BIRTH = {"insurance": "employer", "public": "no", "nursery": "no"}


@pytest.fixture(autouse=True)
def published(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    for slug in ("birth", "child-medical", "child_allowance/claim"):
        ask.publish(slug, catalogue.written(slug), valid_from=date(2026, 4, 1), by=SYSTEM, now=NOW)


def get(path="birth", status=200, lang="ja", **query):
    client = Client()
    client.get(f"/?lang={lang}")
    answer = client.get(reverse("life_events:event", args=[path]), query)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def test_from_what_happened_to_the_list():
    assert "/life/birth" in Client().get("/life").content.decode()
    first = get()
    assert "お子さんはどの健康保険に入りますか" in first
    second = get(insurance="employer")
    assert "公務員ですか" in second
    assert '<input type="hidden" name="insurance" value="employer">' in second
    assert "生まれた日" in get(**BIRTH)
    found = get(**BIRTH, happened_on_year="令和8", happened_on_month="5", happened_on_day="28")
    assert found.index("出生届の来庁予約") < found.index("児童手当 認定請求")
    assert "令和8年6月10日まで" in found
    assert 'href="/procedures/birth"' in found
    assert "保育所等の利用申込み" not in found


def test_a_term_that_has_passed_is_said():
    assert "期限は令和8年5月14日でした" in get(**BIRTH, happened_on="2026-05-01")


def test_without_a_day_the_rule_is_said_instead():
    found = get(**BIRTH, happened_on="")
    assert "生まれた日を1日目と数えて14日以内" in found
    assert "令和8年6月" not in found


@pytest.mark.parametrize(
    "wrong", [{"insurance": "<script>", "asked": "insurance"}, {"asked": "insurance"}, {"insurance": "kokuho", "public": "?", "asked": "public"}]
)  # fmt: skip
def test_what_is_no_answer_is_asked_again(wrong):
    page = get(status=400, **wrong)
    assert "どれか1つを選んでください。" in page
    assert "<script>" not in page


@pytest.mark.parametrize("day", ["2026-02-30", "令和99", "x", "0000-00-00", "2026-13-01", "9999-99-99"])
def test_a_day_that_never_was_is_asked_again(day):
    assert "生まれた日" in get(status=400, **BIRTH, happened_on=day)


def test_nothing_else_is_there():
    get("nothing", status=404)


@pytest.mark.parametrize(("lang", "word"), [("ja-easy", "する こと"), ("en", "What you need to do")])
def test_the_list_speaks_the_readers_language(lang, word):
    assert word in get(lang=lang, **BIRTH, happened_on="2026-05-28")
