"""Addresses of the pages that belong to no module."""

from django.urls import path

from kusei.base.web import views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("office/start", views.console, name="console"),
    path("accessibility", views.accessibility, name="accessibility"),
    path("contact", views.contact, name="contact"),
    path("kit", views.kit_gallery, name="kit"),
    path("ward.css", views.ward_css, name="ward_css"),
]
