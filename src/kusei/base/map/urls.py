"""Addresses of places."""

from django.urls import path

from kusei.base.map import views

app_name = "map"
urlpatterns = [
    path("places/", views.layers, name="layers"),
    path("places/<slug:name>", views.layer, name="layer"),
    path("places/<slug:name>.geojson", views.as_geojson, name="geojson"),
]
