"""Addresses of the translations, below /office/."""

from django.urls import path

from kusei.base.texts import views

app_name = "texts"
urlpatterns = [path("texts", views.texts, name="texts")]
