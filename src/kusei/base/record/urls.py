"""Addresses of registers, below /office/."""

from django.urls import path

from kusei.base.record import views

app_name = "record"
urlpatterns = [
    path("registers/", views.registers, name="registers"),
    path("registers/<slug:name>/", views.register, name="register"),
    path("registers/<slug:name>/export", views.export, name="export"),
]
