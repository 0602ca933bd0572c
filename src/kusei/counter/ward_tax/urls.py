"""Addresses of the clerk's desk for the tax."""

from django.urls import path

from kusei.counter.ward_tax import views

app_name = "ward_tax"
urlpatterns = [path("office/ward-tax", views.trial, name="trial")]
