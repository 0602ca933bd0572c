"""Addresses of open data."""

from django.urls import path

from kusei.base.publish import views

app_name = "publish"
urlpatterns = [
    path("open-data/", views.catalogue, name="catalogue"),
    path("open-data/<slug:name>", views.dataset, name="dataset"),
    path("open-data/<slug:name>.csv", views.as_csv, name="csv"),
    path("open-data/<slug:name>.json", views.as_json, name="json"),
]
