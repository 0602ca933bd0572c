"""Addresses of the API, and of the page on which one gives programs their tokens."""

from django.urls import path

from kusei.base.api import pages, views

app_name = "api"
urlpatterns = [
    path("api/openapi.json", views.description, name="description"),
    path("api/procedures", views.procedures, name="procedures"),
    path("api/procedures/<slug:module>/<slug:name>", views.procedure, name="procedure"),
    path("api/procedures/<slug:module>/<slug:name>/drafts", views.drafts, name="drafts"),
    path("api/drafts/<uuid:id>", views.draft, name="draft"),
    path("api/drafts/<uuid:id>/files/<slug:question>", views.files, name="files"),
    path("api/drafts/<uuid:id>/submission", views.submission, name="submission"),
    path("api/applications", views.applications, name="applications"),
    path("api/applications/<uuid:id>", views.application, name="application"),
    path("api/<path:rest>", views.nothing, name="nothing"),
    path("account/programs", pages.programs, name="programs"),
    path("account/programs/<uuid:id>/revoke", pages.revoke, name="revoke"),
]
