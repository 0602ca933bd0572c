"""Registers as pages and files: searched, paged, exported, never beyond what one may see, every person logged."""

import csv
import io
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import override

from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.offers import Offers, Register, Registry
from kusei.base.parties.models import Party
from kusei.base.record import queries, views

pytestmark = pytest.mark.django_db
NAMES = [("墨田　花子", "スミダ　ハナコ"), ("=危険　太郎", "キケン　タロウ"), ("北　一郎", "キタ　イチロウ")]


@pytest.fixture
def people(db) -> list[Party]:
    rows = [
        Party(
            kind="person",
            name=name,
            kana=kana,
            birth_date=date(1990, 1, 1),
            source="register-test",
            as_of=date(2026, 6, 1),
        )
        for name, kana in NAMES
    ]
    return Party.objects.bulk_create(rows)


@pytest.fixture(autouse=True)
def register(monkeypatch, people) -> Register:
    """A register of those people, which the section may see."""

    def visible(by, purpose, now):
        everything = Party.objects.filter(source="register-test")
        return everything if by.may("record.view", "kodomo/kosodate") else everything.none()

    kept = Register(
        name="people", title="人の台帳", model=Party, columns=[("name", "氏名"), ("kana", "フリガナ"), ("birth_date", "生年月日")],
        visible=visible, search=["name_key", "kana_key"], subject="id", purpose="試験",
    )  # fmt: skip
    own = Registry()
    own.register(Offers(module="test", registers=[kept]))
    monkeypatch.setattr(views, "registry", own)
    return kept


def client_of(person) -> Client:
    client = Client()
    client.force_login(person.account)
    return client


def listed_names(answer) -> list[str]:
    return [strip_tags(row["name"]) for row in answer.context["rows"]]


def test_list_shows_newest_first_and_logs_each_person_once(clerk, people):
    answer = client_of(clerk).get(reverse("record:register", args=["people"]))
    assert listed_names(answer) == [person.name for person in sorted(people, key=lambda p: p.id, reverse=True)]
    logged = AuditEntry.objects.filter(what="record.list", purpose="試験").values_list("subject", flat=True)
    assert sorted(logged) == sorted(str(person.id) for person in people)


@pytest.mark.parametrize("typed", ["花子", "すみだ", "ｽﾐﾀﾞ ﾊﾅｺ", "墨田花子", "スミダ　花子"])
def test_search_finds_however_it_is_typed(clerk, typed):
    answer = client_of(clerk).get(reverse("record:register", args=["people"]), {"q": typed})
    assert listed_names(answer) == ["墨田　花子"]


def test_every_word_must_fit(clerk):
    answer = client_of(clerk).get(reverse("record:register", args=["people"]), {"q": "花子 一郎"})
    assert listed_names(answer) == []
    assert "あてはまる人はいません" in answer.content.decode()


def test_pages_turn_both_ways_without_losing_a_row(clerk, register, people, now, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    first = queries.listed(register, "", by=clerk.actor, now=now)
    second = queries.listed(register, "", before=first.older, by=clerk.actor, now=now)
    back = queries.listed(register, "", after=second.newer, by=clerk.actor, now=now)
    assert [row.id for row in (*first.rows, *second.rows)] == sorted((p.id for p in people), reverse=True)
    assert (first.newer, second.older) == (None, None)
    assert [row.id for row in back.rows] == [row.id for row in first.rows]
    assert (back.newer, back.total) == (None, 3)


def test_other_sections_see_neither_rows_nor_counts(stranger):
    client = client_of(stranger)
    assert client.get(reverse("record:registers")).context["cards"][0]["meta"].startswith("0")
    assert listed_names(client.get(reverse("record:register", args=["people"]))) == []
    assert len(client.post(reverse("record:export", args=["people"])).content.decode().splitlines()) == 1


def test_export_holds_what_the_search_finds_disarmed_and_logged(clerk, people):
    answer = client_of(clerk).post(reverse("record:export", args=["people"]), {"q": "危険"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [["氏名", "フリガナ", "生年月日"], ["'=危険　太郎", "キケン　タロウ", "1990-01-01"]]
    assert answer["Cache-Control"] == "private, no-store"
    assert list(AuditEntry.objects.filter(what="record.export").values_list("subject", flat=True)) == [
        str(people[1].id)
    ]


def test_export_is_no_link(clerk):
    assert client_of(clerk).get(reverse("record:export", args=["people"])).status_code == 405


def test_names_are_escaped(clerk, people):
    Party.objects.filter(id=people[0].id).update(name="<script>alert(1)</script>")
    assert "<script>alert" not in client_of(clerk).get(reverse("record:register", args=["people"])).content.decode()


@pytest.mark.parametrize("typed", ["before=nonsense", "after=1", "q=" + "あ" * 500])
def test_nonsense_in_the_address_breaks_nothing(clerk, typed):
    assert client_of(clerk).get(reverse("record:register", args=["people"]) + "?" + typed).status_code == 200


@pytest.mark.parametrize(
    ("language", "shown"), [("ja", "令和8年12月"), ("ja-easy", "2026年12月（令和8年）"), ("en", "December 2026")]
)
def test_months_are_written_without_their_first_day(language, shown):
    with override(language):
        assert views.month(date(2026, 12, 1)) == shown
        assert views.month(None) == ""


def test_unknown_register_is_not_found(clerk):
    assert client_of(clerk).get(reverse("record:register", args=["none"])).status_code == 404


def test_residents_and_strangers_to_the_ward_are_kept_out(resident):
    assert Client().get(reverse("record:registers")).status_code == 302
