"""Addresses of events."""

from django.urls import path

from kusei.base.events import views

app_name = "events"
urlpatterns = [
    path("operations/events", views.events, name="events"),
    path("operations/events/skip", views.skip, name="skip"),
]
