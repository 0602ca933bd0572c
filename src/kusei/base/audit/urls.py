"""Addresses of the audit log, below /office/."""

from django.urls import path

from kusei.base.audit import views

app_name = "audit"
urlpatterns = [path("audit", views.entries, name="entries")]
