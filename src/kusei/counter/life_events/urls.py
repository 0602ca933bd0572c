"""Addresses of the guide through procedures."""

from django.urls import path

from kusei.counter.life_events import portal

app_name = "life_events"
urlpatterns = [
    path("life", portal.index, name="index"),
    path("life/<slug:slug>", portal.event, name="event"),
]
