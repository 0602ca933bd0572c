"""Places (地図): every layer as a list anybody can read, and as GeoJSON (RFC 7946)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from kusei.base.kernel.i18n import text
from kusei.base.kernel.offers import Layer, registry
from kusei.base.kernel.pages import page

PURPOSE = "場所の案内"
DECIMALS = 6  # about ten centimetres


def labels() -> dict[str, str]:
    """What the properties of places are called, in the order shown; others are for machines only."""
    return {
        "section": _("担当"),
        "floor": _("場所"),
        "address": _("住所"),
        "phone": _("電話"),
        "hours": _("受付時間"),
    }


def geojson(layer: Layer, now) -> dict[str, Any]:
    """The layer as a FeatureCollection of points: longitude, latitude in degrees (WGS 84, as JGD2011 to within a metre)."""
    return {
        "type": "FeatureCollection",
        "name": layer.name,
        "features": [
            {
                "type": "Feature",
                "id": id_,
                "geometry": {"type": "Point", "coordinates": [round(longitude, DECIMALS), round(latitude, DECIMALS)]},
                "properties": properties,
            }
            for id_, longitude, latitude, properties in layer.features(now)
        ],
    }


@page(who="public", purpose=PURPOSE)
@require_safe
def layers(request: HttpRequest) -> HttpResponse:
    """Every layer."""
    cards = [
        {"title": text(each.title), "url": reverse("map:layer", args=[each.name]), "icon": "map"}
        for each in registry.all("layers")
    ]
    return render(request, "map/layers.html", {"cards": cards})


@page(who="public", purpose=PURPOSE)
@require_safe
def layer(request: HttpRequest, name: str) -> HttpResponse:
    """One layer as a list of places."""
    found = _layer(name)
    places = [_place(*feature) for feature in found.features(request.now)]
    crumbs = [(_("場所"), reverse("map:layers")), (text(found.title), "")]
    return render(
        request, "map/layer.html", {"title": text(found.title), "name": name, "places": places, "crumbs": crumbs}
    )


def _place(id_: str, longitude: float, latitude: float, properties: dict) -> dict:
    rows = [{"label": label, "value": properties[key]} for key, label in labels().items() if properties.get(key)]
    return {
        "name": properties.get("name") or id_,
        "rows": rows,
        "rough": properties.get("precision") == "town",
        # The nation's own map (地理院地図): nothing to embed, no third party told who reads this page.
        "map": f"https://maps.gsi.go.jp/#17/{latitude:.{DECIMALS}f}/{longitude:.{DECIMALS}f}/",
    }


@page(who="public", purpose=PURPOSE)
@require_safe
def as_geojson(request: HttpRequest, name: str) -> HttpResponse:
    """One layer as GeoJSON, in Japanese whatever the reader's language."""
    found = _layer(name)
    with override("ja"):
        body = geojson(found, request.now)
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=3600"}
    return JsonResponse(
        body, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False}, headers=headers
    )


def _layer(name: str) -> Layer:
    found = registry.named("layers", name)
    if not found:
        raise Http404
    return found
