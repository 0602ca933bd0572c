"""Addresses of people, below /office/."""

from django.urls import path

from kusei.base.parties import views

app_name = "parties"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/<uuid:person_id>", views.person, name="person"),
    path("organisations/new", views.organisation, name="organisation"),
]
