"""Open data as page, CSV and JSON, for anybody."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from kusei.base.kernel.offers import Dataset, Offers, Registry
from kusei.base.publish import views

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def dataset(monkeypatch) -> Dataset:
    kept = Dataset(
        name="trees",
        title={"ja": "街路樹", "ja-easy": "道の 木", "en": "Street trees"},
        columns=[("kind", "種類"), ("count", "本数")],
        rows=lambda now: iter([("イチョウ", 25), ("=サクラ", 3), ("ケヤキ", "*")]),
    )
    own = Registry()
    own.register(Offers(module="test", datasets=[kept]))
    monkeypatch.setattr(views, "registry", own)
    return kept


def test_catalogue_lists_every_dataset_with_its_licence():
    page = Client().get(reverse("publish:catalogue")).content.decode()
    assert "街路樹" in page
    assert "creativecommons.org/licenses/by/4.0" in page


def test_page_is_in_the_readers_language():
    assert (
        "Street trees"
        in Client().get(reverse("publish:dataset", args=["trees"]), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    )


def test_preview_shows_the_newest_rows_first():
    rows = Client().get(reverse("publish:dataset", args=["trees"])).context["rows"]
    assert [row["kind"] for row in rows] == ["ケヤキ", "=サクラ", "イチョウ"]


def test_csv_holds_all_rows_under_japanese_headings():
    answer = Client().get(reverse("publish:csv", args=["trees"]))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [["種類", "本数"], ["イチョウ", "25"], ["'=サクラ", "3"], ["ケヤキ", "*"]]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_json_names_columns_licence_and_rows():
    body = Client().get(reverse("publish:json", args=["trees"])).json()
    assert body["rows"][0] == {"kind": "イチョウ", "count": 25}
    assert body["license"]["id"] == "CC-BY-4.0"
    assert body["columns"] == [{"name": "kind", "title": "種類"}, {"name": "count", "title": "本数"}]


@pytest.mark.parametrize("view", ["dataset", "csv", "json"])
def test_unknown_dataset_is_not_found(view):
    assert Client().get(reverse(f"publish:{view}", args=["none"])).status_code == 404
