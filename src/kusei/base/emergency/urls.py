"""Addresses of break-glass, below /office/."""

from django.urls import path

from kusei.base.emergency import views

app_name = "emergency"
urlpatterns = [
    path("emergency", views.ask, name="ask"),
    path("emergency/<uuid:access_id>", views.subject, name="subject"),
    path("emergency/<uuid:access_id>/end", views.end, name="end"),
    path("emergency/uses", views.uses, name="uses"),
    path("emergency/uses/<uuid:access_id>", views.use, name="use"),
]
