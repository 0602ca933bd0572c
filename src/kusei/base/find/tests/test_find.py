"""The search: finds by any spelling and language, ranks, and helps where it finds nothing."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.ask import catalogue
from kusei.base.ask.models import Snapshot
from kusei.base.find import rules
from kusei.base.find.rules import Entry

CLAIM = "child_allowance/claim"


def entry(title: str, *keywords: str, text: str = "") -> Entry:
    return Entry("procedure", title, text, "/" + title, "other", (title,), keywords, (text,) if text else ())


MOVE = entry("転入届", "引越し", "引っ越し", "moving in", text="区の外から移ってきたとき")
CHILD = entry("児童手当 認定請求", "児童手当", "子ども手当", "child allowance", text="出生や転入から15日以内")
ALL = [MOVE, CHILD]


@pytest.mark.parametrize(
    "typed",
    [
        "児童手当",
        "ジドウ手当の児童手当",
        "子供手当 子ども手当",
        "CHILD ALLOWANCE",
        "ｃｈｉｌｄ",
        "児童手当をもらいたい",
        "　児童　手当　",
    ],
)
def test_finds_by_any_spelling(typed):
    expected = [] if "子供" in typed else [CHILD]
    assert rules.search(ALL, typed) == expected


def test_title_ranks_above_text():
    assert rules.search([CHILD, MOVE], "転入") == [MOVE, CHILD]


def test_procedure_goes_before_figures_about_it():
    figures = Entry("dataset", "Child allowance claims", "", "/data", "data", ("Child allowance claims",))
    assert rules.search([figures, CHILD], "child allowance") == [CHILD, figures]


def test_hiragana_finds_katakana_and_the_other_way():
    bus = entry("コミュニティバス")
    assert rules.search([bus], "こみゅにてぃばす") == [bus]
    assert rules.search([entry("ごみ")], "ゴミ")


def test_reading_in_brackets_is_no_part_of_a_word():
    assert rules.plain("児童手当（じどう てあて）を もらう") == rules.plain("児童手当をもらう")


@pytest.mark.parametrize("typed", ["", "　", "？", "。、"])
def test_nothing_asked_finds_nothing(typed):
    assert rules.search(ALL, typed) == []


def test_slip_of_the_pen_is_offered_as_perhaps_meant():
    assert rules.search(ALL, "児童手等") == []
    assert rules.perhaps(ALL, "児童手等") == [CHILD]
    assert rules.perhaps(ALL, "水道") == []


@given(st.text(max_size=60))
def test_no_query_breaks_the_search(typed):
    assert all(found in ALL for found in rules.search(ALL, typed) + rules.perhaps(ALL, typed))


@given(st.text(st.sampled_from("手当てアがｶﾞＡaÅ 　（じ）９"), max_size=20))
def test_plain_form_is_its_own_plain_form(text):
    assert rules.plain(rules.plain(text)) == rules.plain(text)


@pytest.fixture
def _published(db):
    definition = catalogue.written(CLAIM).stored()
    Snapshot.objects.create(
        procedure=CLAIM, number=1, digest=catalogue.digest(definition), definition=definition,
        valid_from=date(2020, 1, 1), published_at=datetime(2020, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def titles(answer) -> list[str]:
    return [card["title"] for card in answer.context["found"]]


@pytest.mark.usefixtures("_published")
@pytest.mark.parametrize("typed", ["児童手当", "こどもてあて", "child benefit", "赤ちゃん"])
def test_page_finds_the_procedure_first_and_once(typed):
    found = titles(Client().get(reverse("find:search"), {"q": typed}))
    assert found[0] == "児童手当 認定請求"
    assert found.count("児童手当 認定請求") == 1
    assert "児童手当を請求する" not in found


@pytest.mark.usefixtures("_published")
def test_page_answers_in_the_readers_language():
    assert (
        titles(Client().get(reverse("find:search"), {"q": "児童手当"}, HTTP_ACCEPT_LANGUAGE="en"))[0]
        == "Claim child allowance"
    )


@pytest.mark.usefixtures("_published")
def test_occasion_narrows():
    assert titles(Client().get(reverse("find:search"), {"category": "child"})) == ["児童手当 認定請求"]
    assert titles(Client().get(reverse("find:search"), {"category": "safety"})) == []


@pytest.mark.usefixtures("_published")
def test_nothing_found_helps_on():
    page = Client().get(reverse("find:search"), {"q": "<i>宇宙旅行"}).content.decode()
    assert "見つかりませんでした" in page
    assert reverse("web:contact") in page
    assert "児童手当 認定請求" in page
    assert "<i>宇宙" not in page


def test_unpublished_procedure_is_not_found(db):
    assert "児童手当 認定請求" not in titles(Client().get(reverse("find:search"), {"q": "児童手当"}))
