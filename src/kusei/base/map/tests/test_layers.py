"""Places as a list and as GeoJSON."""

import pytest
from django.test import Client
from django.urls import reverse
from shapely.geometry import Point, box, shape

from kusei.base.kernel.i18n import text
from kusei.base.kernel.offers import Layer, Offers, Registry
from kusei.base.map import views

pytestmark = pytest.mark.django_db
TOKYO = box(138.9, 35.5, 139.95, 35.9)


@pytest.fixture(autouse=True)
def _layers(monkeypatch):
    """One layer with a place, and one without."""

    def features(now):
        name = text({"ja": "<b>緑</b>庁舎", "en": "<b>Midori</b> Hall"})
        yield "a", 139.80123456789, 35.71, {"name": name, "phone": "03-0000-1000", "precision": "town"}

    halls = Layer("halls", {"ja": "庁舎", "en": "Halls"}, features)
    nothing = Layer("nothing", {"ja": "何もない地図"}, lambda now: iter(()))
    own = Registry()
    own.register(Offers(module="test", layers=[halls, nothing]))
    monkeypatch.setattr(views, "registry", own)


def test_geojson_is_sound_and_lies_in_tokyo():
    answer = Client().get(reverse("map:geojson", args=["halls"]))
    body = answer.json()
    assert answer["Content-Type"] == "application/geo+json"
    assert body["type"] == "FeatureCollection"
    assert len(body["features"]) == 1
    for feature in body["features"]:
        geometry = shape(feature["geometry"])
        assert isinstance(geometry, Point)
        assert geometry.is_valid
        assert TOKYO.contains(geometry)
        assert feature["properties"]["name"]


def test_geojson_is_in_japanese_for_every_reader():
    answer = Client().get(reverse("map:geojson", args=["halls"]), HTTP_ACCEPT_LANGUAGE="en")
    assert answer.json()["features"][0]["properties"]["name"] == "<b>緑</b>庁舎"


def test_page_lists_places_with_telephone_and_map_and_escapes_them():
    page = Client().get(reverse("map:layer", args=["halls"])).content.decode()
    assert "03-0000-1000" in page
    assert "https://maps.gsi.go.jp/#17/35.710000/139.801235/" in page
    assert "<b>緑" not in page


def test_layer_without_places_says_so():
    assert "場所はまだ登録されていません" in Client().get(reverse("map:layer", args=["nothing"])).content.decode()


def test_every_layer_is_listed():
    page = Client().get(reverse("map:layers")).content.decode()
    assert "庁舎" in page
    assert "何もない地図" in page


@pytest.mark.parametrize("view", ["layer", "geojson"])
def test_unknown_layer_is_not_found(view):
    assert Client().get(reverse(f"map:{view}", args=["none"])).status_code == 404
