"""Addresses of the guide through procedures."""

from django.urls import path

from kusei.counter.life_events import views

app_name = "life_events"
urlpatterns = [
    path("life", views.index, name="index"),
    path("life/<slug:slug>", views.event, name="event"),
]
