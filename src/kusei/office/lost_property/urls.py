"""Addresses of things found, below /office/."""

from django.urls import path

from kusei.office.lost_property import views

app_name = "lost_property"
urlpatterns = [
    path("lost-property/add", views.add, name="add"),
    path("lost-property/<uuid:id>", views.item, name="item"),
]
