"""Addresses of roles, below /office/."""

from django.urls import path

from kusei.base.staff import views

app_name = "staff"
urlpatterns = [
    path("roles", views.roles, name="roles"),
    path("roles/<uuid:role_id>", views.role, name="role"),
]
