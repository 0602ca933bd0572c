"""Addresses of the demonstration's own pages."""

from django.urls import path

from kusei.base.demo import views

app_name = "demo"
urlpatterns = [path("demo/card", views.card, name="card")]
