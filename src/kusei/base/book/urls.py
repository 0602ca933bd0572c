"""Addresses of booking on the portal."""

from django.urls import path

from kusei.base.book import views

app_name = "book"
urlpatterns = [path("my/applications/<uuid:id>/bookings/<uuid:about>", views.choose, name="choose")]
