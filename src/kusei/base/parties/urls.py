"""Addresses of people, below /office/."""

from django.urls import path

from kusei.base.parties import act_views, views

app_name = "parties"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/new", act_views.newcomer, name="newcomer"),
    path("people/<uuid:person_id>", views.person, name="person"),
    path("people/<uuid:person_id>/acts/<slug:name>", act_views.act, name="act"),
    path("organisations/new", views.organisation, name="organisation"),
]
