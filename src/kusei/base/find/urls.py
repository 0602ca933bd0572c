"""Addresses of the search."""

from django.urls import path

from kusei.base.find import views

app_name = "find"
urlpatterns = [path("search", views.search, name="search")]
