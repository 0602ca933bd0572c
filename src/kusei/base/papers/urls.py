"""Addresses of papers."""

from django.urls import path

from kusei.base.papers import views

app_name = "papers"
urlpatterns = [
    path("my/papers/<uuid:paper>", views.paper, name="paper"),
    path("office/papers/<uuid:paper>", views.office_paper, name="office_paper"),
    path("check", views.check, name="check"),
]
